package report

import (
	"testing"
	"time"
)

func TestRowsAreAsHighAsTheirTextsNeed(t *testing.T) {
	b, err := newBook("en", time.Unix(0, 0), "Demo")
	if err != nil {
		t.Fatal(err)
	}
	sheet := b.sheet("Demo")
	b.width(sheet, "A", 12)
	b.text(sheet, "A1", "A title that is as long as it likes to be", b.styles.title)
	b.text(sheet, "A2", "One line", b.styles.wrapped)
	b.text(sheet, "A3", "This takes three lines here\nand one more", b.styles.wrapped)
	b.fitRows(sheet)
	for row, want := range map[int]float64{1: 15, 2: 15, 3: 75} {
		if high, err := b.GetRowHeight(sheet, row); err != nil || high != want || b.err != nil {
			t.Errorf("row %d is %v points high, want %v (%v, %v)", row, high, want, err, b.err)
		}
	}
}
