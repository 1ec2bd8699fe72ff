package blob_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/minio/minio-go/v7/pkg/credentials"
	"github.com/oklog/ulid/v2"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/blob/blobtest"
)

func TestS3Addresses(t *testing.T) {
	for address, want := range map[string]blob.S3Options{
		"s3://merit":                                               {Bucket: "merit", Endpoint: "s3.amazonaws.com"},
		"s3://merit/a/b/?region=ap-southeast-3":                    {Bucket: "merit", Prefix: "a/b", Endpoint: "s3.amazonaws.com", Region: "ap-southeast-3"},
		"s3://merit?endpoint=http://127.0.0.1:7070&style=path":     {Bucket: "merit", Endpoint: "127.0.0.1:7070", Plaintext: true, PathStyle: true},
		"s3://merit?endpoint=https://s3.example.go.id/&style=host": {Bucket: "merit", Endpoint: "s3.example.go.id", HostStyle: true},
	} {
		t.Run(address, func(t *testing.T) {
			got, err := blob.ParseS3(address)
			if err != nil {
				t.Fatal(err)
			}
			got.Credentials = nil
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
		})
	}
	for name, address := range map[string]string{
		"no bucket":               "s3:///prefix",
		"another scheme":          "s4://merit",
		"a secret in the address": "s3://key:secret@merit",
		"an unknown setting":      "s3://merit?regoin=x",
		"an endpoint without //":  "s3://merit?endpoint=127.0.0.1:7070",
		"an endpoint with a path": "s3://merit?endpoint=https://example.go.id/s3",
		"an unknown style":        "s3://merit?style=virtual",
		"an unknown encryption":   "s3://merit?sse=rot13",
		"kms without its key":     "s3://merit?sse=kms",
		"a key without kms":       "s3://merit?sse=s3&key=x",
	} {
		t.Run(name, func(t *testing.T) {
			if o, err := blob.ParseS3(address); err == nil || strings.Contains(err.Error(), "secret@") {
				t.Errorf("%s gave %+v, %v, want a mistake that tells no secret", address, o, err)
			}
		})
	}
}

func TestS3SettingsComeFromTheUsualVariables(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://localhost:9000")
	t.Setenv("AWS_REGION", "ap-southeast-3")
	t.Setenv("AWS_ACCESS_KEY_ID", "somebody")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "something")
	o, err := blob.ParseS3("s3://merit")
	if err != nil {
		t.Fatal(err)
	}
	keys, err := o.Credentials.GetWithContext(&credentials.CredContext{Client: http.DefaultClient})
	if err != nil || keys.AccessKeyID != "somebody" || o.Endpoint != "localhost:9000" || !o.Plaintext || o.Region != "ap-southeast-3" {
		t.Errorf("got %+v, %v as %s", o, err, keys.AccessKeyID)
	}
}

func TestABucketMustBeThere(t *testing.T) {
	o := blobtest.FakeS3(t)
	o.Bucket = "another"
	if _, err := blob.OpenS3(t.Context(), o); err == nil || !strings.Contains(err.Error(), `no bucket "another"`) {
		t.Errorf("OpenS3 = %v, want it to say that there is no bucket", err)
	}
}

// recorder stands before S3, notes requests, and can be told to answer none.
type recorder struct {
	mu       sync.Mutex
	requests []*http.Request
	down     atomic.Bool
}

func (r *recorder) front(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if r.down.Load() {
			panic(http.ErrAbortHandler) // the connection ends
		}
		r.mu.Lock()
		r.requests = append(r.requests, req)
		r.mu.Unlock()
		h.ServeHTTP(w, req)
	})
}

// since returns what was asked since the last call.
func (r *recorder) since() []*http.Request {
	r.mu.Lock()
	defer r.mu.Unlock()
	got := r.requests
	r.requests = nil
	return got
}

func TestReadingNeedsFewRequests(t *testing.T) {
	data := random(3 << 20)
	type read struct{ at, n int64 }
	inTurn := func(n int64) (all []read) {
		for at := int64(0); at < int64(len(data)); at += n {
			all = append(all, read{at, min(n, int64(len(data))-at)})
		}
		return all
	}
	for name, c := range map[string]struct {
		reads []read
		want  int
	}{
		"all at once":                     {[]read{{0, 3 << 20}}, 1},
		"one after the other":             {inTurn(256 << 10), 1},
		"one small one after the other":   {inTurn(1000), 1},
		"the end, as a ZIP is read":       {[]read{{3<<20 - 22, 22}, {3<<20 - 22, 10}}, 1},
		"forwards and back within a jump": {[]read{{1 << 20, 100}, {1<<20 + 5000, 100}, {1<<20 + 10, 100}}, 1},
		"two jumps":                       {[]read{{2 << 20, 100}, {1 << 20, 100}}, 2},
		"from the middle to the end":      {[]read{{1 << 20, 256 << 10}, {1<<20 + 256<<10, 256 << 10}, {1<<20 + 512<<10, 256 << 10}}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			r := &recorder{}
			s := blobtest.MustOpenS3(t, blobtest.FakeS3Behind(t, r.front))
			f, err := s.OpenFile(t.Context(), MustKeep(t, s, id, data))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			r.since()
			for _, one := range c.reads {
				got := make([]byte, one.n)
				if err := f.ReadAt(t.Context(), got, one.at); err != nil || !bytes.Equal(got, data[one.at:one.at+one.n]) {
					t.Fatalf("ReadAt %d bytes at %d: %v, or other bytes", one.n, one.at, err)
				}
			}
			if got := len(r.since()); got != c.want {
				t.Errorf("%d requests, want %d", got, c.want)
			}
		})
	}
}

func TestReadingGoesOnAfterABrokenConnection(t *testing.T) {
	each(t, func(t *testing.T, p *place) {
		s, data := p.open(t), random(3<<20)
		f, err := s.OpenFile(t.Context(), MustKeep(t, s, id, data))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		first, end := context.WithCancel(t.Context())
		got := make([]byte, len(data))
		if err := f.ReadAt(first, got[:1<<20], 0); err != nil {
			t.Fatal(err)
		}
		end() // and with it the request
		if err := f.ReadAt(t.Context(), got[1<<20:], 1<<20); err != nil || !bytes.Equal(got, data) {
			t.Errorf("reading on: %v, or other bytes", err)
		}
		if err := f.ReadAt(t.Context(), got[:2], int64(len(data))-1); !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("reading over the end = %v", err)
		}
	})
}

func TestTheServerIsAskedToEncrypt(t *testing.T) {
	r := &recorder{}
	o := blobtest.FakeS3Behind(t, r.front)
	parsed, err := blob.ParseS3("s3://merit?sse=s3")
	if err != nil {
		t.Fatal(err)
	}
	o.Encryption = parsed.Encryption
	s := blobtest.MustOpenS3(t, o)
	r.since()
	MustKeep(t, s, id, random(10))
	MustKeep(t, s, other, random(part+1))
	var asked []string
	for _, req := range r.since() {
		if req.Header.Get("X-Amz-Server-Side-Encryption") == "AES256" {
			what := req.Method
			if req.Header.Get("X-Amz-Copy-Source") != "" {
				what = "COPY"
			}
			asked = append(asked, what)
		}
	}
	for _, want := range []string{"PUT", "POST", "COPY"} {
		if !slices.Contains(asked, want) {
			t.Errorf("no %s asked for encryption, of %v", want, asked)
		}
	}
}

func TestAnUploadWaitsForMemory(t *testing.T) {
	o := blobtest.FakeS3(t)
	o.Memory = part
	s := blobtest.MustOpenS3(t, o)
	first := MustResume(t, s, id, 2*part)
	soon, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := s.Resume(soon, other, 10); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("Resume without memory = %v, want it to wait for it", err)
	}
	waiting := make(chan error)
	go func() {
		u, err := s.Resume(t.Context(), other, 10)
		if err == nil {
			err = errors.Join(u.Append(t.Context(), 0, make([]byte, 10)), u.Close())
		}
		waiting <- err
	}()
	MustAppend(t, first, 0, make([]byte, part)) // makes a part whole
	if err := <-waiting; err != nil {
		t.Error(err)
	}
}

func TestManyUploadsAtOnceFindTheirMemory(t *testing.T) {
	o := blobtest.FakeS3(t)
	o.Memory, o.Requests = part, 2
	s := blobtest.MustOpenS3(t, o)
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			data := random(part/4 + i)
			u, err := s.Resume(t.Context(), ulid.Make().String(), int64(len(data)))
			if err != nil {
				t.Error(err)
				return
			}
			for at := 0; at < len(data) && err == nil; at += 100_000 {
				err = u.Append(t.Context(), int64(at), data[at:min(at+100_000, len(data))])
			}
			if err := errors.Join(err, u.Close()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
}

func TestAServerThatDoesNotAnswerIsAnOutage(t *testing.T) {
	r := &recorder{}
	s := blobtest.MustOpenS3(t, blobtest.FakeS3Behind(t, r.front))
	sum := MustKeep(t, s, id, []byte("abc"))
	u := MustResume(t, s, other, 3)
	r.down.Store(true)
	var all sync.WaitGroup
	for name, call := range map[string]func() error{
		"Resume":   func() error { _, err := s.Resume(t.Context(), id, 3); return err },
		"Durable":  func() error { _, err := s.Durable(t.Context(), id, 3); return err },
		"Append":   func() error { return u.Append(t.Context(), 0, []byte("abc")) },
		"Verify":   func() error { _, err := s.Verify(t.Context(), id, 3, sum); return err },
		"OpenFile": func() error { _, err := s.OpenFile(t.Context(), sum); return err },
		"Discard":  func() error { return s.Discard(t.Context(), ulid.Make().String()) },
		"Sweep":    func() error { return s.Sweep(t.Context(), later) },
		"Remove":   func() error { _, err := s.Remove(t.Context(), sum, later, unused); return err },
	} {
		all.Go(func() {
			if err := call(); !errors.Is(err, blob.ErrUnavailable) {
				t.Errorf("%s = %v, want ErrUnavailable", name, err)
			}
		})
	}
	all.Wait()
	r.down.Store(false)
	MustAppend(t, u, 0, []byte("abd"))
	MustFinish(t, s, other, []byte("abd"))
}
