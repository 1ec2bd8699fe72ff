package server_test

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestDeclareInterest(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{Name: "Kabupaten Demo"})
		verifier := s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
		declare := func(req *meritv1.DeclareInterestRequest) error {
			_, err := accounts(verifier).DeclareInterest(t.Context(), req)
			return err
		}
		if err := declare(&meritv1.DeclareInterestRequest{AgencyId: agency, Relation: "bekas pegawai", UntilDate: "2010-12-31"}); err != nil {
			t.Fatal(err)
		}
		servertest.WantReason(t, declare(&meritv1.DeclareInterestRequest{AgencyId: "01234567890123456789012345", Relation: "demo"}), meritv1.Reason_REASON_NOT_FOUND)
		servertest.WantReason(t, declare(&meritv1.DeclareInterestRequest{AgencyId: agency, Relation: "demo", FromDate: "2010-02-30"}), meritv1.Reason_REASON_INVALID_REQUEST)
		servertest.WantReason(t, declare(&meritv1.DeclareInterestRequest{AgencyId: agency, Relation: "demo", FromDate: "2011-01-01", UntilDate: "2010-01-01"}), meritv1.Reason_REASON_INVALID_REQUEST)
		list := servertest.Must(accounts(verifier).ListInterests(t.Context(), &meritv1.ListInterestsRequest{}))(t).GetInterests()
		if len(list) != 1 || list[0].GetAgencyName() != "Kabupaten Demo" || list[0].GetRelation() != "bekas pegawai" {
			t.Errorf("declared: %v", list)
		}
	})
}

func TestWhoReadsDeclarationsOfOthers(t *testing.T) {
	s := servertest.New(t)
	agency := s.MustAgency(t, store.Agency{})
	verifier := s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I")
	for _, test := range []struct {
		name string
		who  *servertest.Person
		want meritv1.Reason
	}{
		{"the lead verifier of the region", s.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "I"), 0},
		{"not the lead verifier of another region", s.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"), meritv1.Reason_REASON_NOT_FOUND},
		{"an administrator", s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), 0},
		{"an auditor of the nation", s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), 0},
		{"not an auditor of an agency", s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, agency), meritv1.Reason_REASON_NOT_FOUND},
		{"not another verifier", s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"), meritv1.Reason_REASON_ROLE_NOT_ALLOWED},
	} {
		_, err := accounts(test.who).ListInterests(t.Context(), &meritv1.ListInterestsRequest{AccountId: verifier.AccountID})
		if servertest.Reason(err) != test.want || test.want == 0 && err != nil {
			t.Errorf("%s: error %v, want %v", test.name, err, test.want)
		}
	}
}
