package server

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/table"
)

// ImportAgencies adds agencies from CSV, all or nothing.
func (s *agencyServer) ImportAgencies(ctx context.Context, req *meritv1.ImportAgenciesRequest) (*meritv1.ImportAgenciesResponse, error) {
	if err := checkDay("valid_from", req.GetValidFrom()); err != nil {
		return nil, err
	}
	if req.GetPreview() {
		resp := &meritv1.ImportAgenciesResponse{}
		return resp, s.store.View(ctx, func(tx *store.Tx) error {
			im, err := planImport(tx, req)
			if err != nil {
				return err
			}
			resp = im.response()
			im.hideNewIDs(resp)
			return nil
		})
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.ImportAgenciesResponse, []audit.Entry, error) {
		im, err := planImport(tx, req)
		if err != nil {
			return nil, nil, err
		}
		if len(im.added)+len(im.changed) == 0 {
			return im.response(), nil, nil
		}
		return im.response(), []audit.Entry{{Action: "AgencyService.ImportAgencies"}}, im.store(tx, access.From(ctx).AccountID)
	})
}

// agencyImport is a file of agencies on its way into the store.
type agencyImport struct {
	*table.Table
	day   string
	newID func() string
	known knownAgencies
	rows  []*agencyRow
	codes map[string]*agencyRow // rows of the file by code

	added, changed []store.Agency
	unchanged      int
}

// agencyRow is a row of the file and what becomes of it.
type agencyRow struct {
	table.Row
	store.Agency
	before *store.Agency // what the agency is on the day; nil for a new one
}

// knownAgencies are the agencies of the store from the day of an import on.
type knownAgencies struct {
	versions map[string][]store.Agency // by id, in the order of time
	byCode   map[string]*store.Agency  // as they are on the day
	later    map[string]store.Agency   // by code: versions that begin after the day
}

func readKnown(tx *store.Tx, day string) (knownAgencies, error) {
	all, err := tx.AgenciesSince(day)
	k := knownAgencies{versions: map[string][]store.Agency{}, byCode: map[string]*store.Agency{}, later: map[string]store.Agency{}}
	for _, a := range all {
		k.versions[a.ID] = append(k.versions[a.ID], a)
		if a.ValidFrom <= day {
			k.byCode[a.Code] = &a
		} else {
			k.later[a.Code] = a
		}
	}
	return k, err
}

// planImport reads the file and says what it would do, or REASON_IMPORT_INVALID with every mistake.
func planImport(tx *store.Tx, req *meritv1.ImportAgenciesRequest) (*agencyImport, error) {
	known, err := readKnown(tx, req.GetValidFrom())
	if err != nil {
		return nil, err
	}
	im := &agencyImport{
		Table: table.Read(req.GetCsv(), "code", "kind", "name", "province_code?", "region?", "time_zone?", "assessed?"),
		day:   req.GetValidFrom(), newID: tx.NewID, known: known, codes: map[string]*agencyRow{},
	}
	for _, row := range im.Rows {
		im.read(row)
	}
	for _, r := range im.rows {
		im.place(r)
		im.fill(r)
	}
	im.checkNames()
	im.classify()
	return im, im.Err()
}

// read takes the cells of a row that can be understood by themselves and finds the agency that has its code.
func (im *agencyImport) read(row table.Row) {
	r := &agencyRow{Row: row, Agency: store.Agency{
		Code: row.Get("code"), Name: row.Get("name"), Kind: scoring.AgencyKind(strings.ToUpper(row.Get("kind"))),
		Region: row.Get("region"), TimeZone: row.Get("time_zone"), ValidFrom: im.day,
	}}
	im.checkCells(r)
	if first := im.codes[r.Code]; first != nil {
		im.Problem(row, "code", "Kode %s sudah ada di baris %d. Hapus salah satunya.",
			"The code %s stands in row %d already. Remove one of them.", r.Code, first.Number)
		return
	}
	im.codes[r.Code] = r
	im.rows = append(im.rows, r)
	if r.before = im.known.byCode[r.Code]; r.before != nil {
		r.ID = r.before.ID
		return
	}
	r.ID = im.newID()
	if other, taken := im.known.later[r.Code]; taken {
		im.Problem(row, "code", "Kode %s dipakai %s sejak %s. Impor dengan tanggal itu atau sesudahnya, atau ubah instansi itu.",
			"The code %s belongs to %s from %s. Import as of that day or later, or change that agency.", r.Code, other.Name, other.ValidFrom)
	}
}

// checkCells checks the form of cells; empty ones that must not be empty have been noticed already.
func (im *agencyImport) checkCells(r *agencyRow) {
	if r.Code != "" && !codeForm.MatchString(r.Code) {
		im.Problem(r.Row, "code", "%s.", "%s.", codeRule)
	}
	if r.Kind != "" && !r.Kind.Valid() {
		im.Problem(r.Row, "kind", "Jenis %q tidak dikenal; pakai salah satu dari %s.", "There is no kind %q; use one of %s.",
			r.Get("kind"), scoring.AgencyKinds())
	}
	if n := utf8.RuneCountInString(r.Name); n > 200 {
		im.Problem(r.Row, "name", "Nama ini %d karakter; paling banyak 200.", "This name has %d characters; at most 200 are allowed.", n)
	} else if r.Name != "" && store.FoldName(r.Name) == "" {
		im.Problem(r.Row, "name", "Nama harus berisi huruf.", "A name must have letters.")
	}
	if utf8.RuneCountInString(r.Region) > 32 {
		im.Problem(r.Row, "region", "Wilayah paling banyak 32 karakter.", "A region has at most 32 characters.")
	}
	if r.TimeZone != "" && !calendar.IsZone(r.TimeZone) {
		im.Problem(r.Row, "time_zone", "%s.", "%s.", zoneRule)
	}
	if _, ok := yesNo(r.Get("assessed")); !ok {
		im.Problem(r.Row, "assessed", "%q bukan 1 (dinilai) atau 0 (tidak).", "%q is neither 1 (assessed) nor 0 (not).", r.Get("assessed"))
	}
}

// yesNo reads a cell that says yes or no; an empty one says neither and is well formed.
func yesNo(cell string) (yes, ok bool) {
	switch strings.ToLower(cell) {
	case "1", "ya", "true", "yes":
		return true, true
	case "0", "tidak", "false", "no", "":
		return false, true
	}
	return false, false
}

// place finds the province of a row: in the file, or in the store.
func (im *agencyImport) place(r *agencyRow) {
	code := r.Get("province_code")
	if !im.Has("province_code") && r.before != nil && r.before.Kind == r.Kind {
		r.ProvinceID, r.ProvinceName = r.before.ProvinceID, r.before.ProvinceName
		return
	}
	switch {
	case !r.Kind.Valid(): // noticed already
	case isCentral(r.Kind):
		if code != "" {
			im.Problem(r.Row, "province_code", "Instansi pusat tidak termasuk provinsi. Kosongkan.",
				"A central agency belongs to no province. Leave it empty.")
		}
	case r.Kind == scoring.Provinsi:
		if code != "" && code != r.Code {
			im.Problem(r.Row, "province_code", "Provinsi tidak termasuk provinsi lain. Isi kodenya sendiri atau kosongkan.",
				"A province belongs to no other province. Give its own code or leave it empty.")
		}
		r.ProvinceID, r.ProvinceName = r.ID, r.Name
	default:
		if province := im.agencyWithCode(code); province != nil && province.Kind == scoring.Provinsi {
			r.ProvinceID, r.ProvinceName = province.ID, province.Name
			return
		}
		im.Problem(r.Row, "province_code", "%q bukan kode provinsi di berkas ini atau yang sudah tercatat.",
			"%q is not the code of a province of this file or of the agencies on record.", code)
	}
}

// agencyWithCode is an agency as the import would leave it; nil if there is none.
func (im *agencyImport) agencyWithCode(code string) *store.Agency {
	if r := im.codes[code]; r != nil {
		return &r.Agency
	}
	return im.known.byCode[code]
}

// fill gives cells that are empty their value: what the agency has where the file lacks the column, else what follows
// from the other cells. Kota Administrasi and Kabupaten Administrasi are part of their province (Undang-Undang
// 29/2007 on Jakarta) and not assessed on their own.
func (im *agencyImport) fill(r *agencyRow) {
	keep := r.before != nil
	if keep && !im.Has("region") {
		r.Region = r.before.Region
	}
	switch {
	case r.TimeZone != "":
	case keep && !im.Has("time_zone"):
		r.TimeZone = r.before.TimeZone
	case isCentral(r.Kind):
		r.TimeZone = calendar.WIB
	default:
		r.TimeZone = calendar.ZoneOf(cmp.Or(r.Get("province_code"), r.Code))
	}
	switch {
	case r.Get("assessed") != "":
		r.Assessed, _ = yesNo(r.Get("assessed"))
	case keep && !im.Has("assessed"):
		r.Assessed = r.before.Assessed
	default:
		r.Assessed = !strings.HasPrefix(r.Name, "Kota Administrasi ") && !strings.HasPrefix(r.Name, "Kabupaten Administrasi ")
	}
	r.SingleOfficer = keep && r.before.SingleOfficer // the file has no column for it
}

// checkNames finds agencies of one kind that would have one name: the same agency twice, more likely than not.
func (im *agencyImport) checkNames() {
	type name struct {
		kind   scoring.AgencyKind
		folded string
	}
	inStore := map[name]*store.Agency{}
	for code, a := range im.known.byCode {
		if im.codes[code] == nil {
			inStore[name{a.Kind, store.FoldName(a.Name)}] = a
		}
	}
	inFile := map[name]*agencyRow{}
	for _, r := range im.rows {
		key := name{r.Kind, store.FoldName(r.Name)}
		if key.folded == "" {
			continue
		}
		if first := inFile[key]; first != nil {
			im.Problem(r.Row, "name", "Nama dan jenis yang sama ada di baris %d dengan kode %s. Hapus salah satunya.",
				"The same name and kind stand in row %d with the code %s. Remove one of them.", first.Number, first.Code)
			continue
		}
		inFile[key] = r
		if other := inStore[key]; other != nil {
			im.Problem(r.Row, "name", "Sudah tercatat dengan kode %s. Bila kodenya berubah, ubah instansi itu, bukan mengimpornya lagi.",
				"It is on record with the code %s. If its code has changed, update that agency instead of importing it again.", other.Code)
		}
	}
}

// classify tells new agencies from changed ones and those that stay as they are.
func (im *agencyImport) classify() {
	for _, r := range im.rows {
		switch {
		case r.before == nil:
			r.Revision = 1
			im.added = append(im.added, r.Agency)
		case same(r.Agency, *r.before):
			im.unchanged++
		default:
			r.Revision = r.before.Revision + 1
			im.changed = append(im.changed, r.Agency)
		}
	}
}

// same reports whether two versions say the same of an agency.
func same(a, b store.Agency) bool {
	a.ValidFrom, a.ValidUntil, a.ProvinceName, a.Revision = b.ValidFrom, b.ValidUntil, b.ProvinceName, b.Revision
	return a == b
}

// store writes what the import changes.
func (im *agencyImport) store(tx *store.Tx, by string) error {
	if err := tx.AddAgencies(im.added, by); err != nil {
		return err
	}
	for _, a := range im.changed {
		if err := tx.PutAgencyVersion(a, im.known.versions[a.ID], by); err != nil {
			return err
		}
	}
	return nil
}

// shown is how many agencies an answer has at most.
const shown = 1000

func (im *agencyImport) response() *meritv1.ImportAgenciesResponse {
	all := append(append([]store.Agency{}, im.added...), im.changed...)
	for i := range all {
		all[i].ValidUntil = store.AgencyVersionEnd(im.known.versions[all[i].ID], im.day)
	}
	return &meritv1.ImportAgenciesResponse{
		Added: int32(len(im.added)), Changed: int32(len(im.changed)), Unchanged: int32(im.unchanged),
		Agencies: agencyMessages(all[:min(len(all), shown)]),
	}
}

// hideNewIDs takes out of a preview the ids of agencies that nobody will ever find.
func (im *agencyImport) hideNewIDs(resp *meritv1.ImportAgenciesResponse) {
	isNew := map[string]bool{}
	for _, a := range im.added {
		isNew[a.ID] = true
	}
	for _, a := range resp.GetAgencies() {
		if isNew[a.GetId()] {
			a.Id = ""
		}
		if isNew[a.GetProvinceId()] {
			a.ProvinceId = ""
		}
	}
}
