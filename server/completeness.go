package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// CheckCompleteness lists everything that blocks submission.
func (s *assessmentServer) CheckCompleteness(ctx context.Context, req *meritv1.CheckCompletenessRequest) (*meritv1.CheckCompletenessResponse, error) {
	resp := new(meritv1.CheckCompletenessResponse)
	language := access.From(ctx).Language
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		a, agency, err := reach(tx, access.From(ctx), req.GetAssessmentId())
		if err != nil {
			return err
		}
		blockers, err := closedBy(tx, &a, agency, language)
		if err != nil {
			return err
		}
		check, err := s.check(tx, &a)
		if err != nil {
			return err
		}
		for _, l := range check.lacks {
			blockers = append(blockers, &meritv1.Blocker{Item: l.item, Reason: l.reason, Message: l.text.In(language), Acceptable: l.acceptable})
		}
		resp.Blockers, resp.Score = blockers, scored.Sheet(check.in, check.scored, scored.ByAspect)
		return nil
	})
}

// closedBy says that the state or the window is in the way of the approver.
func closedBy(tx *store.Tx, a *store.Assessment, agency store.Agency, language string) ([]*meritv1.Blocker, error) {
	rule, err := workflow.Take(a.State, workflow.Submit, meritv1.Role_ROLE_APPROVER)
	if err == nil {
		_, err = openPhase(tx, a.CycleID, agency, rule.Phases)
	}
	var why *fault.Error
	switch {
	case err == nil:
		return nil, nil
	case errors.As(err, &why):
		return []*meritv1.Blocker{{Reason: why.Reason, Message: why.Text.In(language)}}, nil
	}
	return nil, err
}

// completeness is what a sheet lacks.
type completeness struct {
	in     *instrument.Instrument
	scored *scoring.Sheet
	lacks  []lack
}

// lack is one thing that is missing on a sheet.
type lack struct {
	item       string
	reason     meritv1.Reason
	text       fault.Text
	acceptable bool // the approver may accept it
}

// check finds everything that a sheet lacks, in the order of the instrument.
func (s *core) check(tx *store.Tx, a *store.Assessment) (*completeness, error) {
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return nil, err
	}
	sheet, err := tx.Sheet(a.ID)
	if err != nil {
		return nil, err
	}
	cited, err := tx.CitedItems(a.ID)
	if err != nil {
		return nil, err
	}
	infected, err := tx.QuarantinedCitations(a.ID)
	if err != nil {
		return nil, err
	}
	c := &completeness{in: in}
	if c.scored, err = scoringSheet(in, a.AgencyKind, &sheet, store.StageClaimed); err != nil {
		return nil, err
	}
	for i := range in.Scoring().NumItems() {
		c.checkItem(i, cited)
	}
	for i := range in.Profile {
		if f := &in.Profile[i]; fieldApplies(in, f, &sheet) {
			c.checkField(f, sheet.Item(profilePrefix+f.Code).Claimed, cited)
		}
	}
	for _, citation := range infected {
		c.add(lack{item: citation.Item, reason: meritv1.Reason_REASON_FILE_QUARANTINED, text: fault.T(
			"Butir %s merujuk %q, yang dikarantina: pemindai virus menemukan sesuatu di dalamnya dan verifikator tidak dapat membukanya. Hapus rujukannya dan unggah berkas yang bersih.",
			"Item %s cites %q, which is in quarantine: the virus scanner found something in it and no verifier can open it. Remove the citation and upload a clean file.",
			citation.Item, citation.EvidenceTitle)})
	}
	return c, nil
}

func (c *completeness) checkItem(i int, cited map[string]int) {
	item := c.in.Item(i)
	if !c.scored.State(i).Applies() {
		return
	}
	answer := c.scored.Answer(i)
	if answer == scoring.Unanswered {
		c.add(lack{item: item.Code, reason: meritv1.Reason_REASON_INCOMPLETE, acceptable: true, text: fault.T(
			"Butir %s (%s) belum dijawab. Jawablah, atau pejabat yang berwenang menerimanya sebagai 0.",
			"Item %s (%s) is not answered. Answer it, or the approver accepts it as 0.", item.Code, item.Title())})
	}
	if n, ok := answer.Value(); ok && n > 0 && item.Kind == scoring.Scored && c.in.EvidenceRequired && cited[item.Code] == 0 {
		c.add(lack{item: item.Code, reason: meritv1.Reason_REASON_EVIDENCE_REQUIRED, text: fault.T(
			"Butir %s (%s) mengaku tingkat %d tanpa bukti. Instrumen ini mewajibkan bukti untuk tingkat di atas 0: rujuklah bukti atau turunkan tingkatnya.",
			"Item %s (%s) claims level %d without evidence. This instrument demands evidence for levels above 0: cite some or lower the level.",
			item.Code, item.Title(), n)})
	}
}

func (c *completeness) checkField(f *instrument.Field, claimed store.Standing, cited map[string]int) {
	item := profilePrefix + f.Code
	if f.Kind == instrument.FieldFile && cited[item] > 0 || f.Kind != instrument.FieldFile && claimed.Stands() {
		return
	}
	c.add(lack{item: item, reason: meritv1.Reason_REASON_INCOMPLETE, acceptable: true, text: fault.T(
		"Data profil %s (%s) belum diisi: %s.", "Profile field %s (%s) is empty: %s.", item, f.Label, profileWants[f.Kind])})
}

func (c *completeness) add(l lack) { c.lacks = append(c.lacks, l) }

// complete returns REASON_INCOMPLETE with everything that is missing; what the approver accepts is not.
func (c *completeness) complete(acceptUnanswered bool) error {
	f := &fault.Error{Reason: meritv1.Reason_REASON_INCOMPLETE}
	for _, l := range c.lacks {
		if !l.acceptable || !acceptUnanswered {
			f.Add(fault.Violation{Field: l.item, Reason: l.reason, Text: l.text})
		}
	}
	if len(f.Violations) == 0 {
		return nil
	}
	f.Text = fault.T("Penilaian belum lengkap; yang kurang: %d. Lengkapi semuanya.",
		"The assessment is not complete; what is missing: %d. Add it all.", len(f.Violations))
	if !acceptUnanswered {
		f.Text = fault.T("%s Butir yang kosong boleh diterima sebagai 0 saat mengajukan.", "%s Unanswered items may be accepted as 0 when submitting.", f.Text)
	}
	return f
}
