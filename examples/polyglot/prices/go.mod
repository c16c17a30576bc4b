module weir.example/prices

go 1.19
