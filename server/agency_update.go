package server

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/store"
)

// codeForm is what the code of an agency looks like: 73, 73.71, K-01.
var codeForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$`)

var codeRule = fault.Text{
	ID: "hanya huruf, angka, titik, dan tanda hubung, paling banyak 32, diawali huruf atau angka",
	EN: "letters, digits, points and hyphens only, at most 32, beginning with a letter or digit",
}

// isCentral reports whether agencies of a kind belong to no province.
func isCentral(k scoring.AgencyKind) bool {
	return k == scoring.Kementerian || k == scoring.LPNK || k == scoring.LembagaNegara
}

// UpdateAgency records what an agency is from a day on.
func (s *agencyServer) UpdateAgency(ctx context.Context, req *meritv1.UpdateAgencyRequest) (*meritv1.UpdateAgencyResponse, error) {
	a, err := requestedAgency(req)
	if err != nil {
		return nil, err
	}
	resp := &meritv1.UpdateAgencyResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		a := a
		versions, err := agencyVersions(tx, a.ID)
		if err != nil {
			return nil, err
		}
		if versions[0].Revision != req.GetRevision() {
			return nil, staleAgency(versions, a.ValidFrom)
		}
		if err := checkFreeCode(tx, a, versions); err != nil {
			return nil, err
		}
		if err := settle(tx, &a); err != nil {
			return nil, err
		}
		if err := tx.PutAgencyVersion(a, versions, access.From(ctx).AccountID); err != nil {
			return nil, err
		}
		if a, err = tx.Agency(a.ID, a.ValidFrom); err != nil {
			return nil, err
		}
		resp.Agency = agencyMessage(a)
		return []audit.Entry{{Action: "AgencyService.UpdateAgency", Agency: a.ID}}, nil
	})
}

// requestedAgency reads what an agency is to be.
func requestedAgency(req *meritv1.UpdateAgencyRequest) (store.Agency, error) {
	a := store.Agency{
		ID: req.GetAgencyId(), Code: req.GetCode(), Name: strings.TrimSpace(req.GetName()), Kind: agencyKind(req.GetKind()),
		ProvinceID: req.GetProvinceId(), Region: strings.TrimSpace(req.GetRegion()), TimeZone: req.GetTimeZone(),
		Assessed: req.GetAssessed(), ValidFrom: req.GetValidFrom(), SingleOfficer: req.GetSingleOfficer(),
	}
	switch {
	case !codeForm.MatchString(a.Code):
		return a, fault.Invalid("code", "%s.", "%s.", codeRule)
	case store.FoldName(a.Name) == "":
		return a, fault.Invalid("name", "Nama harus berisi huruf.", "A name must have letters.")
	case a.TimeZone != "" && !calendar.IsZone(a.TimeZone):
		return a, fault.Invalid("time_zone", "%s.", "%s.", zoneRule)
	}
	return a, checkDay("valid_from", a.ValidFrom)
}

var zoneRule = fault.Text{
	ID: "zona waktu harus " + calendar.WIB + ", " + calendar.WITA + ", atau " + calendar.WIT,
	EN: "the time zone must be " + calendar.WIB + ", " + calendar.WITA + " or " + calendar.WIT,
}

// agencyVersions returns the versions of an agency, at least one, or REASON_NOT_FOUND.
func agencyVersions(tx *store.Tx, id string) ([]store.Agency, error) {
	versions, err := tx.AgencyVersions(id)
	if err == nil && len(versions) == 0 {
		err = fault.NotFound(whatAgency, id)
	}
	return versions, err
}

// staleAgency is REASON_STALE_REVISION with the agency as it is on the day that was to be changed.
func staleAgency(versions []store.Agency, day string) *fault.Error {
	current := versions[0]
	for _, v := range versions {
		if v.ValidFrom <= day {
			current = v
		}
	}
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Instansi %s sudah diubah orang lain; revisinya sekarang %d. Baca lagi, lalu ulangi perubahan Anda.",
		"The agency %s was changed by somebody else; its revision is now %d. Read it again and repeat your change.",
		current.Name, current.Revision).With(agencyMessage(current))
}

// checkFreeCode returns REASON_ALREADY_EXISTS if another agency has the code at any time of the new version.
func checkFreeCode(tx *store.Tx, a store.Agency, versions []store.Agency) error {
	other, err := tx.AgencyWithCode(a.Code, a.ValidFrom, store.AgencyVersionEnd(versions, a.ValidFrom), a.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
		"Kode %s dipakai %s sejak %s. Pakai kode lain, atau ubah dahulu kode instansi itu.",
		"The code %s belongs to %s from %s. Use another code, or change the code of that agency first.",
		a.Code, other.Name, other.ValidFrom)
}

// settle checks the province of an agency and fills in what follows from it: the province of a province is itself,
// and the time zone is that of the province unless it is given.
func settle(tx *store.Tx, a *store.Agency) error {
	province := store.Agency{}
	switch {
	case isCentral(a.Kind):
		if a.ProvinceID != "" {
			return fault.Invalid("province_id", "Instansi pusat tidak termasuk provinsi. Kosongkan.",
				"A central agency belongs to no province. Leave it empty.")
		}
	case a.Kind == scoring.Provinsi:
		if a.ProvinceID != "" && a.ProvinceID != a.ID {
			return fault.Invalid("province_id", "Provinsi tidak termasuk provinsi lain. Kosongkan.",
				"A province belongs to no other province. Leave it empty.")
		}
		a.ProvinceID, province.Code = a.ID, a.Code
	default:
		var err error
		if province, err = tx.Agency(a.ProvinceID, a.ValidFrom); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		if province.Kind != scoring.Provinsi {
			return fault.Invalid("province_id", "Bukan id provinsi yang ada pada %s. Sebutkan provinsinya.",
				"This is not the id of a province that exists on %s. Name its province.", a.ValidFrom)
		}
	}
	if a.TimeZone == "" {
		a.TimeZone = calendar.ZoneOf(province.Code)
	}
	return nil
}

// LinkAgencies records how two agencies are related in time.
func (s *agencyServer) LinkAgencies(ctx context.Context, req *meritv1.LinkAgenciesRequest) (*meritv1.LinkAgenciesResponse, error) {
	link := store.AgencyLink{
		AgencyID: req.GetAgencyId(), Kind: store.LinkKind(strings.TrimPrefix(req.GetKind().String(), "AGENCY_LINK_KIND_")),
		OtherID: req.GetOtherId(), OnDate: req.GetOnDate(), LegalBasis: req.GetLegalBasis(),
		RecordedBy: access.From(ctx).AccountID,
	}
	if err := checkDay("on_date", link.OnDate); err != nil {
		return nil, err
	}
	resp := &meritv1.LinkAgenciesResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		if err := checkLink(tx, link); err != nil {
			return nil, err
		}
		if err := tx.AddAgencyLink(link); err != nil {
			return nil, err
		}
		if link.Kind != store.SplitFrom {
			if err := stopAssessing(tx, link.AgencyID, link.OnDate, link.RecordedBy); err != nil {
				return nil, err
			}
		}
		links, err := linkMessages(ctx, tx, link.AgencyID)
		if err != nil {
			return nil, err
		}
		i := slices.IndexFunc(links, func(l *meritv1.AgencyLink) bool {
			return l.GetAgencyId() == link.AgencyID && l.GetOtherId() == link.OtherID && l.GetKind() == req.GetKind()
		})
		resp.Link = links[i]
		return []audit.Entry{{Action: "AgencyService.LinkAgencies", Agency: link.AgencyID, Subject: link.OtherID}}, nil
	})
}

// checkLink checks that both agencies exist, that the link is new and that no agency would come before itself.
func checkLink(tx *store.Tx, link store.AgencyLink) error {
	for _, id := range []string{link.AgencyID, link.OtherID} {
		if _, err := agencyVersions(tx, id); err != nil {
			return err
		}
	}
	before, after := link.Passage()
	lineage, err := tx.Lineage(before)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(lineage.Links, func(l store.AgencyLink) bool {
		return l.AgencyID == link.AgencyID && l.Kind == link.Kind && l.OtherID == link.OtherID
	}) {
		return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
			"Hubungan %s antara kedua instansi itu sudah dicatat.", "The link %s between these agencies is recorded already.", link.Kind)
	}
	if before == after || slices.Contains(lineage.Before, after) {
		return fault.New(meritv1.Reason_REASON_WRONG_STATE,
			"Dengan hubungan ini sebuah instansi akan mendahului dirinya sendiri. Periksa arah dan jenis hubungannya.",
			"By this link an agency would come before itself. Check the direction and the kind of the link.")
	}
	return nil
}

// stopAssessing makes an agency one that is not assessed, from a day on, whatever it was to be later.
func stopAssessing(tx *store.Tx, id, day, by string) error {
	versions, err := tx.AgencyVersions(id)
	if err != nil {
		return err
	}
	for _, v := range versions {
		if v.ValidUntil < day || !v.Assessed {
			continue
		}
		v.Assessed, v.ValidFrom = false, max(v.ValidFrom, day)
		if err := tx.PutAgencyVersion(v, versions, by); err != nil {
			return err
		}
	}
	return nil
}
