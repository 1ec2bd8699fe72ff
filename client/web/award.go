package web

import (
	"net/http"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// awardsView is the lists of awards: the published ones, for the committee and auditors also drafts.
type awardsView struct {
	Awards []*meritv1.Award
	Pager  pager
	Member bool
}

// awardView is one award. Candidates are there for the committee and auditors.
type awardView struct {
	Award  *meritv1.Award
	Names  map[string]string // of categories, by code
	Groups []awardGroup
	Member bool
	Letter string // as typed
}

// awardGroup is one competition: who gets it, and who was in the running.
type awardGroup struct {
	Index      int
	Rule       *meritv1.AwardGroup
	Recipients []*meritv1.Recipient
	Candidates []*meritv1.Candidate
	ToChoose   int    // how many of the equals get the last places
	Reason     string // for the choice among equals, as typed
	Chosen     map[string]bool
}

var (
	awardsPage = newPage[awardsView]("awards")
	awardPage  = newPage[awardView]("award")
)

func (rt router) awards() {
	committee := meritv1.Role_ROLE_AWARD_COMMITTEE
	rt.get("/awards", showAwards)
	rt.get("/awards/draft", only(showAwardDraft, committee))
	rt.post("/awards/draft", only(draftAward, committee))
	rt.get("/awards/{id}", showAward)
	rt.post("/awards/{id}/exclude", only(excludeAgency, committee))
	rt.post("/awards/{id}/decide", only(decideAward, committee))
	rt.post("/awards/{id}/publish", only(publishAward, committee))
	rt.get("/awards/{id}/certificates/{file}", sendCertificate)
}

func showAwards(w http.ResponseWriter, r *request) error {
	list, err := r.Awards.ListAwards(r.Context(), &meritv1.ListAwardsRequest{PageToken: r.pageToken()})
	if err != nil {
		return err
	}
	return awardsPage.show(w, r, awardsView{list.GetAwards(), r.pager(list.GetNextPageToken()), r.awarding()})
}

// awarding reports whether the reader makes awards.
func (r *request) awarding() bool { return r.acts(meritv1.Role_ROLE_AWARD_COMMITTEE) }

func showAward(w http.ResponseWriter, r *request) error {
	view, err := r.award()
	if err != nil {
		return err
	}
	return awardPage.show(w, r, view)
}

// award reads the award of the address, with its candidates for those who may see them.
func (r *request) award() (awardView, error) {
	resp, err := r.Awards.GetAward(r.Context(), &meritv1.GetAwardRequest{AwardId: r.PathValue("id")})
	if err != nil {
		return awardView{}, err
	}
	view := awardView{Award: resp.GetAward(), Names: map[string]string{}, Member: r.awarding()}
	in, err := r.instrument(view.Award.GetInstrumentId())
	if err != nil {
		return view, err
	}
	for _, category := range in.GetCategories() {
		view.Names[category.GetCode()] = r.named(category.GetName(), category.GetNameEn())
	}
	return view, view.group(r)
}

// group puts recipients and candidates under their groups.
func (v *awardView) group(r *request) error {
	for i, rule := range v.Award.GetRule().GetGroups() {
		v.Groups = append(v.Groups, awardGroup{Index: i, Rule: rule, Chosen: map[string]bool{}})
	}
	for _, recipient := range v.Award.GetRecipients() {
		if i := int(recipient.GetGroup()); i < len(v.Groups) {
			v.Groups[i].Recipients = append(v.Groups[i].Recipients, recipient)
		}
	}
	if !r.acts(meritv1.Role_ROLE_AWARD_COMMITTEE, meritv1.Role_ROLE_AUDITOR) {
		return nil
	}
	candidates, err := r.Awards.ListCandidates(r.Context(), &meritv1.ListCandidatesRequest{AwardId: v.Award.GetId()})
	for i, group := range candidates.GetGroups() {
		if i < len(v.Groups) {
			v.Groups[i].run(group.GetCandidates())
		}
	}
	return err
}

// run takes the candidates in and counts the places that are left for equals.
func (g *awardGroup) run(candidates []*meritv1.Candidate) {
	g.Candidates = candidates
	left, tied := int(g.Rule.GetPlaces()), 0
	for _, c := range candidates {
		switch {
		case c.GetWithinPlaces():
			left--
		case c.GetTiedForLast():
			tied++
		}
	}
	if tied > 0 {
		g.ToChoose = left
	}
	for _, recipient := range g.Recipients { // what was decided stands in the form, to decide again
		if recipient.GetReason() != "" {
			g.Chosen[recipient.GetResult().GetId()], g.Reason = true, recipient.GetReason()
		}
	}
}

// Open reports whether the committee may still change the award.
func (v awardView) Open() bool {
	return v.Member && v.Award.GetState() != meritv1.AwardState_AWARD_STATE_PUBLISHED
}

// Acts reports whether the reader, who is of the committee, may change the award: nobody who is tied to a candidate.
func (v awardView) Acts() bool { return v.Open() && v.Award.GetConflict() == "" }

// Draft reports whether exclusions can still be changed.
func (v awardView) Draft() bool {
	return v.Acts() && v.Award.GetState() == meritv1.AwardState_AWARD_STATE_DRAFT
}

// Decided reports whether the award can be published.
func (v awardView) Decided() bool {
	return v.Acts() && v.Award.GetState() == meritv1.AwardState_AWARD_STATE_DECIDED
}

// Published reports whether the list is public.
func (v awardView) Published() bool {
	return v.Award.GetState() == meritv1.AwardState_AWARD_STATE_PUBLISHED
}

// sendCertificate answers with the certificate of a recipient: {agency id}.pdf.
func sendCertificate(w http.ResponseWriter, r *request) error {
	agency, ok := strings.CutSuffix(r.PathValue("file"), ".pdf")
	if !ok || len(agency) != idLength {
		return errNoPage
	}
	file, err := r.Reports.GetCertificate(r.Context(), &meritv1.GetCertificateRequest{AwardId: r.PathValue("id"), AgencyId: agency})
	if err != nil {
		return err
	}
	return sendFile(w, file.GetFile())
}
