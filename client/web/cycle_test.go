package web_test

import (
	"fmt"
	"net/http"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestACycleIsOpenedWithItsWindows(t *testing.T) {
	s := newSite(t, servertest.New(t))
	yeartest.MustBegin(t, s.Server, yeartest.Setup{}) // publishes the instrument
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	admin.get(t, "/admin/cycles/new").want(t, http.StatusOK, "kasn-2019", "determination")
	form := func(year string, last ...string) []string {
		all := []string{"name", "Demo " + year, "year", year, "instrument_id", "kasn-2019", "assessor", "Lembaga Demo", "quorum", "3", "majority_percent", "50"}
		for i, day := range last {
			all = append(all, fmt.Sprintf("windows[%d].first_day", i), fmt.Sprintf("%s-%02d-01", year, i+1), fmt.Sprintf("windows[%d].last_day", i), day)
		}
		return all
	}
	admin.post(t, "/admin/cycles/new", form("2022", "2022-01-31", "2022-01-31", "2022-03-31", "2022-04-30", "2022-05-31")...).
		want(t, http.StatusUnprocessableEntity, `id="windows[1].last_day-error"`, `value="Demo 2022"`)
	opened := admin.post(t, "/admin/cycles/new", form("2022", "2022-01-31", "2022-02-28", "2022-03-31", "2022-04-30", "2022-05-31")...).
		want(t, http.StatusOK, "Cycle Demo 2022", "28 February 2022", "Lembaga Demo")
	if opened.path == "/admin/cycles/new" {
		t.Error("the form is sent again when the page is loaded again")
	}
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")).get(t, "/admin/cycles").
		want(t, http.StatusOK, "Cycle Demo 2022", "Cycle 2021", "is today, 1 February 2021").wantNo(t, "/admin/cycles/new")
}

func TestAWindowIsMovedForEverybody(t *testing.T) {
	s := newSite(t, servertest.New(t))
	year := yeartest.MustBegin(t, s.Server, yeartest.Setup{Windows: yeartest.Phased()})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	at := "/admin/cycles/" + year.CycleID + "/windows/self-assessment"
	read := admin.get(t, at).want(t, http.StatusOK, `value="2021-02-28"`).hidden(t, "revision")
	admin.post(t, at, "first_day", "2021-01-01", "last_day", "2020-12-01", "revision", read).want(t, http.StatusUnprocessableEntity, "has-error")
	admin.post(t, at, "first_day", "2021-01-01", "last_day", "2021-03-15", "revision", read).want(t, http.StatusOK, "The window is moved", "15 March 2021")
	stale := admin.post(t, at, "first_day", "2021-01-01", "last_day", "2021-03-31", "revision", read).
		want(t, http.StatusConflict, "to 15 March 2021", `value="2021-03-31"`)
	admin.post(t, at, "first_day", "2021-01-01", "last_day", "2021-03-31", "revision", stale.hidden(t, "revision")).want(t, http.StatusOK, "31 March 2021")
	s.as(t, year.Lead).get(t, at).want(t, http.StatusForbidden)
	admin.get(t, "/admin/cycles/"+year.CycleID+"/windows/holidays").want(t, http.StatusNotFound)
}

func TestAnExtensionIsForAListOfAgencies(t *testing.T) {
	s := newSite(t, servertest.New(t))
	year := yeartest.MustBegin(t, s.Server, yeartest.Setup{Windows: yeartest.Phased()})
	own := s.MustAgency(t, store.Agency{Code: "91.08", Name: "Kabupaten Banjir"})
	s.MustAgency(t, store.Agency{Code: "91.09", Name: "Kabupaten Gempa"})
	lead := s.as(t, year.Lead)
	at := "/admin/cycles/" + year.CycleID
	lead.post(t, at+"/extend", "phase", "self-assessment", "agencies", "91.08\nnowhere", "last_day", "2021-03-10", "reason", "flood").
		want(t, http.StatusUnprocessableEntity, "No agency has this code or name: nowhere", "91.08\nnowhere")
	lead.post(t, at+"/extend", "phase", "self-assessment", "agencies", "91.08\n91.08", "last_day", "2021-03-10", "reason", "flood").
		want(t, http.StatusUnprocessableEntity, "stands twice", `id="agencies-error"`)
	lead.post(t, at+"/extend", "phase", "self-assessment", "agencies", "91.08\r\nGempa\r\n", "last_day", "2021-02-10", "reason", "flood").
		want(t, http.StatusUnprocessableEntity, `id="last_day-error"`)
	lead.post(t, at+"/extend", "phase", "self-assessment", "agencies", "91.08\r\nGempa\r\n", "last_day", "2021-03-10", "reason", "flood").
		want(t, http.StatusOK, "The agencies have longer", "Kabupaten Banjir", "Kabupaten Gempa", "10 March 2021", "flood")

	operator := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own))
	operator.get(t, at).want(t, http.StatusOK, "Kabupaten Banjir").wantNo(t, "Kabupaten Gempa", "Give agencies longer")
	operator.get(t, at+"/extend").want(t, http.StatusForbidden)
	s.anyone(t).get(t, at).want(t, http.StatusOK, "Sign in")
}
