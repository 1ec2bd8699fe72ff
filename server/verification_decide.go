package server

import (
	"context"
	"fmt"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// SetVerified decides one item. About 29,000 such decisions are taken in a season.
func (s *verificationServer) SetVerified(ctx context.Context, req *meritv1.SetVerifiedRequest) (*meritv1.SetVerifiedResponse, error) {
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.SetVerifiedResponse, []audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, nil, err
		}
		if err := d.inCharge(); err != nil {
			return nil, nil, err
		}
		if _, err := d.may(workflow.VerifyItem); err != nil {
			return nil, nil, err
		}
		in, err := s.instruments.Published(tx, d.a.InstrumentID)
		if err != nil {
			return nil, nil, err
		}
		sheet, err := tx.Sheet(d.a.ID)
		if err != nil {
			return nil, nil, err
		}
		decision, err := d.judge(in, &sheet, req)
		if err != nil {
			return nil, nil, err
		}
		if err := tx.AppendDecisions(&sheet, decision); err != nil {
			return nil, nil, err
		}
		d.entry("VerificationService.SetVerified", d.a.ID)
		resp, err := d.verified(in, &sheet, decision)
		return resp, d.entries, err
	})
}

// judge makes the decision that a request asks for, if the rules allow it.
func (d *docket) judge(in *instrument.Instrument, sheet *store.Sheet, req *meritv1.SetVerifiedRequest) (*store.Decision, error) {
	item := sheet.Item(req.GetItem())
	if req.ExpectedSequence != nil && int(req.GetExpectedSequence()) != item.Verified.Seq {
		return nil, d.staleDecision(item)
	}
	v, err := d.verdict(in, sheet, "answer", req.GetItem(), req.GetAnswer())
	if err != nil {
		return nil, err
	}
	reason := strings.TrimSpace(req.GetReason())
	if reason == "" && (v.Kind == store.KindNotProven || !v.SameAs(item.Claimed)) {
		return nil, reasonRequired(item, v)
	}
	return &store.Decision{
		Stage: store.StageVerified, Item: item.Item, Kind: v.Kind, Level: v.Level, Value: v.Value, Note: reason,
		ClaimSeq: item.Claimed.Seq, DecidedBy: d.caller.AccountID, MembershipID: d.caller.MembershipID,
	}, nil
}

// verdict is an answer as a verifier gives it: a level, an option or not proven, of an item that applies by what was
// verified of its gate. A decision is never taken away, and profile fields are not decided at all.
func (d *docket) verdict(in *instrument.Instrument, sheet *store.Sheet, field, item string, a *meritv1.Answer) (store.Standing, error) {
	if strings.HasPrefix(item, profilePrefix) {
		return store.Standing{}, refuse([]fault.Violation{*unknownItem(in, field, item)})
	}
	v, wrong := readAnswer(in, d.a.AgencyKind, field, item, a)
	if wrong != nil {
		return v, refuse([]fault.Violation{*wrong})
	}
	if v.Kind == store.KindCleared {
		return v, fault.Invalid(field, "Putusan harus berupa tingkat, pilihan, atau tidak terbukti.",
			"A decision is a level, an option, or not proven.")
	}
	v.Seq = 1 // it stands
	verified, err := scoringSheet(in, d.a.AgencyKind, sheet, store.StageVerified)
	if err != nil {
		return v, err
	}
	if wrong := behindGates(in, verified, sheet, field, item); wrong != nil {
		return v, refuse([]fault.Violation{*wrong})
	}
	return v, nil
}

func (d *docket) staleDecision(item store.SheetItem) error {
	f := fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Butir %s sudah diputus lagi sejak Anda membacanya (putusan ke-%d). Lihat putusan itu lalu ulangi.",
		"Item %s was decided since you read it (decision %d). Look at that decision and repeat.", item.Item, item.Verified.Seq)
	if item.Verified.Seq == 0 {
		return f
	}
	now, err := d.tx.Decision(d.a.ID, store.StageVerified, item.Item, item.Verified.Seq)
	if err != nil {
		return err
	}
	people, err := readPeople(d.tx, now.DecidedBy)
	if err != nil {
		return err
	}
	return f.With(decisionMessage(&now, people))
}

// reasonRequired is REASON_REASON_REQUIRED, naming claim and decision.
func reasonRequired(item store.SheetItem, v store.Standing) *fault.Error {
	return fault.New(meritv1.Reason_REASON_REASON_REQUIRED,
		"Butir %s: putusan %s atas klaim %s memerlukan alasan. Tulis mengapa bukti tidak mendukung klaim.",
		"Item %s: deciding %s on a claim of %s needs a reason. Say why the evidence does not carry the claim.",
		item.Item, standingText(v), standingText(item.Claimed))
}

// standingText is what stands of an item in a few words.
func standingText(s store.Standing) fault.Text {
	switch {
	case !s.Stands():
		return fault.Text{ID: "kosong", EN: "nothing"}
	case s.Kind == store.KindNotProven:
		return fault.Text{ID: "tidak terbukti", EN: "not proven"}
	case s.Kind == store.KindLevel:
		return fault.T("tingkat %d", "level %d", s.Level)
	}
	return fault.T("%q", "%q", s.Value)
}

// verified says a new decision with the score and progress it leads to.
func (d *docket) verified(in *instrument.Instrument, sheet *store.Sheet, decision *store.Decision) (*meritv1.SetVerifiedResponse, error) {
	j, err := newJudgement(in, d.a.AgencyKind, sheet)
	if err != nil {
		return nil, err
	}
	people, err := readPeople(d.tx, decision.DecidedBy)
	if err != nil {
		return nil, fmt.Errorf("who decided: %w", err)
	}
	return &meritv1.SetVerifiedResponse{
		Verified: decisionMessage(decision, people), VerifiedScore: scored.Sheet(in, j.verified, scored.ByAspect),
		Decided: int32(len(j.applicable) - len(j.undecided())), Applicable: int32(len(j.applicable)),
	}, nil
}
