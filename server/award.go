package server

import (
	"context"
	"errors"
	"fmt"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/plaintext"
	"github.com/meritindex/merit/server/store"
)

// awardServer makes award lists.
type awardServer struct {
	meritv1.UnimplementedAwardServiceServer
	*core
}

var anAward = fault.Text{ID: "Anugerah", EN: "award"}

// worksOnAwards reports whether the caller sees awards in the making.
func worksOnAwards(c *access.Caller) bool {
	return c.Nationwide() && c.Acts(meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_AUDITOR)
}

// DraftAward writes down the rule of an award.
func (s *awardServer) DraftAward(ctx context.Context, req *meritv1.DraftAwardRequest) (*meritv1.DraftAwardResponse, error) {
	c := access.From(ctx)
	if !worksOnAwards(c) {
		return nil, fault.OutOfScope()
	}
	rule, err := proto.MarshalOptions{Deterministic: true}.Marshal(req.GetRule())
	if err != nil {
		return nil, err
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.DraftAwardResponse, []audit.Entry, error) {
		in, err := s.published(tx, req.GetInstrumentId())
		if err != nil {
			return nil, nil, err
		}
		if err := checkRule(req.GetRule(), in); err != nil {
			return nil, nil, err
		}
		a := store.Award{
			ID: tx.NewID(), Title: req.GetTitle(), Year: int(req.GetYear()), InstrumentID: in.ID, State: store.AwardDraft,
			Rule: rule, DraftedAt: tx.Now(), DraftedBy: c.AccountID, Revision: 1,
		}
		if err := tx.InsertAward(a); err != nil {
			return nil, nil, err
		}
		if err := s.impartial(tx, c, &a); err != nil {
			return nil, nil, err
		}
		m, err := s.awardMessage(tx, c, &a)
		return &meritv1.DraftAwardResponse{Award: m}, []audit.Entry{{Action: "AwardService.DraftAward", Subject: a.ID}}, err
	})
}

// checkRule checks that every group has kinds and categories that there are.
func checkRule(rule *meritv1.AwardRule, in *instrument.Instrument) error {
	if len(in.Categories) == 0 {
		return fault.New(meritv1.Reason_REASON_NO_TOTAL,
			"Instrumen %s tidak punya nilai dan kategori, sehingga tidak ada yang dapat diperingkatkan.",
			"The instrument %s has no total and no categories, so nothing can be ranked.", in.ID)
	}
	f := fault.New(meritv1.Reason_REASON_INVALID_REQUEST, "Aturan anugerah tidak sah.", "The rule of the award is not valid.")
	for i, group := range rule.GetGroups() {
		for j, kind := range group.GetKinds() {
			if agencyKind(kind) == "" {
				f.Field(fmt.Sprintf("rule.groups[%d].kinds[%d]", i, j), "jenis instansi tidak dikenal.", "there is no such kind of agency.")
			}
		}
		for j, category := range group.GetCategories() {
			if categoryRank(in, category) < 0 {
				f.Field(fmt.Sprintf("rule.groups[%d].categories[%d]", i, j), "%q bukan kode kategori instrumen %s.",
					"%q is no category code of the instrument %s.", category, in.ID)
			}
		}
	}
	if len(f.Violations) > 0 {
		return f
	}
	return nil
}

// ExcludeAgency takes an agency out of a draft, or takes that back.
func (s *awardServer) ExcludeAgency(ctx context.Context, req *meritv1.ExcludeAgencyRequest) (*meritv1.ExcludeAgencyResponse, error) {
	if plaintext.Blank(req.GetReason()) && !req.GetTakeBack() {
		return nil, fault.New(meritv1.Reason_REASON_REASON_REQUIRED,
			"Sebutkan alasan instansi ini dikeluarkan.", "Say why this agency is excluded.").
			Field("reason", "wajib diisi.", "must not be empty.")
	}
	var resp *meritv1.ExcludeAgencyResponse
	err := s.change(ctx, req.GetAwardId(), "AwardService.ExcludeAgency", func(tx *store.Tx, c *access.Caller, a *store.Award) error {
		if a.State != store.AwardDraft {
			return fault.New(meritv1.Reason_REASON_WRONG_STATE,
				"Anugerah ini sudah diputuskan; instansi hanya dapat dikeluarkan selama masih konsep.",
				"This award is decided; agencies can be excluded only while it is a draft.")
		}
		if err := s.impartial(tx, c, a, req.GetAgencyId()); err != nil {
			return err
		}
		if err := excludeAgency(tx, c, req); err != nil {
			return err
		}
		if err := tx.UpdateAward(a); err != nil {
			return err
		}
		m, err := s.awardMessage(tx, c, a)
		resp = &meritv1.ExcludeAgencyResponse{Award: m}
		return err
	})
	return resp, err
}

func excludeAgency(tx *store.Tx, c *access.Caller, req *meritv1.ExcludeAgencyRequest) error {
	agency, err := tx.Agency(req.GetAgencyId(), calendar.Day(tx.Now()))
	if errors.Is(err, store.ErrNotFound) {
		return fault.NotFound(fault.Text{ID: "Instansi", EN: "agency"}, req.GetAgencyId())
	}
	if err != nil {
		return err
	}
	if req.GetTakeBack() {
		err = tx.DeleteExclusion(req.GetAwardId(), agency.ID)
		if errors.Is(err, store.ErrNotFound) {
			return fault.New(meritv1.Reason_REASON_NOT_FOUND, "%s tidak dikeluarkan dari anugerah ini.", "%s is not excluded from this award.", agency.Name)
		}
		return err
	}
	err = tx.InsertExclusion(req.GetAwardId(), store.Exclusion{AgencyID: agency.ID, Reason: req.GetReason(), ExcludedBy: c.AccountID})
	if errors.Is(err, store.ErrUnique) {
		return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
			"%s sudah dikeluarkan. Batalkan dahulu untuk menyebut alasan lain.",
			"%s is excluded already. Take that back first to give another reason.", agency.Name)
	}
	return err
}

// change runs a step of the committee on an award that is not published yet, under one audit entry.
func (s *awardServer) change(ctx context.Context, id string, action audit.Action, step func(*store.Tx, *access.Caller, *store.Award) error) error {
	c := access.From(ctx)
	if !worksOnAwards(c) {
		return fault.OutOfScope()
	}
	return s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		a, err := findAward(tx, c, id)
		if err != nil {
			return nil, err
		}
		if a.State == store.AwardPublished {
			return nil, fault.New(meritv1.Reason_REASON_IMMUTABLE,
				"Anugerah ini sudah diumumkan dan tidak dapat diubah lagi.", "This award is published and never changes.")
		}
		return []audit.Entry{{Action: action, Subject: id}}, step(tx, c, &a)
	})
}

// findAward returns an award that the caller may know of, and REASON_NOT_FOUND for any other.
func findAward(tx *store.Tx, c *access.Caller, id string) (store.Award, error) {
	a, err := tx.Award(id)
	if errors.Is(err, store.ErrNotFound) || err == nil && a.State != store.AwardPublished && !worksOnAwards(c) {
		return a, fault.NotFound(anAward, id)
	}
	return a, err
}

// GetAward returns an award with its recipients.
func (s *awardServer) GetAward(ctx context.Context, req *meritv1.GetAwardRequest) (*meritv1.GetAwardResponse, error) {
	var resp *meritv1.GetAwardResponse
	err := s.store.View(ctx, func(tx *store.Tx) error {
		a, err := findAward(tx, access.From(ctx), req.GetAwardId())
		if err != nil {
			return err
		}
		m, err := s.awardMessage(tx, access.From(ctx), &a)
		resp = &meritv1.GetAwardResponse{Award: m}
		return err
	})
	return resp, err
}

// ListAwards lists awards, newest first.
func (s *awardServer) ListAwards(ctx context.Context, req *meritv1.ListAwardsRequest) (*meritv1.ListAwardsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	c := access.From(ctx)
	var resp *meritv1.ListAwardsResponse
	err = s.store.View(ctx, func(tx *store.Tx) error {
		awards, err := tx.Awards(int(req.GetYear()), worksOnAwards(c), lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		resp = &meritv1.ListAwardsResponse{}
		awards, resp.NextPageToken = page.Cut(p, awards, func(a store.Award) []string { return []string{a.ID} })
		resp.Awards, err = awardHeads(tx, c, awards)
		return err
	})
	return resp, err
}
