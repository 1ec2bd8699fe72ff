package web

import (
	"encoding/json"
	"net/http"
	"strings"

	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// suggestions is how many agencies are offered while somebody types.
const suggestions = 12

// codeEnd stands between the code and the name of an agency in a field.
const codeEnd = " · "

func (rt router) find() { rt.get("/find/agencies", findAgencies) }

// findAgencies answers static/js/agency.js: what to write into the field of an agency.
func findAgencies(w http.ResponseWriter, r *request) error {
	found, err := r.Agencies.ListAgencies(r.Context(), &meritv1.ListAgenciesRequest{
		Text: r.URL.Query().Get("text"), PageSize: suggestions,
	})
	if err != nil {
		return err
	}
	answer := make([]string, len(found.GetAgencies()))
	for i, a := range found.GetAgencies() {
		answer[i] = codeAndName(a)
	}
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(answer)
}

func codeAndName(a *meritv1.Agency) string { return a.GetCode() + codeEnd + a.GetName() }

// agencyField is what the field of an agency shows for one that is known by its id; nothing for none.
func (r *request) agencyField(id string) (string, error) {
	if id == "" {
		return "", nil
	}
	found, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{AgencyId: id})
	return codeAndName(found.GetAgency()), err
}

// agencyNamed is the id of the agency that a text names: by its code, with or without the name behind it, or by a part
// of a name that no other agency has. Empty for an empty text. What is wrong is told of the field.
func (r *request) agencyNamed(field, text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" {
		return "", nil
	}
	code, _, _ := strings.Cut(text, codeEnd)
	if len(code) <= 32 {
		one, err := r.Agencies.GetAgency(r.Context(), &meritv1.GetAgencyRequest{Code: code})
		if !client.Is(err, meritv1.Reason_REASON_NOT_FOUND) {
			return one.GetAgency().GetId(), err
		}
	}
	found, err := r.Agencies.ListAgencies(r.Context(), &meritv1.ListAgenciesRequest{Text: text, PageSize: 2})
	if err != nil {
		return "", err
	}
	switch len(found.GetAgencies()) {
	case 1:
		return found.GetAgencies()[0].GetId(), nil
	case 0:
		return "", r.wrong(field, "No agency has this code or name: %s. ¦ Tidak ada instansi dengan kode atau nama ini: %s.", text)
	}
	return "", r.wrong(field, "More than one agency is named like this: %s. Write its code. ¦ Lebih dari satu instansi bernama seperti ini: %s. Tulis kodenya.", text)
}

// wrong is a mistake that the pages find themselves in a field. The text is "English ¦ Indonesia", with %s for the value.
func (r *request) wrong(field, text, value string) error {
	message := strings.ReplaceAll(r.say(text), "%s", value)
	return &client.Problem{
		Code: codes.InvalidArgument, Message: message, Violations: []client.Violation{{Field: field, Message: message}},
	}
}
