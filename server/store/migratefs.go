package store

import (
	"io"
	"io/fs"
	"path"
	"strings"
)

// migrationFS shows goose the migrations of one engine: NNNN_what.sql, and NNNN_what.<engine>.sql without
// the engine in its name, with types that the engine calls otherwise replaced (BYTEA is BLOB on SQLite).
type migrationFS struct {
	dialect dialect
	files   fs.FS // with a folder migrations
}

// ReadDir implements fs.ReadDirFS.
func (m migrationFS) ReadDir(string) ([]fs.DirEntry, error) {
	files, err := fs.ReadDir(m.files, "migrations")
	if err != nil {
		return nil, err
	}
	var shown []fs.DirEntry
	for _, f := range files {
		stem := strings.TrimSuffix(f.Name(), ".sql")
		if engine := path.Ext(stem); engine == "" || engine == "."+m.dialect.name {
			shown = append(shown, migrationEntry{f, strings.TrimSuffix(stem, engine) + ".sql"})
		}
	}
	return shown, nil
}

// Open implements fs.FS. The engine's own file goes before the common one.
func (m migrationFS) Open(name string) (fs.File, error) {
	common := path.Join("migrations", name)
	f, err := m.files.Open(strings.TrimSuffix(common, ".sql") + "." + m.dialect.name + ".sql")
	if err != nil {
		f, err = m.files.Open(common)
	}
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(f)
	return &migrationFile{f, strings.NewReader(m.dialect.ddl(string(text)))}, err
}

type migrationEntry struct {
	fs.DirEntry
	name string
}

// Name implements fs.DirEntry.
func (e migrationEntry) Name() string { return e.name }

// migrationFile reads as the rewritten text; its Stat tells of the embedded file.
type migrationFile struct {
	fs.File
	text *strings.Reader
}

// Read implements fs.File.
func (f *migrationFile) Read(b []byte) (int, error) { return f.text.Read(b) }
