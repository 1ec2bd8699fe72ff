package storetest

import (
	"path/filepath"
	"testing"

	"github.com/meritindex/merit/server/store"
)

// NewRaw opens a fresh SQLite file with nothing of the store in between: what benchmarks compare with.
func NewRaw(tb testing.TB) *store.Raw {
	tb.Helper()
	r, err := store.OpenRaw(tb.Context(), filepath.Join(tb.TempDir(), "raw.db"))
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = r.Close() })
	return r
}
