package server

import (
	"context"
	"fmt"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// GrantExtension gives agencies a later last day for one phase, all or none of them.
func (s *cycleServer) GrantExtension(ctx context.Context, req *meritv1.GrantExtensionRequest) (*meritv1.GrantExtensionResponse, error) {
	e := store.Extension{
		CycleID: req.GetCycleId(), Phase: calendar.Phase(strings.TrimPrefix(req.GetPhase().String(), "PHASE_")),
		LastDay: req.GetLastDay(), Reason: strings.TrimSpace(req.GetReason()), GrantedBy: access.From(ctx).AccountID,
	}
	if err := checkDay("last_day", e.LastDay); err != nil {
		return nil, err
	}
	resp := &meritv1.GrantExtensionResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if err := checkExtension(tx, e); err != nil {
			return nil, err
		}
		agencies, err := tx.AgenciesByID(calendar.Day(tx.Now()), req.GetAgencyIds()...)
		if err != nil {
			return nil, err
		}
		if err := checkExtended(ctx, req.GetAgencyIds(), agencies); err != nil {
			return nil, err
		}
		granted, entries, err := extend(tx, e, req.GetAgencyIds(), agencies)
		if err != nil {
			return nil, err
		}
		resp.Extensions, err = extensionMessages(tx, granted)
		return entries, err
	})
}

// checkExtension checks that an extension is one: later than the window, and not over already.
func checkExtension(tx *store.Tx, e store.Extension) error {
	c, err := findCycle(tx, e.CycleID, "")
	if err != nil {
		return err
	}
	if w := c.Window(e.Phase); e.LastDay <= w.LastDay {
		return fault.Invalid("last_day", "%s tidak sesudah hari terakhir tahap %s, %s. Sebutkan hari yang lebih lambat.",
			"%s is not after the last day of the %s phase, %s. Give a later day.", e.LastDay, e.Phase.Name(), w.LastDay)
	}
	if today := calendar.Day(tx.Now()); e.LastDay < today {
		return fault.Invalid("last_day", "%s sudah lewat; hari ini %s. Sebutkan hari yang belum lewat.",
			"%s is past; today is %s. Give a day that is not.", e.LastDay, today)
	}
	return nil
}

// checkExtended checks that every agency is there, named once and within the scope of the caller.
func checkExtended(ctx context.Context, ids []string, agencies map[string]store.Agency) error {
	caller, seen := access.From(ctx), map[string]bool{}
	for i, id := range ids {
		a, ok := agencies[id]
		switch {
		case !ok:
			return fault.NotFound(whatAgency, id)
		case !caller.Reaches(a.ID, a.Region):
			return fault.OutOfScope()
		case seen[id]:
			return fault.Invalid(fmt.Sprintf("agency_ids[%d]", i), "%s disebut dua kali.", "%s stands twice.", a.Name)
		}
		seen[id] = true
	}
	return nil
}

// extend records the extension for each agency, each under an entry of its own.
func extend(tx *store.Tx, e store.Extension, ids []string, agencies map[string]store.Agency) ([]store.Extension, []audit.Entry, error) {
	granted, entries := make([]store.Extension, len(ids)), make([]audit.Entry, len(ids))
	for i, id := range ids {
		e.ID, e.AgencyID, e.AgencyName, e.GrantedAt = tx.NewID(), id, agencies[id].Name, tx.Now()
		if err := tx.AddExtension(e); err != nil {
			return nil, nil, err
		}
		granted[i] = e
		entries[i] = tx.Entry(audit.Entry{Action: "CycleService.GrantExtension", Agency: id, Subject: e.ID})
	}
	return granted, entries, nil
}

// ListExtensions lists the extensions of a cycle, newest first.
func (s *cycleServer) ListExtensions(ctx context.Context, req *meritv1.ListExtensionsRequest) (*meritv1.ListExtensionsResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	agencyID, err := extensionsSeen(access.From(ctx), req.GetAgencyId())
	if err != nil {
		return nil, err
	}
	resp := &meritv1.ListExtensionsResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		if _, err := findCycle(tx, req.GetCycleId(), ""); err != nil {
			return err
		}
		filter := store.ExtensionFilter{
			CycleID: req.GetCycleId(), AgencyID: agencyID, Region: access.From(ctx).Scope.Region, Day: calendar.Day(tx.Now()),
		}
		rows, err := tx.Extensions(filter, lastKey(p), p.Limit())
		if err != nil {
			return err
		}
		rows, resp.NextPageToken = page.Cut(p, rows, func(e store.Extension) []string { return []string{e.ID} })
		resp.Extensions, err = extensionMessages(tx, rows)
		return err
	})
}

// extensionsSeen is the agency whose extensions a caller reads: their own if they act for one, else the one asked for
// or, when it is empty, every agency.
func extensionsSeen(c *access.Caller, asked string) (string, error) {
	own := c.Scope.AgencyID
	if c.MembershipID == "" || own != "" && asked != "" && asked != own {
		return "", fault.OutOfScope()
	}
	if own != "" {
		return own, nil
	}
	return asked, nil
}

func extensionMessages(tx *store.Tx, extensions []store.Extension) ([]*meritv1.Extension, error) {
	grantors := make([]string, len(extensions))
	for i, e := range extensions {
		grantors[i] = e.GrantedBy
	}
	people, err := readPeople(tx, grantors...)
	if err != nil {
		return nil, err
	}
	all := make([]*meritv1.Extension, len(extensions))
	for i, e := range extensions {
		all[i] = &meritv1.Extension{
			Id: e.ID, CycleId: e.CycleID, Phase: phaseMessage(e.Phase), AgencyId: e.AgencyID, AgencyName: e.AgencyName,
			LastDay: e.LastDay, Reason: e.Reason, GrantedBy: people.of(e.GrantedBy), GrantedAt: timestamp(e.GrantedAt),
		}
	}
	return all, nil
}
