package main

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
)

// upgrade turns the connection into one of lines, each sent back in capitals, until the line "bye".
func upgrade(w http.ResponseWriter, r *http.Request) {
	if !strings.EqualFold(r.Header.Get("Upgrade"), "lines") {
		w.Header().Set("Upgrade", "lines")
		w.Header().Set("Connection", "upgrade")
		http.Error(w, "only with Upgrade: lines", http.StatusUpgradeRequired)
		return
	}
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	defer connection.Close()
	fmt.Fprint(connection, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: lines\r\nConnection: upgrade\r\n\r\nwelcome\n")
	lines := bufio.NewScanner(buffered)
	for lines.Scan() {
		line := lines.Text()
		if _, err := fmt.Fprintln(connection, strings.ToUpper(line)); err != nil || line == "bye" {
			return
		}
	}
}
