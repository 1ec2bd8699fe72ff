package web

import (
	"net/http"

	"github.com/meritindex/merit/client"
)

// refusal is what a script of ours is told of a call that was refused.
type refusal struct {
	Message string `json:"message"`
}

// forScript answers a script of ours with what the handler returns, or with the status and message of what is wrong.
// Nobody is led to the sign-in page: the script tells its reader.
func forScript(h func(http.ResponseWriter, *request) (any, error)) handler {
	return func(w http.ResponseWriter, r *request) error {
		value, err := h(w, r)
		problem := client.Explain(err)
		if problem == nil {
			return writeJSON(w, http.StatusOK, value)
		}
		sayRetry(w, problem)
		status := statusOf(problem.Code)
		if status == http.StatusInternalServerError {
			r.web.Log.ErrorContext(r.Context(), "answer for a script failed", "path", r.Pattern, "error", err)
		}
		return writeJSON(w, status, refusal{r.say(problem.Message)})
	}
}
