package server

import (
	"context"
	"slices"

	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// A window is told of when it ends within a week, and again when it ends by the next day.
const closingSoon = 7

// closings say whom each phase leaves something to do.
var closings = map[calendar.Phase][]store.Closing{
	calendar.SelfAssessment: {{States: []workflow.State{workflow.Draft}, Idle: true}},
	calendar.Verification: {
		{Role: "VERIFIER", InCharge: true, States: []workflow.State{workflow.Submitted, workflow.InVerification}},
		{Role: "LEAD_VERIFIER", States: []workflow.State{workflow.Submitted, workflow.InVerification, workflow.InRepair}},
	},
	calendar.Repair: {
		{States: []workflow.State{workflow.InRepair}},
		{Role: "VERIFIER", InCharge: true, States: []workflow.State{workflow.InRepair}},
	},
	calendar.Determination: {{Role: "COMMISSIONER", States: []workflow.State{workflow.Verified}}},
}

// TellClosingWindows gives notice of every window that ends soon, once for each window, person and threshold, and returns
// how many notices it made; none when another process is at it.
func (s *Server) TellClosingWindows(ctx context.Context) (told int, err error) {
	err = s.withLease(ctx, deadlineLease, deadlineTTL, func(lease store.Lease) (err error) {
		told, err = s.tellClosing(ctx, lease)
		return err
	})
	return told, err
}

// toldAtOnce is how many notices of windows one transaction makes.
const toldAtOnce = 200

func (s *Server) tellClosing(ctx context.Context, lease store.Lease) (told int, err error) {
	var due []store.Notice
	err = s.store.View(ctx, func(tx *store.Tx) (err error) {
		due, err = closingNotices(tx)
		return err
	})
	if err != nil {
		return 0, err
	}
	for some := range slices.Chunk(due, toldAtOnce) {
		err := s.store.Touch(ctx, func(tx *store.Tx) error {
			if err := tx.CheckLease(lease); err != nil {
				return err
			}
			return tx.NotifyOnce(some...)
		})
		if err != nil {
			return told, err
		}
		told += len(some)
	}
	return told, nil
}

// closingNotices are all notices of windows that are to be made now.
func closingNotices(tx *store.Tx) (due []store.Notice, err error) {
	today := calendar.Day(tx.Now())
	days := store.ClosingDays{
		Today: today, Tomorrow: calendar.Day(tx.Now().AddDate(0, 0, 1)), Horizon: calendar.Day(tx.Now().AddDate(0, 0, closingSoon)),
	}
	windows, err := tx.OpenWindows(today)
	if err != nil {
		return nil, err
	}
	for _, w := range windows {
		found, err := closingOf(tx, w, days)
		if err != nil {
			return nil, err
		}
		due = append(due, found...)
	}
	for i := range due {
		n := &due[i]
		n.SubjectKind, n.SubjectID, n.DaysLeft = store.SubjectCycle, n.CycleID, calendar.DaysUntil(today, n.LastDay)
		if n.AssessmentID != "" {
			n.SubjectKind, n.SubjectID = store.SubjectAssessment, n.AssessmentID
		}
	}
	return due, nil
}

func closingOf(tx *store.Tx, w store.OpenWindow, days store.ClosingDays) (due []store.Notice, err error) {
	if w.Phase == calendar.Award {
		return tx.ClosingsOfRole(w, "AWARD_COMMITTEE", days)
	}
	for _, c := range closings[w.Phase] {
		found, err := tx.Closings(w, c, days)
		if err != nil {
			return nil, err
		}
		due = append(due, found...)
	}
	return due, nil
}
