package backup

import (
	"slices"
	"testing"
)

// Of a table with millions of rows somebody hears before it is done.
func TestALongPartIsToldOfOnTheWay(t *testing.T) {
	var told []int64
	o := Options{Progress: func(_ string, n int64) { told = append(told, n) }}
	rows := func(yield func([]any, error) bool) {
		for range 2*tellAfter + 1 {
			if !yield(nil, nil) {
				return
			}
		}
	}
	n := 0
	for range o.told("decision", tellAfter, rows) {
		n++
	}
	if n != 2*tellAfter+1 || !slices.Equal(told, []int64{tellAfter, 2 * tellAfter}) {
		t.Errorf("%d rows, told after %d", n, told)
	}
}
