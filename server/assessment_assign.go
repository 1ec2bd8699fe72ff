package server

import (
	"context"
	"fmt"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
)

// AssignItems asks a colleague to answer items, or takes the request back.
func (s *assessmentServer) AssignItems(ctx context.Context, req *meritv1.AssignItemsRequest) (*meritv1.AssignItemsResponse, error) {
	resp := new(meritv1.AssignItemsResponse)
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		d, err := takeAssessment(ctx, tx, req.GetAssessmentId())
		if err != nil {
			return nil, err
		}
		if _, err := d.may(workflow.AssignItems); err != nil {
			return nil, err
		}
		if err := s.checkItems(tx, &d.a, req.GetItems()); err != nil {
			return nil, err
		}
		if !req.GetRemove() {
			if err := d.colleague(req.GetAccountId()); err != nil {
				return nil, err
			}
		}
		for _, item := range req.GetItems() {
			if err := d.assign(item, req.GetAccountId(), req.GetRemove()); err != nil {
				return nil, err
			}
		}
		if !req.GetRemove() {
			if err := d.tellItems(req.GetAccountId()); err != nil {
				return nil, err
			}
		}
		d.entry("AssessmentService.AssignItems", d.a.ID)
		resp.Items, err = assignedItems(tx, d.a.ID, req.GetItems())
		return d.entries, err
	})
}

// checkItems refuses items that the instrument does not have or that do not apply to the agency.
func (s *core) checkItems(tx *store.Tx, a *store.Assessment, items []string) error {
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return err
	}
	var wrong []fault.Violation
	for n, item := range items {
		field := fmt.Sprintf("items[%d]", n)
		if i, ok := in.Scoring().ItemIndex(item); ok && !in.Scoring().AppliesToKind(i, a.AgencyKind) {
			wrong = append(wrong, *refused(field, meritv1.Reason_REASON_ITEM_NOT_APPLICABLE,
				"Butir %s tidak berlaku bagi instansi jenis %s.", "Item %s does not apply to agencies of kind %s.", item, a.AgencyKind))
		} else if _, unknown := readAnswer(in, a.AgencyKind, field, item, nil); unknown != nil {
			unknown.Field = field
			wrong = append(wrong, *unknown)
		}
	}
	if len(wrong) > 0 {
		return refuse(wrong)
	}
	return nil
}

// colleague refuses an account that cannot answer items of this agency today.
func (d *docket) colleague(accountID string) error {
	memberships, err := d.tx.MembershipsOf(accountID)
	if err != nil {
		return err
	}
	answers := slices.ContainsFunc(memberships, func(m store.Membership) bool {
		role, _ := access.ParseRole(m.Role)
		_, err := workflow.Take(d.a.State, workflow.Answer, role)
		return m.AgencyID == d.a.AgencyID && m.InForce(calendar.Day(d.tx.Now())) && err == nil
	})
	if !answers {
		return fault.Invalid("account_id",
			"Orang ini tidak punya peran yang berlaku di %s untuk mengisi jawaban. Undanglah dahulu sebagai kontributor.",
			"This person has no membership of %s in force that may answer items. Invite them as a contributor first.", d.agency.Name)
	}
	return nil
}

func (d *docket) assign(item, accountID string, remove bool) error {
	if remove {
		return d.tx.UnassignItem(d.a.ID, item, accountID)
	}
	return d.tx.AssignItem(d.a.ID, item, accountID, d.caller.AccountID)
}

// assignedItems says who is asked to answer those items now.
func assignedItems(tx *store.Tx, assessmentID string, items []string) ([]*meritv1.AssessmentItem, error) {
	all, err := tx.ItemAssignments(assessmentID)
	if err != nil {
		return nil, err
	}
	var accounts []string
	for _, a := range all {
		accounts = append(accounts, a.AccountID)
	}
	who, err := readPeople(tx, accounts...)
	if err != nil {
		return nil, err
	}
	messages := make([]*meritv1.AssessmentItem, len(items))
	for i, item := range items {
		messages[i] = &meritv1.AssessmentItem{Item: item}
		for _, a := range all {
			if a.Item == item {
				messages[i].Assigned = append(messages[i].Assigned, who.of(a.AccountID))
			}
		}
	}
	return messages, nil
}
