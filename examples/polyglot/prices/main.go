// Prices that change all the time: /prices is the latest, /prices/live goes on. Listens on PORT; expvar adds /debug/vars.
package main

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"log"
	"math/rand"
	"net"
	"net/http"
	"os"
	"os/signal"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// In cents.
var price atomic.Int64

func main() {
	price.Store(10_000)
	go func() {
		for range time.Tick(200 * time.Millisecond) {
			price.Add(rand.Int63n(201) - 100)
		}
	}()
	expvar.Publish("goroutines", expvar.Func(func() any { return runtime.NumGoroutine() }))
	http.HandleFunc("/prices", latest)
	http.HandleFunc("/prices/live", live)

	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	// Streams have no end of their own: they end when the server is asked to.
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), ReadHeaderTimeout: 10 * time.Second}
	server.BaseContext = func(net.Listener) context.Context { return stop }
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-stop.Done()
		patience, cancel := context.WithTimeout(context.Background(), 20*time.Second)
		defer cancel()
		server.Shutdown(patience)
	}()
	if err := server.ListenAndServe(); err != http.ErrServerClosed {
		log.Fatal(err)
	}
	<-ended
}

func latest(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(map[string]any{"price": float64(price.Load()) / 100, "process": os.Getpid()})
}

func live(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	for {
		fmt.Fprintf(w, "data: %.2f\n\n", float64(price.Load())/100)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(500 * time.Millisecond):
		}
	}
}
