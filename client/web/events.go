package web

import (
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// happening is what a colleague has done, as static/js/answer.js reads it.
type happening struct {
	savedAnswer
	Step bool `json:"step"` // the sheet went to another state: the page is to be read again
}

// followAssessment streams what happens to an assessment while its page is open. The first event is the item that the
// page shows, as it is now, so that nothing is missed between the page and the stream. It ends with the request, the
// session or the service.
func followAssessment(w http.ResponseWriter, r *request) error {
	id := r.PathValue("id")
	stream, err := r.Assessments.WatchAssessment(r.Context(), &meritv1.WatchAssessmentRequest{AssessmentId: id})
	if err != nil {
		return err
	}
	if _, err := stream.Header(); err != nil {
		return err
	}
	now, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{AssessmentId: id, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL})
	if err != nil {
		return err
	}
	events := newEventStream(w)
	if item := standOf(now.GetAssessment(), r.URL.Query().Get("item")); item.GetClaimed() != nil {
		err = events.send(happening{savedAnswer: savedAnswer{Answer: r.shownAnswer(item.GetItem(), item.GetClaimed())}})
	}
	for err == nil {
		var news *meritv1.WatchAssessmentResponse
		if news, err = stream.Recv(); err == nil {
			err = r.tell(events, id, news)
		}
	}
	return nil // the stream has begun: an end of it is no page
}

// tell sends one event on, if a page shows anything of it.
func (r *request) tell(events *eventStream, id string, news *meritv1.WatchAssessmentResponse) (err error) {
	e := news.GetEvent()
	if e.GetStage() != meritv1.Stage_STAGE_CLAIMED {
		return events.send(happening{Step: true})
	}
	var out happening
	if news.GetScore() != nil {
		if out.savedAnswer, err = r.savedAnswer(id, news.GetScore()); err != nil {
			return err
		}
	}
	out.Answer = r.shownAnswer(e.GetItem(), e.GetDecision())
	return events.send(out)
}

// eventStream writes server-sent events, each at once.
type eventStream struct {
	w     http.ResponseWriter
	flush *http.ResponseController
}

// newEventStream begins the answer. It is not compressed: what waits in a compressor has not arrived.
func newEventStream(w http.ResponseWriter) *eventStream {
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("No-Gzip-Compression", "1")
	s := &eventStream{w, http.NewResponseController(w)}
	_ = s.flush.SetWriteDeadline(time.Time{}) // a server without one has none to lift
	w.WriteHeader(http.StatusOK)
	_, _ = fmt.Fprint(w, ": watching\n\n") // the headers go with the first bytes
	_ = s.flush.Flush()
	return s
}

func (s *eventStream) send(value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	if _, err := fmt.Fprintf(s.w, "data: %s\n\n", body); err != nil {
		return err
	}
	return s.flush.Flush()
}
