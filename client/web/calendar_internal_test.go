package web

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func TestTheCalendarShowsWholeMonthsAndToday(t *testing.T) {
	windows := []*meritv1.Window{
		{Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT, FirstDay: "2021-01-11", LastDay: "2021-02-28"},
		{Phase: meritv1.Phase_PHASE_AWARD, FirstDay: "2021-12-31", LastDay: "2021-12-31"},
	}
	c := calendarOf("id", "2021-02-28", windows)
	if len(c.Months) != 12 || c.Months[0] != (calendarMark{0, "Jan 2021"}) || c.Months[4].Text != "Mei" {
		t.Errorf("the months are %v", c.Months)
	}
	if first := c.Bars[0]; !first.Open || first.X != 10*calendarWidth/365 || first.X+first.Length != 59*calendarWidth/365 {
		t.Errorf("the first window is %+v", first)
	}
	if award := c.Bars[1]; award.Open || award.Length < 3 || award.X+award.Length > calendarWidth+3 {
		t.Errorf("a window of one day is %+v", award)
	}
	if c.Today == nil || c.Today.X != 58*calendarWidth/365 {
		t.Errorf("today is %+v", c.Today)
	}
	for _, day := range []string{"2020-12-31", "2022-01-01"} {
		if c := calendarOf("id", day, windows); c.Today != nil {
			t.Errorf("%s is marked in 2021, at %d", day, c.Today.X)
		}
	}
	if c := calendarOf("id", "2021-01-01", nil); len(c.Bars) > 0 || len(c.Months) > 0 {
		t.Errorf("a calendar without windows is %+v", c)
	}
}
