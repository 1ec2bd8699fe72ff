package server

import (
	"context"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// DeclareInterest records an agency that the caller belongs or belonged to.
func (s *accountServer) DeclareInterest(ctx context.Context, req *meritv1.DeclareInterestRequest) (*meritv1.DeclareInterestResponse, error) {
	caller := access.From(ctx)
	if err := checkPeriod(req.GetFromDate(), req.GetUntilDate()); err != nil {
		return nil, err
	}
	resp := &meritv1.DeclareInterestResponse{}
	err := s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		versions, err := tx.AgencyVersions(req.GetAgencyId()) // also of an agency that is no more
		if err != nil {
			return nil, err
		}
		if len(versions) == 0 {
			return nil, fault.NotFound(anAgency, req.GetAgencyId())
		}
		i := store.Interest{
			ID: tx.NewID(), AccountID: caller.AccountID, AgencyID: req.GetAgencyId(), Relation: req.GetRelation(),
			FromDate: req.GetFromDate(), UntilDate: req.GetUntilDate(), DeclaredAt: tx.Now(),
		}
		if err := tx.InsertInterest(i); err != nil {
			return nil, err
		}
		interests, err := interestsOf(tx, []store.Interest{i})
		if err != nil {
			return nil, err
		}
		resp.Interest = interests[0]
		return []audit.Entry{{Action: "AccountService.DeclareInterest", Agency: i.AgencyID, Subject: i.ID}}, nil
	})
	return resp, err
}

func checkPeriod(from, until string) error {
	switch {
	case from != "" && !calendar.IsDay(from):
		return fault.Invalid("from_date", "%q bukan tanggal YYYY-MM-DD.", "%q is not a date YYYY-MM-DD.", from)
	case until != "" && !calendar.IsDay(until):
		return fault.Invalid("until_date", "%q bukan tanggal YYYY-MM-DD.", "%q is not a date YYYY-MM-DD.", until)
	case until != "" && until < from:
		return fault.Invalid("until_date", "%s sebelum hari pertama %s.", "%s lies before the first day %s.", until, from)
	}
	return nil
}

// interestsOf names the agencies as they are today; one that is no more has the last name it had.
func interestsOf(tx *store.Tx, interests []store.Interest) ([]*meritv1.Interest, error) {
	all := make([]*meritv1.Interest, len(interests))
	for n, i := range interests {
		versions, err := tx.AgencyVersions(i.AgencyID)
		if err != nil {
			return nil, err
		}
		all[n] = &meritv1.Interest{
			Id: i.ID, AccountId: i.AccountID, AgencyId: i.AgencyID, Relation: i.Relation,
			FromDate: i.FromDate, UntilDate: i.UntilDate, DeclaredAt: timestamp(i.DeclaredAt),
		}
		for _, v := range versions {
			if all[n].AgencyName == "" || v.ValidFrom <= calendar.Day(tx.Now()) {
				all[n].AgencyName = v.Name
			}
		}
	}
	return all, nil
}

// ListInterests lists the caller's declarations, or another account's for those who assign and oversee.
func (s *accountServer) ListInterests(ctx context.Context, req *meritv1.ListInterestsRequest) (*meritv1.ListInterestsResponse, error) {
	caller := access.From(ctx)
	id := req.GetAccountId()
	if id == "" {
		id = caller.AccountID
	}
	resp := &meritv1.ListInterestsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		if id != caller.AccountID {
			if err := mayReadInterests(tx, caller, id); err != nil {
				return err
			}
		}
		interests, err := tx.InterestsOf(id)
		if err != nil {
			return err
		}
		resp.Interests, err = interestsOf(tx, interests)
		return err
	})
}

// mayReadInterests lets LEAD_VERIFIER, ADMIN and AUDITOR read the declarations of accounts that they see.
func mayReadInterests(tx *store.Tx, caller *access.Caller, id string) error {
	if !caller.Acts(meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR) {
		return fault.New(meritv1.Reason_REASON_ROLE_NOT_ALLOWED,
			"Pernyataan orang lain hanya dapat dibaca oleh LEAD_VERIFIER, ADMIN dan AUDITOR.",
			"Only LEAD_VERIFIER, ADMIN and AUDITOR read declarations of others.")
	}
	_, err := seenAccount(tx, caller, id)
	return err
}
