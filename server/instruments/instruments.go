// Package instruments gives the rest of the server compiled instruments. Published ones never change, so each is read
// and compiled once per process; a draft is never kept.
package instruments

import (
	"errors"
	"fmt"
	"sync"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// Cache holds the compiled instruments of one store. It is safe for concurrent use; the zero value is ready.
type Cache struct {
	byID sync.Map // id → *instrument.Instrument; published or retired ones only
}

// Published returns a published or retired instrument: what cycles, assessments and results rest on. It returns
// REASON_NOT_FOUND for an unknown id and REASON_INSTRUMENT_NOT_PUBLISHED for a draft.
func (c *Cache) Published(tx *store.Tx, id string) (*instrument.Instrument, error) {
	if in, ok := c.byID.Load(id); ok {
		return in.(*instrument.Instrument), nil
	}
	row, err := tx.Instrument(id)
	if errors.Is(err, store.ErrNotFound) {
		return nil, fault.NotFound(What, id)
	}
	if err != nil {
		return nil, err
	}
	if row.Lifecycle == store.Draft {
		return nil, NotPublished(row)
	}
	return c.Compiled(row)
}

// Known returns a published or retired instrument if it was read before, without asking the store.
func (c *Cache) Known(id string) (*instrument.Instrument, bool) {
	in, ok := c.byID.Load(id)
	if !ok {
		return nil, false
	}
	return in.(*instrument.Instrument), true
}

// Compiled returns the instrument of a row that was read with its source.
func (c *Cache) Compiled(row store.Instrument) (*instrument.Instrument, error) {
	if in, ok := c.byID.Load(row.ID); ok {
		return in.(*instrument.Instrument), nil
	}
	in, err := instrument.Parse(row.ID+".yaml", row.Source)
	if err != nil {
		return nil, fmt.Errorf("the stored instrument %s cannot be read any more: %w", row.ID, err)
	}
	if row.Lifecycle != store.Draft {
		c.byID.Store(row.ID, in)
	}
	return in, nil
}

// What an instrument is called in messages.
var What = fault.Text{ID: "Instrumen", EN: "instrument"}

// NotPublished is REASON_INSTRUMENT_NOT_PUBLISHED for an instrument in another lifecycle.
func NotPublished(row store.Instrument) *fault.Error {
	if row.Lifecycle == store.Retired {
		return fault.New(meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED,
			"Instrumen %s sudah ditarik dan tidak dapat dipakai siklus baru. Pakailah instrumen yang terbit.",
			"Instrument %s is retired and closed to new cycles. Use a published one.", row.ID)
	}
	return fault.New(meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED,
		"Instrumen %s masih konsep. Terbitkan dahulu.", "Instrument %s is still a draft. Publish it first.", row.ID)
}
