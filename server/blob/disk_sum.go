package blob

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// hashAhead is how many bytes of an upload have to be there to be hashed before it is complete.
const hashAhead = 1 << 20

// diskSum hashes a file as it lies on the disk, from its beginning on, while more is written behind. One at a time reads on.
type diskSum struct {
	hash  hash.Hash
	upTo  int64 // bytes hashed
	ahead sync.WaitGroup
	busy  atomic.Bool // somebody reads on ahead, and has the other fields to itself
}

// readOn hashes up to a place.
func (s *diskSum) readOn(ctx context.Context, f *os.File, to int64) error {
	if s.hash == nil {
		s.hash = sha256.New()
	}
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for s.upTo < to {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		n, err := f.ReadAt(buf[:min(bufferSize, to-s.upTo)], s.upTo)
		if err != nil {
			return fmt.Errorf("blob: hash: %w", err)
		}
		s.hash.Write(buf[:n])
		s.upTo += int64(n)
	}
	return nil
}

// hashAheadLocked has what has been written hashed beside what comes, if that is as much as least and a processor is free.
func (f *diskState) hashAheadLocked(least int64) {
	if f.sum.busy.Load() || f.size-f.sum.upTo < least {
		return
	}
	select {
	case f.store.hashing <- struct{}{}:
	default:
		return
	}
	f.sum.busy.Store(true)
	file, size := f.f, f.size
	f.sum.ahead.Go(func() {
		defer func() { <-f.store.hashing }()
		defer f.sum.busy.Store(false)
		_ = f.sum.readOn(context.Background(), file, size) // what cannot be read now is an error of hashLocked
	})
}

// hashLocked returns the SHA-256 of the file.
func (f *diskState) hashLocked(ctx context.Context) (got string, err error) {
	f.sum.ahead.Wait()
	err = f.store.hashing.in(ctx, func() error { return f.sum.readOn(ctx, f.f, f.size) })
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(f.sum.hash.Sum(nil)), nil
}

// maxKnown is how many uploads that nobody uses are remembered.
const maxKnown = 1024

// known are uploads of this process that nobody uses just now: hashed so far, and durable. Between its last chunk and its
// finish an upload is one of them.
type known struct {
	mu  sync.Mutex
	all map[string]knownUpload
}

type knownUpload struct {
	hash    hash.Hash
	upTo    int64
	size    int64
	changed time.Time
}

// keep remembers an upload, and forgets any other one when there are too many.
func (k *known) keep(id string, u knownUpload) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil {
		k.all = map[string]knownUpload{}
	}
	if len(k.all) >= maxKnown {
		for other := range k.all {
			delete(k.all, other)
			break
		}
	}
	k.all[id] = u
}

// take returns what is known of an upload, once, and whether its file is still as it was.
func (k *known) take(id string, now fs.FileInfo) (u knownUpload, ok bool) {
	k.mu.Lock()
	defer k.mu.Unlock()
	u, ok = k.all[id]
	delete(k.all, id)
	return u, ok && u.size == now.Size() && u.changed.Equal(now.ModTime())
}

// rememberLocked remembers a durable upload until it is used again.
func (f *diskState) rememberLocked() {
	if f.finished || f.durable != f.size || f.size == 0 {
		return
	}
	if now, err := f.f.Stat(); err == nil && now.Size() == f.size {
		f.store.known.keep(f.id, knownUpload{hash: f.sum.hash, upTo: f.sum.upTo, size: f.size, changed: now.ModTime()})
	}
}
