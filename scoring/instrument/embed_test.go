package instrument_test

import (
	"encoding/hex"
	"testing"

	"github.com/meritindex/merit/scoring/instrument"
)

func MustLookup(tb testing.TB, id string) *instrument.Instrument {
	tb.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		tb.Fatalf("no embedded instrument %s", id)
	}
	return in
}

// A published instrument is immutable: whoever changes a file must give it a new id.
func TestEmbeddedInstrumentsHaveTheirPublishedBytes(t *testing.T) {
	want := map[string]string{
		"kasn-2019":  "3c1918322a761784aeddc1716a7bbbcb51da608215a8b49a49a9a1fd25b09a13",
		"panrb-2026": "16d0f5f68b8400f211c0060838ae1a33a731c67f99fc9abaf0cb13cfcdb38761",
	}
	for _, in := range instrument.Embedded() {
		digest := in.Digest()
		if got := hex.EncodeToString(digest[:]); got != want[in.ID] {
			t.Errorf("%s has SHA-256 %s, want %s", in.ID, got, want[in.ID])
		}
		delete(want, in.ID)
	}
	for id := range want {
		t.Errorf("%s is not embedded", id)
	}
}

func TestLookupOfUnknownInstrument(t *testing.T) {
	if in, ok := instrument.Lookup("kasn-1999"); ok {
		t.Errorf("found %s", in.ID)
	}
}

func TestItemNumbersAgreeWithScoring(t *testing.T) {
	for _, in := range instrument.Embedded() {
		for i, item := range in.Scoring().Items() {
			if in.Item(i).Code != item.Code || in.ItemByCode(item.Code) != in.Item(i) {
				t.Errorf("%s: item %d is %s, scoring has %s", in.ID, i, in.Item(i).Code, item.Code)
			}
		}
	}
	if item := MustLookup(t, "kasn-2019").ItemByCode("9.9"); item != nil {
		t.Errorf("ItemByCode(9.9) = %v", item)
	}
}
