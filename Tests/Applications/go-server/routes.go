package main

import (
	"encoding/json"
	"expvar"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime"
	"strconv"
	"time"
)

func publishNumbers() {
	expvar.Publish("goroutines", expvar.Func(func() any { return runtime.NumGoroutine() }))
	expvar.Publish("held", expvar.Func(func() any { return held.Load() }))
}

func routes() http.Handler {
	mux := http.DefaultServeMux
	for path, handler := range map[string]http.HandlerFunc{
		"/": hello, "/json": asJSON, "/request": aboutRequest, "/echo": echo, "/count": count, "/bytes": zeros,
		"/stream": stream, "/sse": events, "/slow": slow, "/leak": leak, "/panic": fail, "/exit": exit,
		"/trailers": trailers, "/hints": hints, "/upgrade": upgrade, "/refuse": refuse, "/cut": cut,
		"/limits": limits, "/health": hello, "/hold": hold, "/release": release,
	} {
		mux.HandleFunc(path, handler)
	}
	return mux
}

// number is the query's value, or otherwise.
func number(r *http.Request, name string, otherwise int) int {
	if value, err := strconv.Atoi(r.URL.Query().Get(name)); err == nil && value >= 0 {
		return value
	}
	return otherwise
}

func milliseconds(r *http.Request, otherwise int) time.Duration {
	return time.Duration(number(r, "ms", otherwise)) * time.Millisecond
}

func answerJSON(w http.ResponseWriter, value any) {
	w.Header().Set("Content-Type", "application/json")
	json.NewEncoder(w).Encode(value)
}

func hello(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/" && r.URL.Path != "/health" {
		http.NotFound(w, r)
		return
	}
	io.WriteString(w, "hello\n")
}

func asJSON(w http.ResponseWriter, r *http.Request) {
	answerJSON(w, map[string]any{"pid": os.Getpid(), "rivers": []string{"Elbe", "Weser"}})
}

func aboutRequest(w http.ResponseWriter, r *http.Request) {
	answerJSON(w, map[string]any{
		"method": r.Method, "target": r.RequestURI, "protocol": r.Proto, "host": r.Host, "fields": r.Header,
		"length": r.ContentLength, "codings": r.TransferEncoding,
	})
}

// echo sends back what arrived, and the request's trailers after it. Not at the same time: over HTTP/1.1 Go's server reads
// no more of a body once the answer has begun.
func echo(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 64<<20))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	for name := range r.Trailer {
		w.Header().Add("Trailer", name)
	}
	w.Write(body)
	for name, values := range r.Trailer {
		w.Header()[name] = values
	}
}

// count reads all of it before it answers.
func count(w http.ResponseWriter, r *http.Request) {
	size, err := io.Copy(io.Discard, r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	answerJSON(w, map[string]int64{"bytes": size})
}

func zeros(w http.ResponseWriter, r *http.Request) {
	size, chunk := number(r, "n", 1024), make([]byte, 64*1024)
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(size))
	for size > 0 {
		part := chunk[:min(size, len(chunk))]
		if _, err := w.Write(part); err != nil {
			return
		}
		size -= len(part)
	}
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

func stream(w http.ResponseWriter, r *http.Request) {
	for line := 1; line <= number(r, "n", 5); line++ {
		fmt.Fprintf(w, "line %d\n", line)
		w.(http.Flusher).Flush()
		time.Sleep(milliseconds(r, 50))
	}
}

// events go on until the client leaves.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-cache")
	ticker := time.NewTicker(milliseconds(r, 100))
	defer ticker.Stop()
	for tick := 1; ; tick++ {
		fmt.Fprintf(w, "id: %d\ndata: tick %d\n\n", tick, tick)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-ticker.C:
		}
	}
}

func slow(w http.ResponseWriter, r *http.Request) {
	select {
	case <-time.After(milliseconds(r, 1000)):
		io.WriteString(w, "slept\n")
	case <-r.Context().Done():
	}
}

// leak starts n goroutines that never end.
func leak(w http.ResponseWriter, r *http.Request) {
	for started := 0; started < number(r, "n", 100); started++ {
		go func() { select {} }()
	}
	answerJSON(w, map[string]int{"goroutines": runtime.NumGoroutine()})
}

// fail is caught by net/http, which closes the connection; with ?everything=1 the process ends.
func fail(w http.ResponseWriter, r *http.Request) {
	if r.URL.Query().Get("everything") != "" {
		go panic("on purpose, in a goroutine of its own")
		select {}
	}
	panic("on purpose")
}

func exit(w http.ResponseWriter, r *http.Request) {
	os.Exit(number(r, "status", 1))
}

func trailers(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Trailer", "X-Sum")
	io.WriteString(w, "counted\n")
	w.Header().Set("X-Sum", "8")
}

func hints(w http.ResponseWriter, r *http.Request) {
	w.Header().Add("Link", "</style.css>; rel=preload; as=style")
	w.WriteHeader(http.StatusEarlyHints)
	time.Sleep(milliseconds(r, 50))
	w.Header().Del("Link")
	io.WriteString(w, "hinted\n")
}

// refuse answers without reading the body.
func refuse(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "too much", http.StatusRequestEntityTooLarge)
}

// cut ends in the middle of what it said it would send.
func cut(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Length", "1000")
	w.Write(make([]byte, 500))
	w.(http.Flusher).Flush()
	panic(http.ErrAbortHandler)
}

func limits(w http.ResponseWriter, r *http.Request) {
	answerJSON(w, map[string]any{
		"gomaxprocs": runtime.GOMAXPROCS(0), "gomemlimit": os.Getenv("GOMEMLIMIT"), "pid": os.Getpid(),
	})
}
