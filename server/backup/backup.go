// Package backup copies a whole deployment into a folder and back: the database as rows, whatever its engine, and the
// files of evidence, everything encrypted with age (age-encryption.org).
//
//	DIR/keys.txt                    for whom the folder is encrypted: public keys of age
//	DIR/key.age                     the folder's own private key, under a passphrase; only when it was begun with one
//	DIR/evidence/ab/abcdef….age     files of evidence under their SHA-256, shared by all backups of the folder
//	DIR/20261122T105724Z/           one backup, named after the instant of its snapshot
//	    manifest.json               schema, counts, and the SHA-256 of every part as it lies there
//	    <table>.jsonl.gz.age        the rows of one table
//	    evidence_files.jsonl.gz.age SHA-256 and size of every file of evidence
//
// A part is JSON Lines under gzip under age: the first line names the table and its columns, each further line is the
// array of one row's values: null, an integer, a text, or {"bytes": base64}. So decrypted parts can be read with age,
// zcat and any program that knows JSON, for as long as anybody has the key.
//
// A backup is one snapshot of the database, taken while the service runs. It has a manifest only when it is complete: what
// a backup that was broken off left behind is a folder whose name ends in .partial, which the next backup removes.
package backup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
)

// ErrNone says that a folder has no complete backup.
var ErrNone = errors.New("backup: there is no complete backup in this folder")

const (
	manifestName = "manifest.json"
	evidenceDir  = "evidence"
	partial      = ".partial"
	nameLayout   = "20060102T150405Z"
)

// Deployment is what is backed up, or what a backup is restored into.
type Deployment struct {
	Store *store.Store
	Blobs blob.Store
}

// Options say where a backup lies and who is told of its progress.
type Options struct {
	Dir        string                     // the folder of all backups
	Now        func() time.Time           // the clock
	Progress   func(what string, n int64) // is told of each part that is done and how many rows or files it has, and of long ones on the way; may be nil
	Passphrase string                     // of the folder; empty for one that is encrypted for public keys
	Recipients []string                   // public keys of age, when there is no passphrase
}

func (o *Options) progress(what string, n int64) {
	if o.Progress != nil {
		o.Progress(what, n)
	}
}

const (
	tellAfter      = 250_000 // rows of a part somebody is told again
	tellAfterFiles = 1000    // and files
)

// told passes rows on and tells of those of a long part.
func (o *Options) told(name string, every int64, rows iter.Seq2[[]any, error]) iter.Seq2[[]any, error] {
	return func(yield func([]any, error) bool) {
		n := int64(0)
		for row, err := range rows {
			if !yield(row, err) {
				return
			}
			if n++; n%every == 0 {
				o.progress(name+" …", n)
			}
		}
	}
}

// Write makes a new backup and returns its manifest. It holds one snapshot of the database meanwhile, and no more memory
// than a few rows. Files of evidence that an earlier backup brought into the folder are not copied again.
func Write(ctx context.Context, from Deployment, o Options) (*Manifest, error) {
	lock, err := openLock(o)
	if err != nil {
		return nil, err
	}
	alone, err := exclusive(o.Dir)
	if err != nil {
		return nil, err
	}
	defer alone.Close() //nolint:errcheck // ends the lock
	if err := removePartial(o.Dir); err != nil {
		return nil, err
	}
	m := &Manifest{Format: format, Engine: from.Store.Engine(), MadeAt: o.Now().UTC().Truncate(time.Second)}
	m.Name = m.MadeAt.Format(nameLayout)
	w := &writer{Options: o, lock: lock, manifest: m, dir: filepath.Join(o.Dir, m.Name+partial)}
	if _, err := os.Stat(filepath.Join(o.Dir, m.Name)); err == nil {
		return nil, fmt.Errorf("backup: %s is there already", m.Name)
	}
	if err := os.Mkdir(w.dir, 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if m.Schema, err = from.Store.Dump(ctx, w.table); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	// After the snapshot: every file that a row of it names was there before the row.
	if err := w.evidence(ctx, from.Blobs); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return m, w.finish()
}

// exclusive keeps other backups out of the folder until it is closed, or the process ends.
func exclusive(dir string) (*os.File, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	if err := syscall.Flock(int(d.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(fmt.Errorf("backup: another backup into %s is running: %w", dir, err), d.Close())
	}
	return d, nil
}

// removePartial removes what backups left that were broken off.
func removePartial(dir string) error {
	old, err := filepath.Glob(filepath.Join(dir, "*"+partial))
	for _, name := range old {
		err = errors.Join(err, os.RemoveAll(name))
	}
	return err
}

// writer is a backup being made.
type writer struct {
	Options
	lock     *lock
	manifest *Manifest
	dir      string
}

// table writes the rows of one table.
func (w *writer) table(t store.Table) error {
	p, err := w.newPart(t.Name, t.Columns)
	if err != nil {
		return err
	}
	for row, err := range w.told(t.Name, tellAfter, t.Rows) {
		if err == nil {
			err = p.row(row)
		}
		if err != nil {
			return errors.Join(err, p.abandon())
		}
		if t.Name == "log_checkpoint" { // in the order of their size
			note, _ := row[slices.Index(t.Columns, "note")].([]byte)
			w.manifest.Checkpoint = string(note)
		}
	}
	part, err := p.close()
	w.manifest.Tables = append(w.manifest.Tables, part)
	w.progress(part.Name, part.Rows)
	return err
}

// finish makes everything durable, the manifest and the name of the backup last.
func (w *writer) finish() error {
	if err := w.manifest.write(filepath.Join(w.dir, manifestName)); err != nil {
		return err
	}
	if err := syncDir(w.dir); err != nil {
		return err
	}
	if err := os.Rename(w.dir, filepath.Join(w.Dir, w.manifest.Name)); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return syncDir(w.Dir)
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// Names are the complete backups of a folder, oldest first.
func Names(dir string) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	for _, e := range entries {
		if strings.HasSuffix(e.Name(), partial) {
			continue
		}
		if _, err := os.Stat(filepath.Join(dir, e.Name(), manifestName)); err == nil {
			names = append(names, e.Name())
		} else if !errors.Is(err, fs.ErrNotExist) && e.IsDir() {
			return nil, fmt.Errorf("backup: %w", err)
		}
	}
	slices.Sort(names)
	return names, nil
}
