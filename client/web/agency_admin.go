package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// agencyRecordsView is the list of agencies as they were on a day.
type agencyRecordsView struct {
	Agencies  []*meritv1.Agency
	Total     int32
	Kind      meritv1.AgencyKind
	Province  string // id
	Provinces []*meritv1.Agency
	Text      string
	AsOf      string
	Assessed  bool // only those
	Changes   bool // the reader may change agencies
	Pager     pager
}

var agencyRecordsPage = newPage[agencyRecordsView]("agency-records")

func (rt router) agencyAdmin() {
	const admin = meritv1.Role_ROLE_ADMIN
	rt.get("/admin/agencies", signedIn(showAgencyRecords))
	rt.get("/admin/agencies/import", only(showAgencyImport, admin))
	rt.post("/admin/agencies/import", only(doAgencyImport, admin))
	rt.get("/admin/agencies/{id}", signedIn(showAgencyRecord))
	rt.get("/admin/agencies/{id}/update", only(showAgencyUpdate, admin))
	rt.post("/admin/agencies/{id}/update", only(doAgencyUpdate, admin))
	rt.get("/admin/agencies/{id}/link", only(showAgencyLink, admin))
	rt.post("/admin/agencies/{id}/link", only(doAgencyLink, admin))
}

func showAgencyRecords(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	view := agencyRecordsView{
		Kind: enum[meritv1.AgencyKind](q.Get("kind")), Province: q.Get("province"), Text: q.Get("text"), AsOf: q.Get("as_of"),
		Assessed: q.Has("assessed"), Changes: r.acts(meritv1.Role_ROLE_ADMIN),
	}
	var err error
	if view.Provinces, err = r.provinces(); err != nil {
		return err
	}
	list, err := r.Agencies.ListAgencies(r.Context(), &meritv1.ListAgenciesRequest{
		Kind: view.Kind, ProvinceId: view.Province, Text: view.Text, AsOf: view.AsOf, AssessedOnly: view.Assessed,
		PageToken: r.pageToken(),
	})
	if err != nil {
		return agencyRecordsPage.again(w, r, view, err)
	}
	view.Agencies, view.Total, view.Pager = list.GetAgencies(), list.GetTotalSize(), r.pager(list.GetNextPageToken())
	return agencyRecordsPage.show(w, r, view)
}

// provinces are the provinces of today, for filters.
func (r *request) provinces() ([]*meritv1.Agency, error) {
	list, err := r.Agencies.ListAgencies(r.Context(), &meritv1.ListAgenciesRequest{
		Kind: meritv1.AgencyKind_AGENCY_KIND_PROVINSI, PageSize: 500,
	})
	return list.GetAgencies(), err
}

// agencyRecordView is everything that is recorded of an agency.
type agencyRecordView struct {
	Agency   *meritv1.Agency // as it is today
	Versions []*meritv1.Agency
	Links    []*meritv1.AgencyLink
	Changes  bool // the reader may change agencies
}

var agencyRecordPage = newPage[agencyRecordView]("agency-record")

func (r *request) agencyRecord() (*meritv1.GetAgencyResponse, error) {
	return r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{AgencyId: r.PathValue("id"), AsOf: r.URL.Query().Get("as_of")})
}

func showAgencyRecord(w http.ResponseWriter, r *request) error {
	record, err := r.agencyRecord()
	if err != nil {
		return err
	}
	return agencyRecordPage.show(w, r, agencyRecordView{
		record.GetAgency(), record.GetVersions(), record.GetLinks(), r.acts(meritv1.Role_ROLE_ADMIN),
	})
}
