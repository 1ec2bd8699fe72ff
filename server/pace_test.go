package server_test

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/server"
)

// bodies is a web server that keeps how reading each body ended.
func bodies(t *testing.T, pace server.Pace) (address string, ended chan error) {
	t.Helper()
	ended = make(chan error, 2)
	s := httptest.NewServer(server.LimitPace(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_, err := io.Copy(io.Discard, r.Body)
		ended <- errors.Join(err, r.Context().Err())
	}), pace))
	t.Cleanup(s.Close)
	return s.Listener.Addr().String(), ended
}

func TestABodyThatDoesNotComeIsGivenUp(t *testing.T) {
	for name, pace := range map[string]server.Pace{
		"no byte for too long":       {Stall: time.Millisecond, Grace: time.Hour, Slowest: 1},
		"slower than it may, in all": {Stall: time.Hour, Grace: time.Millisecond, Slowest: 1 << 40},
	} {
		t.Run(name, func(t *testing.T) {
			address, ended := bodies(t, pace)
			conn, err := net.Dial("tcp", address)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if _, err := io.WriteString(conn, "POST / HTTP/1.1\r\nHost: demo\r\nContent-Length: 1000\r\n\r\nbegun"); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("the body ended with %v", err)
			}
			if _, err := io.ReadAll(conn); err != nil {
				t.Errorf("the connection ended with %v", err)
			}
		})
	}
}

func TestABodyThatComesIsReadAndTheConnectionGoesOn(t *testing.T) {
	address, ended := bodies(t, server.Pace{Stall: time.Hour, Grace: time.Hour, Slowest: 1})
	for range 2 {
		resp, err := http.Post("http://"+address, "text/plain", strings.NewReader(strings.Repeat("x", 1<<20)))
		if err != nil {
			t.Fatal(err)
		}
		_ = resp.Body.Close()
		if err := <-ended; err != nil {
			t.Errorf("the body ended with %v", err)
		}
	}
}
