package web

import (
	"net/http"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// agencyUpdateView is the form of what an agency is from a day on.
type agencyUpdateView struct {
	Agency   *meritv1.Agency // as it was read; Form is filled from it at first
	Form     *meritv1.Agency // as it was typed
	Province string          // code and name, as it was typed
	Zones    []string
	Stale    *meritv1.Agency // what somebody else has recorded meanwhile
}

var agencyUpdatePage = newPage[agencyUpdateView]("agency-update")

// zones are the three time zones of Indonesia.
var zones = []string{"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}

func showAgencyUpdate(w http.ResponseWriter, r *request) error {
	record, err := r.agencyRecord()
	if err != nil {
		return err
	}
	province, err := r.agencyField(record.GetAgency().GetProvinceId())
	if err != nil {
		return err
	}
	view := agencyUpdateView{Agency: record.GetAgency(), Form: record.GetAgency(), Province: province, Zones: zones}
	view.Form.ValidFrom = ""
	return agencyUpdatePage.show(w, r, view)
}

// typedAgency is what the form says. A revision that is no number is none that anybody read: the service refuses it.
func (r *request) typedAgency() *meritv1.Agency {
	revision, err := strconv.ParseInt(r.PostFormValue("revision"), 10, 64)
	if err != nil {
		revision = -1
	}
	return &meritv1.Agency{
		Id: r.PathValue("id"), ValidFrom: r.PostFormValue("valid_from"), Code: r.PostFormValue("code"), Name: r.PostFormValue("name"),
		Kind: enum[meritv1.AgencyKind](r.PostFormValue("kind")), Region: r.PostFormValue("region"),
		TimeZone: r.PostFormValue("time_zone"), Assessed: r.PostFormValue("assessed") != "", Revision: revision,
		SingleOfficer: r.PostFormValue("single_officer") != "",
	}
}

func doAgencyUpdate(w http.ResponseWriter, r *request) error {
	record, err := r.agencyRecord()
	if err != nil {
		return err
	}
	f := r.typedAgency()
	view := agencyUpdateView{Agency: record.GetAgency(), Form: f, Province: r.PostFormValue("province_id"), Zones: zones}
	province, err := r.agencyNamed("province_id", view.Province)
	if err == nil {
		_, err = r.Agencies.UpdateAgency(r.Context(), &meritv1.UpdateAgencyRequest{
			AgencyId: f.Id, ValidFrom: f.ValidFrom, Code: f.Code, Name: f.Name, Kind: f.Kind, ProvinceId: province,
			Region: f.Region, TimeZone: f.TimeZone, Assessed: f.Assessed, Revision: f.Revision, SingleOfficer: f.SingleOfficer,
		})
	}
	if err != nil {
		// What is typed stays; sending it once more records it over what the other person did, which is shown.
		if view.Stale = detail[*meritv1.Agency](err); view.Stale != nil {
			f.Revision = view.Stale.GetRevision()
		}
		return agencyUpdatePage.again(w, r, view, beside(err))
	}
	return r.redirect(w, "/admin/agencies/"+f.Id, "saved")
}

// agencyLinkView is the form of one relation in an agency's lineage.
type agencyLinkView struct {
	Agency        *meritv1.Agency
	Kind          meritv1.AgencyLinkKind
	Other         string // code and name
	OnDate, Basis string
}

var agencyLinkPage = newPage[agencyLinkView]("agency-link")

func showAgencyLink(w http.ResponseWriter, r *request) error {
	record, err := r.agencyRecord()
	if err != nil {
		return err
	}
	return agencyLinkPage.show(w, r, agencyLinkView{Agency: record.GetAgency()})
}

func doAgencyLink(w http.ResponseWriter, r *request) error {
	record, err := r.agencyRecord()
	if err != nil {
		return err
	}
	view := agencyLinkView{
		Agency: record.GetAgency(), Kind: enum[meritv1.AgencyLinkKind](r.PostFormValue("kind")), Other: r.PostFormValue("other_id"),
		OnDate: r.PostFormValue("on_date"), Basis: r.PostFormValue("legal_basis"),
	}
	other, err := r.agencyNamed("other_id", view.Other)
	if err == nil {
		_, err = r.Agencies.LinkAgencies(r.Context(), &meritv1.LinkAgenciesRequest{
			AgencyId: r.PathValue("id"), Kind: view.Kind, OtherId: other, OnDate: view.OnDate, LegalBasis: view.Basis,
		})
	}
	if err != nil {
		return agencyLinkPage.again(w, r, view, beside(err))
	}
	return r.redirect(w, "/admin/agencies/"+r.PathValue("id"), "saved")
}
