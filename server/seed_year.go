package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// agency is the nth agency. Of twenty, the first is a province, three are central, three are cities of the province and
// the others its regencies, about as in Indonesia.
func (s *seeding) agency(id string, n int) store.Agency {
	a := store.Agency{
		ID: id, Code: fmt.Sprintf("B%05d", n), Kind: scoring.Kabupaten, Region: "I", TimeZone: calendar.WIB, Assessed: true,
		ValidFrom: calendar.Day(s.clock),
	}
	place := n % 20
	switch {
	case place == 0:
		a.Kind, a.ProvinceID = scoring.Provinsi, id
	case place <= 3:
		a.Kind = []scoring.AgencyKind{scoring.Kementerian, scoring.LPNK, scoring.LembagaNegara}[place-1]
	case place <= 6:
		a.Kind = scoring.Kota
	}
	if place > 3 {
		a.ProvinceID = s.country[n-place].ID
	}
	if n%40 >= 20 {
		a.Region = "II"
	}
	a.Name = fmt.Sprintf("%s Contoh %d", a.Kind, n)
	return a
}

// year opens a cycle, sets the clock to when its work is done and lets the agencies do it.
func (s *seeding) year(ctx context.Context, year int, at time.Time, work func(*store.Tx, *store.Cycle, []seedAgency) ([]audit.Entry, error)) error {
	cycle := store.Cycle{Name: strconv.Itoa(year), Year: year, InstrumentID: s.in.ID, Assessor: "Lembaga Penilai Contoh", Quorum: 1, MajorityPercent: 50}
	for _, phase := range calendar.Phases() {
		cycle.Windows = append(cycle.Windows, store.Window{Window: calendar.Window{
			Phase: phase, FirstDay: fmt.Sprintf("%d-01-01", year), LastDay: fmt.Sprintf("%d-12-31", at.Year()+1),
		}})
	}
	s.clock = time.Date(year, 1, 3, 3, 0, 0, 0, time.UTC)
	err := s.update(ctx, func(tx *store.Tx) error {
		cycle.ID = tx.NewID()
		return tx.AddCycle(cycle)
	})
	s.clock = at
	done := 0
	for some := range slices.Chunk(s.country, together) {
		if err != nil {
			return err
		}
		err = s.st.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) { return work(tx, &cycle, some) })
		if done += len(some); s.Told != nil {
			s.Told(year, done)
		}
	}
	return err
}

// determine brings agencies through a whole year in one plenary session.
func (s *seeding) determine(tx *store.Tx, cycle *store.Cycle, agencies []seedAgency) ([]audit.Entry, error) {
	held := calendar.Day(tx.Now())
	session := store.PlenarySession{ID: tx.NewID(), CycleID: cycle.ID, Title: "Pleno Contoh", HeldOn: held, OpenedAt: tx.Now(), OpenedBy: s.plenary.AccountID}
	if err := tx.InsertPlenarySession(session); err != nil {
		return nil, err
	}
	entries := []audit.Entry{tx.Entry(audit.Entry{Action: "PlenaryService.OpenSession", Subject: session.ID})}
	for i := range agencies {
		a, err := s.assess(tx, cycle, &agencies[i], true)
		if err != nil {
			return nil, err
		}
		item := store.AgendaItem{SessionID: session.ID, AssessmentID: a.ID, Outcome: store.Adopted, DecidedAt: tx.Now(), DecidedBy: s.plenary.AccountID, Acknowledged: true, Eligible: 1, InFavour: 1}
		if err := tx.InsertAgendaItem(item); err != nil {
			return nil, err
		}
		if _, err := tx.DecideAgendaItem(item); err != nil {
			return nil, err
		}
		entries = append(entries, tx.Entry(audit.Entry{Action: "Service.Seed", Agency: a.AgencyID, Subject: a.ID}))
	}
	return s.closeSession(tx, session.ID, cycle, entries)
}

// closeSession determines as the plenary does.
func (s *seeding) closeSession(tx *store.Tx, id string, cycle *store.Cycle, entries []audit.Entry) ([]audit.Entry, error) {
	h := &hearing{tx: tx, caller: &s.plenary, cycle: *cycle, in: s.in}
	var err error
	if h.session, err = tx.PlenarySession(id); err != nil {
		return nil, err
	}
	if h.agenda, err = tx.Agenda(id); err != nil {
		return nil, err
	}
	closed, err := h.close(&meritv1.CloseSessionRequest{DecreeNumber: "Nomor " + id[20:], DecreeDate: h.session.HeldOn})
	entries = append(entries, closed...)
	for i := range h.agenda {
		if err != nil {
			return nil, err
		}
		var determined []audit.Entry
		_, determined, err = h.determine(&h.agenda[i])
		entries = append(entries, determined...)
	}
	return entries, err
}

// draft lets operators fill in the sheet of this year and signs them in.
func (s *seeding) draft(tx *store.Tx, cycle *store.Cycle, agencies []seedAgency) (entries []audit.Entry, err error) {
	for i := range agencies {
		operator := agencies[i].operator
		a, err := s.assess(tx, cycle, &agencies[i], false)
		if err != nil {
			return nil, err
		}
		secret, hash := access.NewSecret(access.KindSession)
		err = tx.InsertSession(store.Session{
			TokenHash: hash, ID: tx.NewID(), AccountID: operator.AccountID, MembershipID: operator.ID, CreatedAt: tx.Now(),
			UsedAt: tx.Now(), ExpiresAt: tx.Now().Add(seedSession), UserAgent: "merit bench",
		})
		if err != nil {
			return nil, err
		}
		s.seeded.People[agencies[i].number] = SeededPerson{AssessmentID: a.ID, Secret: secret}
		entries = append(entries, tx.Entry(audit.Entry{Action: "Service.Seed", Agency: a.AgencyID, Subject: a.ID}))
	}
	return entries, nil
}

// assess makes the assessment of an agency in a cycle, with every item claimed and cited; and, if so, verified.
func (s *seeding) assess(tx *store.Tx, cycle *store.Cycle, agency *seedAgency, verified bool) (store.Assessment, error) {
	items := s.in.Scoring().NumItems()
	a := store.Assessment{
		ID: tx.NewID(), CycleID: cycle.ID, AgencyID: agency.ID, Attempt: 1, InstrumentID: s.in.ID, AgencyKind: agency.Kind,
		State: workflow.Draft, StartedAt: tx.Now(), StartedBy: agency.operator.AccountID, Answered: items, Applicable: items, Revision: 1,
	}
	sheet, err := tx.AddAssessment(a)
	if err != nil {
		return a, err
	}
	if err := tx.AppendDecisions(&sheet, s.decisions(cycle, agency, verified)...); err != nil {
		return a, err
	}
	if err := s.cite(tx, &a, agency); err != nil {
		return a, err
	}
	err = tx.AddStep(a.ID, store.Step{Step: workflow.Start, To: workflow.Draft, TakenBy: a.StartedBy, MembershipID: agency.operator.ID})
	if err != nil || !verified {
		return a, err
	}
	a.SubmittedAt, a.ReleasedAt, a.VerifierID = tx.Now(), tx.Now(), s.verifier.AccountID
	return a, errors.Join(
		tx.AddStep(a.ID, store.Step{Step: workflow.Submit, From: workflow.Draft, To: workflow.Submitted, TakenBy: a.StartedBy, MembershipID: agency.operator.ID}),
		tx.AddStep(a.ID, store.Step{Step: workflow.StartVerification, From: workflow.Submitted, To: workflow.InVerification, TakenBy: s.verifier.AccountID, MembershipID: s.verifier.MembershipID}),
		tx.TakeStep(&a, store.Step{Step: workflow.Complete, From: workflow.InVerification, To: workflow.Verified, TakenBy: s.verifier.AccountID, MembershipID: s.verifier.MembershipID}),
	)
}

// decisions claim a level for every item, by agency, year and item, and verify it; every tenth is verified lower.
func (s *seeding) decisions(cycle *store.Cycle, agency *seedAgency, verified bool) []*store.Decision {
	var claims, all []*store.Decision
	number, scale := agency.number, s.in.Scale
	for i, item := range s.in.Scoring().Items() {
		mix := number*31 + cycle.Year*17 + i*7 + number*i%11
		level := scale.Min + mix%(scale.Max-scale.Min+1)
		claims = append(claims, &store.Decision{
			Stage: store.StageClaimed, Item: item.Code, Kind: store.KindLevel, Level: level, Note: fmt.Sprintf("Peraturan Nomor %d, halaman %d", i+1, 1+mix%90),
			DecidedBy: agency.operator.AccountID, MembershipID: agency.operator.ID,
		})
		if !verified {
			continue
		}
		d := &store.Decision{Stage: store.StageVerified, Item: item.Code, Kind: store.KindLevel, Level: level, ClaimSeq: 1, DecidedBy: s.verifier.AccountID, MembershipID: s.verifier.MembershipID}
		if mix%10 == 0 && level > scale.Min {
			d.Level, d.Note = level-1, "Bukti belum mencakup seluruh unit kerja."
		}
		all = append(all, d)
	}
	return append(claims, all...)
}

// cite cites the evidence of the agency, item after item.
func (s *seeding) cite(tx *store.Tx, a *store.Assessment, agency *seedAgency) error {
	for i, evidence := range agency.evidence {
		err := tx.InsertCitation(store.Citation{
			ID: tx.NewID(), AssessmentID: a.ID, Item: s.in.Item(i % s.in.Scoring().NumItems()).Code, EvidenceID: evidence,
			Page: strconv.Itoa(1 + i), CitedAt: tx.Now(), CitedBy: agency.operator.AccountID,
		})
		if err != nil {
			return err
		}
	}
	return nil
}
