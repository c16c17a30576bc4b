package main

import (
	"io"
	"net/http"
	"sync"
	"sync/atomic"
)

// Requests that wait for each other: /hold is answered when somebody asks for /release.
var (
	held    atomic.Int64
	holding sync.RWMutex
	freed   = make(chan struct{})
)

func hold(w http.ResponseWriter, r *http.Request) {
	holding.RLock()
	wait := freed
	holding.RUnlock()
	held.Add(1)
	defer held.Add(-1)
	select {
	case <-wait:
		io.WriteString(w, "released\n")
	case <-r.Context().Done():
	}
}

func release(w http.ResponseWriter, r *http.Request) {
	answerJSON(w, map[string]int64{"released": held.Load()})
	holding.Lock()
	defer holding.Unlock()
	close(freed)
	freed = make(chan struct{})
}
