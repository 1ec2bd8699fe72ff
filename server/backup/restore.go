package backup

import (
	"context"
	"errors"
	"fmt"
	"iter"

	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
)

// Restored is what was restored, and what the trail says of it.
type Restored struct {
	Manifest *Manifest
	// Found is where rows and entries differ: they did so already when the backup was made.
	Found []audit.Discrepancy
}

// Restore brings a backup, the newest one when no name is given, into an empty deployment on either engine: first the
// files of evidence, then the database, all of it or nothing. The database is migrated to the schema of this program.
func Restore(ctx context.Context, into Deployment, name string, k Key, o Options) (*Restored, error) {
	r, err := newReader(o, name, k)
	if err != nil {
		return nil, err
	}
	files := int64(0)
	err = r.eachFile(ctx, func(f blob.Listed) error {
		files++
		return r.putFile(ctx, into.Blobs, f)
	})
	if err != nil {
		return nil, err
	}
	r.progress("evidence", files)
	return r.fill(ctx, into.Store)
}

func (r *reader) fill(ctx context.Context, s *store.Store) (*Restored, error) {
	if err := s.Fill(ctx, r.manifest.Schema, r.tables()); err != nil {
		return nil, err
	}
	found, err := s.CheckEntries(ctx)
	return &Restored{r.manifest, found}, err
}

// errStopped ends the tables when their reader has seen enough.
var errStopped = errors.New("stopped")

// tables are the tables of the backup. Each is checked against the manifest when its last row was read.
func (r *reader) tables() iter.Seq2[store.Table, error] {
	return func(yield func(store.Table, error) bool) {
		for _, part := range r.manifest.Tables {
			err := r.table(part, yield)
			if errors.Is(err, errStopped) {
				return
			}
			if err != nil {
				yield(store.Table{}, err)
				return
			}
		}
	}
}

func (r *reader) table(part Part, yield func(store.Table, error) bool) error {
	columns, rows, done, err := r.rows(part)
	if err != nil {
		return err
	}
	defer done() //nolint:errcheck // it was only read
	if !isName(part.Name) {
		return fmt.Errorf("%w: %q is not the name of a table", ErrDamaged, part.Name)
	}
	if !yield(store.Table{Name: part.Name, Columns: columns, Rows: r.told(part.Name, tellAfter, rows)}, nil) {
		return errStopped
	}
	r.progress(part.Name, part.Rows)
	return nil
}
