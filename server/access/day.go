package access

import (
	"time"
	_ "time/tzdata" // dates must not depend on the machine's zone files
)

// WIB is Western Indonesian Time, in which the dates of memberships and windows begin and end.
var WIB = mustLoad("Asia/Jakarta")

func mustLoad(name string) *time.Location {
	l, err := time.LoadLocation(name)
	if err != nil {
		panic(err) // time/tzdata is embedded
	}
	return l
}

// Day is the date in WIB at the instant, as YYYY-MM-DD.
func Day(t time.Time) string { return t.In(WIB).Format(time.DateOnly) }
