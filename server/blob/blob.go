// Package blob keeps the bytes of evidence under their SHA-256, and files on their way in: on disk, or in S3.
//
//	upload/<id>            bytes of an upload as far as they have come
//	sha256/ab/abcdef…      finished files; equal bytes are one file
//
// Bytes are durable when an offset says so. A finished file was hashed as it lies there, and is durable under its name,
// before anybody is told. Finishing does the same work whether the same bytes are there already or not, so neither answers
// nor timing tell what others keep.
package blob

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strings"
	"sync"
	"time"
)

var (
	// ErrNotFound says that no finished file has the SHA-256.
	ErrNotFound = errors.New("blob: no file with this SHA-256")
	// ErrFinished says that the upload has become a recorded file meanwhile and takes no more bytes.
	ErrFinished = errors.New("blob: the upload is finished")
	// ErrHash says that the bytes of an upload do not have the SHA-256 they should have. They are gone: it starts again at 0.
	ErrHash = errors.New("blob: the bytes do not have this SHA-256")
	// ErrTooLong says that bytes go beyond the size that was announced.
	ErrTooLong = errors.New("blob: more bytes than were announced")
	// ErrUnavailable says that the place where bytes are kept does not do its work now.
	ErrUnavailable = errors.New("blob: the evidence store does not answer")
)

// OffsetError says that bytes do not start where the upload ends, or that bytes are missing at its finish.
type OffsetError struct {
	// Next is where to go on. What another stream of the upload is bringing counts for as long as that stream lasts.
	Next int64
}

// Error tells the offset.
func (e *OffsetError) Error() string {
	return fmt.Sprintf("blob: the upload goes on at byte %d", e.Next)
}

// Store keeps bytes. It is safe for use by many goroutines. Ids of uploads are ULIDs; sums are SHA-256 in lower-case hex;
// sizes and offsets are bytes. What the machine below refuses is ErrUnavailable or an error of the operating system.
type Store interface {
	// Resume opens the upload with the id, announced with the size, for more bytes; with no bytes yet, it starts at 0.
	// The caller closes it.
	Resume(ctx context.Context, id string, size int64) (Upload, error)
	// Durable is how many bytes of the upload survive a power cut; 0 for one without bytes.
	Durable(ctx context.Context, id string, size int64) (int64, error)
	// Verify hashes the bytes of an upload as they are stored. It returns an *OffsetError when they are not as many as
	// size, ErrHash when they do not have the sum, and ErrFinished when somebody else has just finished the upload.
	// The caller looks at what it got, keeps it or not, and closes it.
	Verify(ctx context.Context, id string, size int64, sum string) (Verified, error)
	// OpenFile opens a finished file, or returns ErrNotFound. The caller closes it.
	OpenFile(ctx context.Context, sum string) (File, error)
	// Files lists the finished files in the order of their sums. Of files that come or go meanwhile some may be listed.
	Files(ctx context.Context) iter.Seq2[Listed, error]
	// Remove removes a finished file unless its bytes came after the instant, also just now once more, and reports
	// whether it did. The caller knows that no record names it, and unused says so once more when nobody can keep the
	// same bytes any more: who is about to record them must not lose them.
	Remove(ctx context.Context, sum string, before time.Time, unused func(context.Context) (bool, error)) (bool, error)
	// Discard removes what has come of an upload, unless it is in use. It does no harm when nothing has.
	Discard(ctx context.Context, id string) error
	// Sweep removes uploads that were started before the instant, which their ids tell, and are not in use.
	Sweep(ctx context.Context, before time.Time) error
	// Ping returns nil when the place answers: a cheap look, for those who ask all the time.
	Ping(ctx context.Context) error
	// Close ends the use of the store. Uploads still open stay so until they are closed.
	Close() error
}

// Upload is one user's hold on an upload. Others may hold the same: whoever appends at the end wins, the rest get an
// *OffsetError.
type Upload interface {
	// Next is where the upload goes on.
	Next() int64
	// Durable is how many bytes survive a power cut.
	Durable() int64
	// Append adds data at the offset, which must be where the upload ends: it returns an *OffsetError otherwise,
	// ErrTooLong beyond the announced size, and ErrFinished once it is recorded. The bytes are durable when Durable says so. When
	// it fails, the upload may go on at an earlier byte than data began.
	Append(ctx context.Context, offset int64, data []byte) error
	// Sync makes durable what can be and returns the durable offset: on disk all that was appended, in S3 whole parts.
	Sync(ctx context.Context) (int64, error)
	// Close syncs and ends the hold. Closing twice does no harm.
	Close() error
}

// Verified is an upload that is complete and has its SHA-256. Until it is closed, nobody else of this process gets at the
// upload. ReadAt reads from its bytes, before Keep.
type Verified interface {
	io.ReaderAt
	// Keep makes the bytes a finished file, durable under its SHA-256 when it returns. The upload stays beside it, so that
	// it can be finished again when the file was not recorded.
	Keep(ctx context.Context) error
	// Recorded says that a record names the kept file: the upload takes no more bytes, and goes with Close.
	Recorded()
	// Close ends the use. After Keep it comes when the file is recorded, or nobody will: a recorded one is there from then
	// on for good.
	Close() error
}

// File is a finished file, open for reading.
type File interface {
	// Size is how many bytes it has.
	Size() int64
	// ReadAt fills p with the bytes at the offset; fewer than len(p) are an error.
	ReadAt(ctx context.Context, p []byte, offset int64) error
	// Close ends reading.
	Close() error
}

// Listed is a finished file.
type Listed struct {
	SHA256 string // hex
	Size   int64
	Came   time.Time // when its bytes came last
}

// Open opens the place that an address names, s3://bucket/prefix or a folder, as ParseS3 and OpenDisk say.
func Open(ctx context.Context, address string) (Store, error) {
	if scheme, _, ok := strings.Cut(address, "://"); !ok {
		return OpenDisk(DiskOptions{Dir: address})
	} else if scheme+"://" != s3Scheme {
		return nil, fmt.Errorf("blob: %s:// is neither s3:// nor a folder", scheme)
	}
	o, err := ParseS3(address)
	if err != nil {
		return nil, err
	}
	return OpenS3(ctx, o)
}

const (
	uploadDir = "upload"
	sumDir    = "sha256"
)

// bufferSize is how much is read at once.
const bufferSize = 256 << 10

var buffers = sync.Pool{New: func() any { return new([bufferSize]byte) }}

func sumPath(sum string) (string, error) {
	if b, err := hex.DecodeString(sum); err != nil || len(b) != 32 || hex.EncodeToString(b) != sum {
		return "", fmt.Errorf("blob: %q is not a SHA-256 in lower-case hex", sum)
	}
	return path.Join(sumDir, sum[:2], sum), nil
}

// slots bound how many do something at once.
type slots chan struct{}

// in runs fn when a slot is free, or returns the context's error when that ends first.
func (s slots) in(ctx context.Context, fn func() error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx) // select would take a free slot as readily
	}
	select {
	case s <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s }()
	return fn()
}

// inUse are the uploads that this process uses, by id. All users of one share it.
type inUse[T any] struct {
	mu  sync.Mutex
	all map[string]*shared[T]
}

type shared[T any] struct {
	what  *T
	users int
}

// acquire returns what is used under the id, made if nobody uses it yet.
func (u *inUse[T]) acquire(id string, what func() *T) *T {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.all[id]
	if s == nil {
		if u.all == nil {
			u.all = map[string]*shared[T]{}
		}
		s = &shared[T]{what: what()}
		u.all[id] = s
	}
	s.users++
	return s.what
}

// release drops one user; after the last one it calls end before anybody uses the id again.
func (u *inUse[T]) release(id string, end func()) {
	u.mu.Lock()
	defer u.mu.Unlock()
	s := u.all[id]
	if s.users--; s.users == 0 {
		delete(u.all, id)
		end()
	}
}

// unless calls fn while nobody uses the id, and not when somebody does.
func (u *inUse[T]) unless(id string, fn func() error) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.all[id] != nil {
		return nil
	}
	return fn()
}

// Within is a file as an io.ReaderAt, for as long as the context says.
func Within(ctx context.Context, f File) io.ReaderAt { return readerAt{ctx, f} }

type readerAt struct {
	ctx context.Context
	f   File
}

// ReadAt reads what there is: at the end of the file, less than asked for.
func (r readerAt) ReadAt(p []byte, offset int64) (int, error) {
	n := max(0, min(int64(len(p)), r.f.Size()-offset))
	if err := r.f.ReadAt(r.ctx, p[:n], offset); err != nil {
		return 0, err
	}
	if n < int64(len(p)) {
		return int(n), io.EOF
	}
	return int(n), nil
}
