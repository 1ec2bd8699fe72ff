package server_test

import (
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustToken makes a token for the person and returns it with a connection that uses it.
func MustToken(tb testing.TB, s *servertest.Server, person *servertest.Person) (*meritv1.Token, *servertest.Person) {
	tb.Helper()
	created := servertest.Must(accounts(person).CreateToken(tb.Context(), &meritv1.CreateTokenRequest{Name: "demo"}))(tb)
	return created.GetToken(), s.Bearer(created.GetSecret())
}

func TestATokenActsInItsMembership(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		token, program := MustToken(t, s, person)
		s.MustAlsoAct(t, person, meritv1.Role_ROLE_VERIFIER, "")
		me := servertest.Must(whoAmI(t, program))(t)
		if me.GetActing().GetRole() != meritv1.Role_ROLE_OPERATOR || !me.GetExpiresAt().AsTime().Equal(token.GetExpiresAt().AsTime()) {
			t.Errorf("the token is %v", me)
		}
	})
}

func TestATokenStopsWorking(t *testing.T) {
	for _, test := range []struct {
		name string
		stop func(t *testing.T, s *servertest.Server, person *servertest.Person, token *meritv1.Token)
		want meritv1.Reason
	}{
		{"after 90 days", func(_ *testing.T, s *servertest.Server, _ *servertest.Person, _ *meritv1.Token) {
			s.Clock.Add(90 * 24 * time.Hour)
		}, meritv1.Reason_REASON_NOT_SIGNED_IN},
		{"when revoked", func(t *testing.T, _ *servertest.Server, person *servertest.Person, token *meritv1.Token) {
			revoked := servertest.Must(accounts(person).RevokeToken(t.Context(), &meritv1.RevokeTokenRequest{TokenId: token.GetId()}))(t)
			if revoked.GetToken().GetRevokedAt() == nil {
				t.Error("the answer does not say when")
			}
		}, meritv1.Reason_REASON_NOT_SIGNED_IN},
		{"when its membership is ended", func(t *testing.T, s *servertest.Server, person *servertest.Person, _ *meritv1.Token) {
			admin := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
			servertest.Must(accounts(admin).EndMembership(t.Context(), &meritv1.EndMembershipRequest{MembershipId: person.MembershipID, Reason: "demo"}))(t)
		}, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE},
	} {
		t.Run(test.name, func(t *testing.T) {
			servertest.Each(t, func(t *testing.T, s *servertest.Server) {
				person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
				token, program := MustToken(t, s, person)
				servertest.Must(whoAmI(t, program))(t)
				test.stop(t, s, person, token)
				_, err := whoAmI(t, program)
				servertest.WantReason(t, err, test.want)
			})
		})
	}
}

func TestATokenMakesNoOtherRights(t *testing.T) {
	s := servertest.New(t)
	person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	_, program := MustToken(t, s, person)
	_, err := accounts(program).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "another"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_SESSION_REQUIRED)
	_, err = accounts(program).SwitchMembership(t.Context(), &meritv1.SwitchMembershipRequest{MembershipId: person.MembershipID})
	servertest.WantReason(t, err, meritv1.Reason_REASON_SESSION_REQUIRED)
	_, err = accounts(program).ChangePassword(t.Context(), &meritv1.ChangePasswordRequest{CurrentPassword: password, NewPassword: password})
	servertest.WantReason(t, err, meritv1.Reason_REASON_SESSION_REQUIRED)
}

func TestTokensOfOthersAreNotThere(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		other := s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")
		token, _ := MustToken(t, s, person)
		_, err := accounts(other).RevokeToken(t.Context(), &meritv1.RevokeTokenRequest{TokenId: token.GetId()})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		if list := servertest.Must(accounts(other).ListTokens(t.Context(), &meritv1.ListTokensRequest{}))(t); len(list.GetTokens()) != 0 {
			t.Errorf("the list has %v", list)
		}
	})
}

func TestListTokensPagesNewestFirst(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		var want []string
		for range 5 {
			s.Clock.Add(time.Second) // ids of one instant have no order
			token, _ := MustToken(t, s, person)
			want = append([]string{token.GetId()}, want...)
		}
		var got []string
		req := &meritv1.ListTokensRequest{PageSize: 2}
		for pages := 1; ; pages++ {
			list := servertest.Must(accounts(person).ListTokens(t.Context(), req))(t)
			for _, token := range list.GetTokens() {
				got = append(got, token.GetId())
			}
			if req.PageToken = list.GetNextPageToken(); req.PageToken == "" {
				if pages != 3 {
					t.Errorf("%d pages", pages)
				}
				break
			}
		}
		if len(got) != 5 {
			t.Fatalf("got %v, want %v", got, want)
		}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("got %v, want %v", got, want)
				break
			}
		}
	})
}

func TestTheLastUseOfATokenIsKeptToTheMinute(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		person := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
		_, program := MustToken(t, s, person)
		lastUse := func() time.Time {
			servertest.Must(whoAmI(t, program))(t)
			list := servertest.Must(accounts(person).ListTokens(t.Context(), &meritv1.ListTokensRequest{}))(t)
			return list.GetTokens()[0].GetLastUsedAt().AsTime()
		}
		first := s.Clock.Now()
		for _, step := range []struct {
			pass time.Duration
			want time.Time
		}{{0, first}, {59 * time.Second, first}, {time.Second, first.Add(time.Minute)}} {
			s.Clock.Add(step.pass)
			if got := lastUse(); !got.Equal(step.want) {
				t.Errorf("%v later the last use is %v, want %v", step.pass, got, step.want)
			}
		}
	})
}
