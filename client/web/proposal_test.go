package web_test

import (
	"net/http"
	"regexp"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

var approvalForm = regexp.MustCompile(`/admin/proposals/\w{26}/approve`)

func TestWhatNeedsASecondAdministratorWaitsOnTheirPage(t *testing.T) {
	s := newSite(t, servertest.New(t))
	first := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	first.get(t, "/admin/proposals").want(t, http.StatusOK, "There is a single administrator", "Nothing was proposed")
	second := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	proposed := first.post(t, "/admin/accounts/invite", "name", "Demo verifier", "email", "verifier@example.test",
		"role", "verifier", "letter_number", "7/2021").
		want(t, http.StatusOK, "Demo verifier (verifier@example.test)", "waits for a second administrator").wantNo(t, "/link/", "single administrator")
	if approvalForm.MatchString(proposed.body) {
		t.Error("the proposer is offered to approve it")
	}
	approve := approvalForm.FindString(second.get(t, "/admin/proposals").body)
	first.post(t, approve).want(t, http.StatusConflict, "Your own proposal")
	second.post(t, approve).want(t, http.StatusOK, "/link/", "verifier@example.test")
	second.post(t, approve).want(t, http.StatusConflict, "is decided")
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")).get(t, "/admin/proposals").want(t, http.StatusOK, "approved", "Demo verifier").
		wantNo(t, "<button class=\"button\">Approve")
}

func TestAProposalIsRejectedWithAReasonOrWithdrawn(t *testing.T) {
	s := newSite(t, servertest.New(t))
	first, second := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	proposed := servertest.Must(meritv1.NewAccountServiceClient(first).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: second.AccountID}))(t)
	reject := "/admin/proposals/" + proposed.GetProposalId() + "/reject"
	b := s.as(t, second)
	b.post(t, reject, "reason", "").want(t, http.StatusUnprocessableEntity, "That did not work")
	b.post(t, reject, "reason", "Not asked for").want(t, http.StatusOK, "rejected", "Not asked for")
	operator := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	operator.post(t, reject, "reason", "mine").want(t, http.StatusForbidden)
}
