package server

import (
	"io"
	"net/http"
	"time"
)

// Pace is how slowly a client may send the body of a request.
type Pace struct {
	Stall time.Duration // without a byte
	Grace time.Duration // before Slowest counts
	// Slowest is the least bytes a second that a body may come at in all, once Grace is over. A large file on a slow line
	// takes its time; a body that comes a byte now and then, to hold the connection, does not.
	Slowest int64
}

// LimitPace breaks off requests whose bodies come more slowly. A deadline for whole requests would break off large files
// on slow lines.
func LimitPace(next http.Handler, pace Pace) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{ReadCloser: r.Body, pace: pace, connection: http.NewResponseController(w), begun: time.Now()} //nolint:forbidigo // deadlines of connections are of the true clock
		}
		next.ServeHTTP(w, r)
	})
}

// pacedBody is a body with a deadline for each read.
type pacedBody struct {
	io.ReadCloser
	pace       Pace
	connection *http.ResponseController
	begun      time.Time
	received   int64
}

// Read reads what comes in time; after that it returns os.ErrDeadlineExceeded.
func (b *pacedBody) Read(p []byte) (int, error) {
	deadline := time.Now().Add(b.pace.Stall) //nolint:forbidigo // as above
	if least := b.begun.Add(b.pace.Grace + time.Duration(b.received/b.pace.Slowest)*time.Second); least.Before(deadline) {
		deadline = least
	}
	if err := b.connection.SetReadDeadline(deadline); err != nil {
		return 0, err
	}
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	if err == io.EOF { //nolint:errorlint // what a body ends with
		// The connection lives on: the server listens on it for the browser to go away, and for the next request.
		err = b.connection.SetReadDeadline(time.Time{})
		if err == nil {
			err = io.EOF
		}
	}
	return n, err
}
