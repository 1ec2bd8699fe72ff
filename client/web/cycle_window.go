package web

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// windowView is the form that moves the window of a phase.
type windowView struct {
	Cycle  *meritv1.Cycle
	Window *meritv1.Window // as it was typed
	Stale  *meritv1.Window // as somebody else has set it meanwhile
}

var windowPage = newPage[windowView]("cycle-window")

// windowOf is the window of a phase; nil when the cycle has none.
func windowOf(c *meritv1.Cycle, phase meritv1.Phase) *meritv1.Window {
	i := slices.IndexFunc(c.GetWindows(), func(w *meritv1.Window) bool { return w.GetPhase() == phase })
	if i < 0 {
		return nil
	}
	return c.GetWindows()[i]
}

// window is the cycle and the window of the phase that the address names.
func (r *request) window() (*meritv1.Cycle, *meritv1.Window, error) {
	cycle, err := r.cycle()
	if err != nil {
		return nil, nil, err
	}
	window := windowOf(cycle, enum[meritv1.Phase](r.PathValue("phase")))
	if window == nil {
		return nil, nil, errNoPage
	}
	return cycle, window, nil
}

func showWindow(w http.ResponseWriter, r *request) error {
	cycle, window, err := r.window()
	if err != nil {
		return err
	}
	return windowPage.show(w, r, windowView{Cycle: cycle, Window: window})
}

func setWindow(w http.ResponseWriter, r *request) error {
	cycle, window, err := r.window()
	if err != nil {
		return err
	}
	view := windowView{Cycle: cycle, Window: &meritv1.Window{
		Phase: window.GetPhase(), FirstDay: r.PostFormValue("first_day"), LastDay: r.PostFormValue("last_day"), Revision: r.number("revision"),
	}}
	_, err = r.Cycles.SetWindow(r.Context(), &meritv1.SetWindowRequest{CycleId: cycle.GetId(), Window: view.Window})
	if err != nil {
		if client.Is(err, meritv1.Reason_REASON_STALE_REVISION) {
			view.Stale, view.Window.Revision = window, window.GetRevision()
		}
		return windowPage.again(w, r, view, err)
	}
	return r.redirect(w, "/admin/cycles/"+cycle.GetId(), "window-moved")
}

// extendView is the form that gives agencies longer.
type extendView struct {
	Cycle                     *meritv1.Cycle
	Phase                     meritv1.Phase
	Agencies, LastDay, Reason string // Agencies: one in each line
}

var extendPage = newPage[extendView]("cycle-extend")

func showExtend(w http.ResponseWriter, r *request) error {
	cycle, err := r.cycle()
	if err != nil {
		return err
	}
	return extendPage.show(w, r, extendView{Cycle: cycle})
}

func grantExtension(w http.ResponseWriter, r *request) error {
	cycle, err := r.cycle()
	if err != nil {
		return err
	}
	view := extendView{
		cycle, enum[meritv1.Phase](r.PostFormValue("phase")), r.PostFormValue("agencies"), r.PostFormValue("last_day"), r.PostFormValue("reason"),
	}
	ids, err := r.agenciesNamed("agencies", view.Agencies)
	if err == nil {
		_, err = r.Cycles.GrantExtension(r.Context(), &meritv1.GrantExtensionRequest{
			CycleId: cycle.GetId(), Phase: view.Phase, AgencyIds: ids, LastDay: view.LastDay, Reason: view.Reason,
		})
	}
	if err != nil {
		return extendPage.again(w, r, view, ofAgencies(err))
	}
	return r.redirect(w, "/admin/cycles/"+cycle.GetId(), "extended")
}

// agenciesNamed are the ids of agencies that a text names, one in each line.
func (r *request) agenciesNamed(field, text string) (ids []string, err error) {
	for line := range strings.Lines(text) {
		id, err := r.agencyNamed(field, line)
		if err != nil {
			return nil, err
		}
		if id != "" {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// ofAgencies says of the lines of agencies what the service says of their ids.
func ofAgencies(err error) error {
	problem := *client.Explain(err)
	problem.Violations = slices.Clone(problem.Violations)
	for i, v := range problem.Violations {
		var n int
		if _, scanErr := fmt.Sscanf(v.Field, "agency_ids[%d]", &n); scanErr == nil || v.Field == "agency_ids" {
			problem.Violations[i].Field = "agencies"
		}
	}
	return &problem
}
