package bilingual_test

import (
	"testing"

	"github.com/meritindex/merit/client/bilingual"
)

func TestOneIsSaidInTheSingular(t *testing.T) {
	for _, test := range []struct {
		language, text, want string
		values               []any
	}{
		{"en", "%d day{s} left ¦ sisa %d hari", "1 day left", []any{1}},
		{"en", "%d day{s} left ¦ sisa %d hari", "0 days left", []any{0}},
		{"en", "%d day{s} left ¦ sisa %d hari", "11 days left", []any{int32(11)}},
		{"id", "%d day{s} left ¦ sisa %d hari", "sisa 1 hari", []any{1}},
		{"en", "%d thing{s} {is|are} missing ¦ %d hal masih kurang", "1 thing is missing", []any{int64(1)}},
		{"en", "%d thing{s} {is|are} missing ¦ %d hal masih kurang", "2 things are missing", []any{2}},
		{"en", "%s breaks %d rule{s} ¦ %s melanggar %d aturan", "1{s}.yaml breaks 2 rules", []any{"1{s}.yaml", 2}},
		{"en", "%d of %d, %s: %d %% item{s} ¦ x", "1 of 3, kota: 1 % item", []any{1, 3, "kota", 1}},
		{"en", "Saved. ¦ Tersimpan.", "Saved.", nil},
		{"en", "100 % ¦ 100 %", "100 %", nil},
		{"en", "Saved {time} ¦ Tersimpan {time}", "Saved {time}", nil}, // for a script
	} {
		if got := bilingual.Say(test.language, test.text, test.values...); got != test.want {
			t.Errorf("%q with %v reads %q, want %q", test.text, test.values, got, test.want)
		}
	}
}
