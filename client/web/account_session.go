package web

import (
	"net/http"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) sessions() {
	rt.post("/profile/sessions/{id}/end", signedIn(endSession))
	rt.post("/profile/sessions/end-others", signedIn(endOtherSessions))
}

// mySessions are the newest sessions of the reader.
func (r *request) mySessions() ([]*meritv1.AccountSession, error) {
	list, err := r.Accounts.ListMySessions(r.Context(), &meritv1.ListMySessionsRequest{})
	return list.GetSessions(), err
}

func endSession(w http.ResponseWriter, r *request) error {
	if _, err := r.Accounts.EndMySession(r.Context(), &meritv1.EndMySessionRequest{SessionId: r.PathValue("id")}); err != nil {
		return err
	}
	return r.redirect(w, "/profile", "session-ended")
}

func endOtherSessions(w http.ResponseWriter, r *request) error {
	if _, err := r.Accounts.EndMyOtherSessions(r.Context(), &meritv1.EndMyOtherSessionsRequest{}); err != nil {
		return err
	}
	return r.redirect(w, "/profile", "sessions-ended")
}
