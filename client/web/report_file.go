package web

import (
	"net/http"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// sendFile answers with a file that the service has made, to be saved under its name.
func sendFile(w http.ResponseWriter, file *meritv1.ReportFile) error {
	w.Header().Set("Content-Type", file.GetMediaType())
	w.Header().Set("Content-Disposition", disposition("attachment", file.GetFileName()))
	w.Header().Set("Content-Length", strconv.Itoa(len(file.GetData())))
	_, _ = w.Write(file.GetData()) // the reader may be gone
	return nil
}
