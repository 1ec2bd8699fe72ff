package access_test

import (
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
)

func TestTheScopeOfAMembership(t *testing.T) {
	acting := func(s access.Scope) *access.Caller {
		return &access.Caller{AccountID: "a", MembershipID: "m", Role: meritv1.Role_ROLE_AUDITOR, Scope: s}
	}
	for _, test := range []struct {
		name              string
		caller            *access.Caller
		reaches, inAgency bool // the agency "x" of region "I"
	}{
		{"the agency", acting(access.Scope{AgencyID: "x"}), true, true},
		{"another agency", acting(access.Scope{AgencyID: "y"}), false, false},
		{"its region", acting(access.Scope{Region: "I"}), true, false},
		{"another region", acting(access.Scope{Region: "II"}), false, false},
		{"the nation", acting(access.Scope{}), true, false},
		{"no membership in force", &access.Caller{AccountID: "a"}, false, false},
		{"no account", &access.Caller{}, false, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := test.caller.Reaches("x", "I"); got != test.reaches {
				t.Errorf("Reaches is %v", got)
			}
			if got := test.caller.InAgency("x"); got != test.inAgency {
				t.Errorf("InAgency is %v", got)
			}
			if test.caller.Reaches("", "I") || test.caller.InAgency("") {
				t.Error("it reaches an agency that is none")
			}
		})
	}
}

func TestActsNeedsAMembership(t *testing.T) {
	nobody := &access.Caller{}
	if nobody.Acts(meritv1.Role_ROLE_UNSPECIFIED) || nobody.Acts(meritv1.Role_ROLE_ADMIN) {
		t.Error("a caller without a membership acts in a role")
	}
}

func TestWithoutInterceptorsACallerIsNobody(t *testing.T) {
	if c := access.From(t.Context()); c.SignedIn() || c.Nationwide() {
		t.Errorf("caller %+v", c)
	}
}
