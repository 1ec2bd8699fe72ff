package web

import (
	"net/http"
	"net/url"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// secondFactorView is the person's second factor: how it stands, one that is being enrolled, or the recovery codes of one
// that just was.
type secondFactorView struct {
	State    *meritv1.GetSecondFactorResponse
	Demanded bool   // by the role acted in, and missing
	URI      string // of the authenticator that is being enrolled
	Secret   string
	QR       qrCode
	Codes    []string // shown once
	waysIn
}

var secondFactorPage = newPage[secondFactorView]("second-factor")

func (rt router) secondFactor() {
	rt.get("/profile/second-factor", signedIn(showSecondFactor))
	rt.post("/profile/second-factor", signedIn(enrolSecondFactor))
	rt.post("/profile/second-factor/confirm", signedIn(confirmSecondFactor))
	rt.post("/profile/second-factor/remove", signedIn(removeSecondFactor))
	rt.get("/admin/second-factor", only(showPolicy, meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR))
	rt.post("/admin/second-factor", only(setPolicy, meritv1.Role_ROLE_ADMIN))
	rt.post("/admin/accounts/{id}/reset-second-factor", only(resetSecondFactor, meritv1.Role_ROLE_ADMIN))
}

// withoutSecondFactor tells the addresses that are open to somebody whose role demands a second factor that is missing.
func withoutSecondFactor(path string) bool {
	return strings.HasPrefix(path, "/profile/second-factor") ||
		slices.Contains([]string{"/sign-out", "/language", "/membership", "/confirm/oidc/begin", oidcReturnPath}, path)
}

func (r *request) secondFactorView() (secondFactorView, error) {
	state, err := r.Accounts.GetSecondFactor(r.Context(), &meritv1.GetSecondFactorRequest{})
	if err != nil {
		return secondFactorView{}, err
	}
	ways, err := r.waysIn()
	return secondFactorView{State: state, Demanded: state.GetDemanded() && !state.GetEnrolled(), waysIn: ways}, err
}

func showSecondFactor(w http.ResponseWriter, r *request) error {
	view, err := r.secondFactorView()
	if err != nil {
		return err
	}
	return secondFactorPage.show(w, r, view)
}

func enrolSecondFactor(w http.ResponseWriter, r *request) error {
	view, err := r.secondFactorView()
	if err != nil {
		return err
	}
	made, err := r.Accounts.EnrolSecondFactor(r.Context(), &meritv1.EnrolSecondFactorRequest{})
	if err != nil {
		return secondFactorPage.again(w, r, view, err)
	}
	if err := view.enrolling(made.GetUri()); err != nil {
		return err
	}
	return secondFactorPage.show(w, r, view)
}

// enrolling shows the authenticator of the URI.
func (v *secondFactorView) enrolling(uri string) (err error) {
	parsed, err := url.Parse(uri)
	if err != nil || parsed.Scheme != "otpauth" {
		return errBadForm
	}
	v.URI, v.Secret = uri, parsed.Query().Get("secret")
	v.QR, err = newQR(uri)
	return err
}

// confirmSecondFactor takes the first code. After a wrong one the same authenticator is shown again: the form keeps it.
func confirmSecondFactor(w http.ResponseWriter, r *request) error {
	made, failed := r.Accounts.ConfirmSecondFactor(r.Context(), &meritv1.ConfirmSecondFactorRequest{Code: r.PostFormValue("code")})
	view, err := r.secondFactorView()
	if err != nil {
		return err
	}
	if failed != nil {
		if err := view.enrolling(r.PostFormValue("uri")); err != nil {
			return err
		}
		return secondFactorPage.refused(w, r, view, failed)
	}
	if r.who, err = r.Accounts.WhoAmI(r.Context(), &meritv1.WhoAmIRequest{}); err != nil {
		return err
	}
	view.Codes = made.GetRecoveryCodes()
	return secondFactorPage.show(w, r, view)
}

func removeSecondFactor(w http.ResponseWriter, r *request) error {
	_, failed := r.Accounts.RemoveSecondFactor(r.Context(), &meritv1.RemoveSecondFactorRequest{
		Password: r.PostFormValue("password"), Code: r.PostFormValue("code"),
	})
	if failed == nil {
		return r.redirect(w, "/profile/second-factor", "factor-removed")
	}
	view, err := r.secondFactorView()
	if err != nil {
		return err
	}
	return secondFactorPage.refused(w, r, view, failed)
}

// policyView is which roles demand a second factor.
type policyView struct {
	Roles    []roleDemand
	Revision int64
	Changes  bool // the reader may change them
}

// roleDemand is a role, and whether it demands a second factor.
type roleDemand struct {
	Role     meritv1.Role
	Demanded bool
}

var policyPage = newPage[policyView]("second-factor-policy")

func (r *request) policyView() (policyView, error) {
	got, err := r.Accounts.GetSecondFactorPolicy(r.Context(), &meritv1.GetSecondFactorPolicyRequest{})
	view := policyView{Revision: got.GetPolicy().GetRevision(), Changes: r.acts(meritv1.Role_ROLE_ADMIN)}
	for _, role := range grantable {
		view.Roles = append(view.Roles, roleDemand{role, slices.Contains(got.GetPolicy().GetRoles(), role)})
	}
	return view, err
}

func showPolicy(w http.ResponseWriter, r *request) error {
	view, err := r.policyView()
	if err != nil {
		return err
	}
	return policyPage.show(w, r, view)
}

func setPolicy(w http.ResponseWriter, r *request) error {
	req := &meritv1.SetSecondFactorPolicyRequest{Revision: r.revision()}
	for _, name := range r.PostForm["role"] {
		req.Roles = append(req.Roles, enum[meritv1.Role](name))
	}
	_, failed := r.Accounts.SetSecondFactorPolicy(r.Context(), req)
	if failed == nil {
		return r.redirect(w, "/admin/second-factor", "saved")
	}
	view, err := r.policyView()
	if err != nil {
		return err
	}
	return policyPage.again(w, r, view, failed)
}

func resetSecondFactor(w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	answer, err := r.Accounts.ResetSecondFactor(r.Context(), &meritv1.ResetSecondFactorRequest{AccountId: id})
	if err != nil {
		return err
	}
	return r.done(w, []string{answer.GetProposalId()}, "/admin/accounts/"+id, "factor-reset")
}
