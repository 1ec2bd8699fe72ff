package client_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// torn is a network on which connections break after some bytes, as often as it says.
type torn struct {
	after  int64 // bytes sent and received on a connection
	breaks atomic.Int64
}

func (n *torn) dial(ctx context.Context, address string) (net.Conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "tcp", address)
	return &tornConn{Conn: c, network: n}, err
}

type tornConn struct {
	net.Conn
	network *torn
	carried atomic.Int64
}

func (c *tornConn) Read(p []byte) (int, error) {
	n, err := c.Conn.Read(p)
	c.carry(n)
	return n, err
}

func (c *tornConn) Write(p []byte) (int, error) {
	n, err := c.Conn.Write(p)
	c.carry(n)
	return n, err
}

func (c *tornConn) carry(n int) {
	if c.carried.Add(int64(n)) > c.network.after && c.network.breaks.Add(-1) >= 0 {
		_ = c.Close()
	}
}

// MustOperate connects as an operator of an agency.
func MustOperate(tb testing.TB, options ...func(*client.Options)) *client.Client {
	tb.Helper()
	s := servertest.New(tb)
	operator := s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, s.MustAgency(tb, store.Agency{}))
	return MustDial(tb, s, operator.Secret, options...)
}

// document is a file of about that size.
func document(size int) []byte {
	return append([]byte("%PDF-1.7\n"), bytes.Repeat([]byte("0123456789abcdef"), size/16)...)
}

// MustWrite writes a file into a folder of the test.
func MustWrite(tb testing.TB, name string, content []byte) (path string) {
	tb.Helper()
	path = filepath.Join(tb.TempDir(), name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		tb.Fatal(err)
	}
	return path
}

// MustRead reads a file.
func MustRead(tb testing.TB, path string) []byte {
	tb.Helper()
	return servertest.Must(os.ReadFile(path))(tb)
}

// MustAdd uploads content as evidence.
func MustAdd(tb testing.TB, c *client.Client, content []byte) *meritv1.Evidence {
	tb.Helper()
	up := servertest.Must(c.Upload(tb.Context(), bytes.NewReader(content), int64(len(content)), client.UploadOptions{Name: "sk.pdf"}))(tb)
	return servertest.Must(c.Evidence.FinishUpload(tb.Context(), &meritv1.FinishUploadRequest{UploadId: up.GetId()}))(tb).GetEvidence()
}

func TestAFileGoesUpAndComesDownWithProgress(t *testing.T) {
	c := MustOperate(t)
	content := document(1 << 20)
	var sent, got []int64
	up := servertest.Must(c.UploadFile(t.Context(), MustWrite(t, "sk.pdf", content), client.UploadOptions{
		Progress: func(done, total int64) { sent = append(sent, done) },
	}))(t)
	e := servertest.Must(c.Evidence.FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: up.GetId()}))(t).GetEvidence()
	var back bytes.Buffer
	d := servertest.Must(c.Download(t.Context(), &meritv1.DownloadRequest{EvidenceId: e.GetId()}, &back, client.DownloadOptions{
		Progress: func(done, total int64) { got = append(got, done) },
	}))(t)
	if !bytes.Equal(back.Bytes(), content) || d.FileName != "sk.pdf" || d.MediaType != "application/pdf" || d.Size != int64(len(content)) {
		t.Errorf("downloaded %d bytes: %+v", back.Len(), d)
	}
	for name, steps := range map[string][]int64{"up": sent, "down": got} {
		if len(steps) < 4 || !slices.IsSorted(steps) || steps[len(steps)-1] != int64(len(content)) {
			t.Errorf("progress %s: %v", name, steps)
		}
	}
}

func TestAFileArrivesOverConnectionsThatBreak(t *testing.T) {
	content := document(4 << 20)
	network := &torn{after: 1 << 20}
	c := MustOperate(t, func(o *client.Options) { o.Dialer = network.dial })
	network.breaks.Store(3)
	e := MustAdd(t, c, content)
	if left := network.breaks.Load(); left >= 0 {
		t.Fatalf("the upload met %d breaks less than it should", left+1)
	}
	network.breaks.Store(3)
	var back bytes.Buffer
	servertest.Must(c.Download(t.Context(), &meritv1.DownloadRequest{EvidenceId: e.GetId()}, &back, client.DownloadOptions{}))(t)
	if left := network.breaks.Load(); left >= 0 {
		t.Fatalf("the download met %d breaks less than it should", left+1)
	}
	if !bytes.Equal(back.Bytes(), content) {
		t.Error("other bytes came back")
	}
}

func TestAHashThatTheCallerKnowsIsTheOneTheServiceHoldsTheFileTo(t *testing.T) {
	c := MustOperate(t)
	content := document(1 << 10)
	for name, test := range map[string]struct {
		hashed []byte
		want   meritv1.Reason
	}{
		"of the file":    {content, meritv1.Reason_REASON_UNSPECIFIED},
		"of another one": {document(2 << 10), meritv1.Reason_REASON_HASH_MISMATCH},
	} {
		sum := sha256.Sum256(test.hashed)
		up, err := c.Upload(t.Context(), bytes.NewReader(content), int64(len(content)), client.UploadOptions{Name: "sk.pdf", SHA256: hex.EncodeToString(sum[:])})
		if err == nil {
			_, err = c.Evidence.FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: up.GetId()})
		}
		if (err == nil) != (test.want == meritv1.Reason_REASON_UNSPECIFIED) || err != nil && !client.Is(err, test.want) {
			t.Errorf("with the hash %s: %v, want %v", name, err, test.want)
		}
	}
}

func TestAnUploadIsResumedByItsID(t *testing.T) {
	c := MustOperate(t)
	content := document(2 << 20)
	ctx, stop := context.WithCancel(t.Context())
	var id string
	_, err := c.Upload(ctx, bytes.NewReader(content), int64(len(content)), client.UploadOptions{
		Name:    "sk.pdf",
		Started: func(uploadID string) { id = uploadID },
		Progress: func(done, total int64) {
			if done >= total/2 {
				stop()
			}
		},
	})
	if err == nil || id == "" {
		t.Fatalf("the upload %q was not broken off: %v", id, err)
	}
	resume := func(content []byte) (*meritv1.Upload, error) {
		return c.Upload(t.Context(), bytes.NewReader(content), int64(len(content)), client.UploadOptions{Resume: id})
	}
	if _, err := resume(document(1 << 20)); !errors.Is(err, client.ErrOtherFile) {
		t.Errorf("resumed with another file: %v, want ErrOtherFile", err)
	}
	up := servertest.Must(resume(content))(t)
	if up.GetId() != id || up.GetDurableOffset() != int64(len(content)) {
		t.Errorf("resumed: %v", up)
	}
	servertest.Must(c.Evidence.FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: id}))(t)
	if up := servertest.Must(resume(content))(t); up.GetFinishedAs() == "" {
		t.Errorf("resumed after its end: %v", up)
	}
}

func TestARefusedUploadSaysWhy(t *testing.T) {
	c := MustOperate(t)
	_, err := c.Upload(t.Context(), bytes.NewReader(make([]byte, 26<<20)), 26<<20, client.UploadOptions{Name: "sk.pdf"})
	if !client.Is(err, meritv1.Reason_REASON_UPLOAD_TOO_LARGE) {
		t.Errorf("too large: %v", err)
	}
	_, err = c.Upload(t.Context(), bytes.NewReader(nil), 0, client.UploadOptions{Resume: "01J00000000000000000000000"})
	if !client.Is(err, meritv1.Reason_REASON_NOT_FOUND) {
		t.Errorf("unknown: %v", err)
	}
	if _, err = c.UploadFile(t.Context(), "there is no such file", client.UploadOptions{}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

func TestADownloadedFileHasItsNameOnlyOnceItIsWhole(t *testing.T) {
	c := MustOperate(t)
	content := document(1 << 20)
	e := MustAdd(t, c, content)
	req := &meritv1.DownloadRequest{EvidenceId: e.GetId()}
	for _, tc := range []struct {
		name string
		path string // within a folder that has taken.pdf
		part []byte // what an earlier attempt has left
		o    client.DownloadOptions
		want string // the file
		err  error
	}{
		{"under a name", "new.pdf", nil, client.DownloadOptions{}, "new.pdf", nil},
		{"into a folder", ".", nil, client.DownloadOptions{}, "sk.pdf", nil},
		{"where a file is", "taken.pdf", nil, client.DownloadOptions{}, "", fs.ErrExist},
		{"over a file", "taken.pdf", nil, client.DownloadOptions{Replace: true}, "taken.pdf", nil},
		{"after a break", "new.pdf", content[:300_000], client.DownloadOptions{}, "new.pdf", nil},
		{"after a break at the end", "new.pdf", content, client.DownloadOptions{}, "new.pdf", nil},
		{"on top of other bytes", "new.pdf", bytes.ToUpper(content[:300_000]), client.DownloadOptions{}, "", client.ErrDamaged},
		{"on top of too many bytes", "new.pdf", append(bytes.Clone(content), 'x'), client.DownloadOptions{}, "", client.ErrDamaged},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := filepath.Dir(MustWrite(t, "taken.pdf", []byte("another file")))
			part := filepath.Join(dir, ".merit-"+e.GetId()+".part")
			if tc.part != nil {
				if err := os.WriteFile(part, tc.part, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			first := int64(-1)
			tc.o.Progress = func(done, _ int64) {
				if first < 0 {
					first = done
				}
			}
			got, err := c.DownloadFile(t.Context(), req, filepath.Join(dir, tc.path), tc.o)
			if !errors.Is(err, tc.err) {
				t.Fatalf("DownloadFile = %v, want %v", err, tc.err)
			}
			if _, err := os.Stat(part); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the part is still there: %v", err)
			}
			if tc.err != nil {
				return
			}
			if want := filepath.Join(dir, tc.want); got.Path != want || !bytes.Equal(MustRead(t, want), content) {
				t.Errorf("downloaded %+v, want the bytes in %s", got, want)
			}
			if first >= 0 && first < int64(len(tc.part)) {
				t.Errorf("%d bytes that were there came again", len(tc.part))
			}
		})
	}
}

func TestABrokenDownloadKeepsWhatCame(t *testing.T) {
	c := MustOperate(t)
	content := document(1 << 20)
	e := MustAdd(t, c, content)
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	_, err := c.DownloadFile(ctx, &meritv1.DownloadRequest{EvidenceId: e.GetId()}, dir, client.DownloadOptions{
		Progress: func(int64, int64) { stop() },
	})
	if err == nil {
		t.Fatal("the download was not broken off")
	}
	var first int64
	got := servertest.Must(c.DownloadFile(t.Context(), &meritv1.DownloadRequest{EvidenceId: e.GetId()}, dir, client.DownloadOptions{
		Progress: func(done, _ int64) {
			if first == 0 {
				first = done
			}
		},
	}))(t)
	if first <= 256<<10 || !bytes.Equal(MustRead(t, got.Path), content) {
		t.Errorf("it began again: the first chunk ended at %d", first)
	}
}
