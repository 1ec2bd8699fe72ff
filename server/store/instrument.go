package store

import (
	"fmt"
	"time"

	"github.com/meritindex/merit/scoring/instrument"
)

// Lifecycle is where an instrument stands in the service.
type Lifecycle string

// The lifecycles.
const (
	Draft     Lifecycle = "DRAFT"     // may be replaced by another draft
	Published Lifecycle = "PUBLISHED" // never changes; new cycles may run on it
	Retired   Lifecycle = "RETIRED"   // never changes; cycles that run on it go on
)

// Instrument is an instrument file as the service keeps it.
type Instrument struct {
	ID          string
	Title       string
	Status      instrument.Status
	Lifecycle   Lifecycle
	Source      []byte // the YAML file; nil in lists
	Digest      string // hex SHA-256 of the source
	Replaces    string // id of an earlier instrument, or empty
	SavedAt     time.Time
	SavedBy     string // account id
	PublishedAt time.Time
	PublishedBy string
	RetiredAt   time.Time
	RetiredBy   string
	Revision    int64
}

const instrumentColumns = `id, title, status, lifecycle, digest, replaces, saved_at, saved_by, published_at, published_by,
	retired_at, retired_by, revision`

func scanInstrumentHead(s Scanner, in *Instrument) error { return in.scan(s) }

func scanInstrument(s Scanner, in *Instrument) error { return in.scan(s, &in.Source) }

func (in *Instrument) scan(s Scanner, more ...any) error {
	var saved, published, retired int64
	err := s.Scan(append([]any{
		&in.ID, &in.Title, &in.Status, &in.Lifecycle, &in.Digest, &in.Replaces, &saved, &in.SavedBy, &published,
		&in.PublishedBy, &retired, &in.RetiredBy, &in.Revision,
	}, more...)...)
	in.SavedAt, in.PublishedAt, in.RetiredAt = Instant(saved), Instant(published), Instant(retired)
	return err
}

// Instrument returns an instrument with its source, or ErrNotFound.
func (tx *Tx) Instrument(id string) (Instrument, error) {
	return One(tx, "instrument "+id, scanInstrument, `SELECT `+instrumentColumns+`, source FROM instrument WHERE id = $1`, id)
}

// Instruments lists instruments without their sources, ordered by id, beginning after an id; drafts only if asked for.
func (tx *Tx) Instruments(drafts bool, after string, limit int) ([]Instrument, error) {
	where := `id > $1`
	if !drafts {
		where += ` AND lifecycle <> 'DRAFT'`
	}
	return All(tx, scanInstrumentHead, `SELECT `+instrumentColumns+` FROM instrument WHERE `+where+` ORDER BY id LIMIT $2`, after, limit)
}

// SaveDraft stores a draft in place of an earlier draft of the same id; the caller has made sure that it is none that
// was published. SavedAt and the revision are set here.
func (tx *Tx) SaveDraft(in Instrument) error {
	n, err := tx.Exec(`INSERT INTO instrument (id, title, status, lifecycle, source, digest, replaces, saved_at, saved_by, revision)
		VALUES ($1, $2, $3, 'DRAFT', $4, $5, $6, $7, $8, 1)
		ON CONFLICT (id) DO UPDATE SET title = $2, status = $3, source = $4, digest = $5, replaces = $6, saved_at = $7,
			saved_by = $8, revision = instrument.revision + 1 WHERE instrument.lifecycle = 'DRAFT'`,
		in.ID, in.Title, string(in.Status), in.Source, in.Digest, in.Replaces, Micros(tx.Now()), in.SavedBy)
	if err == nil && n == 0 {
		err = fmt.Errorf("instrument %s is no draft: %w", in.ID, ErrUnique)
	}
	return err
}

// PublishInstrument makes a draft immutable.
func (tx *Tx) PublishInstrument(id, by string) error {
	return tx.step(id, `UPDATE instrument SET lifecycle = 'PUBLISHED', published_at = $2, published_by = $3, revision = revision + 1
		WHERE id = $1 AND lifecycle = 'DRAFT'`, by)
}

// RetireInstrument closes a published instrument to new cycles.
func (tx *Tx) RetireInstrument(id, by string) error {
	return tx.step(id, `UPDATE instrument SET lifecycle = 'RETIRED', retired_at = $2, retired_by = $3, revision = revision + 1
		WHERE id = $1 AND lifecycle = 'PUBLISHED'`, by)
}

func (tx *Tx) step(id, query, by string) error {
	n, err := tx.Exec(query, id, Micros(tx.Now()), by)
	if err == nil && n == 0 {
		err = fmt.Errorf("instrument %s in that lifecycle: %w", id, ErrNotFound)
	}
	return err
}
