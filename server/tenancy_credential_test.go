package server_test

import (
	"bytes"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/dynamicpb"

	rpcstatus "google.golang.org/genproto/googleapis/rpc/status"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
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

// TestCredentialsThatAreNoMoreOpenNoRPC calls every RPC with what was good once.
func TestCredentialsThatAreNoMoreOpenNoRPC(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		spent := spentCredentials(t, s)
		for _, method := range slices.Sorted(maps.Keys(s.Rules())) {
			if s.Rules()[method].Allows(meritv1.Role_ROLE_ANYONE) {
				continue // whoever it is: the rest of the suite calls these as nobody
			}
			m := methodOf(t, method)
			for name, p := range spent {
				answer, err := invoke(t, p, m, dynamicpb.NewMessage(m.Input()))
				if status.Code(err) != codes.Unauthenticated || len(answer) > 0 {
					t.Errorf("%s with %s: %v %v", method, name, answer, err)
				}
			}
		}
	})
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
		"a session that never was": s.Bearer("merit_s_" + strings.Repeat("A", 43)),
	}
}
