package web

import (
	"strings"
	"time"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// The drawing of a year, in units of its own: it is scaled to the page.
const (
	calendarWidth = 760
	calendarHead  = 26 // of the names of months
	calendarRow   = 44 // of a phase: its name, and its window under it
)

// yearCalendar is the drawing of a cycle's windows over its months, today marked. It is empty when there are no windows.
type yearCalendar struct {
	Width, Height int
	Months        []calendarMark
	Bars          []calendarBar
	Today         *calendarMark // nil when it lies outside
}

// calendarMark is a place in time.
type calendarMark struct {
	X    int
	Text string
}

// calendarBar is the window of a phase.
type calendarBar struct {
	Window              *meritv1.Window
	X, Y, TextY, Length int
	Open                bool // today
	Late                bool // begins so far right that its name ends with it
}

// calendarOf draws windows, as seen on a day (YYYY-MM-DD).
func calendarOf(lang, today string, windows []*meritv1.Window) (c yearCalendar) {
	from, until, ok := span(windows)
	if !ok {
		return c
	}
	days := func(t time.Time) int { return int(t.Sub(from) / (24 * time.Hour)) }
	at := func(t time.Time) int { return days(t) * calendarWidth / days(until) }
	c = yearCalendar{Width: calendarWidth, Height: calendarHead + calendarRow*len(windows)}
	for month := from; month.Before(until); month = month.AddDate(0, 1, 0) {
		c.Months = append(c.Months, calendarMark{at(month), shortMonth(lang, month)})
	}
	for i, window := range windows {
		first, last := dayOf(window.GetFirstDay()), dayOf(window.GetLastDay()).AddDate(0, 0, 1)
		y := calendarHead + calendarRow*i
		c.Bars = append(c.Bars, calendarBar{
			Window: window, X: at(first), Y: y + 22, TextY: y + 16, Length: max(at(last)-at(first), 3),
			Late: at(first) > calendarWidth*3/4,
			Open: window.GetFirstDay() <= today && today <= window.GetLastDay(),
		})
	}
	if now := dayOf(today); !now.Before(from) && now.Before(until) {
		c.Today = &calendarMark{at(now), today}
	}
	return c
}

// span is from the first day of the month of the first window to the end of the month of the last.
func span(windows []*meritv1.Window) (from, until time.Time, ok bool) {
	for _, w := range windows {
		first, last := dayOf(w.GetFirstDay()), dayOf(w.GetLastDay())
		if first.IsZero() || last.IsZero() {
			return from, until, false
		}
		if from.IsZero() || first.Before(from) {
			from = first
		}
		if last.After(until) {
			until = last
		}
	}
	return from.AddDate(0, 0, 1-from.Day()), until.AddDate(0, 1, -until.Day()+1), len(windows) > 0
}

// dayOf is a date of the contract; the zero time for what is none.
func dayOf(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		return time.Time{}
	}
	return t
}

// shortMonth is the name of a month in three letters, with the year in January.
func shortMonth(lang string, t time.Time) string {
	name := strings.Fields(bilingual.Day(lang, t.Format(time.DateOnly)))[1][:3]
	if t.Month() == time.January {
		name += t.Format(" 2006")
	}
	return name
}
