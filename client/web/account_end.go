package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// endView is the form in which somebody gives the reason for ending a membership or, without one, a whole account.
type endView struct {
	Account    *meritv1.Account
	Membership *meritv1.Membership
	Reason     string
}

var endPage = newPage[endView]("account-end")

func (r *request) endView() (endView, error) {
	account, err := r.account()
	view := endView{Account: account, Reason: r.PostFormValue("reason")}
	id := r.PathValue("membership")
	if err != nil || id == "" {
		return view, err
	}
	i := slices.IndexFunc(account.GetMemberships(), func(m *meritv1.Membership) bool { return m.GetId() == id })
	if i < 0 {
		return view, errNoPage
	}
	view.Membership = account.GetMemberships()[i]
	return view, nil
}

func showEnd(w http.ResponseWriter, r *request) error {
	view, err := r.endView()
	if err != nil {
		return err
	}
	return endPage.show(w, r, view)
}

func doEnd(w http.ResponseWriter, r *request) error {
	view, err := r.endView()
	if err != nil {
		return err
	}
	done, err := r.Accounts.EndMembership(r.Context(), &meritv1.EndMembershipRequest{MembershipId: view.Membership.GetId(), Reason: view.Reason})
	if err != nil {
		return endPage.again(w, r, view, err)
	}
	return r.done(w, []string{done.GetProposalId()}, "/admin/accounts/"+view.Account.GetId(), "membership-ended")
}

func doDeactivate(w http.ResponseWriter, r *request) error {
	view, err := r.endView()
	if err != nil {
		return err
	}
	done, err := r.Accounts.DeactivateAccount(r.Context(), &meritv1.DeactivateAccountRequest{AccountId: view.Account.GetId(), Reason: view.Reason})
	if err != nil {
		return endPage.again(w, r, view, err)
	}
	return r.done(w, []string{done.GetProposalId()}, "/admin/accounts/"+view.Account.GetId(), "account-deactivated")
}
