package server_test

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

// door is one way to name a record: a field of a request that takes an id.
type door struct {
	// open says why anybody who may make the call may name any record here. Nothing else is set then.
	open string
	// records are those of others that a stranger tries.
	records func(w *world) []foreign
	// ask makes a request that is right in everything but the id; nil when a caller has no such request to make.
	ask func(w *world, who *stranger, id string) proto.Message
	// narrows: the field narrows a list, so that a stranger gets an empty one.
	narrows bool
	// want is the code of the refusal where it is neither NOT_FOUND nor PERMISSION_DENIED.
	want codes.Code
	// known: that there is such a record is public, so a refusal may read otherwise than for one that is not there.
	known bool
}

// foreign is a record of another agency, or of another person.
type foreign struct {
	name string
	id   string
	to   func(*stranger) bool // to whom it belongs all the same
}

// stranger is somebody whom the record is nothing to.
type stranger struct {
	name   string
	role   meritv1.Role
	scope  string // what they act for: agency, region, nation; empty: nothing
	person *servertest.Person
}

// missing is the id of nothing.
const missing = "01AAAAAAAAAAAAAAAAAAAAAAAA"

// rahasia stands in everything that strangers may not read.
const rahasia = "Rahasia"

// TestNobodyReachesTheRecordsOfOthers tries every field of every RPC that takes an id with records that are nothing to the
// caller. The refusal tells nothing, not even that there is such a record, and changes nothing.
func TestNobodyReachesTheRecordsOfOthers(t *testing.T) {
	t.Parallel() // beside the other long one
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		t.Parallel() // on both engines at once
		w := newWorld(t, s)
		w.WantUnchanged(t, func() {
			for _, field := range slices.Sorted(maps.Keys(doors)) {
				t.Run(field, func(t *testing.T) {
					for _, d := range doors[field] {
						w.try(t, field, d)
					}
				})
			}
		})
	})
}

// TestEveryFieldThatTakesAnIDIsTried fails for a new RPC or field that nobody has added to the doors.
func TestEveryFieldThatTakesAnIDIsTried(t *testing.T) {
	fields := map[string]bool{}
	for method := range servertest.New(t).Rules() {
		for _, field := range idFields(methodOf(t, method).Input(), "", nil) {
			fields[strings.TrimPrefix(method, "/merit.v1.")+" "+field] = true
		}
	}
	for field := range fields {
		if _, ok := doors[field]; !ok {
			t.Errorf("%s takes an id: say in doors with whose records strangers try it, or why it is open", field)
		}
	}
	for field := range doors {
		if !fields[field] {
			t.Errorf("doors has %s, which is no field of an RPC", field)
		}
	}
}

// TestWhatThePublicMayCall fails for an RPC that is opened to callers without an account, or closed to them.
func TestWhatThePublicMayCall(t *testing.T) {
	public := []string{
		"AccountService/AcceptLink", "AccountService/BeginOidcSignIn", "AccountService/CompleteOidcSignIn",
		"AccountService/GetSignInMethods", "AccountService/GiveCode", "AccountService/SignIn",
		"AgencyService/GetAgency", "AgencyService/ListAgencies",
		"AuditService/GetCheckpoint", "AuditService/GetConsistencyProof", "AuditService/GetReceipt", "AuditService/StreamReceipt",
		"AwardService/GetAward", "AwardService/ListAwards",
		"CycleService/GetCycle", "CycleService/ListCycles",
		"InstrumentService/DiffInstruments", "InstrumentService/GetInstrument", "InstrumentService/ListInstruments",
		"ReportService/GetCertificate", "ReportService/GetResultDocument",
		"ResultService/GetDistribution", "ResultService/GetNationalTrend", "ResultService/GetResult", "ResultService/GetSimilar",
		"ResultService/GetSummary", "ResultService/GetTrend", "ResultService/ListMostImproved", "ResultService/ListResults",
	}
	var got []string
	for method, rule := range servertest.New(t).Rules() {
		if rule.Allows(meritv1.Role_ROLE_ANYONE) {
			got = append(got, strings.TrimPrefix(method, "/merit.v1."))
		}
	}
	slices.Sort(got)
	if !slices.Equal(got, public) {
		t.Errorf("the public may call\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(public, "\n"))
	}
}

// try lets every stranger name every record through one door. Whom the RPC is closed to tries the first one only.
func (w *world) try(t *testing.T, field string, d door) {
	if d.open != "" {
		return
	}
	method, _, _ := strings.Cut(field, " ")
	m, rule := methodOf(t, "/merit.v1."+method), w.Rules()["/merit.v1."+method]
	json := !m.IsStreamingClient() && !m.IsStreamingServer()
	for _, who := range w.strangers {
		nothing := w.call(t, m, who, d.ask(w, who, missing), missing)
		for _, r := range d.records(w) {
			if r.to(who) {
				continue
			}
			got := w.call(t, m, who, d.ask(w, who, r.id), r.id)
			if !slices.Equal(got.work, nothing.work) { // what the first of them made the service remember, it does not read again
				nothing, got = w.call(t, m, who, d.ask(w, who, missing), missing), w.call(t, m, who, d.ask(w, who, r.id), r.id)
			}
			d.check(t, who, r, got, nothing)
			if !rule.Allows(who.role) {
				break
			}
			if json { // one stranger is enough: behind that door is the same call
				d.check(t, who, r, w.callJSON(t, m, who, d.ask(w, who, r.id), r.id), w.callJSON(t, m, who, d.ask(w, who, missing), missing))
				json = false
			}
		}
	}
}

// told is how a call ended and all that the caller read, but for the id that they named themselves.
type told struct {
	code codes.Code
	text string
	data bool     // something came back
	work []string // of the store
}

// call makes a call in which a stranger names an id.
func (w *world) call(t *testing.T, m protoreflect.MethodDescriptor, who *stranger, req proto.Message, id string) told {
	t.Helper()
	var answer []proto.Message
	var err error
	work := w.Work(func() { answer, err = invoke(t, who.person, m, req) })
	line := prototext.MarshalOptions{}
	said := told{code: status.Code(err), text: line.Format(status.Convert(err).Proto()), work: work}
	for _, a := range answer {
		said.data = said.data || proto.Size(a) > 0
		said.text += line.Format(a)
	}
	said.text = strings.ReplaceAll(said.text, id, "ID")
	return said
}

// check checks what a stranger was told who named a record, beside what they were told who named nothing.
func (d *door) check(t *testing.T, who *stranger, r foreign, got, nothing told) {
	t.Helper()
	narrowed := d.narrows && got.code == codes.OK && !got.data
	refused := got.code == codes.NotFound || got.code == codes.PermissionDenied || d.want != 0 && got.code == d.want ||
		got.code == codes.Unauthenticated && who.role == meritv1.Role_ROLE_ANYONE
	if !refused && !narrowed {
		t.Errorf("%s names the %s of others and is let in: %s", who.name, r.name, got.text)
	}
	if got.text != nothing.text && !d.known {
		t.Errorf("%s learns that there is such a thing as the %s:\n%s\nfor one that is not there:\n%s", who.name, r.name, got.text, nothing.text)
	}
	if diff := cmp.Diff(nothing.work, got.work); diff != "" && !d.known {
		t.Errorf("%s can tell from the time that there is such a thing as the %s (-for one that is not there, +for this one):\n%s", who.name, r.name, diff)
	}
	if strings.Contains(got.text, rahasia) {
		t.Errorf("%s reads something of the %s: %s", who.name, r.name, got.text)
	}
}

// invoke makes any call, unary or stream, and returns what came before the error.
func invoke(t *testing.T, p *servertest.Person, m protoreflect.MethodDescriptor, req proto.Message) (all []proto.Message, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	stream, err := p.NewStream(ctx, &grpc.StreamDesc{
		ClientStreams: m.IsStreamingClient(), ServerStreams: m.IsStreamingServer(),
	}, fmt.Sprintf("/%s/%s", m.Parent().FullName(), m.Name()))
	if err != nil {
		return nil, err
	}
	if err := stream.SendMsg(req); err != nil && err != io.EOF { //nolint:errorlint // RecvMsg tells why it ended
		return nil, err
	}
	if err := stream.CloseSend(); err != nil {
		return nil, err
	}
	for {
		resp := dynamicpb.NewMessage(m.Output())
		if err := stream.RecvMsg(resp); err == io.EOF { //nolint:errorlint // the end of a stream
			return all, nil
		} else if err != nil {
			return all, err
		}
		if all = append(all, resp); !m.IsStreamingServer() {
			return all, nil
		}
	}
}

// methodOf finds an RPC by its full name: /merit.v1.X/Y.
func methodOf(tb testing.TB, method string) protoreflect.MethodDescriptor {
	tb.Helper()
	service, name, _ := strings.Cut(strings.TrimPrefix(method, "/"), "/")
	d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(service + "." + name))
	if err != nil {
		tb.Fatal(err)
	}
	return d.(protoreflect.MethodDescriptor)
}

// idFields finds the fields of a request that take ids, in the messages within it too: "appointment.agency_id".
func idFields(m protoreflect.MessageDescriptor, within string, seen []protoreflect.FullName) (paths []string) {
	if slices.Contains(seen, m.FullName()) {
		return nil
	}
	fields := m.Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		name := string(f.Name())
		switch {
		case f.Message() != nil:
			paths = append(paths, idFields(f.Message(), within+name+".", append(seen, m.FullName()))...)
		case name != "request_id" && (strings.HasSuffix(name, "_id") || strings.HasSuffix(name, "_ids")):
			paths = append(paths, within+name)
		}
	}
	return paths
}
