package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// accountImportView is the form of many invitations, and what they would do.
type accountImportView struct {
	csvUpload
	Accounts []*meritv1.Account // that would be invited or get another role
	Own      bool               // an agency administrator's: other agencies are refused
}

var accountImportPage = newPage[accountImportView]("account-import")

func showAccountImport(w http.ResponseWriter, r *request) error {
	return accountImportPage.show(w, r, accountImportView{Own: !r.acts(meritv1.Role_ROLE_ADMIN)})
}

func doAccountImport(w http.ResponseWriter, r *request) error {
	upload, err := r.csvUpload()
	view := accountImportView{csvUpload: upload, Own: !r.acts(meritv1.Role_ROLE_ADMIN)}
	if err != nil {
		return accountImportPage.again(w, r, view, err)
	}
	done, err := r.Accounts.ImportAccounts(r.Context(), &meritv1.ImportAccountsRequest{
		Csv: []byte(upload.CSV), Preview: !upload.Apply, RequestId: upload.RequestID,
	})
	if err != nil {
		err = view.refuse(err)
		return accountImportPage.again(w, r, view, err)
	}
	view.Accounts = done.GetAccounts()
	if !upload.Apply {
		view.Checked = true
		return accountImportPage.show(w, r, view)
	}
	if len(done.GetLinks()) > 0 && done.GetLinks()[0].GetSecret() != "" {
		return linksPage.show(w, r, linksView{Links: r.handouts(done.GetLinks()...)})
	}
	return r.done(w, done.GetProposalIds(), "/admin/accounts", "imported")
}
