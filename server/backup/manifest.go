package backup

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// format is the version of what this package writes.
const format = 1

// Manifest says what a backup consists of. Nothing in it is secret.
type Manifest struct {
	Format int       `json:"format"`
	Name   string    `json:"name"`    // of the folder of the backup
	MadeAt time.Time `json:"made_at"` // just before the snapshot
	Engine string    `json:"engine"`  // that it was made from: sqlite or postgres
	Schema int64     `json:"schema"`  // number of the newest migration
	Tables []Part    `json:"tables"`  // each after those that it refers to
	// Checkpoint is the newest of the transparency log, as it was signed; empty while there is none.
	Checkpoint string `json:"checkpoint,omitempty"`
	// Evidence lists the files of evidence. They are checked by their names, which are their SHA-256.
	Evidence Part  `json:"evidence"`
	Bytes    int64 `json:"evidence_bytes"` // of all files, before encryption
}

// Part is one file of a backup.
type Part struct {
	Name   string `json:"name"` // of the table
	File   string `json:"file"`
	Rows   int64  `json:"rows"`
	Size   int64  `json:"size"`   // of the file
	SHA256 string `json:"sha256"` // of the file, as it lies there: encrypted
}

// Rows is how many rows all tables have together.
func (m *Manifest) Rows() (n int64) {
	for _, t := range m.Tables {
		n += t.Rows
	}
	return n
}

func (m *Manifest) write(name string) error {
	text, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return writeFile(name, append(text, '\n'))
}

// writeFile makes a new file, durable when it returns.
func writeFile(name string, data []byte) error {
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = f.Write(data)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	return nil
}

// open reads the manifest of a backup, the newest one when no name is given.
func (o *Options) open(name string) (*Manifest, error) {
	if name == "" {
		names, err := Names(o.Dir)
		if err != nil {
			return nil, err
		}
		if len(names) == 0 {
			return nil, ErrNone
		}
		name = names[len(names)-1]
	}
	if !filepath.IsLocal(name) {
		return nil, fmt.Errorf("backup: %q is not the name of a backup", name)
	}
	text, err := os.ReadFile(filepath.Join(o.Dir, name, manifestName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%w: %s", ErrNone, name)
	}
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return parseManifest(name, text)
}

// parseManifest reads a manifest and refuses one that points out of its folder.
func parseManifest(name string, text []byte) (*Manifest, error) {
	m := new(Manifest)
	if err := json.Unmarshal(text, m); err != nil {
		return nil, fmt.Errorf("%w: the manifest of %s cannot be read: %w", ErrDamaged, name, err)
	}
	if m.Format != format {
		return nil, fmt.Errorf("backup: %s has format %d, this program reads %d", name, m.Format, format)
	}
	for _, p := range append(m.Tables, m.Evidence) {
		if p.File != filepath.Base(p.File) || !filepath.IsLocal(p.File) {
			return nil, fmt.Errorf("%w: the manifest of %s names a file %q", ErrDamaged, name, p.File)
		}
	}
	m.Name = name
	return m, nil
}
