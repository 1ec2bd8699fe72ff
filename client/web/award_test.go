package web_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// awardSite is pages with two kabupaten of the same total and one of less, and a member of the award committee.
func awardSite(t *testing.T) (s *site, member *browser, results []*meritv1.Result) {
	t.Helper()
	s, y := yearSite(t, yeartest.Setup{})
	for i, level := range []int{4, 4, 3} {
		_, result := y.MustDetermined(t, store.Agency{Code: fmt.Sprintf("91.0%d", i+1), Name: "Kabupaten Demo " + string(rune('A'+i))}, yeartest.All(level))
		results = append(results, result)
	}
	return s, s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")), results
}

// mustDraft writes down a rule with one group of kabupaten and places, and returns the award's address.
func mustDraft(t *testing.T, member *browser, places string) string {
	t.Helper()
	drafted := member.post(t, "/awards/draft", "instrument_id", "kasn-2019", "title", "Anugerah Demo", "year", "2021",
		"rule.groups[0].name", "", "rule.groups[1].name", "Kelompok Demo", "rule.groups[1].kinds", "kabupaten",
		"rule.groups[1].categories", "baik", "rule.groups[1].categories", "sangat_baik", "rule.groups[1].places", places).
		want(t, http.StatusOK, "The rule is written down", "Kelompok Demo")
	path, _, _ := strings.Cut(drafted.path, "?")
	return path
}

var revisionField = regexp.MustCompile(`name="revision" value="(\d+)"`)

// mustRevision is the revision that the forms of a page carry.
func mustRevision(t *testing.T, a *answer) string {
	t.Helper()
	found := revisionField.FindStringSubmatch(a.body)
	if found == nil {
		t.Fatalf("no form to decide in:\n%s", a.body)
	}
	return found[1]
}

func TestACommitteeDraftsDecidesAndPublishes(t *testing.T) {
	s, member, results := awardSite(t)
	award := mustDraft(t, member, "2")
	page := member.get(t, award).want(t, http.StatusOK, "Kabupaten Demo A", "gets a place", "no place", "2 places", "Baik, Sangat Baik")
	s.anyone(t).get(t, award).want(t, http.StatusNotFound)

	member.post(t, award+"/publish", "revision", mustRevision(t, page), "letter_number", "7/2021").want(t, http.StatusConflict, "Decide the recipients")
	decided := member.post(t, award+"/decide", "revision", mustRevision(t, page)).want(t, http.StatusOK, "The recipients are decided", "Recipients")
	member.post(t, award+"/decide", "revision", mustRevision(t, page)).want(t, http.StatusConflict) // somebody decided since
	member.post(t, award+"/publish", "revision", mustRevision(t, decided), "letter_number", "7/2021").
		want(t, http.StatusOK, "The list is public", "7/2021").wantNo(t, "Decide again", "Publish the list")

	s.anyone(t).get(t, "/awards").want(t, http.StatusOK, "Anugerah Demo", `href="`+award+`"`)
	s.anyone(t).get(t, award).want(t, http.StatusOK, "Kabupaten Demo A", "Kabupaten Demo B", "7/2021").wantNo(t, "Kabupaten Demo C", "Candidates", "Drafted")
	for name, test := range map[string]struct {
		file   string
		status int
	}{
		"of a recipient":   {results[0].GetAgencyId() + ".pdf", http.StatusOK},
		"of another":       {results[2].GetAgencyId() + ".pdf", http.StatusNotFound},
		"of no agency":     {"nobody.pdf", http.StatusNotFound},
		"as another thing": {results[0].GetAgencyId() + ".exe", http.StatusNotFound},
	} {
		t.Run("the certificate "+name, func(t *testing.T) {
			s.anyone(t).get(t, award+"/certificates/"+test.file).want(t, test.status)
		})
	}
}

func TestEqualsForTheLastPlaceAreChosenWithAReason(t *testing.T) {
	s, member, results := awardSite(t)
	award := mustDraft(t, member, "1")
	revision := mustRevision(t, member.get(t, award).want(t, http.StatusOK, "tied for the last places", "choose 1", "reason-0"))
	member.post(t, award+"/decide", "revision", revision).want(t, http.StatusConflict, "choose 1")
	member.post(t, award+"/decide", "revision", revision, "chosen-0", results[1].GetId(), "reason-0", "Evidence of two years").
		want(t, http.StatusOK, "Chosen among equals:", "Evidence of two years", `value="`+results[1].GetId()+`" checked`)
	s.anyone(t).get(t, award).want(t, http.StatusNotFound)
}

func TestWhoIsTiedToACandidateReadsTheListAndHasNoForms(t *testing.T) {
	s, member, results := awardSite(t)
	award := mustDraft(t, member, "2")
	tied := s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")
	servertest.Must(meritv1.NewAccountServiceClient(tied).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{
		AgencyId: results[2].GetAgencyId(), Relation: "spouse",
	}))(t)
	s.as(t, tied).get(t, award).want(t, http.StatusOK, "This list concerns Kabupaten Demo C", "Kabupaten Demo A").
		wantNo(t, "Decide the recipients", "/exclude")
	member.get(t, award).want(t, http.StatusOK, "Decide the recipients").wantNo(t, "This list concerns")
}

func TestAnExclusionNeedsAReasonAndCanBeTakenBack(t *testing.T) {
	s, member, results := awardSite(t)
	award := mustDraft(t, member, "1")
	agency := results[0].GetAgencyId()
	member.post(t, award+"/exclude", "agency", agency).want(t, http.StatusUnprocessableEntity, "reason")
	member.post(t, award+"/exclude", "agency", agency, "reason", "Under inspection").
		want(t, http.StatusOK, "The agency is excluded", "Under inspection", "Take back in").wantNo(t, "choose 1")
	auditor := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	auditor.get(t, award).want(t, http.StatusOK, "Under inspection").wantNo(t, "Take back in", "Decide the recipients")
	member.post(t, award+"/exclude", "agency", agency, "take_back", "1").want(t, http.StatusOK, "back in the running", "choose 1").wantNo(t, "Under inspection")
}

func TestARefusedDraftKeepsWhatWasTyped(t *testing.T) {
	_, member, _ := awardSite(t)
	member.get(t, "/awards/draft").want(t, http.StatusOK, "Group 3", `value="2021"`, "Sangat Baik")
	form := func(year, places string, more ...string) []string {
		return append([]string{
			"instrument_id", "kasn-2019", "title", "Typed title", "year", year, "rule.groups[0].name", "Typed group",
			"rule.groups[0].kinds", "kota", "rule.groups[0].places", places,
		}, more...)
	}
	typed := []string{"Typed title", "Typed group", `value="kota" checked`}
	for name, test := range map[string]struct {
		form   []string
		status int
		want   string
	}{
		"without a category":   {form("2021", "3"), http.StatusUnprocessableEntity, "categories"},
		"without a year":       {form("soon", "3"), http.StatusUnprocessableEntity, "Write the year in four digits, not soon."},
		"with a broken number": {form("2021", "three"), http.StatusUnprocessableEntity, "Write a whole number, not three."},
		"for more groups":      {form("2021", "3", "more", "1"), http.StatusOK, "Group 4"},
	} {
		t.Run(name, func(t *testing.T) {
			member.post(t, "/awards/draft", test.form...).want(t, test.status, append(typed, test.want)...)
		})
	}
}

func TestAwardsAreMadeByTheCommitteeOnly(t *testing.T) {
	s, member, _ := awardSite(t)
	award := mustDraft(t, member, "1")
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	admin.get(t, "/awards").want(t, http.StatusOK).wantNo(t, "Anugerah Demo", "Draft a list")
	admin.get(t, award).want(t, http.StatusNotFound)
	for _, path := range []string{"/awards/draft", award + "/exclude", award + "/decide", award + "/publish"} {
		admin.post(t, path, "revision", "1").want(t, http.StatusForbidden)
		s.anyone(t).post(t, path).want(t, http.StatusOK, "Sign in")
	}
}
