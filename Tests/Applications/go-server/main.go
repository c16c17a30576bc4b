// What Go servers do, and what breaks proxies before them. Listens on SOCKET (a unix socket, which may be the argument too)
// or on PORT; and on CONTROL, such as 127.0.0.1:9000, for whoever asks past the proxy.
package main

import (
	"context"
	_ "expvar" // GET /debug/vars
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

func main() {
	if ms, _ := strconv.Atoi(os.Getenv("LISTEN_AFTER_MS")); ms > 0 {
		time.Sleep(time.Duration(ms) * time.Millisecond)
	}
	listener, err := listen()
	if err != nil {
		log.Fatal(err)
	}
	publishNumbers()
	server := &http.Server{Handler: routes(), ReadHeaderTimeout: 10 * time.Second}

	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		signals := make(chan os.Signal, 1)
		signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
		<-signals
		patience, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		if err := server.Shutdown(patience); err != nil {
			log.Print("not all requests ended: ", err)
		}
	}()
	if address := os.Getenv("CONTROL"); address != "" {
		go func() { log.Fatal(http.ListenAndServe(address, nil)) }()
	}
	log.Print("listening on ", listener.Addr())
	if err := server.Serve(listener); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-stopped
}

func listen() (net.Listener, error) {
	path := os.Getenv("SOCKET")
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	if path != "" {
		// What an earlier process left.
		if about, err := os.Lstat(path); err == nil && about.Mode()&os.ModeSocket != 0 {
			os.Remove(path)
		}
		return net.Listen("unix", path)
	}
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	return net.Listen("tcp", "127.0.0.1:"+port)
}
