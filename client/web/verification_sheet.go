package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// verificationView is one verification: how far it is, its rounds, and what can be done next.
type verificationView struct {
	Dossier *dossier
	Rounds  []*meritv1.Clarification
	Mine    bool // the reader is the verifier in charge
	Lead    bool
	Open    *meritv1.Clarification // the open round
	Asked   bool                   // it was opened just now
	Reason  string                 // to return the sheet
	Minutes string                 // number of the minutes
}

var verificationPage = newPage[verificationView]("verification-show")

func showVerification(w http.ResponseWriter, r *request) error {
	view, err := r.verificationView()
	if err != nil {
		return err
	}
	return verificationPage.show(w, r, view)
}

func (r *request) verificationView() (view verificationView, err error) {
	id := r.PathValue("assessment")
	if view.Dossier, err = r.dossier(id); err != nil {
		return view, err
	}
	rounds, err := r.Verifications.ListClarifications(r.Context(), &meritv1.ListClarificationsRequest{AssessmentId: id})
	view.Rounds = rounds.GetClarifications()
	if i := slices.IndexFunc(view.Rounds, (*meritv1.Clarification).GetOpen); i >= 0 {
		view.Open = view.Rounds[i]
	}
	view.Asked = r.URL.Query().Has("asked")
	view.Lead = r.acts(meritv1.Role_ROLE_LEAD_VERIFIER)
	view.Mine = r.acts(meritv1.Role_ROLE_VERIFIER) && view.Dossier.Assessment.GetVerifier().GetAccountId() == r.who.GetAccount().GetId()
	return view, err
}

// Is reports whether the assessment stands in a state, named as in the contract without ASSESSMENT_STATE_.
func (v verificationView) Is(state string) bool {
	return v.Dossier != nil && v.Dossier.Assessment.GetState().String() == "ASSESSMENT_STATE_"+state
}

// First is the item to go on with: the first that is open, or the first of all.
func (v verificationView) First() string {
	if v.Dossier == nil {
		return ""
	}
	for _, list := range [][]*dossierItem{v.Dossier.Open(), v.Dossier.Applicable()} {
		if len(list) > 0 {
			return list[0].Item.GetCode()
		}
	}
	return ""
}

// refused shows the verification again with what was refused.
func (r *request) verificationAgain(w http.ResponseWriter, failed error) error {
	view, err := r.verificationView()
	if err != nil {
		return err
	}
	view.Reason, view.Minutes = r.PostFormValue("reason"), r.PostFormValue("minutes_number")
	return verificationPage.again(w, r, view, failed)
}

func startVerification(w http.ResponseWriter, r *request) error {
	id := r.PathValue("assessment")
	_, err := r.Verifications.StartVerification(r.Context(), &meritv1.StartVerificationRequest{AssessmentId: id, Revision: r.number("revision")})
	if err != nil {
		return r.verificationAgain(w, err)
	}
	return r.redirect(w, "/verification/"+id, "verification-started")
}

func returnAssessment(w http.ResponseWriter, r *request) error {
	_, err := r.Assessments.Return(r.Context(), &meritv1.ReturnRequest{
		AssessmentId: r.PathValue("assessment"), Revision: r.number("revision"), Reason: r.PostFormValue("reason"),
	})
	if err != nil {
		return r.verificationAgain(w, err)
	}
	return r.redirect(w, "/verification", "returned")
}

func completeVerification(w http.ResponseWriter, r *request) error {
	id := r.PathValue("assessment")
	_, err := r.Verifications.CompleteVerification(r.Context(), &meritv1.CompleteVerificationRequest{
		AssessmentId: id, Revision: r.number("revision"), MinutesNumber: r.PostFormValue("minutes_number"), RequestId: r.PostFormValue("request_id"),
	})
	if err != nil {
		return r.verificationAgain(w, err)
	}
	return r.redirect(w, "/verification/"+id, "verified")
}

// differencesView is every item on which claim and verified level differ.
type differencesView struct{ Dossier *dossier }

var differencesPage = newPage[differencesView]("verification-differences")

func showDifferences(w http.ResponseWriter, r *request) error {
	d, err := r.dossier(r.PathValue("assessment"))
	if err != nil {
		return err
	}
	return differencesPage.show(w, r, differencesView{d})
}
