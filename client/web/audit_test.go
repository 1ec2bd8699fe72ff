package web_test

import (
	"net/http"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestTheTrailIsReadInWords(t *testing.T) {
	s := newSite(t, servertest.New(t))
	own, other := s.MustAgency(t, store.Agency{Name: "Kota Sendiri", Code: "91.71"}), s.MustAgency(t, store.Agency{Name: "Kota Lain", Code: "91.72"})
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	for email, agency := range map[string]string{"own@example.test": own, "other@example.test": other} {
		servertest.Must(meritv1.NewAccountServiceClient(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
			Email: email, Name: "Demo person", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: agency},
		}))(t)
	}
	auditor := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	auditor.get(t, "/admin/audit").want(t, http.StatusOK, "invited a person", "Demo ADMIN", "administrator", "Kota Sendiri", "Kota Lain", "1 February 2021")
	auditor.get(t, "/admin/audit?agency_id=91.71").want(t, http.StatusOK, "<td>Kota Sendiri").wantNo(t, "<td>Kota Lain")
	auditor.get(t, "/admin/audit?action=PlenaryService.").want(t, http.StatusOK, "No entry is found")
	auditor.get(t, "/admin/audit?from=2021-02-01&until=2021-02-01").want(t, http.StatusOK, "invited a person")
	auditor.get(t, "/admin/audit?until=2021-01-31").want(t, http.StatusOK, "No entry is found")
	auditor.get(t, "/admin/audit?from=tomorrow").want(t, http.StatusUnprocessableEntity, "tomorrow is not a date")
	auditor.get(t, "/admin/audit?account="+admin.AccountID).want(t, http.StatusOK, "Only what one person did", "invited a person")

	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, own)).get(t, "/admin/audit").
		want(t, http.StatusOK, "Kota Sendiri").wantNo(t, "<td>Kota Lain", `name="agency_id"`)
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own)).get(t, "/admin/audit").want(t, http.StatusOK, "No entry is found")
	s.anyone(t).get(t, "/admin/audit").want(t, http.StatusOK, "Sign in")
}
