package web

import (
	"net/http"
	"slices"
	"time"

	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// tokensView is the person's tokens for programs, and the form of another.
type tokensView struct {
	Tokens      []*meritv1.Token
	Memberships []*meritv1.Membership // that a token can act in
	Name, Days  string
	Membership  string
	Agency      string // code and name, to which the new token is to be limited
	Service     string
	ReadOnly    bool
	Services    []string                     // that a token can be limited to
	Made        *meritv1.CreateTokenResponse // a moment ago: its secret is shown once
	now         time.Time
	Pager       pager
}

var tokensPage = newPage[tokensView]("tokens")

func (rt router) tokens() {
	rt.get("/profile/tokens", signedIn(showTokens))
	rt.post("/profile/tokens", signedIn(createToken))
	rt.post("/profile/tokens/{id}/revoke", signedIn(revokeToken))
}

func (r *request) tokensView() (tokensView, error) {
	list, err := r.Accounts.ListTokens(r.Context(), &meritv1.ListTokensRequest{PageToken: r.pageToken()})
	view := tokensView{
		Tokens: list.GetTokens(), Memberships: r.who.GetAccount().GetMemberships(), Pager: r.pager(list.GetNextPageToken()),
		now: r.web.Now(), Name: r.PostFormValue("name"), Days: r.PostFormValue("valid_days"), Membership: r.PostFormValue("membership_id"),
		Agency: r.PostFormValue("agency_id"), Service: r.PostFormValue("service"), ReadOnly: r.PostFormValue("read_only") != "",
		Services: services(),
	}
	if view.Membership == "" {
		view.Membership = r.who.GetActing().GetId()
	}
	if view.Days == "" {
		view.Days = "90"
	}
	return view, err
}

// services are the names of the services, as a token can be limited to one.
func services() (names []string) {
	protoregistry.GlobalFiles.RangeFilesByPackage("merit.v1", func(file protoreflect.FileDescriptor) bool {
		for i := range file.Services().Len() {
			names = append(names, string(file.Services().Get(i).Name()))
		}
		return true
	})
	slices.Sort(names)
	return names
}

// Works reports whether a token can still be used.
func (v tokensView) Works(t *meritv1.Token) bool {
	return t.GetRevokedAt() == nil && t.GetMembership().GetInForce() && v.now.Before(t.GetExpiresAt().AsTime())
}

func showTokens(w http.ResponseWriter, r *request) error {
	view, err := r.tokensView()
	if err != nil {
		return err
	}
	return tokensPage.show(w, r, view)
}

func createToken(w http.ResponseWriter, r *request) error {
	var made *meritv1.CreateTokenResponse
	agency, failed := r.agencyNamed("agency_id", r.PostFormValue("agency_id"))
	if failed == nil {
		made, failed = r.Accounts.CreateToken(r.Context(), &meritv1.CreateTokenRequest{
			Name: r.PostFormValue("name"), MembershipId: r.PostFormValue("membership_id"), ValidDays: int32(r.number("valid_days")),
			ReadOnly: r.PostFormValue("read_only") != "", AgencyId: agency, Service: r.PostFormValue("service"),
		})
	}
	view, err := r.tokensView()
	if err != nil {
		return err
	}
	if failed != nil {
		return tokensPage.again(w, r, view, failed)
	}
	view.Made, view.Name = made, ""
	return tokensPage.show(w, r, view)
}

func revokeToken(w http.ResponseWriter, r *request) error {
	if _, err := r.Accounts.RevokeToken(r.Context(), &meritv1.RevokeTokenRequest{TokenId: r.PathValue("id")}); err != nil {
		return err
	}
	return r.redirect(w, "/profile/tokens", "token-revoked")
}
