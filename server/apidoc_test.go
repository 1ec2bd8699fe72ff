package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/fault"
)

// wantFile compares a text with the file that has it; with -update it writes the file.
func wantFile(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s is not current: go test ./server -run '%s' -update (-file +now):\n%s", file, t.Name(), diff)
	}
}

const apiHead = `# The API

Written by ` + "`go test ./server -run TestTheAPIIsDocumented -update`" + ` from proto/merit/v1; do not edit.

Every call is gRPC (reflection is on) and also ` + "`POST /api/merit.v1.<Service>/<Method>`" + ` with a JSON body; the fields are in
[api.swagger.json](api.swagger.json). Send ` + "`authorization: Bearer <token>`" + `, and ` + "`accept-language: id`" + ` or ` + "`en`" + ` for messages.
Lists take page_size (50 when not given, at most 500) and page_token. Writes with a request_id may be repeated for 24 hours.
Who may call is the role acted in; what it reaches is the scope of the membership, never an id in the request.
`

func TestTheAPIIsDocumented(t *testing.T) {
	comments := mustReadComments(t)
	rules := contractRules(t)
	var b strings.Builder
	b.WriteString(apiHead)
	for _, service := range services() {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n", service.Name(), comments[string(service.Name())])
		for i := range service.Methods().Len() {
			m := service.Methods().Get(i)
			comment := comments[string(service.Name())+"."+string(m.Name())]
			if comment == "" {
				t.Errorf("%s has no comment", m.FullName())
			}
			rule := rules["/"+string(service.FullName())+"/"+string(m.Name())]
			fmt.Fprintf(&b, "\n### %s\n\n%s\n\n`%s%s` → `%s%s`\n\nWho: %s\n", m.Name(), comment,
				streamed(m.IsStreamingClient()), m.Input().Name(), streamed(m.IsStreamingServer()), m.Output().Name(), rule)
		}
	}
	writeReasons(t, &b, comments)
	wantFile(t, "../docs/api.md", b.String())
}

func streamed(is bool) string {
	if is {
		return "stream "
	}
	return ""
}

// services are those of the contract, by name.
func services() (all []protoreflect.ServiceDescriptor) {
	protoregistry.GlobalFiles.RangeFilesByPackage("merit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			all = append(all, file.Services().Get(i))
		}
		return true
	})
	slices.SortFunc(all, func(a, b protoreflect.ServiceDescriptor) int {
		return strings.Compare(string(a.Name()), string(b.Name()))
	})
	return all
}

func writeReasons(t *testing.T, b *strings.Builder, comments map[string]string) {
	b.WriteString("\n## Reasons\n\nWhy a call failed: `google.rpc.ErrorInfo.reason`, domain `merit`. The message beside it is for people.\n\n")
	b.WriteString("| Reason | Code | When |\n|---|---|---|\n")
	values := meritv1.Reason(0).Descriptor().Values()
	for i := 1; i < values.Len(); i++ {
		reason := meritv1.Reason(values.Get(i).Number())
		comment := comments[string(values.Get(i).Name())]
		if comment == "" {
			t.Errorf("%s has no comment", reason)
		}
		fmt.Fprintf(b, "| %s | %s | %s |\n", fault.Name(reason), server.CodeOf(reason), comment)
	}
}

var (
	declaration = regexp.MustCompile(`^\s*(service|rpc) (\w+)`)
	reasonLine  = regexp.MustCompile(`^\s*(REASON_\w+) = \d+; // (.*)$`)
)

// mustReadComments reads the comments of services ("X"), their RPCs ("X.Y") and reasons from the contract itself: the
// descriptors in the binary have none.
func mustReadComments(tb testing.TB) map[string]string {
	tb.Helper()
	files, err := filepath.Glob("../proto/merit/v1/*.proto")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no contract: %v", err)
	}
	comments := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		readComments(string(text), comments)
	}
	return comments
}

func readComments(text string, comments map[string]string) {
	var service string
	var above []string
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if comment, ok := strings.CutPrefix(strings.TrimSpace(line), "//"); ok {
			above = append(above, strings.TrimSpace(comment))
			continue
		}
		if m := declaration.FindStringSubmatch(line); m != nil {
			name := m[2]
			if m[1] == "service" {
				service = name
			} else {
				name = service + "." + name
			}
			comments[name] = strings.Join(above, "\n")
		} else if m := reasonLine.FindStringSubmatch(line); m != nil {
			comments[m[1]] = m[2]
		}
		above = nil
	}
}

// TestNoRoleIsForgotten: a role that opens nothing of its own would be a role for nobody.
func TestNoRoleIsForgotten(t *testing.T) {
	rules := contractRules(t)
	for _, role := range roles() {
		if !access.Grantable(role) {
			continue
		}
		own := 0
		for _, rule := range rules {
			if rule.Allows(role) && !rule.Allows(meritv1.Role_ROLE_SIGNED_IN) {
				own++
			}
		}
		if own == 0 {
			t.Errorf("%s opens nothing", access.RoleName(role))
		}
	}
}
