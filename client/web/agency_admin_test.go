package web_test

import (
	"net/http"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestAgenciesAreListedAsTheyWereOnADay(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Code: "91.71", Name: "Kota Demo", Kind: scoring.Kota, ValidFrom: "2010-01-01"})
	s.MustAgency(t, store.Agency{Code: "91.02", Name: "Kabupaten Demo"})
	auditor := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	auditor.get(t, "/admin/agencies").want(t, http.StatusOK, "2 agencies", "Kota Demo", "Kabupaten Demo").wantNo(t, "/admin/agencies/import")
	auditor.get(t, "/admin/agencies?kind=kota").want(t, http.StatusOK, "Kota Demo").wantNo(t, "Kabupaten Demo")
	auditor.get(t, "/admin/agencies?as_of=2005-01-01").want(t, http.StatusOK, "Kabupaten Demo").wantNo(t, "Kota Demo")
	auditor.get(t, "/admin/agencies?text=nowhere").want(t, http.StatusOK, "No agency is found")
	auditor.get(t, "/admin/agencies/import").want(t, http.StatusForbidden)
	s.anyone(t).get(t, "/admin/agencies").want(t, http.StatusOK, "Sign in")
}

func TestAgenciesAreImportedAfterAPreview(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Code: "91.02", Name: "Badan Lama", Kind: scoring.LPNK})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	at := "/admin/agencies/import"
	admin.send(t, at, "agencies.csv", "code,kind,name\n91.03,castle,Badan Baru\n", "valid_from", "2021-02-01").
		want(t, http.StatusUnprocessableEntity, `<td class="n">2</td><td>kind</td>`)
	admin.send(t, at, "agencies.csv", "code,kind,name\n91.03,lpnk,Badan Baru\n", "valid_from", "").
		want(t, http.StatusUnprocessableEntity, "That did not work")

	preview := admin.send(t, at, "agencies.csv", "code,kind,name\n91.02,lpnk,Badan Berganti\n91.03,lpnk,Badan Baru\n", "valid_from", "2021-02-01").
		want(t, http.StatusOK, "Nothing is stored yet", "<dt>new</dt><dd>1</dd>", "<dt>changed</dt><dd>1</dd>", "1 February 2021")
	admin.get(t, "/admin/agencies").wantNo(t, "Badan Baru")
	admin.post(t, at, "apply", "1", "request_id", preview.hidden(t, "request_id"), "csv", preview.hidden(t, "csv"), "valid_from", preview.hidden(t, "valid_from")).
		want(t, http.StatusOK, "The file is imported", "Badan Baru", "Badan Berganti")
}

func TestAnAgencyGetsAVersionAsOfADay(t *testing.T) {
	s := newSite(t, servertest.New(t))
	province := s.MustAgency(t, store.Agency{Code: "91", Name: "Provinsi Demo", Kind: scoring.Provinsi})
	id := s.MustAgency(t, store.Agency{Code: "91.05", Name: "Kabupaten Semula", ProvinceID: province})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	at := "/admin/agencies/" + id
	read := admin.get(t, at+"/update").want(t, http.StatusOK, `value="Kabupaten Semula"`).hidden(t, "revision")
	form := func(name, from, revision string) []string {
		return []string{"code", "91.05", "name", name, "kind", "kabupaten", "time_zone", "Asia/Jayapura", "province_id", "91 · Provinsi Demo", "assessed", "1", "valid_from", from, "revision", revision}
	}
	admin.post(t, at+"/update", form("", "2021-03-01", read)...).want(t, http.StatusUnprocessableEntity, "has-error")
	admin.post(t, at+"/update", "code", "91.05", "name", "Kabupaten X", "kind", "kabupaten", "valid_from", "2021-03-01", "revision", read, "province_id", "99").
		want(t, http.StatusUnprocessableEntity, "No agency has this code or name: 99")
	admin.post(t, at+"/update", form("Kabupaten Kemudian", "2021-03-01", read)...).
		want(t, http.StatusOK, "Saved", "Kabupaten Kemudian", "1 March 2021", "28 February 2021")

	stale := admin.post(t, at+"/update", form("Kabupaten Lain", "2021-04-01", read)...).
		want(t, http.StatusConflict, "Meanwhile somebody else recorded this", "<dd>Kabupaten Kemudian</dd>", `value="Kabupaten Lain"`)
	admin.post(t, at+"/update", form("Kabupaten Lain", "2021-04-01", stale.hidden(t, "revision"))...).
		want(t, http.StatusOK, "Saved", "Kabupaten Lain", "1 April 2021")
	admin.get(t, "/admin/agencies/01ARZ3NDEKTSV4RRFFQ69G5FAV").want(t, http.StatusNotFound)
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, id)).post(t, at+"/update", form("Kabupaten Milikku", "2021-05-01", "3")...).
		want(t, http.StatusForbidden)
}

func TestAnAgencyIsLinkedToTheOneItCameFrom(t *testing.T) {
	s := newSite(t, servertest.New(t))
	s.MustAgency(t, store.Agency{Code: "91.06", Name: "Kabupaten Induk"})
	id := s.MustAgency(t, store.Agency{Code: "91.07", Name: "Kabupaten Pemekaran"})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	at := "/admin/agencies/" + id + "/link"
	admin.get(t, at).want(t, http.StatusOK, "What happened to Kabupaten Pemekaran")
	admin.post(t, at, "kind", "split-from", "other_id", "91.07", "on_date", "2020-01-01").want(t, http.StatusConflict, "That did not work")
	admin.post(t, at, "kind", "split-from", "other_id", "91.06 · Kabupaten Induk", "on_date", "2020-01-01", "legal_basis", "UU 1/2020").
		want(t, http.StatusOK, "Saved", "split from", "Kabupaten Induk", "UU 1/2020")
	admin.post(t, at, "kind", "split-from", "other_id", "91.06", "on_date", "2020-01-01").want(t, http.StatusConflict, "That did not work")
}
