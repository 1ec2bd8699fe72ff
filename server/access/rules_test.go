package access_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"

	_ "google.golang.org/grpc/health/grpc_health_v1" // a service without access options
)

func TestAServiceWithoutAccessOptionsIsRefused(t *testing.T) {
	_, err := access.RulesOf("merit.v1.AccountService", "grpc.health.v1.Health")
	if err == nil || !strings.Contains(err.Error(), "grpc.health.v1.Health.Check has no access option") {
		t.Errorf("error %v", err)
	}
	if _, err := access.RulesOf("merit.v1.NoService"); err == nil {
		t.Error("a service that does not exist was taken")
	}
}

func TestWhoIsLetIn(t *testing.T) {
	rules, err := access.RulesOf("merit.v1.AccountService")
	if err != nil {
		t.Fatal(err)
	}
	anyone := &access.Caller{}
	idle := &access.Caller{AccountID: "a"} // signed in, but no membership in force
	operator := &access.Caller{AccountID: "a", MembershipID: "m", Role: meritv1.Role_ROLE_OPERATOR}
	admin := &access.Caller{AccountID: "a", MembershipID: "m", Role: meritv1.Role_ROLE_ADMIN}
	for _, test := range []struct {
		name   string
		method string
		caller *access.Caller
		want   meritv1.Reason // unspecified: let in
	}{
		{"anyone, where anyone may", "SignIn", anyone, 0},
		{"an operator, where anyone may", "SignIn", operator, 0},
		{"anyone, where people sign in first", "WhoAmI", anyone, meritv1.Reason_REASON_NOT_SIGNED_IN},
		{"without a membership, where people sign in first", "WhoAmI", idle, 0},
		{"an operator, where people sign in first", "WhoAmI", operator, 0},
		{"anyone, where roles are named", "InviteAccount", anyone, meritv1.Reason_REASON_NOT_SIGNED_IN},
		{"without a membership, where roles are named", "InviteAccount", idle, meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE},
		{"an operator, where others are named", "InviteAccount", operator, meritv1.Reason_REASON_ROLE_NOT_ALLOWED},
		{"an administrator, who is named", "InviteAccount", admin, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := rules["/merit.v1.AccountService/"+test.method].Check(test.caller, time.Time{})
			if test.want == 0 && err != nil || test.want != 0 && !errors.Is(err, &fault.Error{Reason: test.want}) {
				t.Errorf("error %v, want %v", err, test.want)
			}
		})
	}
}

func TestTheRefusalNamesTheRolesThatMay(t *testing.T) {
	rules, err := access.RulesOf("merit.v1.AccountService")
	if err != nil {
		t.Fatal(err)
	}
	err = rules["/merit.v1.AccountService/InviteAccount"].Check(&access.Caller{
		AccountID: "a", MembershipID: "m", Role: meritv1.Role_ROLE_OPERATOR,
	}, time.Time{})
	if !strings.Contains(err.Error(), "The role OPERATOR may not do this; allowed are AGENCY_ADMIN, ADMIN.") {
		t.Errorf("message %q", err)
	}
}

func TestRolesAreReadAndWrittenWithoutTheirPrefix(t *testing.T) {
	for number := range meritv1.Role_name {
		role := meritv1.Role(number)
		parsed, ok := access.ParseRole(access.RoleName(role))
		if ok != access.Grantable(role) || ok && parsed != role {
			t.Errorf("%s is read as %s, %v", access.RoleName(role), parsed, ok)
		}
	}
	for _, name := range []string{"", "SIGNED_IN", "ANYONE", "UNSPECIFIED", "ROLE_ADMIN", "admin", "DEWA"} {
		if role, ok := access.ParseRole(name); ok {
			t.Errorf("%q is read as %s", name, role)
		}
	}
}
