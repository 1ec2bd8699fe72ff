package bilingual

import (
	"strings"
	"testing"

	"github.com/meritindex/merit/scoring/instrument"
)

func TestChangesNameTheirSubjectInTheReadersLanguage(t *testing.T) {
	for subject, want := range map[string][2]string{
		"item 1.1 weight":      {"item 1.1: weight", "butir 1.1: bobot"},
		"item 1.1 level 3":     {"item 1.1: level 3", "butir 1.1: tingkat 3"},
		"item 1.1":             {"item 1.1", "butir 1.1"},
		"aspect 3 name":        {"aspect 3: name", "aspek 3: nama"},
		"category sangat-baik": {"category sangat-baik", "kategori sangat-baik"},
		"scale":                {"scale", "skala"},
		"aspect":               {"aspect", "aspek"},
		"something new":        {"something new", "something new"},
	} {
		if got := [2]string{ChangeSubject("en", subject), ChangeSubject("id", subject)}; got != want {
			t.Errorf("%q is %q, want %q", subject, got, want)
		}
	}
}

func TestEverythingThatDiffersBetweenInstrumentsHasWords(t *testing.T) {
	all, seen := instrument.Embedded(), 0
	for _, in := range all {
		for _, c := range instrument.Diff(all[0], in) {
			seen++
			field := c.Subject
			if words := strings.SplitN(c.Subject, " ", 3); changedParts[words[0]] != "" && len(words) > 1 {
				field = strings.Join(words[2:], "")
			}
			if field != "" && changedFields[field] == "" && !strings.HasPrefix(field, "level ") {
				t.Errorf("%s: there are no words for %q", in.ID, c.Subject)
			}
		}
	}
	if seen == 0 {
		t.Error("no instruments differ")
	}
}
