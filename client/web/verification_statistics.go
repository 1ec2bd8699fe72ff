package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// statisticsView is what verifiers decided in a cycle, each beside the colleagues.
type statisticsView struct {
	Cycles    []*meritv1.Cycle
	Cycle     *meritv1.Cycle
	Verifiers []*meritv1.VerifierStatistics
}

var statisticsPage = newPage[statisticsView]("verification-statistics")

func showStatistics(w http.ResponseWriter, r *request) (err error) {
	var view statisticsView
	if view.Cycles, err = r.cycles(); err != nil {
		return err
	}
	if view.Cycle = chosenCycle(view.Cycles, r.URL.Query().Get("cycle")); view.Cycle != nil {
		got, err := r.Verifications.GetVerifierStatistics(r.Context(), &meritv1.GetVerifierStatisticsRequest{CycleId: view.Cycle.GetId()})
		if err != nil {
			return err
		}
		view.Verifiers = got.GetVerifiers()
	}
	return statisticsPage.show(w, r, view)
}

// chosenCycle is the cycle of that id, or the first one when none is asked for; nil when there is none.
func chosenCycle(cycles []*meritv1.Cycle, id string) *meritv1.Cycle {
	for _, cycle := range cycles {
		if id == "" || id == cycle.GetId() {
			return cycle
		}
	}
	return nil
}
