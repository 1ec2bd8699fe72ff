package access

import (
	"fmt"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/fault"
)

// Rule is the access option of one RPC.
type Rule struct {
	allow              uint64 // bit n: the role with number n
	service            string // such as ResultService
	IgnoreCredentials  bool   // see the access option
	StepUp             bool   // see the access option
	BeforeSecondFactor bool   // see the access option
	ReadOnly           bool   // the RPC is marked as being without side effects
}

// Rules are the access options of all RPCs of a server, by full method name ("/merit.v1.X/Y").
type Rules map[string]Rule

// RulesOf reads the access options of the services. It fails for an RPC without one: a server must not start
// with a door that nobody thought about.
func RulesOf(services ...string) (Rules, error) {
	rules := Rules{}
	for _, name := range services {
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
		if err != nil {
			return nil, fmt.Errorf("service %s: %w", name, err)
		}
		service, ok := d.(protoreflect.ServiceDescriptor)
		if !ok {
			return nil, fmt.Errorf("%s is not a service", name)
		}
		methods := service.Methods()
		for i := range methods.Len() {
			rule, err := ruleOf(methods.Get(i))
			if err != nil {
				return nil, err
			}
			rules["/"+name+"/"+string(methods.Get(i).Name())] = rule
		}
	}
	return rules, nil
}

func ruleOf(m protoreflect.MethodDescriptor) (Rule, error) {
	option, _ := proto.GetExtension(m.Options(), meritv1.E_Access).(*meritv1.Access)
	if len(option.GetAllow()) == 0 {
		return Rule{}, fmt.Errorf("RPC %s has no access option: say in its proto who may call it", m.FullName())
	}
	standard, _ := m.Options().(*descriptorpb.MethodOptions)
	rule := Rule{
		service: string(m.Parent().Name()), IgnoreCredentials: option.GetIgnoreCredentials(),
		StepUp: option.GetStepUp(), BeforeSecondFactor: option.GetBeforeSecondFactor(),
		ReadOnly: standard.GetIdempotencyLevel() == descriptorpb.MethodOptions_NO_SIDE_EFFECTS,
	}
	for _, role := range option.GetAllow() {
		if role == meritv1.Role_ROLE_UNSPECIFIED {
			return Rule{}, fmt.Errorf("RPC %s allows ROLE_UNSPECIFIED", m.FullName())
		}
		rule.allow |= 1 << role
	}
	return rule, nil
}

// Allows reports whether the rule lets the role in: by its own name, as somebody signed in, or as anyone.
// ROLE_ANYONE stands for a caller without an account and ROLE_SIGNED_IN for one who acts in no membership.
func (r Rule) Allows(role meritv1.Role) bool {
	may := uint64(1)<<role | 1<<meritv1.Role_ROLE_ANYONE
	if role != meritv1.Role_ROLE_ANYONE {
		may |= 1 << meritv1.Role_ROLE_SIGNED_IN
	}
	return r.allow&may != 0
}

// Check returns nil when the caller may make the call now, REASON_NOT_SIGNED_IN for somebody without an account, and
// REASON_ROLE_NOT_ALLOWED, naming the roles that may, for those in another role. Of those in the right one it refuses
// tokens beyond their limits (REASON_TOKEN_SCOPE), people who lack the second factor that their role demands
// (REASON_SECOND_FACTOR_REQUIRED), and, where a fresh proof is asked for, tokens (REASON_SESSION_REQUIRED) and sessions
// whose proof is too old (REASON_STEP_UP_REQUIRED).
func (r Rule) Check(c *Caller, now time.Time) error {
	if err := r.checkRole(c); err != nil {
		return err
	}
	if err := r.checkLimits(c); err != nil {
		return err
	}
	switch {
	case c.SecondFactor.Missing() && !r.BeforeSecondFactor:
		return errSecondFactor
	case r.StepUp:
		return c.CheckConfirmed(now)
	}
	return nil
}

func (r Rule) checkRole(c *Caller) error {
	switch {
	case r.Allows(c.roleForRules()):
		return nil
	case !c.SignedIn():
		return ErrNotSignedIn
	case c.MembershipID == "":
		return fault.New(meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE,
			"Anda sedang tidak memakai peran yang berlaku; yang boleh: %s. Pilih peran Anda yang masih berlaku.",
			"You act in no role that is in force; allowed are %s. Switch to a membership of yours that is.", r)
	}
	return fault.New(meritv1.Reason_REASON_ROLE_NOT_ALLOWED,
		"Peran %s tidak boleh melakukan ini; yang boleh: %s.",
		"The role %s may not do this; allowed are %s.", RoleName(c.Role), r)
}

func (c *Caller) roleForRules() meritv1.Role {
	switch {
	case !c.SignedIn():
		return meritv1.Role_ROLE_ANYONE
	case c.Role == meritv1.Role_ROLE_UNSPECIFIED:
		return meritv1.Role_ROLE_SIGNED_IN
	}
	return c.Role
}

// String lists the roles of the rule in the order of the enum.
func (r Rule) String() string {
	var names []string
	for role := meritv1.Role(1); int(role) < 64; role++ {
		if r.allow&(1<<role) != 0 {
			names = append(names, RoleName(role))
		}
	}
	return strings.Join(names, ", ")
}

// RoleName is the role as tables, files and messages write it: without the prefix of the enum.
func RoleName(r meritv1.Role) string { return strings.TrimPrefix(r.String(), "ROLE_") }

// ParseRole is the inverse of RoleName; ok is false for anything that is not a grantable role.
func ParseRole(name string) (role meritv1.Role, ok bool) {
	role = meritv1.Role(meritv1.Role_value["ROLE_"+name])
	return role, Grantable(role)
}

// Grantable reports whether the role can be given to a person, unlike SIGNED_IN and ANYONE.
func Grantable(r meritv1.Role) bool {
	return r >= meritv1.Role_ROLE_OPERATOR && r <= meritv1.Role_ROLE_AUDITOR
}

// ErrNotSignedIn is REASON_NOT_SIGNED_IN: no session or token, or one that is not good any more.
var ErrNotSignedIn = fault.New(meritv1.Reason_REASON_NOT_SIGNED_IN,
	"Anda belum masuk, atau sesi Anda sudah berakhir. Masuklah lagi.",
	"You are not signed in, or your session has ended. Sign in again.")
