package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// interestView is the form in which a person declares a tie to an agency.
type interestView struct {
	Interests        []*meritv1.Interest
	Agency, Relation string
	From, Until      string
}

var interestPage = newPage[interestView]("interests")

func (rt router) interests() {
	rt.get("/profile/interests", signedIn(showInterests))
	rt.post("/profile/interests", signedIn(declareInterest))
}

func (r *request) interestView() (interestView, error) {
	list, err := r.Accounts.ListInterests(r.Context(), &meritv1.ListInterestsRequest{})
	return interestView{
		Interests: list.GetInterests(), Agency: r.PostFormValue("agency_id"), Relation: r.PostFormValue("relation"),
		From: r.PostFormValue("from_date"), Until: r.PostFormValue("until_date"),
	}, err
}

func showInterests(w http.ResponseWriter, r *request) error {
	view, err := r.interestView()
	if err != nil {
		return err
	}
	return interestPage.show(w, r, view)
}

func declareInterest(w http.ResponseWriter, r *request) error {
	view, err := r.interestView()
	if err != nil {
		return err
	}
	agency, err := r.agencyNamed("agency_id", view.Agency)
	if err == nil {
		_, err = r.Accounts.DeclareInterest(r.Context(), &meritv1.DeclareInterestRequest{
			AgencyId: agency, Relation: view.Relation, FromDate: view.From, UntilDate: view.Until,
		})
	}
	if err != nil {
		return interestPage.again(w, r, view, err)
	}
	return r.redirect(w, "/profile/interests", "interest-declared")
}
