package blob

import (
	"context"
	"fmt"
	"os"
)

// syncBesideLocked begins to make durable what was written, when that is enough, while more is written. It waits for the
// sync before, so that at most twice as much is not durable.
func (f *diskState) syncBesideLocked() error {
	begun := f.durable
	if f.syncing != nil {
		begun = f.syncTo
	}
	if f.size-begun < f.store.syncEvery {
		return nil
	}
	if err := f.settleLocked(); err != nil {
		return err
	}
	file, fresh, done := f.f, f.fresh, make(chan error, 1)
	go func() {
		done <- f.store.disk.in(context.Background(), func() error { return f.store.syncUpload(file, fresh) })
	}()
	f.syncing, f.syncTo = done, f.size
	return nil
}

// settleLocked waits for the sync under way, if there is one.
func (f *diskState) settleLocked() error {
	if f.syncing == nil {
		return nil
	}
	err := <-f.syncing
	f.syncing = nil
	if err == nil {
		f.fresh, f.durable = false, f.syncTo
	}
	return err
}

// syncAllLocked makes durable all that was written.
func (f *diskState) syncAllLocked(ctx context.Context) error {
	if err := f.settleLocked(); err != nil {
		return err
	}
	return f.store.disk.in(ctx, f.syncLocked)
}

// syncLocked makes durable all that was written, while no sync is under way.
func (f *diskState) syncLocked() error {
	if f.durable == f.size && !f.fresh {
		return nil
	}
	if err := f.store.syncUpload(f.f, f.fresh); err != nil {
		return err
	}
	f.fresh, f.durable = false, f.size
	return nil
}

// syncUpload makes the bytes of an upload durable, and its name if it is a fresh one.
func (s *Disk) syncUpload(f *os.File, fresh bool) error {
	err := f.Sync()
	if err == nil && fresh {
		err = s.syncDir(uploadDir)
	}
	if err != nil {
		return fmt.Errorf("blob: upload: %w", err)
	}
	return nil
}
