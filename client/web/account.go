package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// accountsView is the list of people.
type accountsView struct {
	Accounts    []*meritv1.Account
	Text        string
	Role        meritv1.Role
	Roles       []meritv1.Role // that the list can be narrowed to
	Agency      string         // code and name
	Deactivated bool
	National    bool // the reader sees people of more than one agency
	Invites     bool // the reader may invite
	Policy      bool // the reader may read which roles need a second factor
	Pager       pager
}

var accountsPage = newPage[accountsView]("accounts")

// Roles that manage accounts, and those that may read them.
var (
	appointing = []meritv1.Role{meritv1.Role_ROLE_AGENCY_ADMIN, meritv1.Role_ROLE_ADMIN}
	overseeing = []meritv1.Role{meritv1.Role_ROLE_LEAD_VERIFIER, meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR}
)

func (rt router) accounts() {
	rt.get("/admin/accounts", signedIn(showAccounts))
	rt.get("/admin/accounts/invite", only(showInvite, appointing...))
	rt.post("/admin/accounts/invite", only(doInvite, appointing...))
	rt.get("/admin/accounts/import", only(showAccountImport, appointing...))
	rt.post("/admin/accounts/import", only(doAccountImport, appointing...))
	rt.get("/admin/accounts/{id}", signedIn(showAccount))
	rt.get("/admin/accounts/{id}/grant", only(showGrant, appointing...))
	rt.post("/admin/accounts/{id}/grant", only(doGrant, appointing...))
	rt.get("/admin/accounts/{id}/end/{membership}", only(showEnd, appointing...))
	rt.post("/admin/accounts/{id}/end/{membership}", only(doEnd, appointing...))
	rt.get("/admin/accounts/{id}/deactivate", only(showEnd, appointing...))
	rt.post("/admin/accounts/{id}/deactivate", only(doDeactivate, appointing...))
	rt.post("/admin/accounts/{id}/reset", only(resetPassword, appointing...))
	rt.post("/admin/accounts/{id}/identities/{identity}/unlink", only(unlinkOther, meritv1.Role_ROLE_ADMIN))
}

func showAccounts(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	view := accountsView{
		Text: q.Get("text"), Role: enum[meritv1.Role](q.Get("role")), Agency: q.Get("agency"), Deactivated: q.Has("deactivated"),
		Roles: r.rolesSeen(), National: r.who.GetActing().GetAgencyId() == "", Invites: r.acts(appointing...),
		Policy: r.acts(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR),
	}
	agency, err := r.agencyNamed("agency", view.Agency)
	if err != nil {
		return accountsPage.again(w, r, view, err)
	}
	list, err := r.Accounts.ListAccounts(r.Context(), &meritv1.ListAccountsRequest{
		AgencyId: agency, Role: view.Role, Text: view.Text, IncludeDeactivated: view.Deactivated, PageToken: r.pageToken(),
	})
	if err != nil {
		return err
	}
	view.Accounts, view.Pager = list.GetAccounts(), r.pager(list.GetNextPageToken())
	return accountsPage.show(w, r, view)
}

// rolesSeen are the roles of which the reader may see people.
func (r *request) rolesSeen() []meritv1.Role {
	if r.acts(meritv1.Role_ROLE_LEAD_VERIFIER) {
		return []meritv1.Role{meritv1.Role_ROLE_VERIFIER, meritv1.Role_ROLE_LEAD_VERIFIER}
	}
	if r.who.GetActing().GetAgencyId() != "" {
		return append(slices.Clone(rolesOfAgency), meritv1.Role_ROLE_AUDITOR)
	}
	return grantable
}

// accountView is one person.
type accountView struct {
	Account   *meritv1.Account
	Interests []*meritv1.Interest
	Declares  bool // the reader may read what the person declared
	Manages   bool // the reader may appoint people
	Self      bool // the person is the reader
	Resets    bool // the reader may take the person's second factor away
	Links     identitiesView
	waysIn
}

var accountPage = newPage[accountView]("account")

// CanEnd reports whether a membership is still there to be ended.
func (v accountView) CanEnd(m *meritv1.Membership) bool { return v.Manages && m.GetEndedAt() == nil }

// Gone reports whether the account is deactivated.
func (v accountView) Gone() bool {
	return v.Account.GetState() == meritv1.AccountState_ACCOUNT_STATE_DEACTIVATED
}

func (r *request) account() (*meritv1.Account, error) {
	one, err := r.Accounts.GetAccount(r.Context(), &meritv1.GetAccountRequest{AccountId: r.PathValue("id")})
	return one.GetAccount(), err
}

func showAccount(w http.ResponseWriter, r *request) error {
	account, err := r.account()
	if err != nil {
		return err
	}
	view := accountView{
		Account: account, Declares: r.acts(overseeing...), Manages: r.acts(appointing...),
		Self: account.GetId() == r.who.GetAccount().GetId(),
	}
	view.Resets = !view.Self && r.acts(meritv1.Role_ROLE_ADMIN)
	if view.Declares {
		declared, err := r.Accounts.ListInterests(r.Context(), &meritv1.ListInterestsRequest{AccountId: account.GetId()})
		if err != nil {
			return err
		}
		view.Interests = declared.GetInterests()
	}
	if r.acts(meritv1.Role_ROLE_ADMIN, meritv1.Role_ROLE_AUDITOR) {
		view.Links, err = r.identities(account.GetId(), "/admin/accounts/"+account.GetId()+"/identities/", r.acts(meritv1.Role_ROLE_ADMIN))
		if err != nil {
			return err
		}
	}
	if view.waysIn, err = r.waysIn(); err != nil {
		return err
	}
	return accountPage.show(w, r, view)
}
