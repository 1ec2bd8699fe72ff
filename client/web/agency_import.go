package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// agencyImportView is the form of many agencies, and what they would change.
type agencyImportView struct {
	csvUpload
	ValidFrom string
	Result    *meritv1.ImportAgenciesResponse // of the preview
}

var agencyImportPage = newPage[agencyImportView]("agency-import")

func showAgencyImport(w http.ResponseWriter, r *request) error {
	return agencyImportPage.show(w, r, agencyImportView{})
}

func doAgencyImport(w http.ResponseWriter, r *request) error {
	upload, err := r.csvUpload()
	view := agencyImportView{csvUpload: upload, ValidFrom: r.PostFormValue("valid_from")}
	if err != nil {
		return agencyImportPage.again(w, r, view, err)
	}
	done, err := r.Agencies.ImportAgencies(r.Context(), &meritv1.ImportAgenciesRequest{
		Csv: []byte(upload.CSV), ValidFrom: view.ValidFrom, Preview: !upload.Apply, RequestId: upload.RequestID,
	})
	if err != nil {
		err = view.refuse(err)
		return agencyImportPage.again(w, r, view, err)
	}
	if upload.Apply {
		return r.redirect(w, "/admin/agencies", "imported")
	}
	view.Checked, view.Result = true, done
	return agencyImportPage.show(w, r, view)
}
