// Package clamd asks ClamAV's daemon whether there is a virus in a file. The bytes are streamed to it over a socket
// (INSTREAM), so that it needs no way to the files.
package clamd

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	chunkSize = 64 << 10
	maxReply  = 1 << 10 // bytes
)

// Scanner is a daemon at an address. It is safe for use by many goroutines; every scan has a connection of its own.
type Scanner struct{ network, address string }

// ErrFailed says that the daemon answered, and could not scan this file.
var ErrFailed = errors.New("clamd: the scanner could not scan the file")

// ErrTooLarge is ErrFailed: it says that the daemon does not take files as large (StreamMaxLength in its configuration).
var ErrTooLarge = fmt.Errorf("%w: it is larger than StreamMaxLength of the scanner", ErrFailed)

// New returns a scanner at unix:/path/of/socket or tcp:host:port. It does not connect.
func New(address string) (*Scanner, error) {
	network, rest, _ := strings.Cut(address, ":")
	s := &Scanner{network: network, address: rest}
	switch {
	case network == "unix" && strings.HasPrefix(rest, "/"):
		return s, nil
	case network == "tcp":
		if host, port, err := net.SplitHostPort(rest); err == nil && host != "" && port != "" {
			return s, nil
		}
	}
	return nil, fmt.Errorf("clamd: %q is neither unix:/path/of/socket nor tcp:host:port", address)
}

// Scan streams content to the daemon and returns the name of the signature that was found in it, empty for none. It gives
// up when the context ends. An error says that nothing is known of the content, never that something was found.
func (s *Scanner) Scan(ctx context.Context, content io.Reader) (signature string, err error) {
	conn, err := new(net.Dialer).DialContext(ctx, s.network, s.address)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", err)
	}
	defer conn.Close() //nolint:errcheck // the reply has been read or does not count
	// A daemon that hangs must not hold us longer than the context says.
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	sent := send(conn, content)
	var failed *contentError
	if errors.As(sent, &failed) {
		return "", failed.err
	}
	// A daemon that had enough of the file has said why before it closed.
	reply, err := bufio.NewReader(io.LimitReader(conn, maxReply)).ReadString(0)
	if err != nil {
		return "", fmt.Errorf("clamd: %w", errors.Join(sent, err, context.Cause(ctx)))
	}
	return read(strings.TrimSuffix(reply, "\x00"))
}

// contentError is an error of reading the content.
type contentError struct{ err error }

// Error is what the reader said.
func (e *contentError) Error() string { return e.err.Error() }

// send writes the command and the content in pieces, each after its length, and an empty piece at the end.
func send(conn io.Writer, content io.Reader) error {
	if _, err := io.WriteString(conn, "zINSTREAM\x00"); err != nil {
		return err
	}
	buf := make([]byte, 4+chunkSize)
	for {
		n, err := io.ReadFull(content, buf[4:])
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if err != nil && !end {
			return &contentError{err}
		}
		if n > 0 {
			binary.BigEndian.PutUint32(buf, uint32(n))
			if _, err := conn.Write(buf[:4+n]); err != nil {
				return err
			}
		}
		if end {
			_, err := conn.Write(make([]byte, 4))
			return err
		}
	}
}

// read understands what the daemon says: "stream: OK", "stream: NAME FOUND", or a message that ends in ERROR.
func read(reply string) (signature string, err error) {
	said, ok := strings.CutPrefix(reply, "stream: ")
	if ok && said == "OK" {
		return "", nil
	}
	if name, found := strings.CutSuffix(said, " FOUND"); ok && found && name != "" {
		return strings.Map(printable, name), nil
	}
	if strings.Contains(reply, "size limit exceeded") {
		return "", ErrTooLarge
	}
	return "", fmt.Errorf("%w: it answered %q", ErrFailed, reply)
}

// printable leaves out what no name of a signature has.
func printable(r rune) rune {
	if r <= ' ' || r > '~' {
		return -1
	}
	return r
}
