// Package calendar says when a phase of the year is open. Windows are dates: both days belong to them, they end at
// 24:00 WIB of the last day, and the time a request was received counts. It is pure: the clock and the windows are
// passed in.
package calendar

import (
	"slices"
	"time"
)

// Phase is a part of the year with a window of its own.
type Phase string

// The phases, in the order of the year.
const (
	SelfAssessment Phase = "SELF_ASSESSMENT" // penilaian mandiri
	Verification   Phase = "VERIFICATION"    // verifikasi dan klarifikasi
	Repair         Phase = "REPAIR"          // perbaikan
	Determination  Phase = "DETERMINATION"   // penetapan
	Award          Phase = "AWARD"           // anugerah
)

var phases = []Phase{SelfAssessment, Verification, Repair, Determination, Award}

// Phases returns all phases in the order of the year.
func Phases() []Phase { return slices.Clone(phases) }

// Valid reports whether p is one of the phases.
func (p Phase) Valid() bool { return p.Place() >= 0 }

// Place is the phase's place in the year, from 0; -1 for what is no phase.
func (p Phase) Place() int { return slices.Index(phases, p) }

// Window is when a phase is open to one agency. Days are written YYYY-MM-DD, so they compare as text.
type Window struct {
	Phase    Phase
	FirstDay string
	LastDay  string
	Extended string // the last day granted to the agency; empty without an extension
}

// Until is the last day that counts for the agency: an extension moves the end only to a later day.
func (w Window) Until() string { return max(w.LastDay, w.Extended) }

// Opens is the instant at which the window opens: 00:00 WIB of the first day.
func (w Window) Opens() time.Time { return startOf(w.FirstDay) }

// Closes is the first instant after the window: 24:00 WIB of the last day, extension included.
func (w Window) Closes() time.Time { return startOf(w.Until()).AddDate(0, 0, 1) }

// Open reports whether a request received at that instant lies inside the window.
func (w Window) Open(received time.Time) bool {
	day := Day(received)
	return w.FirstDay <= day && day <= w.Until()
}

// Check returns nil if a request received at that instant lies inside the window, and otherwise the fault
// REASON_OUTSIDE_WINDOW that tells the people of an agency in that time zone (an IANA name, or empty) which phase it
// is, its last day and whether an extension exists.
func (w Window) Check(received time.Time, zone string) error {
	if w.Open(received) {
		return nil
	}
	return w.closed(Day(received) < w.FirstDay, zones[zone])
}

// Day is the calendar day it is in WIB at an instant, as YYYY-MM-DD.
func Day(t time.Time) string { return t.In(jakarta).Format(time.DateOnly) }

// Before is the day before a day. Day must be a real date; see IsDay.
func Before(day string) string { return startOf(day).AddDate(0, 0, -1).Format(time.DateOnly) }

// IsDay reports whether s is a real date written YYYY-MM-DD.
func IsDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}

// DaysUntil is how many days a day lies after another one: 0 for the same, negative before it. Both must be real dates.
func DaysUntil(from, day string) int { return int(startOf(day).Sub(startOf(from)) / (24 * time.Hour)) }

// startOf is 00:00 WIB of a day, or the zero time if it is no date.
func startOf(day string) time.Time {
	t, err := time.ParseInLocation(time.DateOnly, day, jakarta)
	if err != nil {
		return time.Time{}
	}
	return t
}
