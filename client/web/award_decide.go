package web

import (
	"fmt"
	"net/http"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// excludeAgency takes an agency out of the running with a reason, or back in.
func excludeAgency(w http.ResponseWriter, r *request) error {
	view, err := r.award()
	if err != nil {
		return err
	}
	back := r.PostFormValue("take_back") != ""
	_, err = r.Awards.ExcludeAgency(r.Context(), &meritv1.ExcludeAgencyRequest{
		AwardId: view.Award.GetId(), AgencyId: r.PostFormValue("agency"), Reason: r.PostFormValue("reason"), TakeBack: back,
	})
	if err != nil {
		return awardPage.again(w, r, view, err)
	}
	said := "award-excluded"
	if back {
		said = "award-taken-back"
	}
	return r.redirect(w, "/awards/"+view.Award.GetId(), said)
}

// decideAward selects the recipients: chosen are the results that get the last places among equals, as "group result",
// each with the reason of its group.
func decideAward(w http.ResponseWriter, r *request) error {
	view, err := r.award()
	if err != nil {
		return err
	}
	req := &meritv1.DecideAwardRequest{AwardId: view.Award.GetId(), Revision: r.revision()}
	for i := range view.Groups {
		group := &view.Groups[i]
		group.Reason, group.Chosen = r.PostFormValue(fmt.Sprintf("reason-%d", i)), map[string]bool{}
		for _, result := range r.PostForm[fmt.Sprintf("chosen-%d", i)] {
			group.Chosen[result] = true
			req.TieChoices = append(req.TieChoices, &meritv1.TieChoice{Group: int32(i), ResultId: result, Reason: group.Reason})
		}
	}
	if _, err := r.Awards.DecideAward(r.Context(), req); err != nil {
		return awardPage.again(w, r, view, err)
	}
	return r.redirect(w, "/awards/"+view.Award.GetId(), "award-decided")
}

// revision is that of the record which the sender of a form had before them.
func (r *request) revision() int64 {
	n, _ := strconv.ParseInt(r.PostFormValue("revision"), 10, 64) // none is no revision, and stale
	return n
}

// publishAward makes the list public.
func publishAward(w http.ResponseWriter, r *request) error {
	view, err := r.award()
	if err != nil {
		return err
	}
	view.Letter = r.PostFormValue("letter_number")
	_, err = r.Awards.PublishAward(r.Context(), &meritv1.PublishAwardRequest{
		AwardId: view.Award.GetId(), Revision: r.revision(), LetterNumber: view.Letter,
	})
	if err != nil {
		return awardPage.again(w, r, view, err)
	}
	return r.redirect(w, "/awards/"+view.Award.GetId(), "award-published")
}
