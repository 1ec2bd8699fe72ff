package server_test

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// callJSON is call through the JSON door.
func (w *world) callJSON(t *testing.T, m protoreflect.MethodDescriptor, who *stranger, req proto.Message, id string) told {
	t.Helper()
	body, err := protojson.Marshal(req)
	if err != nil {
		t.Fatal(err)
	}
	path := "/api/" + string(m.Parent().FullName()) + "/" + string(m.Name())
	asked := httptest.NewRequestWithContext(t.Context(), http.MethodPost, path, bytes.NewReader(body))
	asked.Header.Set("Accept-Language", "en")
	if who.person.Secret != "" {
		asked.Header.Set("Authorization", "Bearer "+who.person.Secret)
	}
	answer := httptest.NewRecorder()
	w.Gateway().ServeHTTP(answer, asked)
	said := told{text: strings.ReplaceAll(answer.Body.String(), id, "ID")}
	if answer.Code == http.StatusOK {
		got := dynamicpb.NewMessage(m.Output())
		if err := protojson.Unmarshal(answer.Body.Bytes(), got); err != nil {
			t.Fatalf("%s answered %q: %v", path, answer.Body, err)
		}
		said.data = proto.Size(got) > 0
		return said
	}
	var refused rpcstatus.Status
	if err := protojson.Unmarshal(answer.Body.Bytes(), &refused); err != nil {
		t.Fatalf("%s answered %d %q: %v", path, answer.Code, answer.Body, err)
	}
	said.code = codes.Code(refused.GetCode())
	return said
}

// TestCredentialsThatAreNoMoreOpenNoRPC calls every RPC, over gRPC and JSON, with what was good once: also those that the
// public may call, so that nobody mistakes the public's view for their own. What it was is not told.
func TestCredentialsThatAreNoMoreOpenNoRPC(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		w := &world{Year: &yeartest.Year{Server: s}}
		spent, halfSpent := spentCredentials(t, s), tokenOfNoMembership(t, s)
		for _, method := range slices.Sorted(maps.Keys(s.Rules())) {
			if s.Rules()[method].IgnoreCredentials {
				continue // to sign in again: whatever else it is sent, nothing is looked at
			}
			m := methodOf(t, method)
			calls := []func(*servertest.Person) told{func(p *servertest.Person) told {
				return w.call(t, m, &stranger{person: p}, dynamicpb.NewMessage(m.Input()), missing)
			}}
			if !m.IsStreamingClient() && !m.IsStreamingServer() {
				calls = append(calls, func(p *servertest.Person) told {
					return w.callJSON(t, m, &stranger{person: p}, dynamicpb.NewMessage(m.Input()), missing)
				})
			}
			for door, call := range calls {
				never := call(s.Bearer("merit_s_" + strings.Repeat("A", 43)))
				for name, p := range spent {
					if got := call(p); got.code != codes.Unauthenticated || got.data || got.text != never.text {
						t.Errorf("%s with %s, door %d: %v %s, want as for a session that never was: %s", method, name, door, got.code, got.text, never.text)
					}
				}
				if got := call(halfSpent); got.code != codes.PermissionDenied || got.data {
					t.Errorf("%s with a token whose membership has ended, door %d: %v %s", method, door, got.code, got.text)
				}
			}
		}
	})
}

// TestCredentialsThatAreNoMoreOpenNoPage goes to every page with the session that was good once in its cookie: each is as it
// is for nobody.
func TestCredentialsThatAreNoMoreOpenNoPage(t *testing.T) {
	s := servertest.New(t)
	pages, spent := newPages(t, s), spentCredentials(t, s)
	for _, pattern := range pages.Patterns() {
		method, path, _ := strings.Cut(wildcard.ReplaceAllString(pattern, missing), " ")
		see := func(secret string) string {
			answer := ask(t, pages, httptest.NewRequestWithContext(t.Context(), method, path, nil), secret)
			answer.Header().Del("Set-Cookie") // a session that is no more is forgotten
			return fmt.Sprintln(answer.Code, answer.Header()) + answer.Body.String()
		}
		nobodys := see("")
		for name, p := range spent {
			if diff := cmp.Diff(nobodys, see(p.Secret)); diff != "" {
				t.Errorf("%s with %s is otherwise than for nobody (-nobody +got):\n%s", pattern, name, diff)
			}
		}
	}
}

// spentCredentials are credentials of an administrator that were good once.
func spentCredentials(t *testing.T, s *servertest.Server) map[string]*servertest.Person {
	t.Helper()
	admin := func() *servertest.Person { return s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "") }
	token := func(days int32) (*servertest.Person, string, *servertest.Person) {
		owner := admin()
		made := servertest.Must(accounts(owner).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo", ValidDays: days}))(t)
		return s.Bearer(made.GetSecret()), made.GetToken().GetId(), owner
	}
	expiredToken, _, _ := token(1)
	expiredSession := admin()
	s.Clock.Add(20 * 365 * 24 * time.Hour)
	endedSession, deactivated := admin(), admin()
	revokedToken, id, owner := token(0)
	servertest.Must(accounts(owner).RevokeToken(t.Context(), &meritv1.RevokeTokenRequest{TokenId: id}))(t)
	servertest.Must(accounts(endedSession).SignOut(t.Context(), &meritv1.SignOutRequest{}))(t)
	s.MustUpdate(t, "account.deactivate", func(tx *store.Tx) error {
		a, err := tx.Account(deactivated.AccountID)
		if err != nil {
			return err
		}
		return tx.DeactivateAccount(a.ID, a.Revision, "demo")
	})
	return map[string]*servertest.Person{
		"an expired token": expiredToken, "an expired session": expiredSession, "a session that was ended": endedSession,
		"a token that was revoked": revokedToken, "a session of a deactivated account": deactivated,
	}
}

// tokenOfNoMembership is a token that is good, but for the membership that it acts in.
func tokenOfNoMembership(t *testing.T, s *servertest.Server) *servertest.Person {
	t.Helper()
	owner := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	made := servertest.Must(accounts(owner).CreateToken(t.Context(), &meritv1.CreateTokenRequest{Name: "demo"}))(t)
	s.MustUpdate(t, "membership.end", func(tx *store.Tx) error { return tx.EndMembership(owner.MembershipID, owner.AccountID, "demo") })
	return s.Bearer(made.GetSecret())
}
