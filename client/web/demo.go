package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// DemoAccount is an account that everybody may sign in with at the demonstration.
type DemoAccount struct {
	Email, Password string
	Role            string // English ¦ Indonesia
	Does            string // What to try with it: English ¦ Indonesia
}

// demoView offers the demonstration accounts.
type demoView struct{ Accounts []DemoAccount }

var demoPage = newPage[demoView]("demo")

func (rt router) demo() {
	if len(rt.Demo) == 0 {
		return
	}
	rt.get("/demo", func(w http.ResponseWriter, r *request) error { return demoPage.show(w, r, demoView{rt.Demo}) })
	rt.post("/demo", signInDemo)
}

func signInDemo(w http.ResponseWriter, r *request) error {
	i := slices.IndexFunc(r.web.Demo, func(a DemoAccount) bool { return a.Email == r.PostFormValue("email") })
	if i < 0 {
		return errNoPage
	}
	account := r.web.Demo[i]
	in, err := r.Accounts.SignIn(r.Context(), &meritv1.SignInRequest{Email: account.Email, Password: account.Password})
	if err != nil {
		return err
	}
	return r.arrive(w, in, "/work")
}
