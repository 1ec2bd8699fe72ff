package server_test

import (
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func proposals(p *servertest.Person) meritv1.ProposalServiceClient {
	return meritv1.NewProposalServiceClient(p)
}

// administrators are a server with three of them.
type administrators struct {
	*servertest.Server
	first, second, third *servertest.Person
}

func newAdministrators(t *testing.T, s *servertest.Server) administrators {
	t.Helper()
	admin := func() *servertest.Person { return s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "") }
	return administrators{s, admin(), admin(), admin()}
}

func eachWithAdministrators(t *testing.T, f func(t *testing.T, s administrators)) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) { f(t, newAdministrators(t, s)) })
}

// MustPropose returns the id of the proposal that a call made; the call is to have done nothing else.
func MustPropose(t *testing.T, answer interface{ GetProposalId() string }, err error) string {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if answer.GetProposalId() == "" {
		t.Fatalf("it took effect at once: %v", answer)
	}
	return answer.GetProposalId()
}

func approve(t *testing.T, p *servertest.Person, id string) (*meritv1.ApproveProposalResponse, error) {
	return proposals(p).ApproveProposal(t.Context(), &meritv1.ApproveProposalRequest{ProposalId: id})
}

func reject(t *testing.T, p *servertest.Person, id string) (*meritv1.RejectProposalResponse, error) {
	return proposals(p).RejectProposal(t.Context(), &meritv1.RejectProposalRequest{ProposalId: id, Reason: "tidak perlu"})
}

func grantTo(t *testing.T, admin, to *servertest.Person, role meritv1.Role) (*meritv1.GrantMembershipResponse, error) {
	return accounts(admin).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{
		AccountId: to.AccountID, Appointment: &meritv1.Appointment{Role: role},
	})
}

// holds reports whether somebody has a role in force.
func holds(t *testing.T, s *servertest.Server, accountID string, role meritv1.Role) bool {
	t.Helper()
	a := servertest.Must(accounts(s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")).GetAccount(t.Context(), &meritv1.GetAccountRequest{AccountId: accountID}))(t)
	for _, m := range a.GetAccount().GetMemberships() {
		if m.GetRole() == role && m.GetInForce() {
			return true
		}
	}
	return false
}

func TestARoleThatDecidesOrGivesRightsNeedsASecondAdministrator(t *testing.T) {
	for _, role := range []meritv1.Role{
		meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER,
		meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR,
	} {
		t.Run(role.String(), func(t *testing.T) {
			s := newAdministrators(t, servertest.New(t))
			person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
			answer, err := grantTo(t, s.first, person, role)
			id := MustPropose(t, answer, err)
			if holds(t, s.Server, person.AccountID, role) {
				t.Error("the role was given before a second administrator said so")
			}
			approved := servertest.Must(approve(t, s.second, id))(t).GetProposal()
			if approved.GetState() != meritv1.ProposalState_PROPOSAL_STATE_APPROVED || approved.GetDecidedBy().GetAccountId() != s.second.AccountID {
				t.Errorf("approved: %v", approved)
			}
			if !holds(t, s.Server, person.AccountID, role) {
				t.Error("the approval gave nothing")
			}
		})
	}
}

func TestRolesOfAnAgencyNeedOneAdministratorOnly(t *testing.T) {
	s := newAdministrators(t, servertest.New(t))
	agency := s.MustAgency(t, store.Agency{})
	for _, role := range []meritv1.Role{
		meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN,
	} {
		if i := MustInvite(t, s.first, role, agency); i.GetProposalId() != "" || i.GetLink().GetSecret() == "" {
			t.Errorf("%s: %v", role, i)
		}
	}
}

func TestASingleAdministratorActsAtOnceAndTheListSaysSo(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		i := MustInvite(t, admin, meritv1.Role_ROLE_ADMIN, "")
		if i.GetProposalId() != "" || i.GetLink().GetSecret() == "" {
			t.Errorf("invited: %v", i)
		}
		if list := servertest.Must(proposals(admin).ListProposals(t.Context(), &meritv1.ListProposalsRequest{}))(t); !list.GetSingleAdministrator() {
			t.Error("somebody who has not accepted the invitation can approve nothing, and counts all the same")
		}
		MustAccept(t, s, i.GetLink())
		if list := servertest.Must(proposals(admin).ListProposals(t.Context(), &meritv1.ListProposalsRequest{}))(t); list.GetSingleAdministrator() {
			t.Error("two can act as ADMIN, and the list says one")
		}
	})
}

func TestTheLinkOfAnApprovedInvitationIsTheApprovers(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		id := MustInvite(t, s.first, meritv1.Role_ROLE_COMMISSIONER, "").GetProposalId()
		approved := servertest.Must(approve(t, s.second, id))(t)
		MustAccept(t, s.Server, approved.GetLink())
		session := servertest.Must(signIn(t, s.Anyone(), approved.GetProposal().GetEmail(), password))(t)
		if session.GetActing().GetRole() != meritv1.Role_ROLE_COMMISSIONER || session.GetActing().GetGrantedBy().GetAccountId() != s.first.AccountID {
			t.Errorf("acting %v", session.GetActing())
		}
	})
}

func TestNobodyApprovesTheirOwnProposalNorOneForThemselves(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		answer, err := grantTo(t, s.first, s.second, meritv1.Role_ROLE_AUDITOR)
		id := MustPropose(t, answer, err)
		for _, who := range []*servertest.Person{s.first, s.second} {
			s.WantUnchanged(t, func() {
				_, err := approve(t, who, id)
				servertest.WantReason(t, err, meritv1.Reason_REASON_OWN_PROPOSAL)
			})
		}
		servertest.Must(approve(t, s.third, id))(t)
	})
}

func TestAnInvitationIsNotApprovedByWhomItIsFor(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		answer, err := accounts(s.first).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
			Email: s.second.Email, Name: "Demo", Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_AUDITOR},
		})
		_, err = approve(t, s.second, MustPropose(t, answer, err))
		servertest.WantReason(t, err, meritv1.Reason_REASON_OWN_PROPOSAL)
	})
}

func TestAProposalIsDecidedOnceWithin72Hours(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		propose := func() string {
			answer, err := accounts(s.first).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: verifier.AccountID})
			return MustPropose(t, answer, err)
		}
		rejected := propose()
		_, err := accounts(s.third).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: verifier.AccountID})
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)
		if p := servertest.Must(reject(t, s.second, rejected))(t).GetProposal(); p.GetDecisionReason() != "tidak perlu" {
			t.Errorf("rejected: %v", p)
		}
		s.Clock.Add(time.Minute)
		late := propose()
		s.Clock.Add(72 * time.Hour)
		for _, id := range []string{rejected, late} {
			_, err := approve(t, s.third, id)
			servertest.WantReason(t, err, meritv1.Reason_REASON_PROPOSAL_CLOSED)
			_, err = reject(t, s.third, id)
			servertest.WantReason(t, err, meritv1.Reason_REASON_PROPOSAL_CLOSED)
		}
		list := servertest.Must(proposals(s.third).ListProposals(t.Context(), &meritv1.ListProposalsRequest{}))(t).GetProposals()
		if len(list) != 2 || list[0].GetState() != meritv1.ProposalState_PROPOSAL_STATE_EXPIRED || list[1].GetState() != meritv1.ProposalState_PROPOSAL_STATE_REJECTED {
			t.Errorf("list %v", list)
		}
		if open := servertest.Must(proposals(s.third).ListProposals(t.Context(), &meritv1.ListProposalsRequest{OpenOnly: true}))(t).GetProposals(); len(open) != 0 {
			t.Errorf("open: %v", open)
		}
		propose()
	})
}

func TestAResetOfSomebodyWhoDecidesNeedsASecondAdministrator(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		answer, err := accounts(s.first).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: s.second.AccountID})
		id := MustPropose(t, answer, err)
		if answer.GetLink() != nil {
			t.Errorf("a link came with the proposal: %v", answer)
		}
		if approved := servertest.Must(approve(t, s.third, id))(t); approved.GetLink().GetSecret() == "" {
			t.Errorf("approved: %v", approved)
		}
	})
}

func TestTheSecondFactorOfSomebodyWhoDecidesIsTakenAwayByTwoAdministrators(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		factor := func(accountID string) (found store.SecondFactor) {
			if err := s.Store.View(t.Context(), func(tx *store.Tx) (err error) {
				found, err = tx.SecondFactor(accountID)
				return err
			}); err != nil {
				t.Fatal(err)
			}
			return found
		}
		verifier := MustEnrol(t, s.Server, meritv1.Role_ROLE_VERIFIER, "")
		answer, err := accounts(s.first).ResetSecondFactor(t.Context(), &meritv1.ResetSecondFactorRequest{AccountId: verifier.AccountID})
		id := MustPropose(t, answer, err)
		if factor(verifier.AccountID).EnrolledAt.IsZero() {
			t.Error("it was taken away before a second administrator said so")
		}
		servertest.Must(approve(t, s.second, id))(t)
		if !factor(verifier.AccountID).EnrolledAt.IsZero() {
			t.Error("the approval took nothing away")
		}

		operator := MustEnrol(t, s.Server, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		at := servertest.Must(accounts(s.first).ResetSecondFactor(t.Context(), &meritv1.ResetSecondFactorRequest{AccountId: operator.AccountID}))(t)
		if at.GetProposalId() != "" || !factor(operator.AccountID).EnrolledAt.IsZero() {
			t.Errorf("of an operator one administrator is enough: %v", at)
		}
	})
}

// Who is invited and has not accepted can be taken over with a new link, whatever the new role.
func TestASecondInvitationOfSomebodyWhoIsToDecideNeedsASecondAdministrator(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		invited := servertest.Must(approve(t, s.second, MustInvite(t, s.first, meritv1.Role_ROLE_COMMISSIONER, "").GetProposalId()))(t)
		answer, err := accounts(s.first).InviteAccount(t.Context(), &meritv1.InviteAccountRequest{
			Email: invited.GetProposal().GetEmail(), Name: "Demo",
			Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_CONTRIBUTOR, AgencyId: s.MustAgency(t, store.Agency{})},
		})
		MustPropose(t, answer, err)
	})
}

func TestAnAdministratorIsNotRemovedByAnotherAlone(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		ended, err := accounts(s.first).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: s.second.MembershipID, Reason: "demo"})
		end := MustPropose(t, ended, err)
		gone, err := accounts(s.first).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: s.third.AccountID, Reason: "demo"})
		deactivate := MustPropose(t, gone, err)
		servertest.Must(whoAmI(t, s.third))(t)
		servertest.Must(approve(t, s.second, deactivate))(t)
		_, err = whoAmI(t, s.third)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
		servertest.Must(approve(t, s.second, end))(t) // to go takes nobody else
		if holds(t, s.Server, s.second.AccountID, meritv1.Role_ROLE_ADMIN) {
			t.Error("the membership goes on")
		}
	})
}

func TestWhatAnAdministratorProposedIsVoidOnceTheyAreNone(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		id := MustInvite(t, s.first, meritv1.Role_ROLE_COMMISSIONER, "").GetProposalId()
		ended, err := accounts(s.first).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: s.first.MembershipID, Reason: "demo"})
		servertest.Must(approve(t, s.second, MustPropose(t, ended, err)))(t)
		s.WantUnchanged(t, func() {
			_, err := approve(t, s.second, id)
			servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		})
	})
}

func TestWhatIsApprovedIsCheckedAsIfItWereDoneNow(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		admin := meritv1.NewInstrumentServiceClient(s.first)
		draft := MustSave(t, admin, MustSource(t, "before.yaml"))
		publish := func() string {
			answer, err := admin.PublishInstrument(t.Context(), &meritv1.PublishInstrumentRequest{InstrumentId: draft.GetId(), Digest: draft.GetDigest()})
			return MustPropose(t, answer, err)
		}
		id := publish()
		MustSave(t, admin, MustSource(t, "before.yaml")+"# changed after it was proposed\n")
		s.WantUnchanged(t, func() {
			_, err := approve(t, s.second, id)
			servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		})
		draft = MustSave(t, admin, MustSource(t, "before.yaml"))
		servertest.Must(approve(t, s.second, id))(t)
		in := servertest.Must(meritv1.NewInstrumentServiceClient(s.Anyone()).GetInstrument(t.Context(), &meritv1.GetInstrumentRequest{InstrumentId: draft.GetId()}))(t)
		if in.GetInstrument().GetLifecycle() != meritv1.Lifecycle_LIFECYCLE_PUBLISHED {
			t.Errorf("the instrument is %s", in.GetInstrument().GetLifecycle())
		}
	})
}

func TestEveryRowOfAnImportThatNeedsASecondAdministratorIsProposed(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		s.MustAgency(t, store.Agency{Code: "73.71"})
		csv := "name,email,role,agency\nDemo,a@example.test,OPERATOR,73.71\nDemo,b@example.test,VERIFIER,\nDemo,c@example.test,ADMIN,\n"
		for _, preview := range []bool{true, false} {
			answer := servertest.Must(accounts(s.first).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: []byte(csv), Preview: preview}))(t)
			if want := map[bool]int{false: 2}[preview]; len(answer.GetAccounts()) != 1 || len(answer.GetProposalIds()) != want {
				t.Errorf("preview %v: %v", preview, answer)
			}
		}
	})
}

func TestAdministratorsAndThePersonAreTold(t *testing.T) {
	eachWithAdministrators(t, func(t *testing.T, s administrators) {
		verifier := s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		told := func(p *servertest.Person) (kinds []string) {
			list := servertest.Must(meritv1.NewNoticeServiceClient(p).ListNotices(t.Context(), &meritv1.ListNoticesRequest{}))(t)
			for _, n := range list.GetNotices() {
				kinds = append(kinds, n.GetKind().String()[len("NOTICE_KIND_"):])
			}
			return kinds
		}
		want := func(p *servertest.Person, kinds ...string) {
			t.Helper()
			if got := told(p); len(got) != len(kinds) || len(got) > 0 && got[0] != kinds[0] {
				t.Errorf("told %v, want %v", got, kinds)
			}
		}
		answer, err := accounts(s.first).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: verifier.AccountID})
		id := MustPropose(t, answer, err)
		want(s.first)
		want(s.second, "PROPOSAL_MADE")
		want(s.third, "PROPOSAL_MADE")
		want(verifier)
		link := servertest.Must(approve(t, s.second, id))(t).GetLink()
		want(s.first, "PROPOSAL_APPROVED")
		want(verifier, "CREDENTIALS_CHANGED")
		s.Clock.Add(time.Minute)
		MustAccept(t, s.Server, link)
		again := s.MustAlsoAct(t, verifier, meritv1.Role_ROLE_VERIFIER, "")
		want(again, "CREDENTIALS_CHANGED", "CREDENTIALS_CHANGED")
		s.Clock.Add(time.Minute)
		servertest.Must(accounts(s.first).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: verifier.MembershipID, Reason: "demo"}))(t)
		want(again, "ROLES_CHANGED", "", "")
	})
}

func TestAnAgencyAdministratorHasNoSayOverItsAuditors(t *testing.T) {
	s := servertest.New(t)
	agency := s.MustAgency(t, store.Agency{})
	admin, auditor := s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, agency), s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, agency)
	_, err := accounts(admin).ResetPassword(t.Context(), &meritv1.ResetPasswordRequest{AccountId: auditor.AccountID})
	servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
	_, err = accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: auditor.AccountID, Reason: "demo"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
	_, err = accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: auditor.MembershipID, Reason: "demo"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_OUT_OF_SCOPE)
}

func TestATokenApprovesNothing(t *testing.T) {
	s := newAdministrators(t, servertest.New(t))
	id := MustInvite(t, s.first, meritv1.Role_ROLE_COMMISSIONER, "").GetProposalId()
	token := servertest.Must(accounts(s.second).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo"}))(t)
	_, err := approve(t, s.Bearer(token.GetSecret()), id)
	servertest.WantReason(t, err, meritv1.Reason_REASON_SESSION_REQUIRED)
}
