package server

import (
	"context"
	"errors"
	"strconv"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// CloseSession closes a session under its decree and determines what it decided.
func (s *plenaryServer) CloseSession(ctx context.Context, req *meritv1.CloseSessionRequest) (*meritv1.CloseSessionResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.CloseSessionResponse, []audit.Entry, error) {
		h, err := s.takeSession(ctx, tx, req.GetSessionId())
		if err != nil {
			return nil, nil, err
		}
		if err := h.mayClose(req); err != nil {
			return nil, nil, err
		}
		entries, err := h.close(req)
		if err != nil {
			return nil, nil, err
		}
		resp := new(meritv1.CloseSessionResponse)
		for i := range h.agenda {
			r, more, err := h.determine(&h.agenda[i])
			if err != nil {
				return nil, nil, err
			}
			if r != nil {
				resp.Results, entries = append(resp.Results, resultMessage(r, h.in)), append(entries, more...)
			}
		}
		resp.Session, err = h.message()
		return resp, entries, err
	})
}

// mayClose checks the decree, that every agenda item is decided, and that the client read the newest revision.
func (h *hearing) mayClose(req *meritv1.CloseSessionRequest) error {
	today := calendar.Day(h.tx.Now())
	switch date := req.GetDecreeDate(); {
	case !calendar.IsDay(date):
		return fault.Invalid("decree_date", "%q bukan tanggal yang ada.", "%q is not a date that exists.", date)
	case date < h.session.HeldOn:
		return fault.Invalid("decree_date", "%s mendahului sidang pada %s.", "%s lies before the session, held on %s.", date, h.session.HeldOn)
	case date > today:
		return fault.Invalid("decree_date", "%s belum tiba; hari ini %s.", "%s is yet to come; today is %s.", date, today)
	}
	missing := fault.New(meritv1.Reason_REASON_INCOMPLETE,
		"Sidang belum dapat ditutup: ada mata acara yang belum diputus.", "The session cannot be closed: some agenda items are not decided.")
	for _, item := range h.agenda {
		if item.Outcome == store.Undecided {
			missing.Field(item.AssessmentID, "Putuskan atau tunda.", "Decide or postpone it.")
		}
	}
	if len(missing.Violations) > 0 {
		return missing
	}
	if err := h.mayDetermineAll(); err != nil {
		return err
	}
	if err := h.fresh(req.GetRevision()); err != nil {
		return err
	}
	return h.settle()
}

// mayDetermineAll returns REASON_CONFLICT_OF_INTEREST when the caller is tied to an agency that the session determines:
// whoever closes the session determines.
func (h *hearing) mayDetermineAll() error {
	tied, err := h.tx.ConflictedAgencies(h.caller.AccountID, calendar.Day(h.tx.Now()))
	if err != nil {
		return err
	}
	for _, item := range h.agenda {
		if item.Outcome == store.Postponed {
			continue
		}
		agency, err := h.agencyOf(&item)
		if err != nil {
			return err
		}
		if !tied[agency.ID] {
			continue
		}
		return fault.New(meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
			"Sidang ini menetapkan %s, instansi Anda sekarang atau dalam dua tahun terakhir. Komisioner lain yang menutupnya.",
			"This session determines %s, to which you belong or belonged within two years. Another commissioner has to close it.", agency.Name)
	}
	return nil
}

// fresh returns REASON_STALE_REVISION, with the session as it is, unless the client read its newest revision.
func (h *hearing) fresh(revision int64) error {
	if revision == h.session.Revision {
		return nil
	}
	now, err := h.message()
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Sidang ini berubah sejak Anda membacanya (Anda membaca revisi %d, sekarang %d). Baca lagi lalu ulangi.",
		"The session changed since you read it (you read revision %d, now it is %d). Read it again and repeat.",
		revision, h.session.Revision).With(now)
}

// close records the decree.
func (h *hearing) close(req *meritv1.CloseSessionRequest) ([]audit.Entry, error) {
	closed := h.session
	closed.ClosedAt, closed.ClosedBy = h.tx.Now(), h.caller.AccountID
	closed.DecreeNumber, closed.DecreeDate = req.GetDecreeNumber(), req.GetDecreeDate()
	ok, err := h.tx.ClosePlenarySession(closed)
	if err == nil && !ok {
		err = h.fresh(0)
	}
	if err != nil {
		return nil, err
	}
	entry := h.tx.Entry(audit.Entry{Action: closeSession, Subject: h.session.ID})
	h.session, err = h.tx.PlenarySession(h.session.ID)
	return []audit.Entry{entry}, err
}

// determine makes the outcome of an agenda item final: decisions of every item that applies, the state, the
// determination and its result. It returns nothing for a postponed one. The result has an entry of its own, with a salt
// of its own: that entry is shown to everybody, and must not let anybody find out what was claimed or verified.
func (h *hearing) determine(item *store.AgendaItem) (r *store.Result, entries []audit.Entry, err error) {
	if item.Outcome == store.Postponed {
		return nil, nil, nil
	}
	a, err := h.tx.Assessment(item.AssessmentID)
	if err != nil {
		return nil, nil, err
	}
	sheet, err := h.tx.Sheet(a.ID)
	if err != nil {
		return nil, nil, err
	}
	scored, err := scoringSheet(h.in, a.AgencyKind, h.determined(item, &sheet), store.StageDetermined)
	if err != nil {
		return nil, nil, err
	}
	if err := h.tx.AppendDecisions(&sheet, h.decisions(item, &sheet, applicableItems(h.in, scored))...); err != nil {
		return nil, nil, err
	}
	if err := h.takeDetermined(item, &a); err != nil {
		return nil, nil, err
	}
	decided := h.tx.Entry(audit.Entry{Action: closeSession, Agency: a.AgencyID, Subject: a.ID})
	if r, err = h.record(item, &a, scored); err != nil {
		return nil, nil, err
	}
	if err := h.tellDetermined(&a, r); err != nil {
		return nil, nil, err
	}
	return r, []audit.Entry{decided, h.tx.Entry(audit.Entry{Action: closeSession, Agency: a.AgencyID, Subject: r.ID})}, nil
}

// decisions are the plenary's decisions: of every applicable item; in a correction of those only that it changes.
func (h *hearing) decisions(item *store.AgendaItem, sheet *store.Sheet, applicable []string) []*store.Decision {
	determined := h.determined(item, sheet)
	reasons := map[string]string{}
	for _, l := range h.levels {
		if l.AssessmentID == item.AssessmentID {
			reasons[l.Item] = l.Reason
		}
	}
	var decisions []*store.Decision
	for _, code := range applicable {
		v, before := determined.Item(code).Determined, sheet.Item(code)
		if before.Determined.Stands() && before.Determined.SameAs(v) {
			continue
		}
		decisions = append(decisions, &store.Decision{
			Stage: store.StageDetermined, Item: code, Kind: v.Kind, Level: v.Level, Value: v.Value, Note: reasons[code],
			ClaimSeq: before.Claimed.Seq, SessionID: h.session.ID, DecidedBy: h.caller.AccountID, MembershipID: h.caller.MembershipID,
		})
	}
	return decisions
}

// takeDetermined brings the assessment to DETERMINED, or notes the correction of one that is.
func (h *hearing) takeDetermined(item *store.AgendaItem, a *store.Assessment) error {
	rule, err := workflow.Take(a.State, determining(item), h.caller.Role)
	if err != nil {
		return err
	}
	step := store.Step{Step: rule.Step, From: a.State, To: rule.To, Reason: item.Reason, TakenBy: h.caller.AccountID, MembershipID: h.caller.MembershipID}
	if rule.From == rule.To {
		return h.tx.AddStep(a.ID, step)
	}
	return h.tx.TakeStep(a, step)
}

// record keeps the determination and its result, which points to what it corrects.
func (h *hearing) record(item *store.AgendaItem, a *store.Assessment, sheet *scoring.Sheet) (*store.Result, error) {
	d := store.Determination{
		ID: h.tx.NewID(), AssessmentID: a.ID, SessionID: h.session.ID, Corrects: item.Corrects, DecreeNumber: h.session.DecreeNumber,
		DecreeDate: h.session.DecreeDate, DeterminedAt: h.tx.Now(), DeterminedBy: h.caller.AccountID,
	}
	if err := h.tx.InsertDetermination(d); err != nil {
		return nil, err
	}
	r, aspects, err := h.result(a, sheet)
	if err != nil {
		return nil, err
	}
	r.DeterminationID = d.ID
	if item.Corrects != "" {
		corrected, err := h.tx.ResultOfDetermination(a.ID, item.Corrects)
		if err != nil {
			return nil, err
		}
		r.Corrects = corrected.ID
	}
	r.RecordedAt = h.tx.Now()
	return r, h.tx.InsertResult(*r, aspects)
}

// result is what a determined sheet comes to, with the agency as it was on the day of the decree.
func (h *hearing) result(a *store.Assessment, sheet *scoring.Sheet) (*store.Result, []store.ResultAspect, error) {
	agency, err := h.agencyOn(a.AgencyID, h.session.DecreeDate)
	if err != nil {
		return nil, nil, err
	}
	year, err := strconv.Atoi(h.session.DecreeDate[:4])
	if err != nil {
		return nil, nil, err
	}
	r := &store.Result{
		ID: h.tx.NewID(), AgencyID: a.AgencyID, Year: year, InstrumentID: h.in.ID, CycleID: a.CycleID, AssessmentID: a.ID,
		AgencyCode: agency.Code, AgencyName: agency.Name, AgencyKind: a.AgencyKind, ProvinceID: agency.ProvinceID,
		DecreeNumber: h.session.DecreeNumber, DecreeDate: h.session.DecreeDate, RecordedBy: h.caller.AccountID,
		SingleOfficer: a.SingleOfficer,
	}
	if r.SingleAdministrator, err = aloneOrInEmergency(h.tx); err != nil {
		return nil, nil, err
	}
	aspects := h.sayScore(r, sheet)
	r.Score, err = proto.MarshalOptions{Deterministic: true}.Marshal(scored.Sheet(h.in, sheet, scored.WithItems))
	return r, aspects, err
}

// agencyOn is an agency on a day, or today when it began later.
func (h *hearing) agencyOn(id, day string) (store.Agency, error) {
	agency, err := h.tx.Agency(id, day)
	if errors.Is(err, store.ErrNotFound) {
		return h.tx.Agency(id, calendar.Day(h.tx.Now()))
	}
	return agency, err
}

// sayScore scores a sheet into a result, and returns its aspects.
func (h *hearing) sayScore(r *store.Result, sheet *scoring.Sheet) []store.ResultAspect {
	var score scoring.Result
	h.in.Scoring().Score(sheet, &score)
	r.Reconstructed, r.HasTotal, r.CategoryRank = score.Reconstructed, score.HasTotal, -1
	if score.HasTotal {
		r.Total = score.Total
	}
	if score.HasIndex {
		r.Index = h.in.Scoring().FormatIndex(score.Index)
	}
	if score.HasTotal && score.Category >= 0 {
		r.Category, r.CategoryRank = h.in.Categories[score.Category].Code, score.Category
		r.ValidUntil = workflow.ValidUntil(r.Category, r.DecreeDate)
	}
	aspects := make([]store.ResultAspect, len(score.Aspects))
	for i, res := range score.Aspects {
		aspects[i] = store.ResultAspect{Aspect: h.in.Aspects[i].Code, Points: res.Points, Maximum: res.Maximum}
		if h.in.Rule.Method == scoring.WeightedMean {
			aspects[i].Points, aspects[i].Maximum = res.Maturity, scoring.Points(h.in.Scale.Max)*scoring.Point
		}
	}
	return aspects
}
