package cli

import (
	"encoding"
	"errors"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func TestEnumsAreReadAsPeopleWriteThem(t *testing.T) {
	for _, text := range []string{"lembaga-negara", "LEMBAGA_NEGARA", "Lembaga-Negara"} {
		var kind enum[meritv1.AgencyKind]
		if err := kind.UnmarshalText([]byte(text)); err != nil || meritv1.AgencyKind(kind) != meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA {
			t.Errorf("%s is read as %s, %v", text, kind, err)
		}
	}
	for _, text := range []string{"", "unspecified", "AGENCY_KIND_KOTA", "kot", "1"} {
		var kind enum[meritv1.AgencyKind]
		if err := kind.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is read as %s", text, kind)
		}
	}
}

// FuzzArguments reads every kind of argument with parts: it refuses with a mistake in both languages or keeps what it
// was given.
func FuzzArguments(f *testing.F) {
	for _, seed := range []string{
		"", "=", "1.1=4", "3.3=Mana buktinya?", "3.3=2=tidak terbukti", "verification=2021-03-01..2021-04-30", "repair=..",
		"Kota:kota:baik,sangat_baik:3", "Kota:kota:baik:-1", "0:01ARZ3NDEKTSV4RRFFQ69G5FAV:lebih baik: dua", "327.5", "99999999999", "kota",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, argument := range []encoding.TextUnmarshaler{
			new(change), new(question), new(decided), new(window), new(awardGroup), new(tie), new(total), new(planLine), new(enum[meritv1.Role]),
		} {
			var wrong mistake
			err := argument.UnmarshalText(text)
			if err != nil && !errors.As(err, &wrong) {
				t.Errorf("%T of %q: %v is not a mistake in both languages", argument, text, err)
			}
			unfilled := func(said string) bool { return strings.Contains(said, "%!") && !strings.Contains(string(text), "%!") }
			if err != nil && (unfilled(wrong.in("id")) || unfilled(wrong.in("en")) || wrong.in("id") == wrong.in("en")) {
				t.Errorf("%T of %q: %q, %q", argument, text, wrong.in("en"), wrong.in("id"))
			}
			wantKept(t, argument, err, string(text))
		}
	})
}

// wantKept wants the parts that are texts to be pieces of what was typed.
func wantKept(t *testing.T, argument any, err error, text string) {
	t.Helper()
	if err != nil {
		return
	}
	var again string
	switch a := argument.(type) {
	case *change:
		again = a.item + "=" + a.level
	case *question:
		again = a.item + "=" + a.text
	case *decided:
		again = a.item + "=" + a.level + "=" + a.reason
	case *window:
		again = text[:strings.Index(text, "=")] + "=" + a.first + ".." + a.last
	default:
		return
	}
	if again != text {
		t.Errorf("%T of %q became %q", argument, text, again)
	}
}

func FuzzLineOf(f *testing.F) {
	f.Add([]byte("code,name\n11,\"Aceh\nBarat\"\r\n12,Sumatera Utara\n"), 3)
	f.Fuzz(func(t *testing.T, data []byte, row int) {
		lines := strings.Count(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n") + strings.Count(string(data), "\r") + 1
		if line := lineOf(data, row); line < 1 || line > lines {
			t.Errorf("row %d of %q is on line %d of %d", row, data, line, lines)
		}
	})
}

func TestLineOfCountsLinesWithinCells(t *testing.T) {
	data := []byte("code,name\r\n11,\"Aceh\r\nBarat\"\r\n12,\"Sumatera \"\"Utara\"\"\"\r\n13,Sumatera Barat\r\n")
	for row, want := range map[int]int{1: 1, 2: 2, 3: 4, 4: 5} {
		if got := lineOf(data, row); got != want {
			t.Errorf("row %d is on line %d, want %d", row, got, want)
		}
	}
}
