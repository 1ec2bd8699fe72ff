package server_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"
	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

// season is a server in the self-assessment of 2021, its cycle, and one who may change its calendar.
type season struct {
	*servertest.Server
	admin, public meritv1.CycleServiceClient
	instruments   meritv1.InstrumentServiceClient // of the same administrator
	cycle         *meritv1.Cycle
}

// calendar2021 is a request for a cycle whose self-assessment lies around the time at which servers start.
func calendar2021() *meritv1.CreateCycleRequest {
	window := func(phase meritv1.Phase, first, last string) *meritv1.Window {
		return &meritv1.Window{Phase: phase, FirstDay: first, LastDay: last}
	}
	return &meritv1.CreateCycleRequest{
		Name: "2021", Year: 2021, InstrumentId: "kasn-2019", Assessor: "Komisi Aparatur Sipil Negara", Quorum: 4, MajorityPercent: 50,
		Windows: []*meritv1.Window{
			window(meritv1.Phase_PHASE_SELF_ASSESSMENT, "2021-01-04", "2021-02-28"),
			window(meritv1.Phase_PHASE_VERIFICATION, "2021-03-01", "2021-04-30"),
			window(meritv1.Phase_PHASE_REPAIR, "2021-05-01", "2021-05-31"),
			window(meritv1.Phase_PHASE_DETERMINATION, "2021-06-01", "2021-06-30"),
			window(meritv1.Phase_PHASE_AWARD, "2021-12-01", "2021-12-31"),
		},
	}
}

func newSeason(tb testing.TB, s *servertest.Server) season {
	tb.Helper()
	person := s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, "")
	MustPublish(tb, meritv1.NewInstrumentServiceClient(person), MustSource(tb, "kasn-2019"))
	n := season{
		Server: s, admin: meritv1.NewCycleServiceClient(person), public: meritv1.NewCycleServiceClient(s.Anyone()),
		instruments: meritv1.NewInstrumentServiceClient(person),
	}
	n.cycle = servertest.Must(n.admin.CreateCycle(tb.Context(), calendar2021()))(tb).GetCycle()
	return n
}

func TestACycleIsReadByIDAndByName(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		for name, req := range map[string]*meritv1.GetCycleRequest{"id": {CycleId: n.cycle.GetId()}, "name": {Name: "2021"}} {
			got := servertest.Must(n.public.GetCycle(t.Context(), req))(t).GetCycle()
			if diff := cmp.Diff(n.cycle, got, protocmp.Transform()); diff != "" {
				t.Errorf("by %s (-created +read):\n%s", name, diff)
			}
		}
		self := n.cycle.GetWindows()[0]
		wib := time.FixedZone("WIB", 7*60*60)
		want := &meritv1.Window{
			Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT, FirstDay: "2021-01-04", LastDay: "2021-02-28", Revision: 1,
			OpensAt:  timestamppb.New(time.Date(2021, 1, 4, 0, 0, 0, 0, wib)),
			ClosesAt: timestamppb.New(time.Date(2021, 3, 1, 0, 0, 0, 0, wib)),
		}
		if diff := cmp.Diff(want, self, protocmp.Transform()); diff != "" {
			t.Errorf("window (-want +got):\n%s", diff)
		}
		for name, tc := range map[string]struct {
			req    *meritv1.GetCycleRequest
			reason meritv1.Reason
		}{
			"neither":         {&meritv1.GetCycleRequest{}, meritv1.Reason_REASON_INVALID_REQUEST},
			"both":            {&meritv1.GetCycleRequest{CycleId: n.cycle.GetId(), Name: "2021"}, meritv1.Reason_REASON_INVALID_REQUEST},
			"an unknown name": {&meritv1.GetCycleRequest{Name: "1999"}, meritv1.Reason_REASON_NOT_FOUND},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := n.public.GetCycle(t.Context(), tc.req)
				servertest.WantReason(t, err, tc.reason)
			})
		}
	})
}

func TestACycleIsNotMadeAgainstTheRules(t *testing.T) {
	s := servertest.New(t)
	n := newSeason(t, s)
	instruments := n.instruments
	MustSave(t, instruments, MustSource(t, "panrb-2026"))
	MustPublish(t, instruments, MustSource(t, "before.yaml"))
	servertest.Must(instruments.RetireInstrument(t.Context(), &meritv1.RetireInstrumentRequest{InstrumentId: "sample-1"}))(t)
	for _, tc := range []struct {
		name   string
		change func(*meritv1.CreateCycleRequest)
		reason meritv1.Reason
		field  string
	}{
		{"a name that is taken", func(r *meritv1.CreateCycleRequest) { r.Name = "2021" }, meritv1.Reason_REASON_ALREADY_EXISTS, ""},
		{"a name of spaces", func(r *meritv1.CreateCycleRequest) { r.Name = "  " }, meritv1.Reason_REASON_INVALID_REQUEST, "name"},
		{"an unknown instrument", func(r *meritv1.CreateCycleRequest) { r.InstrumentId = "kasn-1999" }, meritv1.Reason_REASON_NOT_FOUND, ""},
		{"a draft", func(r *meritv1.CreateCycleRequest) { r.InstrumentId = "panrb-2026" }, meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED, ""},
		{"a retired instrument", func(r *meritv1.CreateCycleRequest) { r.InstrumentId = "sample-1" }, meritv1.Reason_REASON_INSTRUMENT_NOT_PUBLISHED, ""},
		{"a phase is missing", func(r *meritv1.CreateCycleRequest) { r.Windows = r.Windows[:4] }, meritv1.Reason_REASON_INVALID_REQUEST, "windows"},
		{"a phase stands twice", func(r *meritv1.CreateCycleRequest) { r.Windows[4] = r.Windows[3] }, meritv1.Reason_REASON_INVALID_REQUEST, "windows[4].phase"},
		{"a window ends before it begins", func(r *meritv1.CreateCycleRequest) { r.Windows[2].LastDay = "2021-04-30" }, meritv1.Reason_REASON_INVALID_REQUEST, "windows[2].last_day"},
		{"a day that is none", func(r *meritv1.CreateCycleRequest) { r.Windows[0].LastDay = "2021-02-29" }, meritv1.Reason_REASON_INVALID_REQUEST, "windows[0].last_day"},
		{"phases out of order", func(r *meritv1.CreateCycleRequest) { r.Windows[3].FirstDay = "2021-04-01" }, meritv1.Reason_REASON_INVALID_REQUEST, "windows"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			req := calendar2021()
			req.Name = "another"
			tc.change(req)
			_, err := n.admin.CreateCycle(t.Context(), req)
			servertest.WantReason(t, err, tc.reason)
			if _, ok := servertest.Violations(err)[tc.field]; tc.field != "" && !ok {
				t.Errorf("violations are %v, want %s", servertest.Violations(err), tc.field)
			}
		})
	}
	if all := servertest.Must(n.public.ListCycles(t.Context(), &meritv1.ListCyclesRequest{}))(t).GetCycles(); len(all) != 1 {
		t.Errorf("refused requests made cycles: %v", all)
	}
}

func TestACycleIsMadeOnceForARequestID(t *testing.T) {
	s := servertest.New(t)
	n := newSeason(t, s)
	req := calendar2021()
	req.Name, req.RequestId = "again", "r1"
	first := servertest.Must(n.admin.CreateCycle(t.Context(), req))(t)
	if second := servertest.Must(n.admin.CreateCycle(t.Context(), req))(t); !proto.Equal(first, second) {
		t.Errorf("the repeated request is answered with %v, want %v", second, first)
	}
}

func TestCyclesAreListedInPagesTheLatestYearFirst(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		for _, c := range []struct {
			name string
			year int32
		}{{"2020", 2020}, {"2023", 2023}, {"2021 for visitors", 2021}} {
			req := calendar2021()
			req.Name, req.Year = c.name, c.year
			servertest.Must(n.admin.CreateCycle(t.Context(), req))(t)
			s.Clock.Add(time.Second)
		}
		var got []string
		req := &meritv1.ListCyclesRequest{PageSize: 1}
		for {
			resp := servertest.Must(n.public.ListCycles(t.Context(), req))(t)
			for _, c := range resp.GetCycles() {
				got = append(got, c.GetName())
			}
			if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
				break
			}
		}
		if diff := cmp.Diff([]string{"2023", "2021 for visitors", "2021", "2020"}, got); diff != "" {
			t.Errorf("cycles (-want +got):\n%s", diff)
		}
	})
}

func TestAWindowIsMovedForEveryAgency(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		n := newSeason(t, s)
		move := &meritv1.SetWindowRequest{CycleId: n.cycle.GetId(), Window: &meritv1.Window{
			Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT, FirstDay: "2021-01-04", LastDay: "2021-03-07", Revision: 1,
		}}
		moved := servertest.Must(n.admin.SetWindow(t.Context(), move))(t).GetCycle()
		if w := moved.GetWindows()[0]; w.GetLastDay() != "2021-03-07" || w.GetRevision() != 2 {
			t.Errorf("the window became %v", w)
		}
		_, err := n.admin.SetWindow(t.Context(), move)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if current, ok := servertest.Detail[*meritv1.Cycle](err); !ok || !proto.Equal(current, moved) {
			t.Errorf("the refusal shows %v, want the current cycle", current)
		}
		for name, w := range map[string]*meritv1.Window{
			"a phase that begins before the one ahead": {Phase: meritv1.Phase_PHASE_REPAIR, FirstDay: "2021-02-01", LastDay: "2021-05-31", Revision: 1},
			"a phase that begins after the next one":   {Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT, FirstDay: "2021-03-02", LastDay: "2021-05-31", Revision: 2},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := n.admin.SetWindow(t.Context(), &meritv1.SetWindowRequest{CycleId: n.cycle.GetId(), Window: w})
				servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
				if _, ok := servertest.Violations(err)["window.first_day"]; !ok {
					t.Errorf("violations are %v", servertest.Violations(err))
				}
			})
		}
		_, err = n.admin.SetWindow(t.Context(), &meritv1.SetWindowRequest{CycleId: strings.Repeat("0", 26), Window: move.GetWindow()})
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	})
}
