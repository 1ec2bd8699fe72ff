package server_test

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/dynamicpb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

// fuzzed is a server in the middle of a year, with somebody of every role and texts that mean something there.
type fuzzed struct {
	*servertest.Server
	people  []*servertest.Person
	methods []protoreflect.MethodDescriptor
	words   []string
	calls   int
	life    *life
}

// anew is the world, or another one when it is worn out.
func (w *fuzzed) anew(f *testing.F) *fuzzed {
	if w.calls++; w.calls < callsOfALife {
		return w
	}
	w.life.end()
	return mustFuzzed(f)
}

// callsOfALife is after how many calls the world is made anew: by then somebody has switched it off or filled it up.
const callsOfALife = 3000

// life is a testing.TB for a world that outlives the runs of a fuzz target, in which f's own methods may not be called.
type life struct {
	testing.TB
	after []func()
}

func (*life) Helper()                  {}
func (*life) Context() context.Context { return context.Background() }
func (l *life) Cleanup(f func())       { l.after = append(l.after, f) }

// TempDir is a folder until the end of the life.
func (l *life) TempDir() string {
	dir, err := os.MkdirTemp("", "merit-fuzz-") // f.TempDir may not be called
	if err != nil {
		panic(err)
	}
	l.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func (l *life) end() {
	for _, f := range slices.Backward(l.after) {
		f()
	}
}

func mustFuzzed(f *testing.F) *fuzzed {
	tb := &life{TB: f}
	s := servertest.New(tb)
	year := yeartest.MustBegin(tb, s, yeartest.Setup{})
	draft := year.MustDraft(tb, store.Agency{}, yeartest.All(2))
	begun := year.MustInVerification(tb, store.Agency{}, yeartest.All(3))
	w := &fuzzed{Server: s, life: tb, people: []*servertest.Person{
		draft.Operator, draft.Approver, begun.Operator, year.Verifier, year.Lead, year.Commissioners[0], s.Anyone(),
		s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, ""), s.MustAccount(tb, meritv1.Role_ROLE_AUDITOR, ""),
		s.MustAccount(tb, meritv1.Role_ROLE_AWARD_COMMITTEE, ""), s.MustAccount(tb, meritv1.Role_ROLE_CONTRIBUTOR, draft.AgencyID),
		s.MustAccount(tb, meritv1.Role_ROLE_AGENCY_ADMIN, draft.AgencyID),
	}}
	protoregistry.GlobalFiles.RangeFilesByPackage("merit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			methods := file.Services().Get(i).Methods()
			for j := range methods.Len() {
				w.methods = append(w.methods, methods.Get(j))
			}
		}
		return true
	})
	slices.SortFunc(w.methods, func(a, b protoreflect.MethodDescriptor) int {
		return strings.Compare(string(a.FullName()), string(b.FullName()))
	})
	ids := regexp.MustCompile(`\b[0-9A-HJKMNP-TV-Z]{26}\b`).FindAllString(strings.Join(storetest.Dump(tb, s.Store), "\n"), -1)
	slices.Sort(ids)
	w.words = append(slices.Compact(ids), "", "1.1", "8.4", "kasn-2019", "panrb-2026", "2021", "2021-02-28", "9999-99-99",
		"catatan", "a@example.test", "https://example.test/x", "\u202e", "\x00", "%", "_", "'", strings.Repeat("x", 5000), "name desc", "-1")
	return w
}

// tape gives out choices; after its end all are 0.
type tape struct{ bytes []byte }

func (t *tape) next() int {
	if len(t.bytes) == 0 {
		return 0
	}
	b := t.bytes[0]
	t.bytes = t.bytes[1:]
	return int(b)
}

func (t *tape) number() int64 {
	if n := t.next(); n < 250 {
		return int64(n % 8)
	}
	var b [8]byte
	copy(b[:], t.bytes)
	t.bytes = t.bytes[min(8, len(t.bytes)):]
	return int64(binary.LittleEndian.Uint64(b[:]))
}

// raw takes some bytes as they are.
func (t *tape) raw() []byte {
	n := min(t.next(), len(t.bytes))
	b := t.bytes[:n]
	t.bytes = t.bytes[n:]
	return b
}

// fill sets fields of a message, most of them, to values that mean something or to anything.
func (f *fuzzed) fill(t *tape, m protoreflect.Message, depth int) {
	fields := m.Descriptor().Fields()
	for i := range fields.Len() {
		field := fields.Get(i)
		switch kept := t.next(); {
		case kept >= 200 || depth > 5 || field.IsMap():
		case field.IsList():
			list := m.Mutable(field).List()
			for range kept % 4 {
				list.Append(f.value(t, field, list.NewElement, depth))
			}
		default:
			m.Set(field, f.value(t, field, func() protoreflect.Value { return m.NewField(field) }, depth))
		}
	}
}

func (f *fuzzed) value(t *tape, field protoreflect.FieldDescriptor, fresh func() protoreflect.Value, depth int) protoreflect.Value {
	switch field.Kind() {
	case protoreflect.MessageKind:
		v := fresh()
		f.fill(t, v.Message(), depth+1)
		return v
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(protoreflect.EnumNumber(t.number()))
	case protoreflect.BoolKind:
		return protoreflect.ValueOfBool(t.next()%2 == 1)
	case protoreflect.StringKind:
		if n := t.next(); n < 230 {
			return protoreflect.ValueOfString(f.words[(n*7+t.next())%len(f.words)])
		}
		return protoreflect.ValueOfString(strings.ToValidUTF8(string(t.raw()), "?"))
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes(slices.Clone(t.raw()))
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(int32(t.number()))
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(uint32(t.number()))
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(uint64(t.number()))
	case protoreflect.DoubleKind:
		return protoreflect.ValueOfFloat64(float64(t.number()))
	}
	return protoreflect.ValueOfInt64(t.number())
}

// call makes a call of any kind, and returns its first answer's error.
func call(ctx context.Context, p *servertest.Person, method protoreflect.MethodDescriptor, req proto.Message) error {
	name := "/" + string(method.Parent().FullName()) + "/" + string(method.Name())
	answer := dynamicpb.NewMessage(method.Output())
	if !method.IsStreamingClient() && !method.IsStreamingServer() {
		return p.Invoke(ctx, name, req, answer)
	}
	stream, err := p.NewStream(ctx, &grpc.StreamDesc{ClientStreams: method.IsStreamingClient(), ServerStreams: method.IsStreamingServer()}, name)
	if err != nil {
		return err
	}
	if err := stream.SendMsg(req); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if err := stream.CloseSend(); err != nil {
		return err
	}
	if err := stream.RecvMsg(answer); !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// FuzzRequests sends messages of any content to every RPC as anybody, through every interceptor: nothing panics, and
// whatever is wrong with a request is never an internal error.
func FuzzRequests(f *testing.F) {
	world := mustFuzzed(f)
	for i := range world.methods {
		f.Add([]byte{byte(i), byte(i), 1, 2, byte(i), 3, 1, 4, 1, 5, 9, 2, 6, byte(i), 5, 3, 5})
	}
	f.Cleanup(func() { world.life.end() })
	f.Fuzz(func(t *testing.T, script []byte) {
		world = world.anew(f)
		choices := &tape{script}
		p, method := world.people[choices.next()%len(world.people)], world.methods[choices.next()%len(world.methods)]
		req := dynamicpb.NewMessage(method.Input())
		world.fill(choices, req, 0)
		patience := 20 * time.Second
		if method.IsStreamingServer() {
			patience = time.Second // who watches a sheet on which nothing happens waits for ever
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		err := call(ctx, p, method, req)
		switch code := status.Code(err); {
		case code == codes.DeadlineExceeded && method.IsStreamingServer():
		case code == codes.Internal, code == codes.Unknown, code == codes.DeadlineExceeded:
			t.Errorf("%s(%s): %v\n%s", method.FullName(), req, err, lastLine(world.Log.String()))
		}
	})
}

func lastLine(log string) string {
	lines := strings.Split(strings.TrimSpace(log), "\n")
	return lines[len(lines)-1]
}

// FuzzImports sends files of any content to every RPC that takes one.
func FuzzImports(f *testing.F) {
	world := mustFuzzed(f)
	for _, seed := range []string{
		"code,kind,name,province_code\n11,PROVINSI,Provinsi Demo,\n11.01,KABUPATEN,Kabupaten Demo,11\n",
		"agency_code,agency,year,nilai,category,source\n11,Provinsi Demo,2021,327.5,Baik,demo\n",
		"email,name,role,agency_code,region,valid_from,valid_until,letter_number\na@example.test,Demo,OPERATOR,11,,2021-01-01,,1\n",
		"id: demo-2021\ntitle: {id: Demo}\nkind: WEIGHTED_SUM\n", "PK\x03\x04", "\ufeff\"", "a;b\r\n", "=1+1,\x00\n",
	} {
		f.Add(byte(0), []byte(seed))
		f.Add(byte(1), []byte(seed))
		f.Add(byte(2), []byte(seed))
		f.Add(byte(3), []byte(seed))
	}
	admin := meritv1.Role_ROLE_ADMIN
	f.Cleanup(func() { world.life.end() })
	f.Fuzz(func(t *testing.T, which byte, file []byte) {
		world = world.anew(f)
		p := world.MustAccount(t, admin, "")
		var err error
		switch which % 4 {
		case 0:
			_, err = meritv1.NewAgencyServiceClient(p).ImportAgencies(t.Context(), &meritv1.ImportAgenciesRequest{Csv: file, ValidFrom: "2019-01-01"})
		case 1:
			_, err = meritv1.NewResultServiceClient(p).ImportPublishedResults(t.Context(), &meritv1.ImportPublishedResultsRequest{Csv: file, InstrumentId: "kasn-2019"})
		case 2:
			_, err = accounts(p).ImportAccounts(t.Context(), &meritv1.ImportAccountsRequest{Csv: file})
		case 3:
			_, err = meritv1.NewInstrumentServiceClient(p).SaveInstrumentDraft(t.Context(), &meritv1.SaveInstrumentDraftRequest{FileName: "demo.yaml", Source: file})
		}
		if code := status.Code(err); code == codes.Internal || code == codes.Unknown {
			t.Errorf("%q: %v\n%s", file, err, lastLine(world.Log.String()))
		}
	})
}
