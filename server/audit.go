package server

import (
	"context"
	"encoding/hex"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// auditServer reads the trail.
type auditServer struct {
	meritv1.UnimplementedAuditServiceServer
	*core
}

// ListEntries lists the entries that the caller may see.
func (s *auditServer) ListEntries(ctx context.Context, req *meritv1.ListEntriesRequest) (*meritv1.ListEntriesResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	f, err := entryFilter(p, req)
	if err != nil {
		return nil, err
	}
	c := access.From(ctx)
	if c.Scope.AgencyID != "" && req.GetAgencyId() != "" && !c.InAgency(req.GetAgencyId()) {
		return nil, fault.OutOfScope()
	}
	var resp *meritv1.ListEntriesResponse
	err = s.store.View(ctx, func(tx *store.Tx) error {
		f.Seen = entrySight(c, calendar.Day(tx.Now()))
		kept, more, err := tx.AuditEntries(f)
		if err != nil {
			return err
		}
		resp = &meritv1.ListEntriesResponse{}
		if more {
			resp.NextPageToken = p.Next(strconv.FormatInt(kept[len(kept)-1].Seq, 10))
		}
		resp.Entries, err = entryMessages(tx, kept)
		return err
	})
	return resp, err
}

func entryFilter(p page.Page, req *meritv1.ListEntriesRequest) (f store.EntryFilter, err error) {
	f = store.EntryFilter{Agency: req.GetAgencyId(), Actor: req.GetAccountId(), Action: req.GetAction(), Limit: p.Size}
	if key := lastKey(p); key != "" {
		if f.Before, err = strconv.ParseInt(key, 10, 64); err != nil {
			return f, page.Damaged()
		}
	}
	if req.GetFrom() != nil {
		f.From = req.GetFrom().AsTime()
	}
	if req.GetUntil() != nil {
		f.Until = req.GetUntil().AsTime()
	}
	return f, nil
}

// adminActions begin what an administrator may read of others: nothing of it tells what somebody decided of an item.
var adminActions = []string{"AccountService.", "AgencyService.", "InstrumentService.", "CycleService.", "ResultService.", "Service.Bootstrap"}

// entrySight says which entries the caller may see on a day; nil for all.
func entrySight(c *access.Caller, day string) *store.EntrySight {
	sight := &store.EntrySight{Account: c.AccountID}
	switch {
	case c.Acts(meritv1.Role_ROLE_AUDITOR) && c.Nationwide():
		return nil
	case c.Acts(meritv1.Role_ROLE_AUDITOR) && c.Scope.Region != "":
		sight.Region, sight.Day = c.Scope.Region, day
	case c.Acts(meritv1.Role_ROLE_ADMIN):
		sight.Actions = adminActions
	case c.Acts(meritv1.Role_ROLE_AGENCY_ADMIN, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AUDITOR):
		sight.Own = c.Scope.AgencyID
	}
	return sight
}

func entryMessages(tx *store.Tx, kept []store.KeptEntry) ([]*meritv1.Entry, error) {
	accounts, memberships := make([]string, len(kept)), make([]string, len(kept))
	for i, k := range kept {
		accounts[i], memberships[i] = k.Entry.Actor, k.Entry.Membership
	}
	named, err := readPeople(tx, accounts...)
	if err != nil {
		return nil, err
	}
	roles, err := tx.MembershipRoles(memberships...)
	if err != nil {
		return nil, err
	}
	all := make([]*meritv1.Entry, len(kept))
	for i, k := range kept {
		e := k.Entry
		role, _ := access.ParseRole(roles[e.Membership])
		all[i] = &meritv1.Entry{
			Id: e.ID, At: timestamp(e.At), Actor: named.of(e.Actor), MembershipId: e.Membership, Role: role,
			Action: string(e.Action), AgencyId: e.Agency, Subject: e.Subject, Leaf: k.Leaf, Rows: make([]*meritv1.EntryRow, len(e.Rows)),
		}
		for j, r := range e.Rows {
			all[i].Rows[j] = &meritv1.EntryRow{Table: r.Table, Key: r.Key, Revision: r.Revision}
			if !r.Deleted {
				all[i].Rows[j].Hash = hex.EncodeToString(r.Hash[:])
			}
		}
	}
	return all, nil
}
