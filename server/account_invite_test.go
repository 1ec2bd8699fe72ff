package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestWhoMayInviteWhom(t *testing.T) {
	s := servertest.New(t)
	own, other := s.MustAgency(t, store.Agency{}), s.MustAgency(t, store.Agency{})
	admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
	agencyAdmin := s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, own)
	for i, test := range []struct {
		name string
		who  *servertest.Person
		a    *meritv1.Appointment
		want meritv1.Reason // unspecified: allowed
	}{
		{"an agency administrator, an operator of the own agency", agencyAdmin, &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: own}, 0},
		{"an agency administrator, an approver without saying which agency", agencyAdmin, &meritv1.Appointment{Role: meritv1.Role_ROLE_APPROVER}, 0},
		{"an agency administrator, an operator of another agency", agencyAdmin, &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: other}, meritv1.Reason_REASON_OUT_OF_SCOPE},
		{"an agency administrator, an administrator", agencyAdmin, &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN}, meritv1.Reason_REASON_OUT_OF_SCOPE},
		{"an agency administrator, an auditor of the own agency", agencyAdmin, &meritv1.Appointment{Role: meritv1.Role_ROLE_AUDITOR, AgencyId: own}, meritv1.Reason_REASON_OUT_OF_SCOPE},
		{"an agency administrator, a verifier of a region", agencyAdmin, &meritv1.Appointment{Role: meritv1.Role_ROLE_VERIFIER, Region: "I"}, meritv1.Reason_REASON_OUT_OF_SCOPE},
		{"an administrator, a verifier of a region", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_VERIFIER, Region: "I"}, 0},
		{"an administrator, a verifier of an agency", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_VERIFIER, AgencyId: own}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, an operator of no agency", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, an operator of an agency that does not exist", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: "nowhere"}, meritv1.Reason_REASON_NOT_FOUND},
		{"an administrator, a commissioner of a region", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_COMMISSIONER, Region: "I"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, an auditor of both an agency and a region", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_AUDITOR, AgencyId: own, Region: "I"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, everybody signed in", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_SIGNED_IN}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, for days that are over", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN, ValidFrom: "2020-01-01", ValidUntil: "2021-01-31"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, until before the first day", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN, ValidFrom: "2022-01-02", ValidUntil: "2022-01-01"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an administrator, from a day that does not exist", admin, &meritv1.Appointment{Role: meritv1.Role_ROLE_ADMIN, ValidFrom: "2022-02-30"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"an operator, anybody", s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, own), &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: own}, meritv1.Reason_REASON_ROLE_NOT_ALLOWED},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := accounts(test.who).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
				Email: fmt.Sprintf("demo.who%d@example.test", i), Name: "Demo", Appointment: test.a,
			})
			if err != nil && test.want == 0 || servertest.Reason(err) != test.want {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestInvitingSomebodyWhoHasAnAccount(t *testing.T) {
	for _, test := range []struct {
		name     string
		has      *meritv1.Appointment // own agency when it has no region
		accepted bool
		by       meritv1.Role // ADMIN or AGENCY_ADMIN of another agency
		want     meritv1.Reason
		link     bool
	}{
		{
			"with a password gets a membership and no link", &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR}, true,
			meritv1.Role_ROLE_AGENCY_ADMIN, 0, false,
		},
		{
			"waiting for the invitation gets a new link from ADMIN", &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR}, false,
			meritv1.Role_ROLE_ADMIN, 0, true,
		},
		{
			"waiting for another agency's invitation gets no link, which would open that agency", &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR}, false,
			meritv1.Role_ROLE_AGENCY_ADMIN, 0, false,
		},
		{
			"who verifies is not taken off an agency by its own administrator", &meritv1.Appointment{Role: meritv1.Role_ROLE_VERIFIER, Region: "I"}, true,
			meritv1.Role_ROLE_AGENCY_ADMIN, meritv1.Reason_REASON_OUT_OF_SCOPE, false,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := servertest.New(t)
			first, second := s.MustAgency(t, store.Agency{}), s.MustAgency(t, store.Agency{})
			admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
			if test.has.GetRegion() == "" {
				test.has.AgencyId = first
			}
			i := servertest.Must(accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
				Email: "demo@example.test", Name: "Demo", Appointment: test.has,
			}))(t)
			if test.accepted {
				MustAccept(t, s, i.GetLink())
			}
			by := admin
			if test.by == meritv1.Role_ROLE_AGENCY_ADMIN {
				by = s.MustAccount(t, test.by, second)
			}
			again, err := accounts(by).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
				Email: "DEMO@example.test", Name: "Demo", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_CONTRIBUTOR, AgencyId: second},
			})
			if servertest.Reason(err) != test.want || (again.GetLink().GetSecret() != "") != test.link {
				t.Errorf("link %v, error %v", again.GetLink(), err)
			}
			if by != admin && err == nil && len(again.GetAccount().GetMemberships()) != 1 {
				t.Errorf("the administrator of an agency sees memberships of others: %v", again.GetAccount())
			}
		})
	}
}

func TestADeactivatedPersonIsInvitedAnew(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{})
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		a := MustMember(t, s, meritv1.Role_ROLE_APPROVER, agency)
		servertest.Must(accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: a.GetId(), Reason: "demo"}))(t)
		again := servertest.Must(accounts(admin).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
			Email: a.GetEmail(), Name: "Demo", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: agency},
		}))(t)
		_, err := signIn(t, s.Anyone(), a.GetEmail(), password)
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
		MustAccept(t, s, again.GetLink())
		session := servertest.Must(signIn(t, s.Anyone(), a.GetEmail(), password))(t)
		if ms := session.GetAccount().GetMemberships(); len(ms) != 1 || ms[0].GetRole() != meritv1.Role_ROLE_OPERATOR {
			t.Errorf("the old rights came back: %v", ms)
		}
	})
}

func TestARepeatedInvitationIsOne(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		req := &meritv1.InviteAccountRequest{
			Email: "demo@example.test", Name: "Demo", RequestId: "01", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_VERIFIER},
		}
		first := servertest.Must(accounts(admin).InviteAccount(t.Context(), req))(t)
		second := servertest.Must(accounts(admin).InviteAccount(t.Context(), req))(t)
		if first.GetLink().GetSecret() == "" || second.GetLink().GetSecret() != "" {
			t.Errorf("the secrets are %q and %q: it is shown once", first.GetLink().GetSecret(), second.GetLink().GetSecret())
		}
		if first.GetAccount().GetId() != second.GetAccount().GetId() || len(second.GetAccount().GetMemberships()) != 1 {
			t.Errorf("second answer: %v", second)
		}
		MustAccept(t, s, first.GetLink())
		req.Name = "Somebody else"
		_, err := accounts(admin).InviteAccount(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_REQUEST_ID_REUSED)
	})
}

func TestImportAccountsTakesWhatSpreadsheetsWrite(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{Code: "77.01"})
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		file := "\ufeffemail;name;role;agency;region\r\nsatu@example.test;\"Demo; Satu\";operator;77.01;\r\n;;;;\r\ndua@example.test;Demo Dua;VERIFIER;;I\r\nsatu@example.test;Demo Satu;APPROVER;77.01;\r\n"
		preview := servertest.Must(accounts(admin).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: []byte(file), Preview: true}))(t)
		if len(preview.GetAccounts()) != 2 || len(preview.GetLinks()) != 0 {
			t.Errorf("preview: %v", preview)
		}
		done := servertest.Must(accounts(admin).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: []byte(file)}))(t)
		if len(done.GetAccounts()) != 2 || len(done.GetLinks()) != 2 {
			t.Fatalf("import: %v", done)
		}
		satu := done.GetAccounts()[0]
		if satu.GetName() != "Demo; Satu" || len(satu.GetMemberships()) != 2 || satu.GetMemberships()[0].GetAgencyId() != agency {
			t.Errorf("first account: %v", satu)
		}
		for _, link := range done.GetLinks() {
			MustAccept(t, s, link)
		}
	})
}

func TestImportAccountsIsAllOrNothingAndNamesEveryMistake(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		s.MustAgency(t, store.Agency{Code: "77.02"})
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		file := strings.Join([]string{
			"name,email,role,agency,region,from,until",
			"Demo Baik,baik@example.test,OPERATOR,77.02,,,",
			"Demo Peran,peran@example.test,DEWA,77.02,,,",
			"Demo Surel,bukan surel,OPERATOR,77.02,,,",
			"Demo Kode,kode@example.test,OPERATOR,77.99,,,",
			"Demo Tanggal,tanggal@example.test,OPERATOR,77.02,,kemarin,",
			"Demo Habis,habis@example.test,OPERATOR,77.02,,,2020-12-31",
			",kosong@example.test,OPERATOR,77.02,,,",
			"Demo Lagi,baik@example.test,OPERATOR,77.02,,,",
			"Demo Dua,dua@example.test,ADMIN,,,,",
			"Demo Dua,dua@example.test,COMMISSIONER,,,,",
		}, "\n")
		_, err := accounts(admin).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: []byte(strings.Replace(file, "\n,kosong", "\nDemo,kosong", 1))})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
		want := []string{
			"row 11, column role", "row 3, column role", "row 4, column email", "row 5, column agency",
			"row 6, column from", "row 7, column until", "row 9, column role",
		}
		if diff := cmp.Diff(want, slices.Sorted(maps.Keys(servertest.Violations(err)))); diff != "" {
			t.Errorf("mistakes (-want +got):\n%s", diff)
		}
		_, err = accounts(admin).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: []byte(file)})
		if got := servertest.Violations(err)["row 8, column name"]; got == "" {
			t.Errorf("an empty cell: %v", err)
		}
		list := servertest.Must(accounts(admin).ListAccounts(t.Context(), &meritv1.ListAccountsRequest{Text: "@example.test"}))(t)
		for _, a := range list.GetAccounts() {
			if strings.HasPrefix(a.GetEmail(), "baik@") {
				t.Errorf("%s was stored", a.GetEmail())
			}
		}
	})
}
