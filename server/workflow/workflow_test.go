package workflow_test

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/workflow"
)

var update = flag.Bool("update", false, "write docs/workflow.md anew")

func TestTheYearRunsFromDraftToDetermined(t *testing.T) {
	state := workflow.None
	for _, step := range []struct {
		step workflow.Step
		role meritv1.Role
		want workflow.State
	}{
		{workflow.Start, meritv1.Role_ROLE_OPERATOR, workflow.Draft},
		{workflow.Answer, meritv1.Role_ROLE_CONTRIBUTOR, workflow.Draft},
		{workflow.Submit, meritv1.Role_ROLE_APPROVER, workflow.Submitted},
		{workflow.Recall, meritv1.Role_ROLE_APPROVER, workflow.Draft},
		{workflow.Submit, meritv1.Role_ROLE_APPROVER, workflow.Submitted},
		{workflow.Return, meritv1.Role_ROLE_VERIFIER, workflow.Draft},
		{workflow.Submit, meritv1.Role_ROLE_APPROVER, workflow.Submitted},
		{workflow.StartVerification, meritv1.Role_ROLE_VERIFIER, workflow.InVerification},
		{workflow.OpenRepair, meritv1.Role_ROLE_VERIFIER, workflow.InRepair},
		{workflow.Answer, meritv1.Role_ROLE_OPERATOR, workflow.InRepair},
		{workflow.CloseRepair, meritv1.Role_ROLE_VERIFIER, workflow.InVerification},
		{workflow.Complete, meritv1.Role_ROLE_LEAD_VERIFIER, workflow.Verified},
		{workflow.Determine, meritv1.Role_ROLE_COMMISSIONER, workflow.Determined},
		{workflow.Correct, meritv1.Role_ROLE_COMMISSIONER, workflow.Determined},
	} {
		r, err := workflow.Take(state, step.step, step.role)
		if err != nil {
			t.Fatalf("%s from %s: %v", step.step, state, err)
		}
		if r.To != step.want {
			t.Fatalf("%s from %s leads to %s, want %s", step.step, state, r.To, step.want)
		}
		state = r.To
	}
}

func TestAStepThatIsNotInTheTableIsRefusedWithItsReason(t *testing.T) {
	for _, tc := range []struct {
		name string
		from workflow.State
		step workflow.Step
		role meritv1.Role
		want meritv1.Reason
	}{
		{"answering a submitted sheet", workflow.Submitted, workflow.Answer, meritv1.Role_ROLE_OPERATOR, meritv1.Reason_REASON_ALREADY_SUBMITTED},
		{"submitting twice", workflow.Submitted, workflow.Submit, meritv1.Role_ROLE_APPROVER, meritv1.Reason_REASON_ALREADY_SUBMITTED},
		{"answering during verification", workflow.InVerification, workflow.Answer, meritv1.Role_ROLE_OPERATOR, meritv1.Reason_REASON_ALREADY_SUBMITTED},
		{"recalling once verification has started", workflow.InVerification, workflow.Recall, meritv1.Role_ROLE_APPROVER, meritv1.Reason_REASON_WRONG_STATE},
		{"verifying a draft", workflow.Draft, workflow.VerifyItem, meritv1.Role_ROLE_VERIFIER, meritv1.Reason_REASON_WRONG_STATE},
		{"determining before verification is complete", workflow.InVerification, workflow.Determine, meritv1.Role_ROLE_COMMISSIONER, meritv1.Reason_REASON_WRONG_STATE},
		{"answering what is determined", workflow.Determined, workflow.Answer, meritv1.Role_ROLE_OPERATOR, meritv1.Reason_REASON_IMMUTABLE},
		{"an operator submitting", workflow.Draft, workflow.Submit, meritv1.Role_ROLE_OPERATOR, meritv1.Reason_REASON_ROLE_NOT_ALLOWED},
		{"a verifier completing", workflow.InVerification, workflow.Complete, meritv1.Role_ROLE_VERIFIER, meritv1.Reason_REASON_ROLE_NOT_ALLOWED},
		{"an administrator deciding", workflow.InVerification, workflow.VerifyItem, meritv1.Role_ROLE_ADMIN, meritv1.Reason_REASON_ROLE_NOT_ALLOWED},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := workflow.Take(tc.from, tc.step, tc.role)
			var f *fault.Error
			if !errors.As(err, &f) || f.Reason != tc.want {
				t.Fatalf("Take = %v, want %s", err, tc.want)
			}
			if strings.Contains(f.Text.EN, "%!") || strings.Contains(f.Text.ID, "%!") || f.Text.EN == f.Text.ID {
				t.Errorf("texts: %q and %q", f.Text.EN, f.Text.ID)
			}
		})
	}
}

func TestTheServiceTakesOnlyWhatADeadlineDoes(t *testing.T) {
	for _, r := range workflow.Rules() {
		_, err := workflow.TakeBySystem(r.From, r.Step)
		wanted := r.Step == workflow.CloseRepair || r.Step == workflow.CloseClarification
		if (err == nil) != wanted {
			t.Errorf("%s from %s by the service: %v", r.Step, r.From, err)
		}
	}
}

// What the assessor's side decides and what the agency's side does never lies in one hand.
func TestNoRoleBothClaimsAndDecides(t *testing.T) {
	claims := rolesOf(workflow.Answer, workflow.Submit)
	for _, role := range rolesOf(workflow.VerifyItem, workflow.Complete, workflow.Determine, workflow.Correct) {
		if slices.Contains(claims, role) {
			t.Errorf("%s both claims and decides", role)
		}
	}
}

func TestEveryStepHasANameAndEveryStateAWayOut(t *testing.T) {
	for _, r := range workflow.Rules() {
		if name := r.Step.Name(); name.ID == "" || name.EN == "" {
			t.Errorf("step %s has no name", r.Step)
		}
	}
	for _, s := range workflow.States() {
		if workflow.FromProto(s.Proto()) != s || s.Proto() == 0 {
			t.Errorf("state %s is not in the contract", s)
		}
		if !slices.ContainsFunc(workflow.Rules(), func(r workflow.Rule) bool { return r.From == s }) {
			t.Errorf("nothing can be done in state %s", s)
		}
	}
}

func rolesOf(steps ...workflow.Step) (roles []meritv1.Role) {
	for _, r := range workflow.Rules() {
		if slices.Contains(steps, r.Step) {
			roles = append(roles, r.Roles...)
		}
	}
	return roles
}

func TestTheDocumentIsCurrent(t *testing.T) {
	const file = "../../docs/workflow.md"
	want := document()
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Errorf("docs/workflow.md is not current: run go test ./server/workflow -update and commit it")
	}
}

func document() string {
	var b strings.Builder
	b.WriteString("# The workflow of a year\n\n" +
		"Written by `go test ./server/workflow -update` from the table in server/workflow; do not edit.\n\n" +
		"## States\n\n```mermaid\nstateDiagram-v2\n")
	for _, r := range workflow.Rules() {
		switch {
		case r.From == workflow.None:
			fmt.Fprintf(&b, "    [*] --> %s: %s\n", r.To, r.Step)
		case r.From != r.To:
			fmt.Fprintf(&b, "    %s --> %s: %s\n", r.From, r.To, r.Step)
		}
	}
	b.WriteString("    DETERMINED --> [*]\n```\n\n## Steps\n\n" +
		"A step needs one of its phases to be open to the agency, extensions included. Rounds of clarification and\n" +
		"repair have a last day of their own; only the items they name are open.\n\n" +
		"| Step | From | To | Phase |\n|---|---|---|---|\n")
	for _, r := range workflow.Rules() {
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", r.Step, dash(string(r.From)), to(r), phases(r))
	}
	b.WriteString("\n## Step x role\n\n`system` is the service itself, when a deadline passes.\n\n")
	writeMatrix(&b)
	return b.String()
}

func writeMatrix(b *strings.Builder) {
	columns := []meritv1.Role{
		meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER,
		meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_COMMISSIONER,
	}
	b.WriteString("| Step | From |")
	for _, role := range columns {
		fmt.Fprintf(b, " %s |", access.RoleName(role))
	}
	b.WriteString(" system |\n|---|---|" + strings.Repeat("---|", len(columns)+1) + "\n")
	for _, r := range workflow.Rules() {
		fmt.Fprintf(b, "| %s | %s |", r.Step, dash(string(r.From)))
		for _, role := range columns {
			fmt.Fprintf(b, " %s |", mark(r.Allows(role)))
		}
		fmt.Fprintf(b, " %s |\n", mark(r.System))
	}
}

func dash(s string) string {
	if s == "" {
		return "–"
	}
	return s
}

func to(r workflow.Rule) string {
	if r.From == r.To {
		return "stays"
	}
	return string(r.To)
}

func phases(r workflow.Rule) string {
	if len(r.Phases) == 0 {
		return "any time"
	}
	names := make([]string, len(r.Phases))
	for i, p := range r.Phases {
		names[i] = string(p)
	}
	return strings.Join(names, ", ")
}

func mark(yes bool) string {
	if yes {
		return "x"
	}
	return ""
}
