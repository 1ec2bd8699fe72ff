package blob

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/oklog/ulid/v2"
	"golang.org/x/sync/errgroup"
)

// Copied is what came of a copy.
type Copied struct {
	Files, Bytes int64 // copied now
	There        int64 // files that were there already
}

// CopyOptions say how much is copied at once and who is told.
type CopyOptions struct {
	// AtOnce is how many files are copied at once; 8 when zero.
	AtOnce int
	// Progress is told, in turn, how many bytes of how many are there; may be nil.
	Progress func(done, total int64)
}

// CopyAll copies the finished files of one store into another, where each is hashed as it lies there before it gets its
// name. What is there already is passed over, so a copy that was broken off goes on when it is made again. Nothing is
// removed. ErrHash when the bytes of a file are not those of its name.
func CopyAll(ctx context.Context, from, to Store, o CopyOptions) (Copied, error) {
	if o.AtOnce == 0 {
		o.AtOnce = 8
	}
	if o.Progress == nil {
		o.Progress = func(int64, int64) {}
	}
	c := copying{from: from, to: to, progress: o.Progress}
	for f, err := range from.Files(ctx) {
		if err != nil {
			return Copied{}, err
		}
		c.total += f.Size
	}
	all, within := errgroup.WithContext(ctx)
	all.SetLimit(o.AtOnce)
	var failed error
	for f, err := range from.Files(within) {
		if failed = err; failed != nil || within.Err() != nil {
			break
		}
		all.Go(func() error { return c.one(within, f) })
	}
	// What ended the copying comes first: it made the list end too.
	if err := all.Wait(); err != nil {
		failed = err
	}
	return c.copied, errors.Join(failed, context.Cause(ctx))
}

type copying struct {
	from, to Store
	total    int64
	progress func(done, total int64)

	mu     sync.Mutex
	done   int64
	copied Copied
}

// one copies a file unless it is there.
func (c *copying) one(ctx context.Context, f Listed) error {
	there, err := has(ctx, c.to, f)
	if err == nil && !there {
		err = c.send(ctx, f)
	}
	if errors.Is(err, ErrNotFound) {
		return nil // removed since it was listed: nobody names it
	}
	if err != nil {
		return fmt.Errorf("%s: %w", f.SHA256, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if there {
		c.copied.There++
	} else {
		c.copied.Files++
		c.copied.Bytes += f.Size
	}
	c.done += f.Size
	c.progress(c.done, c.total)
	return nil
}

func has(ctx context.Context, s Store, f Listed) (bool, error) {
	there, err := s.OpenFile(ctx, f.SHA256)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return there.Size() == f.Size, there.Close()
}

func (c *copying) send(ctx context.Context, f Listed) error {
	from, err := c.from.OpenFile(ctx, f.SHA256)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	id := ulid.Make().String()
	if err := c.arrive(ctx, id, from, f.SHA256); err != nil {
		// Nobody would go on with it: the next copy begins the file anew.
		return errors.Join(err, c.to.Discard(context.WithoutCancel(ctx), id))
	}
	return nil
}

// arrive sends the bytes and gives them their name once they hash to it where they lie.
func (c *copying) arrive(ctx context.Context, id string, from File, sum string) error {
	if err := c.upload(ctx, id, from); err != nil {
		return err
	}
	v, err := c.to.Verify(ctx, id, from.Size(), sum)
	if err != nil {
		return err
	}
	if err := v.Keep(ctx); err != nil {
		return errors.Join(err, v.Close())
	}
	v.Recorded() // its name is all there is to record
	return v.Close()
}

func (c *copying) upload(ctx context.Context, id string, from File) error {
	u, err := c.to.Resume(ctx, id, from.Size())
	if err != nil {
		return err
	}
	buf := buffers.Get().(*[bufferSize]byte)
	defer buffers.Put(buf)
	for offset := int64(0); offset < from.Size() && err == nil; {
		some := buf[:min(bufferSize, from.Size()-offset)]
		if err = from.ReadAt(ctx, some, offset); err == nil {
			err = u.Append(ctx, offset, some)
		}
		offset += int64(len(some))
	}
	return errors.Join(err, u.Close())
}
