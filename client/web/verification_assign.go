package web

import (
	"cmp"
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// assignView is who could verify an assessment.
type assignView struct {
	Assessment *meritv1.Assessment
	Region     string
	Loads      []suggestion
	Chosen     string // account id; empty: the service chooses
	Reason     string
}

// suggestion is a verifier as the one to be asked.
type suggestion struct {
	Load    *meritv1.Load
	Open    int32 // sheets before them
	Reaches bool  // their region is the agency's, or the nation
	Best    bool  // of those who reach it, with the least open work
}

var assignPage = newPage[assignView]("verification-assign")

func showAssign(w http.ResponseWriter, r *request) error {
	view, err := r.assignView()
	if err != nil {
		return err
	}
	return assignPage.show(w, r, view)
}

func (r *request) assignView() (view assignView, err error) {
	got, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{AssessmentId: r.PathValue("assessment")})
	if err != nil {
		return view, err
	}
	view.Assessment = got.GetAssessment()
	agency, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{AgencyId: view.Assessment.GetAgencyId()})
	if err != nil {
		return view, err
	}
	view.Region = agency.GetAgency().GetRegion()
	load, err := r.Verifications.GetLoad(r.Context(), &meritv1.GetLoadRequest{
		CycleId: view.Assessment.GetCycleId(), AssessmentId: view.Assessment.GetId(),
	})
	view.Loads = suggest(load.GetLoads(), view.Region)
	return view, err
}

// suggest orders verifiers: those who may be chosen first, then those who reach the region, and of them who has the
// least before them.
func suggest(loads []*meritv1.Load, region string) []suggestion {
	all := make([]suggestion, len(loads))
	for i, l := range loads {
		all[i] = suggestion{Load: l, Open: l.GetWaiting() + l.GetInVerification(), Reaches: l.GetRegion() == "" || l.GetRegion() == region}
	}
	slices.SortStableFunc(all, func(a, b suggestion) int {
		return cmp.Or(yesFirst(!a.Load.GetTied(), !b.Load.GetTied()), yesFirst(a.Reaches, b.Reaches), cmp.Compare(a.Open, b.Open), cmp.Compare(a.Load.GetVerifier().GetName(), b.Load.GetVerifier().GetName()))
	})
	if len(all) > 0 {
		all[0].Best = all[0].Reaches && !all[0].Load.GetTied()
	}
	return all
}

// yesFirst compares so that what is true comes first.
func yesFirst(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}

func assignOne(w http.ResponseWriter, r *request) error {
	id := r.PathValue("assessment")
	wanted := &meritv1.Assignment{AssessmentId: id, AccountId: r.PostFormValue("verifier"), Reason: r.PostFormValue("reason")}
	_, err := r.Verifications.AssignVerifier(r.Context(), &meritv1.AssignVerifierRequest{
		Assignments: []*meritv1.Assignment{wanted}, RequestId: r.PostFormValue("request_id"),
	})
	if err == nil {
		return r.redirect(w, "/verification/"+id, "assigned")
	}
	view, failed := r.assignView()
	if failed != nil {
		return failed
	}
	view.Chosen, view.Reason = wanted.GetAccountId(), wanted.GetReason()
	return assignPage.again(w, r, view, err)
}

// assignMany lets the service choose verifiers for the sheets that were ticked.
func assignMany(w http.ResponseWriter, r *request) error {
	req := &meritv1.AssignVerifierRequest{RequestId: r.PostFormValue("request_id")}
	for _, id := range r.PostForm["assessment"] {
		req.Assignments = append(req.Assignments, &meritv1.Assignment{AssessmentId: id})
	}
	_, err := r.Verifications.AssignVerifier(r.Context(), req)
	if err == nil {
		return r.redirect(w, local(r.PostFormValue("back"), "/verification"), "assigned")
	}
	view, failed := r.workList()
	if failed != nil {
		return failed
	}
	return workListPage.again(w, r, view, err)
}
