package bench

import (
	"context"
	"crypto/sha256"
	"errors"
	"os"
	"path/filepath"
	"time"
)

// Machine is what the machine itself does, with one caller and nothing of the service.
type Machine struct {
	CommitsPerSecond float64 `json:"commits_per_second"` // of single rows, durable
	FilesPerSecond   float64 `json:"files_per_second"`   // one SHA-256, one write and one fsync each, as large as an upload
}

// LimitTargets are with what the machine is measured.
type LimitTargets struct {
	Folder string                      // on the disk of the service
	Time   time.Duration               // that each limit is measured
	Commit func(context.Context) error // commits one row
}

func (l *LimitTargets) measure(ctx context.Context, o Options) (m *Machine, err error) {
	m = new(Machine)
	if m.CommitsPerSecond, err = l.rate(ctx, o.Now, l.Commit); err != nil {
		return nil, err
	}
	content, file := newContent(o.UploadSize), filepath.Join(l.Folder, "least")
	m.FilesPerSecond, err = l.rate(ctx, o.Now, func(context.Context) error { return writeLeast(file, content) })
	return m, errors.Join(err, os.Remove(file))
}

// rate is how often something is done in a second, one after the other.
func (l *LimitTargets) rate(ctx context.Context, now func() time.Time, do func(context.Context) error) (float64, error) {
	began, n := now(), 0
	for now().Sub(began) < l.Time {
		if err := do(ctx); err != nil {
			return 0, err
		}
		n++
	}
	return float64(n) / now().Sub(began).Seconds(), nil
}

// writeLeast is the least that can be done for the bytes of a file.
func writeLeast(name string, content []byte) error {
	_ = sha256.Sum256(content)
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	return errors.Join(err, f.Sync(), f.Close())
}
