package audit_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/audit"
)

// mustCheckRows lets a checker compare 1,000 rows, five of which are wrong in one way or another, and counts its rounds.
func mustCheckRows(t *testing.T, c *audit.Checker) (found []audit.Discrepancy, rounds int) {
	t.Helper()
	const rows = 1000
	key := func(i int) string { return fmt.Sprintf("%04d", i) }
	content := func(i int) []byte { return []byte("row " + key(i)) }
	entry := func(number int64) (*audit.Entry, error) { // each tells of ten rows, and of one that the entry before told of
		e := &audit.Entry{ID: fmt.Sprintf("entry %d", number), Salt: [16]byte{byte(number)}}
		for i := max(0, int(number-1)*10-1); i < int(number)*10; i++ {
			e.Rows = append(e.Rows, audit.Row{Table: "agency", Key: key(i), Hash: audit.HashRow(e.Salt, content(i)), Deleted: i == 500})
		}
		return e, nil
	}
	for c.Next() {
		rounds++
		for number := range int64(rows / 10) {
			e, _ := entry(number + 1)
			c.Entry(number+1, e)
		}
		for i := range rows + 1 { // one more than the entries tell of
			switch i {
			case 123, 129: // gone
			case 256:
				c.Row("agency", key(i), []byte("other"))
			default:
				c.Row("agency", key(i), content(i))
			}
		}
	}
	found, err := c.Discrepancies(entry)
	if err != nil {
		t.Fatal(err)
	}
	return found, rounds
}

func TestWhatIsCheckedInManyRoundsIsFoundAsInOne(t *testing.T) {
	want := []audit.Discrepancy{
		{Table: "agency", Key: "0123", Entry: "entry 13", Problem: audit.RowMissing},
		{Table: "agency", Key: "0129", Entry: "entry 14", Problem: audit.RowMissing},
		{Table: "agency", Key: "0256", Entry: "entry 26", Problem: audit.RowAltered},
		{Table: "agency", Key: "0500", Entry: "entry 51", Problem: audit.RowResurrected},
		{Table: "agency", Key: "1000", Problem: audit.RowUnaccounted},
	}
	var rounds []int
	for _, most := range []int{0, 100} {
		found, n := mustCheckRows(t, &audit.Checker{Most: most})
		if diff := cmp.Diff(want, found); diff != "" {
			t.Errorf("with %d rows held at once (0: many), -want +got:\n%s", most, diff)
		}
		rounds = append(rounds, n)
	}
	if rounds[0] != 1 || slices.Max(rounds) < 10 {
		t.Errorf("%v rounds, want one, and ten or more", rounds)
	}
}
