package web_test

import (
	"net/http"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

func TestItemsAreAssignedToColleagues(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.Levels{"1.1": 2})
	contributor := s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, c.AgencyID)
	auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID)
	page := "/assessments/" + c.AssessmentID + "/assignments"
	b := s.as(t, c.Operator)
	b.get(t, page).want(t, http.StatusOK, "Nothing is assigned yet", `value="`+contributor.AccountID+`"`).wantNo(t, auditor.AccountID)

	b.post(t, page, "colleague", contributor.AccountID, "item", "1.1", "item", "2.1", "do", "assign").
		want(t, http.StatusOK, "The items are assigned", "1 of 2", `/items/2.1">2.1</a>`)
	b.post(t, page, "colleague", contributor.AccountID, "do", "assign").
		want(t, http.StatusUnprocessableEntity, "That did not work", `value="`+contributor.AccountID+`" selected`)
	b.post(t, page, "item", "9.9", "colleague", contributor.AccountID).want(t, http.StatusUnprocessableEntity, "9.9")
	b.post(t, page, "colleague", contributor.AccountID, "item", "2.1", "do", "remove").
		want(t, http.StatusOK, "no longer assigned", "1 of 1", "all done")

	s.as(t, contributor).get(t, page).want(t, http.StatusOK, "Demo CONTRIBUTOR").wantNo(t, "Assign items")
	s.as(t, contributor).post(t, page, "colleague", contributor.AccountID, "item", "1.2").want(t, http.StatusForbidden)
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, page).want(t, http.StatusNotFound)
	stranger.post(t, page, "colleague", contributor.AccountID, "item", "1.2").want(t, http.StatusNotFound)
}
