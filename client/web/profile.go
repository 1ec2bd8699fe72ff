package web

import (
	"net/http"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"google.golang.org/grpc/codes"
)

// profileView is the person's own page.
type profileView struct {
	Account   *meritv1.Account
	Interests []*meritv1.Interest
	Tokens    []*meritv1.Token // the newest
	Sessions  []*meritv1.AccountSession
	Factor    *meritv1.GetSecondFactorResponse
	Links     identitiesView
	waysIn
}

var profilePage = newPage[profileView]("profile")

func (rt router) profile() {
	rt.get("/profile", signedIn(showProfile))
	rt.post("/profile", signedIn(saveProfile))
	rt.post("/profile/password", signedIn(changePassword))
	rt.post("/profile/identities/{identity}/unlink", signedIn(unlinkOwn))
}

// signedIn leads who is not signed in to the page for it.
func signedIn(h handler) handler {
	return func(w http.ResponseWriter, r *request) error {
		if r.who == nil {
			r.web.leadToSignIn(w, r)
			return nil
		}
		return h(w, r)
	}
}

func (r *request) profileView() (profileView, error) {
	interests, err := r.Accounts.ListInterests(r.Context(), &meritv1.ListInterestsRequest{})
	if err != nil {
		return profileView{}, err
	}
	tokens, err := r.Accounts.ListTokens(r.Context(), &meritv1.ListTokensRequest{})
	if err != nil {
		return profileView{}, err
	}
	sessions, err := r.mySessions()
	if err != nil {
		return profileView{}, err
	}
	factor, err := r.Accounts.GetSecondFactor(r.Context(), &meritv1.GetSecondFactorRequest{})
	if err != nil {
		return profileView{}, err
	}
	links, err := r.identities("", "/profile/identities/", true)
	if err != nil {
		return profileView{}, err
	}
	ways, err := r.waysIn()
	return profileView{r.who.GetAccount(), interests.GetInterests(), tokens.GetTokens(), sessions, factor, links, ways}, err
}

func showProfile(w http.ResponseWriter, r *request) error {
	view, err := r.profileView()
	if err != nil {
		return err
	}
	return profilePage.show(w, r, view)
}

func saveProfile(w http.ResponseWriter, r *request) error {
	saved, err := r.Accounts.UpdateProfile(r.Context(), &meritv1.UpdateProfileRequest{
		Name: r.PostFormValue("name"), Language: r.PostFormValue("language"),
	})
	if err != nil {
		return profileAgain(w, r, err)
	}
	r.web.rememberLanguage(w, saved.GetAccount().GetLanguage())
	return r.redirect(w, "/profile", "saved")
}

func changePassword(w http.ResponseWriter, r *request) error {
	password, err := r.repeated("new_password")
	if err == nil {
		_, err = r.Accounts.ChangePassword(r.Context(), &meritv1.ChangePasswordRequest{
			CurrentPassword: r.PostFormValue("current_password"), NewPassword: password,
		})
	}
	if err != nil {
		return profileAgain(w, r, err)
	}
	return r.redirect(w, "/profile", "password-changed")
}

func profileAgain(w http.ResponseWriter, r *request, failed error) error {
	view, err := r.profileView()
	if err != nil {
		return err
	}
	return profilePage.refused(w, r, view, failed)
}

// repeated is a password that was typed twice, in the field and in field_again.
func (r *request) repeated(field string) (string, error) {
	password := r.PostFormValue(field)
	if password == r.PostFormValue(field+"_again") {
		return password, nil
	}
	message := r.say("The two passwords differ. Type the same one twice. ¦ Kedua kata sandi berbeda. Ketik kata sandi yang sama dua kali.")
	return "", &client.Problem{
		Code: codes.InvalidArgument, Message: message,
		Violations: []client.Violation{{Field: field + "_again", Message: message}},
	}
}
