package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// candidate is a result in the running of one group.
type candidate struct {
	result   *store.Result
	place    int    // equal totals share it; 0 when excluded
	within   bool   // gets a place whatever is chosen among equals
	tied     bool   // competes with equals for the last places
	excluded string // the reason
}

// field is the candidates of one group, the greatest total first.
type field struct {
	group      *meritv1.AwardGroup
	candidates []candidate
	free       int // how many places those who are tied compete for
}

// readFields ranks the candidates of every group of an award: three queries, however many groups it has.
func readFields(tx *store.Tx, a *store.Award) ([]field, error) {
	rule := &meritv1.AwardRule{}
	if err := proto.Unmarshal(a.Rule, rule); err != nil {
		return nil, err
	}
	results, err := tx.Candidates(a.InstrumentID, a.Year)
	if err != nil {
		return nil, err
	}
	exclusions, err := tx.Exclusions(a.ID)
	if err != nil {
		return nil, err
	}
	reasons := map[string]string{}
	for _, e := range exclusions {
		reasons[e.AgencyID] = e.Reason
	}
	fields := make([]field, len(rule.GetGroups()))
	for i, group := range rule.GetGroups() {
		fields[i] = rankField(group, results, reasons)
	}
	return fields, nil
}

// rankField ranks the results that compete in a group; they come the greatest total first.
func rankField(group *meritv1.AwardGroup, results []store.Result, excluded map[string]string) field {
	f := field{group: group}
	ranked := 0
	var last *candidate
	for i := range results {
		r := &results[i]
		if !slices.Contains(group.GetKinds(), agencyKindMessage(r.AgencyKind)) || !slices.Contains(group.GetCategories(), r.Category) {
			continue
		}
		c := candidate{result: r, excluded: excluded[r.AgencyID]}
		if c.excluded == "" {
			ranked++
			c.place = ranked
			if last != nil && last.result.Total == r.Total {
				c.place = last.place
			}
			last = &c
		}
		f.candidates = append(f.candidates, c)
	}
	f.givePlaces()
	return f
}

// givePlaces gives out the places: equals at the last ones are tied when they do not all fit.
func (f *field) givePlaces() {
	places := int(f.group.GetPlaces())
	equals := map[int]int{} // how many share a place
	for _, c := range f.candidates {
		equals[c.place]++
	}
	for i := range f.candidates {
		c := &f.candidates[i]
		before := c.place - 1
		switch {
		case c.place == 0:
		case places == 0 || before+equals[c.place] <= places:
			c.within = true
		case before < places:
			c.tied, f.free = true, places-before
		}
	}
}

// ListCandidates ranks the candidates of every group.
func (s *awardServer) ListCandidates(ctx context.Context, req *meritv1.ListCandidatesRequest) (*meritv1.ListCandidatesResponse, error) {
	if !worksOnAwards(access.From(ctx)) {
		return nil, fault.OutOfScope()
	}
	var resp *meritv1.ListCandidatesResponse
	err := s.store.View(ctx, func(tx *store.Tx) error {
		a, err := findAward(tx, access.From(ctx), req.GetAwardId())
		if err != nil {
			return err
		}
		in, err := s.instruments.Published(tx, a.InstrumentID)
		if err != nil {
			return err
		}
		fields, err := readFields(tx, &a)
		resp = &meritv1.ListCandidatesResponse{}
		for _, f := range fields {
			m := &meritv1.GroupCandidates{Group: f.group}
			for _, c := range f.candidates {
				m.Candidates = append(m.Candidates, &meritv1.Candidate{
					Place: int32(c.place), Result: resultMessage(c.result, in), WithinPlaces: c.within, TiedForLast: c.tied, Excluded: c.excluded,
				})
			}
			resp.Groups = append(resp.Groups, m)
		}
		return err
	})
	return resp, err
}

// impartial returns REASON_CONFLICT_OF_INTEREST when the caller is tied to one of the agencies or to a candidate, an
// excluded one included: leaving somebody out decides about the others too.
func (s *awardServer) impartial(tx *store.Tx, c *access.Caller, a *store.Award, agencies ...string) error {
	name, err := awardConflict(tx, c, a, agencies...)
	if err != nil || name == "" {
		return err
	}
	return fault.New(meritv1.Reason_REASON_CONFLICT_OF_INTEREST,
		"Daftar ini menyangkut %s, instansi Anda sekarang atau dalam dua tahun terakhir, atau instansi asalnya. Anggota panitia lain yang mengerjakannya.",
		"This list concerns %s, to which or to whose lineage you belong or belonged within two years. Another member of the committee has to do this.", name)
}

// awardConflict returns the name of one of the agencies, or of a candidate's, that the caller is tied to; empty when
// there is none.
func awardConflict(tx *store.Tx, c *access.Caller, a *store.Award, agencies ...string) (name string, err error) {
	tied, err := tx.ConflictedAgencies(c.AccountID, calendar.Day(tx.Now()))
	if err != nil || len(tied) == 0 {
		return "", err
	}
	fields, err := readFields(tx, a)
	if err != nil {
		return "", err
	}
	for _, f := range fields {
		for _, c := range f.candidates {
			agencies = append(agencies, c.result.AgencyID)
		}
	}
	for _, id := range agencies {
		if tied[id] {
			agency, err := tx.Agency(id, calendar.Day(tx.Now()))
			return agency.Name, err
		}
	}
	return "", nil
}

// DecideAward selects the recipients.
func (s *awardServer) DecideAward(ctx context.Context, req *meritv1.DecideAwardRequest) (*meritv1.DecideAwardResponse, error) {
	var resp *meritv1.DecideAwardResponse
	err := s.change(ctx, req.GetAwardId(), "AwardService.DecideAward", func(tx *store.Tx, c *access.Caller, a *store.Award) error {
		if err := s.fresh(tx, c, a, req.GetRevision()); err != nil {
			return err
		}
		if err := s.impartial(tx, c, a); err != nil {
			return err
		}
		fields, err := readFields(tx, a)
		if err != nil {
			return err
		}
		recipients, err := choose(fields, req.GetTieChoices())
		if err != nil {
			return err
		}
		if err := tx.SetRecipients(a.ID, recipients); err != nil {
			return err
		}
		a.State, a.DecidedAt, a.DecidedBy = store.AwardDecided, tx.Now(), c.AccountID
		if err := tx.UpdateAward(a); err != nil {
			return err
		}
		m, err := s.awardMessage(tx, c, a)
		resp = &meritv1.DecideAwardResponse{Award: m}
		return err
	})
	return resp, err
}

// fresh returns REASON_STALE_REVISION, with the award as it is, unless the caller read its newest revision.
func (s *awardServer) fresh(tx *store.Tx, c *access.Caller, a *store.Award, revision int64) error {
	if a.Revision == revision {
		return nil
	}
	m, err := s.awardMessage(tx, c, a)
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Anugerah ini sudah diubah orang lain; revisinya sekarang %d, yang Anda baca %d. Baca lagi, lalu ulangi.",
		"This award was changed by somebody else: its revision is now %d, you read %d. Read it again and repeat.", a.Revision, revision).With(m)
}

// choose makes recipients of those who have a place and of those chosen among equals. Choices that name nobody who is
// tied are REASON_INVALID_REQUEST; too few or too many are REASON_TIE_UNDECIDED with every group that is not decided.
func choose(fields []field, choices []*meritv1.TieChoice) ([]store.Recipient, error) {
	chosen, err := sortChoices(fields, choices)
	if err != nil {
		return nil, err
	}
	undecided := fault.New(meritv1.Reason_REASON_TIE_UNDECIDED,
		"Nilai yang sama memperebutkan tempat terakhir. Pilih sebanyak tempatnya, dengan alasan.",
		"Equal totals compete for the last places. Choose as many as there are places, with a reason.")
	var recipients []store.Recipient
	candidates := 0
	for i, f := range fields {
		var tied []string
		for _, c := range f.candidates {
			reason, picked := chosen[i][c.result.ID]
			if c.within || picked {
				recipients = append(recipients, store.Recipient{Group: i, ResultID: c.result.ID, Place: c.place, Reason: reason})
			}
			if c.tied {
				tied = append(tied, c.result.AgencyName)
			}
		}
		candidates += len(f.candidates)
		if len(chosen[i]) != f.free {
			undecided.Field(fmt.Sprintf("rule.groups[%d]", i), "%s: %d tempat untuk %s; dipilih %d.", "%s: %d places for %s; chosen are %d.",
				f.group.GetName(), f.free, strings.Join(tied, ", "), len(chosen[i]))
		}
	}
	switch {
	case len(undecided.Violations) > 0:
		return nil, undecided
	case candidates == 0:
		return nil, fault.New(meritv1.Reason_REASON_INCOMPLETE,
			"Belum ada hasil penetapan yang memenuhi aturan anugerah ini.", "No determined result meets the rule of this award yet.")
	}
	return recipients, nil
}

// sortChoices gives the reasons of the choices by group and result id.
func sortChoices(fields []field, choices []*meritv1.TieChoice) ([]map[string]string, error) {
	chosen := make([]map[string]string, len(fields))
	for i := range chosen {
		chosen[i] = map[string]string{}
	}
	for i, choice := range choices {
		group := int(choice.GetGroup())
		if group >= len(fields) || !slices.ContainsFunc(fields[group].candidates, func(c candidate) bool {
			return c.tied && c.result.ID == choice.GetResultId()
		}) {
			return nil, fault.Invalid(fmt.Sprintf("tie_choices[%d].result_id", i),
				"hasil ini tidak memperebutkan tempat terakhir di kelompoknya.", "this result does not compete for the last places of its group.")
		}
		chosen[group][choice.GetResultId()] = choice.GetReason()
	}
	return chosen, nil
}

// PublishAward makes an award public.
func (s *awardServer) PublishAward(ctx context.Context, req *meritv1.PublishAwardRequest) (*meritv1.PublishAwardResponse, error) {
	var resp *meritv1.PublishAwardResponse
	err := s.change(ctx, req.GetAwardId(), "AwardService.PublishAward", func(tx *store.Tx, c *access.Caller, a *store.Award) error {
		if err := s.fresh(tx, c, a, req.GetRevision()); err != nil {
			return err
		}
		if err := errors.Join(s.impartial(tx, c, a), publishable(tx, a)); err != nil {
			return err
		}
		a.State, a.PublishedAt, a.PublishedBy, a.LetterNumber = store.AwardPublished, tx.Now(), c.AccountID, req.GetLetterNumber()
		if err := tx.UpdateAward(a); err != nil {
			return err
		}
		m, err := s.awardMessage(tx, c, a)
		resp = &meritv1.PublishAwardResponse{Award: m}
		return err
	})
	return resp, err
}

// publishable returns REASON_WRONG_STATE unless the award is decided and rests on results that are in force.
func publishable(tx *store.Tx, a *store.Award) error {
	if a.State != store.AwardDecided {
		return fault.New(meritv1.Reason_REASON_WRONG_STATE,
			"Anugerah ini belum diputuskan. Putuskan dahulu penerimanya.", "This award is not decided. Select its recipients first.")
	}
	recipients, err := tx.Recipients(a.ID)
	if err != nil {
		return err
	}
	ids := make([]string, len(recipients))
	for i, r := range recipients {
		ids[i] = r.ResultID
	}
	results, err := tx.ResultsByID(ids...)
	if err != nil {
		return err
	}
	for _, r := range results {
		if r.CorrectedBy != "" {
			return fault.New(meritv1.Reason_REASON_WRONG_STATE,
				"Hasil %s dikoreksi setelah anugerah ini diputuskan. Putuskan lagi.",
				"The result of %s was corrected after this award was decided. Decide it again.", r.AgencyName)
		}
	}
	return nil
}
