package server

import (
	"context"
	"errors"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// agencyServer keeps agencies.
type agencyServer struct {
	meritv1.UnimplementedAgencyServiceServer
	*core
}

// whatAgency is what an agency is called in messages.
var whatAgency = fault.Text{ID: "Instansi", EN: "agency"}

// day reads a date of a request, which has the form of one, and takes today in WIB for an empty one.
func (c *core) day(field, day string) (string, error) {
	if day == "" {
		return calendar.Day(c.now()), nil
	}
	return day, checkDay(field, day)
}

// checkDay returns REASON_INVALID_REQUEST for what has the form of a date but is none, such as 2026-02-30.
func checkDay(field, day string) error {
	if calendar.IsDay(day) {
		return nil
	}
	return fault.Invalid(field, "%s bukan tanggal yang ada. Tulis tanggal sebagai YYYY-MM-DD.",
		"%s is no date of the calendar. Write a date as YYYY-MM-DD.", day)
}

// ListAgencies lists agencies by code.
func (s *agencyServer) ListAgencies(ctx context.Context, req *meritv1.ListAgenciesRequest) (*meritv1.ListAgenciesResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	day, err := s.day("as_of", req.GetAsOf())
	if err != nil {
		return nil, err
	}
	filter := store.AgencyFilter{
		Day: day, Kind: agencyKind(req.GetKind()), ProvinceID: req.GetProvinceId(), Text: req.GetText(),
		Assessed: req.GetAssessedOnly(),
	}
	read := func(tx *store.Tx) (*meritv1.ListAgenciesResponse, error) { return listAgencies(tx, filter, p) }
	if filter.Text != "" { // whoever searches types something else each time
		var resp *meritv1.ListAgenciesResponse
		err := s.store.View(ctx, func(tx *store.Tx) (err error) {
			resp, err = read(tx)
			return err
		})
		return resp, err
	}
	return publicAnswer(ctx, s.core, req, read)
}

// listAgencies reads a page. Counting all that there are costs more the more there are; the page does not.
func listAgencies(tx *store.Tx, filter store.AgencyFilter, p page.Page) (*meritv1.ListAgenciesResponse, error) {
	rows, err := tx.Agencies(filter, lastKey(p), p.Limit())
	if err != nil {
		return nil, err
	}
	total, err := tx.CountAgencies(filter)
	if err != nil {
		return nil, err
	}
	resp := &meritv1.ListAgenciesResponse{TotalSize: int32(total)}
	rows, resp.NextPageToken = page.Cut(p, rows, func(a store.Agency) []string { return []string{a.Code} })
	resp.Agencies = agencyMessages(rows)
	return resp, nil
}

// GetAgency returns an agency with its history and lineage.
func (s *agencyServer) GetAgency(ctx context.Context, req *meritv1.GetAgencyRequest) (*meritv1.GetAgencyResponse, error) {
	day, err := s.day("as_of", req.GetAsOf())
	if err != nil {
		return nil, err
	}
	if (req.GetAgencyId() == "") == (req.GetCode() == "") {
		return nil, fault.Invalid("agency_id", "Sebutkan id atau kode, satu saja.", "Give either the id or the code.")
	}
	resp := &meritv1.GetAgencyResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		a, err := findAgency(tx, req.GetAgencyId(), req.GetCode(), day)
		if err != nil {
			return err
		}
		versions, err := tx.AgencyVersions(a.ID)
		if err != nil {
			return err
		}
		resp.Agency, resp.Versions = agencyMessage(a), agencyMessages(versions)
		resp.Links, err = linkMessages(ctx, tx, a.ID)
		return err
	})
}

// findAgency returns an agency by its id, or by its code if there is no id, as it was on a day, or REASON_NOT_FOUND.
func findAgency(tx *store.Tx, id, code, day string) (a store.Agency, err error) {
	name := id
	if id != "" {
		a, err = tx.Agency(id, day)
	} else {
		name = code
		a, err = tx.AgencyByCode(code, day)
	}
	if errors.Is(err, store.ErrNotFound) {
		return a, fault.NotFound(whatAgency, name)
	}
	return a, err
}

// linkMessages tells the lineage of an agency. Agencies have the names they had last; who recorded a link is told to
// callers with an account.
func linkMessages(ctx context.Context, tx *store.Tx, id string) ([]*meritv1.AgencyLink, error) {
	lineage, err := tx.Lineage(id)
	if err != nil || len(lineage.Links) == 0 {
		return nil, err
	}
	agencies, err := tx.AgenciesByID(store.Forever, lineage.All()...)
	if err != nil {
		return nil, err
	}
	var recorders people
	if access.From(ctx).SignedIn() {
		var ids []string
		for _, l := range lineage.Links {
			ids = append(ids, l.RecordedBy)
		}
		if recorders, err = readPeople(tx, ids...); err != nil {
			return nil, err
		}
	}
	links := make([]*meritv1.AgencyLink, len(lineage.Links))
	for i, l := range lineage.Links {
		links[i] = linkMessage(l, agencies, recorders)
	}
	return links, nil
}

func linkMessage(l store.AgencyLink, agencies map[string]store.Agency, recorders people) *meritv1.AgencyLink {
	return &meritv1.AgencyLink{
		AgencyId:   l.AgencyID,
		AgencyName: agencies[l.AgencyID].Name,
		Kind:       meritv1.AgencyLinkKind(meritv1.AgencyLinkKind_value["AGENCY_LINK_KIND_"+string(l.Kind)]),
		OtherId:    l.OtherID,
		OtherName:  agencies[l.OtherID].Name,
		OnDate:     l.OnDate,
		LegalBasis: l.LegalBasis,
		RecordedBy: recorders.of(l.RecordedBy),
		RecordedAt: timestamp(l.RecordedAt),
	}
}

func agencyMessages(agencies []store.Agency) []*meritv1.Agency {
	all := make([]*meritv1.Agency, len(agencies))
	for i, a := range agencies {
		all[i] = agencyMessage(a)
	}
	return all
}

func agencyMessage(a store.Agency) *meritv1.Agency {
	m := &meritv1.Agency{
		Id: a.ID, Code: a.Code, Name: a.Name, Kind: agencyKindMessage(a.Kind), ProvinceId: a.ProvinceID,
		ProvinceName: a.ProvinceName, Region: a.Region, TimeZone: a.TimeZone, Assessed: a.Assessed,
		ValidFrom: a.ValidFrom, Revision: a.Revision, SingleOfficer: a.SingleOfficer,
	}
	if a.ValidUntil != store.Forever {
		m.ValidUntil = a.ValidUntil
	}
	return m
}

var kindMessages = map[scoring.AgencyKind]meritv1.AgencyKind{
	scoring.Kementerian:   meritv1.AgencyKind_AGENCY_KIND_KEMENTERIAN,
	scoring.LPNK:          meritv1.AgencyKind_AGENCY_KIND_LPNK,
	scoring.LembagaNegara: meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA,
	scoring.Provinsi:      meritv1.AgencyKind_AGENCY_KIND_PROVINSI,
	scoring.Kabupaten:     meritv1.AgencyKind_AGENCY_KIND_KABUPATEN,
	scoring.Kota:          meritv1.AgencyKind_AGENCY_KIND_KOTA,
}

// agencyKindMessage is a kind as messages have it.
func agencyKindMessage(k scoring.AgencyKind) meritv1.AgencyKind { return kindMessages[k] }

// agencyKind is a kind of a request; empty for AGENCY_KIND_UNSPECIFIED.
func agencyKind(k meritv1.AgencyKind) scoring.AgencyKind {
	for kind, m := range kindMessages {
		if m == k {
			return kind
		}
	}
	return ""
}
