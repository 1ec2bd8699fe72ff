package web

import (
	"cmp"
	"net/url"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) evidence() {
	rt.get("/assessments/{id}/evidence", signedIn(showEvidenceList))
	rt.handle("POST /assessments/{id}/evidence", rt.serve(ofSheet(addFiles)))
	rt.post("/assessments/{id}/evidence/link", ofSheet(addLink))
	rt.post("/assessments/{id}/evidence/cite", signedIn(cite))
	rt.post("/citations/{id}/remove", signedIn(uncite))

	rt.get("/evidence/{id}", signedIn(showEvidence))
	rt.post("/evidence/{id}", signedIn(describeEvidence))
	rt.post("/evidence/{id}/withdraw", signedIn(withdrawEvidence))
	rt.handle("POST /evidence/{id}/replace", rt.serve(signedIn(replaceEvidence)))
	rt.get("/evidence/{id}/download", signedIn(downloadEvidence))
	rt.get("/evidence/{id}/preview", signedIn(previewEvidence))
}

// addsEvidence reports whether the reader may add evidence of their agency.
func (r *request) addsEvidence() bool {
	return r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER)
}

// itemGroup are items of one aspect, to choose from.
type itemGroup struct {
	Title string
	Items []itemLink
}

// citable are the items for which the reader may cite evidence now: those of a sheet that is open to them, or those that an
// open round names.
func (r *request) citable(in *meritv1.Instrument, a *meritv1.Assessment) ([]itemGroup, error) {
	if !r.addsEvidence() {
		return nil, nil
	}
	open := map[string]bool{}
	for _, item := range a.GetItems() {
		open[item.GetItem()] = item.GetOpen()
	}
	if inStates(a, meritv1.AssessmentState_ASSESSMENT_STATE_IN_VERIFICATION, meritv1.AssessmentState_ASSESSMENT_STATE_IN_REPAIR) {
		rounds, err := r.Verifications.ListClarifications(r.Context(), &meritv1.ListClarificationsRequest{AssessmentId: a.GetId()})
		if err != nil {
			return nil, err
		}
		for _, round := range rounds.GetClarifications() {
			for _, item := range round.GetItems() {
				open[item.GetItem()] = open[item.GetItem()] || round.GetOpen()
			}
		}
	}
	return r.groups(in, open), nil
}

// groups are the items of a set by aspect, in the order of the instrument, and the profile fields that want a file.
func (r *request) groups(in *meritv1.Instrument, set map[string]bool) (out []itemGroup) {
	add := func(g itemGroup) {
		if len(g.Items) > 0 {
			out = append(out, g)
		}
	}
	for _, aspect := range in.GetAspects() {
		g := itemGroup{Title: aspect.GetCode() + ". " + r.named(aspect.GetName(), aspect.GetNameEn())}
		for _, item := range aspect.GetItems() {
			if set[item.GetCode()] {
				g.Items = append(g.Items, itemLink{Code: item.GetCode(), Name: cmp.Or(r.named(item.GetName(), item.GetNameEn()), item.GetQuestion())})
			}
		}
		add(g)
	}
	g := itemGroup{Title: r.say("Profile ¦ Profil")}
	for _, field := range in.GetProfile() {
		if code := profilePrefix + field.GetCode(); field.GetKind() == "FILE" && set[code] {
			g.Items = append(g.Items, itemLink{Code: code, Name: r.named(field.GetLabel(), field.GetLabelEn())})
		}
	}
	add(g)
	return out
}

// expired reports whether a document was valid until a day that is over.
func (r *request) expired(e *meritv1.Evidence) bool {
	return e.GetValidUntil() != "" && e.GetValidUntil() < r.today()
}

// citeNew cites evidence that was added just now, where the form names items of an assessment.
func (r *request) citeNew(evidence string, fields url.Values) error {
	items := slices.DeleteFunc(slices.Clone(fields["item"]), func(item string) bool { return item == "" })
	if fields.Get("assessment") == "" || len(items) == 0 {
		return nil
	}
	_, err := r.Evidence.Cite(r.Context(), &meritv1.CiteRequest{
		AssessmentId: fields.Get("assessment"), EvidenceId: evidence, Items: items,
		Page: fields.Get("page"), Quote: fields.Get("quote"), RequestId: "cite-" + evidence,
	})
	return err
}
