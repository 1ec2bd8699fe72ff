package scoring_test

import (
	"errors"
	"math"
	"testing"

	"github.com/meritindex/merit/scoring"
)

func TestSetRefusesWhatIsNoAnswerToTheItem(t *testing.T) {
	in := MustInstrument(t, "panrb-2026")
	number := func(code string) int {
		i, ok := in.ItemIndex(code)
		if !ok {
			t.Fatalf("no item %s", code)
		}
		return i
	}
	tests := []struct {
		name   string
		kind   scoring.AgencyKind
		item   int
		answer scoring.Answer
		want   error
	}{
		{"a level", scoring.Kota, number("1.1"), scoring.Level(4), nil},
		{"level 0 where the scale has it", scoring.Kota, number("1.1"), scoring.Level(0), nil},
		{"an option", scoring.Kota, number("6.3.0"), scoring.Option(1), nil},
		{"an item behind an open gate", scoring.Kota, number("6.3"), scoring.Level(2), nil},
		{"taking away what cannot be there", scoring.Kota, number("4.1a"), scoring.Unanswered, nil},
		{"a level above the scale", scoring.Kota, number("1.1"), scoring.Level(5), scoring.ErrOffScale},
		{"an option too many", scoring.Kota, number("6.3.0"), scoring.Option(2), scoring.ErrUnknownOption},
		{"an item too many", scoring.Kota, in.NumItems(), scoring.Level(1), scoring.ErrUnknownItem},
		{"an item below the first", scoring.Kota, -1, scoring.Level(1), scoring.ErrUnknownItem},
		{"an item of other kinds", scoring.Kota, number("4.1a"), scoring.Level(1), scoring.ErrNotForKind},
		{"an item whose gate is of other kinds", scoring.LPNK, number("6.3"), scoring.NotProven, scoring.ErrNotForKind},
		{"something else", scoring.Kota, number("1.1"), -2, scoring.ErrNotAnAnswer},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			sheet := MustSheet(t, in, tt.kind)
			err := sheet.Set(tt.item, tt.answer)
			if !errors.Is(err, tt.want) {
				t.Fatalf("got %v, want %v", err, tt.want)
			}
			var wrong *scoring.AnswerError
			if errors.As(err, &wrong) {
				checkText(t, wrong.Text)
			}
			if tt.want == nil && sheet.Answer(tt.item) != tt.answer {
				t.Errorf("the sheet has %d, want %d", sheet.Answer(tt.item), tt.answer)
			}
		})
	}
}

func TestSettingByCodeSaysWhatIsWrong(t *testing.T) {
	sheet := MustSheet(t, MustInstrument(t, "panrb-2026"), scoring.Kota)
	tests := []struct {
		name string
		err  error
		kind error
		want string
	}{
		{"unknown item", sheet.SetLevel("9.9", 1), scoring.ErrUnknownItem, `the instrument has no item "9.9"; check the code`},
		{"level off the scale", sheet.SetLevel("1.1", math.MaxInt), scoring.ErrOffScale, "level 9223372036854775807 of item 1.1 is off the scale; answer a level from 0 to 4"},
		{"level for a choice", sheet.SetLevel("6.3.0", 1), scoring.ErrNotScored, "item 6.3.0 is a choice and takes no level; answer one of: ya, tidak"},
		{"option for a scored item", sheet.SetChoice("1.1", "ya"), scoring.ErrNotAChoice, `item 1.1 is scored; answer a level from 0 to 4 instead of "ya"`},
		{"unknown option", sheet.SetChoice("6.3.0", "mungkin"), scoring.ErrUnknownOption, `item 6.3.0 has no option "mungkin"; answer one of: ya, tidak`},
		{"other kind", sheet.SetNotProven("4.1a"), scoring.ErrNotForKind, "item 4.1a does not apply to agencies of kind KOTA; leave it unanswered"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var wrong *scoring.AnswerError
			if !errors.Is(tt.err, tt.kind) || !errors.As(tt.err, &wrong) || tt.err.Error() != tt.want {
				t.Fatalf("got %v, want %s", tt.err, tt.want)
			}
			checkText(t, wrong.Text)
		})
	}
}

func TestASumWithoutCategoriesHasATotalOnly(t *testing.T) {
	def := sumDefinition()
	def.Categories = nil
	in := MustCompile(t, def)
	sheet := MustSheet(t, in, scoring.Kota)
	MustSet(t, sheet, 0, scoring.Level(4))
	r := score(in, sheet)
	if !r.HasTotal || r.Total != 10*scoring.Point || !r.HasIndex || r.Category != -1 || r.Next != -1 {
		t.Errorf("got %+v", r.Summary)
	}
	if c, ok := in.Classify(r.Total); ok {
		t.Errorf("classified as %v", c)
	}
}
