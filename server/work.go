package server

import (
	"cmp"
	"context"
	"slices"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// workServer says what waits for people.
type workServer struct {
	meritv1.UnimplementedWorkServiceServer
	*core
}

const (
	mostWork    = 100 // entries that GetWork returns
	mostChanges = 5   // and notices
	mostCycles  = 5   // the newest cycles, of which something may be to be started or followed
	mostSheets  = 1000
)

// desk is where the work of a caller is put together.
type desk struct {
	*core
	tx      *store.Tx
	caller  *access.Caller
	today   string
	entries []*meritv1.WorkEntry
}

// GetWork lists what waits for the caller.
func (s *workServer) GetWork(ctx context.Context, _ *meritv1.GetWorkRequest) (*meritv1.GetWorkResponse, error) {
	resp := new(meritv1.GetWorkResponse)
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		d := &desk{core: s.core, tx: tx, caller: access.From(ctx), today: calendar.Day(tx.Now())}
		if err := d.gather(); err != nil {
			return err
		}
		slices.SortStableFunc(d.entries, moreUrgent)
		for _, e := range d.entries {
			if e.GetLate() {
				resp.Late++
			}
		}
		shown := min(len(d.entries), mostWork)
		resp.Entries, resp.LeftOut = d.entries[:shown], int32(len(d.entries)-shown)
		if err := d.name(resp.GetEntries()); err != nil {
			return err
		}
		return d.changes(resp)
	})
}

// gather collects what waits for the role acted in.
func (d *desk) gather() error {
	switch d.caller.Role {
	case meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN:
		return d.agency()
	case meritv1.Role_ROLE_VERIFIER:
		return d.verifier()
	case meritv1.Role_ROLE_LEAD_VERIFIER:
		return d.lead()
	case meritv1.Role_ROLE_COMMISSIONER:
		return d.commissioner()
	case meritv1.Role_ROLE_AWARD_COMMITTEE:
		return d.committee()
	case meritv1.Role_ROLE_ADMIN:
		return d.admin()
	}
	return nil
}

// moreUrgent puts the late first, then what is due soonest, then what waits longest; what has no date comes last.
func moreUrgent(a, b *meritv1.WorkEntry) int {
	late := func(e *meritv1.WorkEntry) int {
		if e.GetLate() {
			return 0
		}
		return 1
	}
	return cmp.Or(cmp.Compare(late(a), late(b)), cmp.Compare(cmp.Or(a.GetDue(), store.Forever), cmp.Or(b.GetDue(), store.Forever)),
		cmp.Compare(a.GetSince().AsTime().UnixMicro(), b.GetSince().AsTime().UnixMicro()))
}

// add puts one entry on the desk, due at the end of the last day given, if any.
func (d *desk) add(e *meritv1.WorkEntry, phase calendar.Phase, lastDay string, since time.Time) {
	e.Phase, e.Since, e.AgeDays = phaseMessage(phase), timestamp(since), daysSince(since, d.tx.Now())
	if lastDay != "" {
		e.Due, e.DaysLeft = lastDay, int32(calendar.DaysUntil(d.today, lastDay))
		e.DueAt = timestamp(calendar.Window{LastDay: lastDay}.Closes())
		e.Late = e.DaysLeft < 0
	}
	d.entries = append(d.entries, e)
}

// ofAssessment begins an entry about an assessment.
func (d *desk) ofAssessment(kind meritv1.WorkKind, a *store.Assessment) *meritv1.WorkEntry {
	return &meritv1.WorkEntry{
		Kind: kind, SubjectKind: meritv1.SubjectKind_SUBJECT_KIND_ASSESSMENT, SubjectId: a.ID, AssessmentId: a.ID,
		CycleId: a.CycleID, AgencyId: a.AgencyID, AgencyKind: agencyKindMessage(a.AgencyKind), State: a.State.Proto(),
	}
}

// ofCycle begins an entry about a cycle.
func (d *desk) ofCycle(kind meritv1.WorkKind, cycleID string) *meritv1.WorkEntry {
	return &meritv1.WorkEntry{Kind: kind, SubjectKind: meritv1.SubjectKind_SUBJECT_KIND_CYCLE, SubjectId: cycleID, CycleId: cycleID}
}

// name says what the agencies and cycles of entries are called.
func (d *desk) name(entries []*meritv1.WorkEntry) error {
	var agencies, cycles []string
	for _, e := range entries {
		agencies, cycles = append(agencies, e.GetAgencyId()), append(cycles, e.GetCycleId())
	}
	called, err := readNames(d.tx, agencies, cycles)
	if err != nil {
		return err
	}
	for _, e := range entries {
		e.AgencyName, e.CycleName = called.agencies[e.GetAgencyId()], called.cycles[e.GetCycleId()]
	}
	return nil
}

// changes says what the caller was told of lately.
func (d *desk) changes(resp *meritv1.GetWorkResponse) error {
	unread, err := d.tx.CountUnread(d.caller.AccountID)
	if err != nil || unread == 0 {
		return err
	}
	newest, err := d.tx.Notices(d.caller.AccountID, true, store.NoticeKey{}, mostChanges)
	if err != nil {
		return err
	}
	resp.UnreadNotices = int32(unread)
	resp.Changed, err = noticeMessages(d.tx, d.caller.Language, newest)
	return err
}
