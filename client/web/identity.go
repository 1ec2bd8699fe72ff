package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// identitiesView are the identities at the provider by which a person signs in, and those of before.
type identitiesView struct {
	Identities []*meritv1.AccountIdentity
	Path       string // before the id of an identity, to unlink it
	Unlinks    bool   // the reader may
}

// identities are those of an account; the reader's own when it is empty.
func (r *request) identities(account, path string, unlinks bool) (identitiesView, error) {
	list, err := r.Accounts.ListAccountIdentities(r.Context(), &meritv1.ListAccountIdentitiesRequest{AccountId: account})
	return identitiesView{list.GetIdentities(), path, unlinks}, err
}

func (r *request) unlink() error {
	_, err := r.Accounts.UnlinkAccountIdentity(r.Context(), &meritv1.UnlinkAccountIdentityRequest{IdentityId: r.PathValue("identity")})
	return err
}

// unlinkOwn ends all sessions of the reader, this one too.
func unlinkOwn(w http.ResponseWriter, r *request) error {
	if err := r.unlink(); err != nil {
		return err
	}
	r.web.forgetSession(w)
	return r.redirect(w, "/sign-in", "identity-unlinked")
}

func unlinkOther(w http.ResponseWriter, r *request) error {
	if err := r.unlink(); err != nil {
		return err
	}
	return r.redirect(w, "/admin/accounts/"+r.PathValue("id"), "identity-unlinked")
}
