package web

import (
	"net/http"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// auditView is a page of the trail.
type auditView struct {
	Entries     []auditEntry
	Agency      string // code and name, as it was typed
	AccountID   string // only the doings of this person
	Action      string // how actions begin
	Areas       []auditArea
	From, Until string // days in WIB, both included
	Wide        bool   // the reader may see entries of more than one agency
	Pager       pager
}

// auditEntry is an entry as it is read.
type auditEntry struct {
	*meritv1.Entry
	Did        string // in words
	AgencyName string
}

// shownRows is how many of the rows that an entry changed stand on the page.
const shownRows = 20

// Shown are the first rows that the entry changed.
func (e auditEntry) Shown() []*meritv1.EntryRow {
	return e.GetRows()[:min(len(e.GetRows()), shownRows)]
}

// More is how many other rows it changed.
func (e auditEntry) More() int { return len(e.GetRows()) - len(e.Shown()) }

// auditArea is what entries can be narrowed to.
type auditArea struct{ Prefix, Name string }

var auditPage = newPage[auditView]("audit")

func (rt router) audit() { rt.get("/admin/audit", signedIn(showAudit)) }

func showAudit(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	view := auditView{
		Agency: q.Get("agency_id"), AccountID: q.Get("account"), Action: q.Get("action"), From: q.Get("from"), Until: q.Get("until"),
		Areas: auditAreas, Wide: r.who.GetActing().GetAgencyId() == "",
	}
	req, err := r.auditRequest(view)
	if err != nil {
		return auditPage.again(w, r, view, err)
	}
	list, err := r.Audit.ListEntries(r.Context(), req)
	if err != nil {
		return err
	}
	view.Pager = r.pager(list.GetNextPageToken())
	if view.Entries, err = r.auditEntries(list.GetEntries()); err != nil {
		return err
	}
	return auditPage.show(w, r, view)
}

func (r *request) auditRequest(view auditView) (*meritv1.ListEntriesRequest, error) {
	agency, err := r.agencyNamed("agency_id", view.Agency)
	if err != nil {
		return nil, err
	}
	req := &meritv1.ListEntriesRequest{AgencyId: agency, AccountId: view.AccountID, Action: view.Action, PageToken: r.pageToken()}
	if req.From, err = r.midnight("from", view.From, 0); err != nil {
		return nil, err
	}
	req.Until, err = r.midnight("until", view.Until, 1)
	return req, err
}

// midnight is 00:00 WIB of a day that the address names, or of so many days later; nil for none.
func (r *request) midnight(field, day string, later int) (*timestamppb.Timestamp, error) {
	if day == "" {
		return nil, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, day, bilingual.WIB)
	if err != nil {
		return nil, r.wrong(field, "%s is not a date. ¦ %s bukan tanggal.", day)
	}
	return timestamppb.New(t.AddDate(0, 0, later)), nil
}

// auditEntries says entries in words and names their agencies. One that is no agency of today keeps its id.
func (r *request) auditEntries(entries []*meritv1.Entry) ([]auditEntry, error) {
	names := map[string]string{"": ""}
	all := make([]auditEntry, len(entries))
	for i, e := range entries {
		name, known := names[e.GetAgencyId()]
		if !known {
			one, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{AgencyId: e.GetAgencyId()})
			if err != nil && !client.Is(err, meritv1.Reason_REASON_NOT_FOUND) {
				return nil, err
			}
			if name = one.GetAgency().GetName(); name == "" {
				name = e.GetAgencyId()
			}
			names[e.GetAgencyId()] = name
		}
		all[i] = auditEntry{e, bilingual.Pick(r.lang, deeds[e.GetAction()]), name}
	}
	return all, nil
}
