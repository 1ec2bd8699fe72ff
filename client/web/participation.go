package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// participationView is how far agencies are in a cycle.
type participationView struct {
	Cycles     []*meritv1.Cycle
	Cycle      *meritv1.Cycle // nil while there is none
	Kind       meritv1.AgencyKind
	Province   string // id
	Provinces  []*meritv1.Agency
	State      meritv1.ParticipationState
	Total      *meritv1.ParticipationCount // of the kind and province
	ByKind     []*meritv1.ParticipationCount
	ByProvince []*meritv1.ParticipationCount
	Agencies   []*meritv1.Participation
	Pager      pager
}

var participationPage = newPage[participationView]("participation")

func (rt router) participation() { rt.get("/admin/participation", signedIn(showParticipation)) }

func showParticipation(w http.ResponseWriter, r *request) (err error) {
	q := r.URL.Query()
	view := participationView{
		Kind: enum[meritv1.AgencyKind](q.Get("kind")), Province: q.Get("province"), State: enum[meritv1.ParticipationState](q.Get("state")),
		Total: &meritv1.ParticipationCount{},
	}
	if view.Cycles, err = r.cycles(); err != nil {
		return err
	}
	if view.Provinces, err = r.provinces(); err != nil {
		return err
	}
	if view.Cycle = chosenCycle(view.Cycles, q.Get("cycle")); view.Cycle == nil {
		return participationPage.show(w, r, view)
	}
	got, err := r.Cycles.GetParticipation(r.Context(), &meritv1.GetParticipationRequest{
		CycleId: view.Cycle.GetId(), Kind: view.Kind, ProvinceId: view.Province, State: view.State, PageToken: r.pageToken(),
	})
	if err != nil {
		return err
	}
	view.ByKind, view.ByProvince, view.Agencies = got.GetByKind(), got.GetByProvince(), got.GetAgencies()
	view.Total, view.Pager = sumParticipation(view.ByKind), r.pager(got.GetNextPageToken())
	return participationPage.show(w, r, view)
}

// sumParticipation adds counts up.
func sumParticipation(counts []*meritv1.ParticipationCount) *meritv1.ParticipationCount {
	sum := &meritv1.ParticipationCount{}
	for _, c := range counts {
		sum.NotDue += c.GetNotDue()
		sum.NotStarted += c.GetNotStarted()
		sum.Filling += c.GetFilling()
		sum.Submitted += c.GetSubmitted()
		sum.InVerification += c.GetInVerification()
		sum.Verified += c.GetVerified()
		sum.Determined += c.GetDetermined()
	}
	return sum
}

// Due is how many of the counted agencies are to assess themselves.
func (participationView) Due(c *meritv1.ParticipationCount) int32 {
	return c.GetNotStarted() + c.GetFilling() + c.GetSubmitted() + c.GetInVerification() + c.GetVerified() + c.GetDetermined()
}

// Sent is how many of them have submitted, or are further.
func (participationView) Sent(c *meritv1.ParticipationCount) int32 {
	return c.GetSubmitted() + c.GetInVerification() + c.GetVerified() + c.GetDetermined()
}
