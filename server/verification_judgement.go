package server

import (
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

// judgement is a sheet as its verifiers see it: what is decided, what is not, and what differs from the claim.
type judgement struct {
	in         *instrument.Instrument
	sheet      *store.Sheet
	verified   *scoring.Sheet
	applicable []string // items that apply by what was verified of the gates, in the order of the instrument
}

func newJudgement(in *instrument.Instrument, kind scoring.AgencyKind, sheet *store.Sheet) (*judgement, error) {
	verified, err := scoringSheet(in, kind, sheet, store.StageVerified)
	if err != nil {
		return nil, err
	}
	return &judgement{in, sheet, verified, applicableItems(in, verified)}, nil
}

// isDecided reports whether an item is decided: a claim made in a repair round since then opens it again, because
// the decision judged another claim.
func isDecided(i store.SheetItem) bool {
	return i.Verified.Stands() && i.Verified.ClaimSeq == i.Claimed.Seq
}

// undecided returns the applicable items that are not decided.
func (j *judgement) undecided() []string {
	return j.keep(func(i store.SheetItem) bool { return !isDecided(i) })
}

// differing returns the applicable items whose decision differs from the claim it judged, the newest one.
func (j *judgement) differing() []string {
	return j.keep(func(i store.SheetItem) bool { return isDecided(i) && !i.Verified.SameAs(i.Claimed) })
}

func (j *judgement) keep(want func(store.SheetItem) bool) (items []string) {
	for _, code := range j.applicable {
		if want(j.sheet.Item(code)) {
			items = append(items, code)
		}
	}
	return items
}
