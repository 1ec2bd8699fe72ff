package clamd_test

import (
	"context"
	"errors"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/meritindex/merit/server/clamd"
	"github.com/meritindex/merit/server/clamd/clamdtest"
)

func MustScanner(tb testing.TB, address string) *clamd.Scanner {
	tb.Helper()
	s, err := clamd.New(address)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

// failing is content that cannot be read.
type failing struct{}

var errDisk = errors.New("the disk does not answer")

func (failing) Read([]byte) (int, error) { return 0, errDisk }

func TestTheDaemonTellsWhatIsInAFile(t *testing.T) {
	d := clamdtest.New(t)
	s := MustScanner(t, d.Address)
	long := strings.Repeat("words of a decree\n", 20_000)
	for _, tc := range []struct {
		name, content, want string
		err                 error
	}{
		{"nothing", "", "", nil},
		{"words", long, "", nil},
		{"the virus", clamdtest.Virus, clamdtest.Signature, nil},
		{"the virus behind many words", long + clamdtest.Virus, clamdtest.Signature, nil},
		{"more than it takes", strings.Repeat(long, 10), "", clamd.ErrTooLarge},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := s.Scan(t.Context(), strings.NewReader(tc.content))
			if got != tc.want || !errors.Is(err, tc.err) {
				t.Errorf("Scan = %q, %v, want %q, %v", got, err, tc.want, tc.err)
			}
		})
	}
	t.Run("what cannot be read", func(t *testing.T) {
		if _, err := s.Scan(t.Context(), failing{}); !errors.Is(err, errDisk) {
			t.Errorf("Scan = %v", err)
		}
	})
	d.Stop()
	if _, err := s.Scan(t.Context(), strings.NewReader("x")); err == nil || errors.Is(err, clamd.ErrFailed) {
		t.Errorf("without a daemon: %v", err)
	}
}

// MustListen lets fn answer every connection to a socket, whose address it returns.
func MustListen(t *testing.T, fn func(net.Conn)) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fn(conn)
			_ = conn.Close()
		}
	}()
	return "unix:" + path
}

func TestOnlyAClearAnswerCounts(t *testing.T) {
	for name, answer := range map[string]string{
		"nothing": "", "half": "stream: O", "another command's": "PONG\x00", "an error": "stream: Can't allocate memory ERROR\x00",
		"no name": "stream:  FOUND\x00", "no end": strings.Repeat("x", 4<<10),
	} {
		t.Run(name, func(t *testing.T) {
			s := MustScanner(t, MustListen(t, func(conn net.Conn) {
				_, _ = io.ReadFull(conn, make([]byte, len("zINSTREAM\x00")+5+4))
				_, _ = io.WriteString(conn, answer)
			}))
			if got, err := s.Scan(t.Context(), strings.NewReader("x")); err == nil || got != "" {
				t.Errorf("Scan = %q, %v, want an error", got, err)
			}
		})
	}
}

func TestADaemonThatHangsIsGivenUp(t *testing.T) {
	hold := make(chan struct{})
	defer close(hold)
	s := MustScanner(t, MustListen(t, func(net.Conn) { <-hold }))
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := s.Scan(ctx, strings.NewReader(strings.Repeat("x", 10<<20))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Scan = %v, want DeadlineExceeded", err)
	}
}

func TestAddresses(t *testing.T) {
	for address, ok := range map[string]bool{
		"unix:/run/clamav/clamd.ctl": true, "tcp:127.0.0.1:3310": true, "tcp:[::1]:3310": true, "": false, "unix:clamd": false,
		"tcp:3310": false, "/run/clamav/clamd.ctl": false, "http://scanner": false,
	} {
		if _, err := clamd.New(address); (err == nil) != ok {
			t.Errorf("New(%q) = %v", address, err)
		}
	}
}
