module weir.example/go-server

go 1.19
