package server_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/genproto/googleapis/rpc/errdetails"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

func TestSignInActsInTheFirstMembershipInForce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{Name: "Kabupaten Demo"})
		a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, agency)
		session := servertest.Must(signIn(t, s.Anyone(), "  "+a.GetEmail(), password))(t)
		if got := session.GetActing(); got.GetRole() != meritv1.Role_ROLE_OPERATOR || got.GetAgencyName() != "Kabupaten Demo" {
			t.Errorf("acting in %v", got)
		}
		me := servertest.Must(whoAmI(t, s.Bearer(session.GetSessionToken())))(t)
		if me.GetAccount().GetId() != a.GetId() || len(me.GetAccount().GetMemberships()) != 1 || me.GetActing().GetId() != session.GetActing().GetId() {
			t.Errorf("I am %v", me)
		}
		if want := s.Clock.Now().Add(12 * time.Hour); !me.GetExpiresAt().AsTime().Equal(want) {
			t.Errorf("the session expires at %v, want %v", me.GetExpiresAt().AsTime(), want)
		}
	})
}

func TestSignInChoosesOnesOwnMembershipOnly(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{})
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		a, other := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, agency), MustMember(t, s, meritv1.Role_ROLE_APPROVER, agency)
		grant := func(role meritv1.Role) string {
			return servertest.Must(accounts(admin).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{
				AccountId: a.GetId(), Appointment: &meritv1.Appointment{Role: role, AgencyId: agency},
			}))(t).GetMembership().GetId()
		}
		second, ended := grant(meritv1.Role_ROLE_APPROVER), grant(meritv1.Role_ROLE_CONTRIBUTOR)
		servertest.Must(accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: ended, Reason: "demo"}))(t)
		choose := func(id string) (*meritv1.SignInResponse, error) {
			return accounts(s.Anyone()).SignIn(t.Context(), &meritv1.SignInRequest{Email: a.GetEmail(), Password: password, MembershipId: id})
		}
		if got := servertest.Must(choose(second))(t).GetActing(); got.GetId() != second {
			t.Errorf("acting in %v, want the one chosen", got)
		}
		refusals := map[string]string{}
		for name, id := range map[string]string{"of somebody else": other.GetMemberships()[0].GetId(), "ended": ended, "of nobody": missing} {
			var err error
			s.WantUnchanged(t, func() { _, err = choose(id) })
			servertest.WantReason(t, err, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE)
			refusals[strings.ReplaceAll(err.Error(), id, "ID")] = name
		}
		if len(refusals) != 1 {
			t.Errorf("the refusals differ: %q", refusals)
		}
	})
}

func TestSignInIsRefusedTheSameWayWhateverIsWrong(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{})
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		active := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, agency)
		gone := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, agency)
		servertest.Must(accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{AccountId: gone.GetId(), Reason: "demo"}))(t)
		waiting := MustInvite(t, admin, meritv1.Role_ROLE_OPERATOR, agency).GetAccount()
		var first []string // what was said and done
		for i, try := range []struct{ email, password string }{
			{active.GetEmail(), "tiga gajah tidur"},
			{"nobody@example.test", password},
			{gone.GetEmail(), password},
			{gone.GetEmail(), "tiga gajah tidur"},
			{waiting.GetEmail(), password},
		} {
			from := s.Anyone().With(server.ClientAddress, fmt.Sprint("203.0.113.", i))
			var err error
			var work []string
			hashed := hashes(func() { work = s.Work(func() { _, err = signIn(t, from, try.email, try.password) }) })
			servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
			if hashed != 1 {
				t.Errorf("%s: %d passwords were hashed, want 1", try.email, hashed)
			}
			if got := append(work, err.Error()); first == nil {
				first = got
			} else if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("%s with %q is refused in another way than %s (-want +got):\n%s", try.email, try.password, active.GetEmail(), diff)
			}
		}
	}, func(o *server.Options) { o.PasswordCost = costly })
}

// costly hashes take so much memory that what else a call takes does not count beside it.
var costly = access.Cost{MemoryKiB: 32 << 10, Passes: 1}

// hashes counts how many costly hashes are made while do runs, by the memory that they take.
func hashes(do func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	runtime.ReadMemStats(&after)
	return (after.TotalAlloc - before.TotalAlloc) / uint64(costly.MemoryKiB<<10)
}

func TestFailedSignInsSlowDown(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		stranger := s.Anyone().With(server.ClientAddress, "203.0.113.7")
		for range 5 {
			_, err := signIn(t, stranger, a.GetEmail(), "wrong")
			servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
		}
		_, err := signIn(t, stranger, a.GetEmail(), password)
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_SLOWED)
		retry, _ := servertest.Detail[*errdetails.RetryInfo](err)
		if wait := retry.GetRetryDelay().AsDuration(); wait != time.Second {
			t.Errorf("the first wait is %v", wait)
		}

		owner := s.Anyone().With(server.ClientAddress, "198.51.100.9")
		servertest.Must(signIn(t, owner, a.GetEmail(), password))(t)

		s.Clock.Add(time.Second)
		_, err = signIn(t, stranger, a.GetEmail(), "wrong")
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
		s.Clock.Add(time.Second)
		_, err = signIn(t, stranger, a.GetEmail(), password)
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_SLOWED) // two seconds by now
		s.Clock.Add(time.Second)
		servertest.Must(signIn(t, stranger, a.GetEmail(), password))(t)
		for range 5 { // a success begins anew
			_, err := signIn(t, stranger, a.GetEmail(), "wrong")
			servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
		}
	})
}

func TestAnAddressThatTriesManyAccountsSlowsDown(t *testing.T) {
	s := servertest.New(t)
	stranger := s.Anyone().With(server.ClientAddress, "2001:db8::1")
	neighbour := s.Anyone().With(server.ClientAddress, "2001:db8::2") // of the same /64
	for i := range 50 {
		_, err := signIn(t, stranger, fmt.Sprintf("demo%d@example.test", i), "wrong")
		servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
	}
	_, err := signIn(t, neighbour, "somebody@example.test", "wrong")
	servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_SLOWED)
	s.Clock.Add(24 * time.Hour)
	_, err = signIn(t, neighbour, "somebody@example.test", "wrong")
	servertest.WantReason(t, err, meritv1.Reason_REASON_SIGN_IN_FAILED)
}

func TestASessionEnds(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(t *testing.T, s *servertest.Server, session *servertest.Person)
	}{
		{"after twelve hours", func(_ *testing.T, s *servertest.Server, _ *servertest.Person) { s.Clock.Add(12 * time.Hour) }},
		{"when signed out", func(t *testing.T, _ *servertest.Server, session *servertest.Person) {
			servertest.Must(accounts(session).SignOut(t.Context(), &meritv1.SignOutRequest{}))(t)
		}},
		{"when the account is deactivated", func(t *testing.T, s *servertest.Server, session *servertest.Person) {
			me := servertest.Must(whoAmI(t, session))(t)
			admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
			servertest.Must(accounts(admin).DeactivateAccount(t.Context(), &meritv1.DeactivateAccountRequest{
				AccountId: me.GetAccount().GetId(), Reason: "demo",
			}))(t)
		}},
		{"when another session changes the password", func(t *testing.T, s *servertest.Server, session *servertest.Person) {
			me := servertest.Must(whoAmI(t, session))(t)
			other := s.Bearer(servertest.Must(signIn(t, s.Anyone(), me.GetAccount().GetEmail(), password))(t).GetSessionToken())
			servertest.Must(accounts(other).ChangePassword(t.Context(), &meritv1.ChangePasswordRequest{
				CurrentPassword: password, NewPassword: "empat gajah menari",
			}))(t)
			servertest.Must(whoAmI(t, other))(t)
		}},
	} {
		t.Run(test.name, func(t *testing.T) {
			servertest.Each(t, func(t *testing.T, s *servertest.Server) {
				a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
				session := s.Bearer(servertest.Must(signIn(t, s.Anyone(), a.GetEmail(), password))(t).GetSessionToken())
				servertest.Must(whoAmI(t, session))(t)
				test.end(t, s, session)
				_, err := whoAmI(t, session)
				servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_SIGNED_IN)
			})
		})
	}
}

func TestAMembershipCountsOnlyOnItsDays(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		agency := s.MustAgency(t, store.Agency{})
		person := s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, agency)
		admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		granted := servertest.Must(accounts(admin).GrantMembership(t.Context(), &meritv1.GrantMembershipRequest{
			AccountId:   person.AccountID,
			Appointment: &meritv1.Appointment{Role: meritv1.Role_ROLE_OPERATOR, AgencyId: agency, ValidFrom: "2021-02-03", ValidUntil: "2021-02-04"},
		}))(t).GetMembership()
		act := func() error {
			_, err := accounts(person).SwitchMembership(t.Context(), &meritv1.SwitchMembershipRequest{MembershipId: granted.GetId()})
			if err == nil {
				_, err = accounts(person).ListAccounts(t.Context(), &meritv1.ListAccountsRequest{})
			}
			return err
		}
		wib := time.FixedZone("WIB", 7*3600)
		s.Clock.Set(time.Date(2021, 2, 2, 23, 59, 59, 0, wib))
		servertest.WantReason(t, act(), meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE)
		s.Clock.Set(time.Date(2021, 2, 3, 0, 0, 0, 0, wib))
		if err := act(); err != nil {
			t.Errorf("on its first day: %v", err)
		}
		s.Clock.Set(time.Date(2021, 2, 4, 23, 59, 59, 0, wib))
		if err := act(); err != nil {
			t.Errorf("at the end of its last day: %v", err)
		}
		s.Clock.Set(time.Date(2021, 2, 5, 0, 0, 0, 0, wib))
		_, err := accounts(person).ListAccounts(t.Context(), &meritv1.ListAccountsRequest{})
		servertest.WantReason(t, err, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE)
		if me := servertest.Must(whoAmI(t, person))(t); me.GetActing() != nil || len(me.GetAccount().GetMemberships()) != 1 {
			t.Errorf("after the last day I am %v", me)
		}
	})
}

func TestSwitchMembershipRefusesWhatIsNotOnesOwn(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		other := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		_, err := accounts(person).SwitchMembership(t.Context(), &meritv1.SwitchMembershipRequest{MembershipId: other.MembershipID})
		servertest.WantReason(t, err, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE)
		if me := servertest.Must(whoAmI(t, person))(t); me.GetActing().GetRole() != meritv1.Role_ROLE_OPERATOR {
			t.Errorf("acting in %v", me.GetActing())
		}
	})
}

func TestUpdateProfileChangesNameAndLanguage(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		a := servertest.Must(accounts(person).UpdateProfile(t.Context(), &meritv1.UpdateProfileRequest{Name: " Demo Baru ", Language: "en"}))(t).GetAccount()
		if a.GetName() != "Demo Baru" || a.GetLanguage() != "en" || a.GetRevision() != 2 {
			t.Errorf("account %v", a)
		}
		_, err := accounts(person).UpdateProfile(t.Context(), &meritv1.UpdateProfileRequest{Name: "Demo\nBaru", Language: "en"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	})
}

func TestManyTriesAtOnceGainNothing(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := MustMember(t, s, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		reasons := make(chan meritv1.Reason)
		for range 20 {
			go func() {
				_, err := signIn(t, s.Anyone(), a.GetEmail(), "wrong")
				reasons <- servertest.Reason(err)
			}()
		}
		count := map[meritv1.Reason]int{}
		for range 20 {
			count[<-reasons]++
		}
		if count[meritv1.Reason_REASON_SIGN_IN_FAILED] != 5 || count[meritv1.Reason_REASON_SIGN_IN_SLOWED] != 15 {
			t.Errorf("of twenty tries: %v", count)
		}
	})
}
