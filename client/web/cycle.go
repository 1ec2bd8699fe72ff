package web

import (
	"fmt"
	"net/http"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// phases are the parts of a year, one after the other.
var phases = []meritv1.Phase{
	meritv1.Phase_PHASE_SELF_ASSESSMENT, meritv1.Phase_PHASE_VERIFICATION, meritv1.Phase_PHASE_REPAIR,
	meritv1.Phase_PHASE_DETERMINATION, meritv1.Phase_PHASE_AWARD,
}

// cycleYear is a cycle with its calendar.
type cycleYear struct {
	Cycle    *meritv1.Cycle
	Calendar yearCalendar
}

// cyclesView is the list of cycles, the latest first.
type cyclesView struct {
	Cycles  []cycleYear
	Creates bool // the reader may create cycles
	Pager   pager
}

var cyclesPage = newPage[cyclesView]("cycles")

func (rt router) cycles() {
	const admin, lead = meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_LEAD_VERIFIER
	rt.get("/admin/cycles", signedIn(showCycles))
	rt.get("/admin/cycles/new", only(showNewCycle, admin))
	rt.post("/admin/cycles/new", only(createCycle, admin))
	rt.get("/admin/cycles/{id}", signedIn(showCycle))
	rt.get("/admin/cycles/{id}/windows/{phase}", only(showWindow, admin))
	rt.post("/admin/cycles/{id}/windows/{phase}", only(setWindow, admin))
	rt.get("/admin/cycles/{id}/extend", only(showExtend, admin, lead))
	rt.post("/admin/cycles/{id}/extend", only(grantExtension, admin, lead))
}

func showCycles(w http.ResponseWriter, r *request) error {
	list, err := r.Cycles.ListCycles(r.Context(), &meritv1.ListCyclesRequest{PageSize: 10, PageToken: r.pageToken()})
	if err != nil {
		return err
	}
	view := cyclesView{Creates: r.acts(meritv1.Role_ROLE_ADMIN), Pager: r.pager(list.GetNextPageToken())}
	for _, c := range list.GetCycles() {
		view.Cycles = append(view.Cycles, cycleYear{c, calendarOf(r.lang, r.today(), c.GetWindows())})
	}
	return cyclesPage.show(w, r, view)
}

// cycleView is one cycle: its calendar, its windows and who has longer.
type cycleView struct {
	cycleYear
	Extensions []*meritv1.Extension
	Moves      bool // the reader may move windows
	Extends    bool // the reader may grant extensions
	Pager      pager
}

var cyclePage = newPage[cycleView]("cycle")

func (r *request) cycle() (*meritv1.Cycle, error) {
	one, err := r.Cycles.GetCycle(r.Context(), &meritv1.GetCycleRequest{CycleId: r.PathValue("id")})
	return one.GetCycle(), err
}

func showCycle(w http.ResponseWriter, r *request) error {
	cycle, err := r.cycle()
	if err != nil {
		return err
	}
	list, err := r.Cycles.ListExtensions(r.Context(), &meritv1.ListExtensionsRequest{CycleId: cycle.GetId(), PageToken: r.pageToken()})
	if err != nil {
		return err
	}
	return cyclePage.show(w, r, cycleView{
		cycleYear{cycle, calendarOf(r.lang, r.today(), cycle.GetWindows())},
		list.GetExtensions(),
		r.acts(meritv1.Role_ROLE_ADMIN), r.acts(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_LEAD_VERIFIER), r.pager(list.GetNextPageToken()),
	})
}

// newCycleView is the form of a new cycle.
type newCycleView struct {
	Name, Instrument, Assessor string
	Year, Quorum, Majority     string
	Windows                    []*meritv1.Window
	Instruments                []*meritv1.Instrument // published ones
	RequestID                  string
}

var newCyclePage = newPage[newCycleView]("cycle-new")

// instruments are the first five hundred that the reader may see and that are in a state; there is one in some years.
func (r *request) instruments(state meritv1.Lifecycle) (all []*meritv1.Instrument, err error) {
	list, err := r.Instruments.ListInstruments(r.Context(), &meritv1.ListInstrumentsRequest{PageSize: 500})
	for _, in := range list.GetInstruments() {
		if in.GetLifecycle() == state {
			all = append(all, in)
		}
	}
	return all, err
}

func showNewCycle(w http.ResponseWriter, r *request) error {
	published, err := r.instruments(meritv1.Lifecycle_LIFECYCLE_PUBLISHED)
	if err != nil {
		return err
	}
	year, _, _ := strings.Cut(r.today(), "-")
	view := newCycleView{Name: year, Year: year, Quorum: "3", Majority: "50", Instruments: published, RequestID: r.PostFormValue("request_id")}
	for _, phase := range phases {
		view.Windows = append(view.Windows, &meritv1.Window{Phase: phase})
	}
	return newCyclePage.show(w, r, view)
}

func createCycle(w http.ResponseWriter, r *request) error {
	published, err := r.instruments(meritv1.Lifecycle_LIFECYCLE_PUBLISHED)
	if err != nil {
		return err
	}
	view := newCycleView{
		Name: r.PostFormValue("name"), Instrument: r.PostFormValue("instrument_id"), Assessor: r.PostFormValue("assessor"),
		Year: r.PostFormValue("year"), Quorum: r.PostFormValue("quorum"), Majority: r.PostFormValue("majority_percent"),
		Instruments: published, RequestID: r.PostFormValue("request_id"),
	}
	for i, phase := range phases {
		field := fmt.Sprintf("windows[%d].", i)
		view.Windows = append(view.Windows, &meritv1.Window{
			Phase: phase, FirstDay: r.PostFormValue(field + "first_day"), LastDay: r.PostFormValue(field + "last_day"),
		})
	}
	created, err := r.Cycles.CreateCycle(r.Context(), &meritv1.CreateCycleRequest{
		Name: view.Name, Year: int32(r.number("year")), InstrumentId: view.Instrument, Assessor: view.Assessor, Windows: view.Windows,
		Quorum: int32(r.number("quorum")), MajorityPercent: int32(r.number("majority_percent")), RequestId: view.RequestID,
	})
	if err != nil {
		return newCyclePage.again(w, r, view, err)
	}
	return r.redirect(w, "/admin/cycles/"+created.GetCycle().GetId(), "saved")
}
