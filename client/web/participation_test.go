package web_test

import (
	"net/http"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestParticipationSaysHowFarAgenciesAre(t *testing.T) {
	s := newSite(t, servertest.New(t))
	commissioner := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, ""))
	commissioner.get(t, "/admin/participation").want(t, http.StatusOK, "There is no cycle yet")

	year := yeartest.MustBegin(t, s.Server, yeartest.Setup{})
	filling := s.MustAgency(t, store.Agency{Name: "Kota Mengisi", Kind: scoring.Kota})
	s.MustAgency(t, store.Agency{Name: "Kabupaten Diam"})
	operator := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, filling)
	servertest.Must(meritv1.NewAssessmentServiceClient(operator).StartAssessment(t.Context(), &meritv1.StartAssessmentRequest{CycleId: year.CycleID}))(t)

	commissioner.get(t, "/admin/participation").
		want(t, http.StatusOK, "have submitted, of 2", "Kota Mengisi", "0 %", "Kabupaten Diam", "not started", "Submitted of kota: 0 of 1")
	commissioner.get(t, "/admin/participation?state=filling").want(t, http.StatusOK, "Kota Mengisi").wantNo(t, "Kabupaten Diam")
	commissioner.get(t, "/admin/participation?kind=kabupaten").want(t, http.StatusOK, "Kabupaten Diam").wantNo(t, "Kota Mengisi")
	commissioner.get(t, "/admin/participation?state=determined").want(t, http.StatusOK, "No agency is like this")
	s.as(t, operator).get(t, "/admin/participation").want(t, http.StatusForbidden)
	s.anyone(t).get(t, "/admin/participation").want(t, http.StatusOK, "Sign in")
}
