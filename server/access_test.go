package server_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// roles are the kinds of callers, in the order of the contract and then those that no membership gives.
func roles() []meritv1.Role {
	var all []meritv1.Role
	for role := meritv1.Role_ROLE_OPERATOR; int(role) < len(meritv1.Role_name); role++ {
		all = append(all, role)
	}
	return all
}

// contractRules are the access options of the whole contract.
func contractRules(tb testing.TB) access.Rules {
	tb.Helper()
	var names []string
	for _, service := range services() {
		names = append(names, string(service.FullName()))
	}
	rules, err := access.RulesOf(names...)
	if err != nil {
		tb.Fatal(err)
	}
	return rules
}

// TestAccessIsAsReviewed prints who may call what, so that a change of rights shows as a change of the golden file.
func TestAccessIsAsReviewed(t *testing.T) {
	rules := contractRules(t)
	var b strings.Builder
	fmt.Fprintf(&b, "%-48s", "")
	for _, role := range roles() {
		fmt.Fprintf(&b, " %s", access.RoleName(role))
	}
	b.WriteString("\n")
	for _, method := range slices.Sorted(maps.Keys(rules)) {
		fmt.Fprintf(&b, "%-48s", strings.TrimPrefix(method, "/merit.v1."))
		for _, role := range roles() {
			mark := "-"
			if rules[method].Allows(role) {
				mark = "x"
			}
			fmt.Fprintf(&b, " %*s", len(access.RoleName(role)), mark)
		}
		b.WriteString("\n")
	}
	wantFile(t, "testdata/access.golden", b.String())
}

// TestEveryRPCIsOfTheClassThatWasReviewed prints what beside the role is asked of a caller: whether a read-only token opens
// the RPC, whether it wants a fresh proof, and whether it is open to somebody whose second factor is missing.
func TestEveryRPCIsOfTheClassThatWasReviewed(t *testing.T) {
	rules := contractRules(t)
	var b strings.Builder
	for _, method := range slices.Sorted(maps.Keys(rules)) {
		rule, classes := rules[method], []string{"writes"}
		if rule.ReadOnly {
			classes[0] = "reads"
		}
		if rule.StepUp {
			classes = append(classes, "step-up")
		}
		if rule.BeforeSecondFactor {
			classes = append(classes, "before-second-factor")
		}
		fmt.Fprintf(&b, "%-48s %s\n", strings.TrimPrefix(method, "/merit.v1."), strings.Join(classes, " "))
	}
	wantFile(t, "testdata/classes.golden", b.String())
}

// TestEveryCallIsRefusedToTheRolesThatMayNotMakeIt knocks at every RPC as every kind of caller that has no business
// there. The requests are empty: access is asked before anything is looked at.
func TestEveryCallIsRefusedToTheRolesThatMayNotMakeIt(t *testing.T) {
	s := servertest.New(t)
	callers := map[meritv1.Role]*servertest.Person{
		meritv1.Role_ROLE_ANYONE: s.Anyone(), meritv1.Role_ROLE_SIGNED_IN: mustBeIdle(t, s),
	}
	agency := s.MustAgency(t, store.Agency{})
	for _, role := range roles() {
		if access.Grantable(role) {
			callers[role] = s.MustAccount(t, role, agency)
		}
	}
	refused := 0
	for method, rule := range s.Rules() {
		for role, caller := range callers {
			if rule.Allows(role) {
				continue
			}
			refused++
			want := meritv1.Reason_REASON_ROLE_NOT_ALLOWED
			switch role {
			case meritv1.Role_ROLE_ANYONE:
				want = meritv1.Reason_REASON_NOT_SIGNED_IN
			case meritv1.Role_ROLE_SIGNED_IN:
				want = meritv1.Reason_REASON_MEMBERSHIP_NOT_IN_FORCE
			}
			if err := knock(t, caller, method); servertest.Reason(err) != want {
				t.Errorf("%s as %s: %v, want %s", method, access.RoleName(role), err, want)
			}
		}
	}
	if refused < len(s.Rules()) {
		t.Errorf("only %d refusals: the rules let nearly everybody in", refused)
	}
}

// mustBeIdle is somebody signed in whose only membership has been ended.
func mustBeIdle(tb testing.TB, s *servertest.Server) *servertest.Person {
	tb.Helper()
	person := s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, s.MustAgency(tb, store.Agency{}))
	s.MustUpdate(tb, "membership.end", func(tx *store.Tx) error { return tx.EndMembership(person.MembershipID, "", "demo") })
	return person
}

// knock makes a call with an empty request, whatever kind of call it is.
func knock(tb testing.TB, caller *servertest.Person, method string) error {
	tb.Helper()
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		tb.Fatal(err)
	}
	m := d.(protoreflect.MethodDescriptor)
	req, resp := dynamicpb.NewMessage(m.Input()), dynamicpb.NewMessage(m.Output())
	if !m.IsStreamingClient() && !m.IsStreamingServer() {
		return caller.Invoke(tb.Context(), method, req, resp)
	}
	stream, err := caller.NewStream(tb.Context(), &grpc.StreamDesc{
		ClientStreams: m.IsStreamingClient(), ServerStreams: m.IsStreamingServer(),
	}, method)
	if err != nil {
		return err
	}
	_ = stream.SendMsg(req) // the refusal may come first
	_ = stream.CloseSend()
	return stream.RecvMsg(resp)
}

// TestEveryServiceOfTheContractIsServed compares the contract with what the server registers.
func TestEveryServiceOfTheContractIsServed(t *testing.T) {
	rules := servertest.New(t).Rules()
	for _, service := range services() {
		for i := range service.Methods().Len() {
			m := service.Methods().Get(i)
			if _, ok := rules["/"+string(service.FullName())+"/"+string(m.Name())]; !ok {
				t.Errorf("%s is not served", m.FullName())
			}
		}
	}
}
