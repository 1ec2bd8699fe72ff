package web

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/meritindex/merit/client/bilingual"
)

// number is a whole number of a form; 0 for anything else, which the service then refuses where it matters.
func (r *request) number(field string) int64 {
	n, err := strconv.ParseInt(r.PostFormValue(field), 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// today is the date in WIB.
func (r *request) today() string { return r.web.Now().In(bilingual.WIB).Format(time.DateOnly) }

// wantsJSON reports whether a script of ours sent the form and reads the answer.
func (r *request) wantsJSON() bool {
	return strings.HasPrefix(r.Header.Get("Accept"), "application/json")
}

// writeJSON answers a script.
func writeJSON(w http.ResponseWriter, status int, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body) // the reader may be gone
	return nil
}
