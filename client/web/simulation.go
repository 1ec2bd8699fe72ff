package web

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// simulationView is the sheet with some answers changed. Nothing of it is stored.
type simulationView struct {
	Head       sheetHead
	Before     scoreCard
	After      scoreCard
	Aspects    []simulatedAspect
	Changed    int
	Categories []categoryLink // that the claims have not reached
	Path       *meritv1.SuggestPathResponse
	PathName   string // of the category that the path leads to
	PathQuery  string // the address with the path in it
	MayPlan    bool
}

// simulatedAspect is one aspect with its items.
type simulatedAspect struct {
	Code, Title   string
	Before, After string // points, or maturity
	Items         []simulatedItem
}

// simulatedItem is one item and what it might be answered.
type simulatedItem struct {
	Code, Name string
	Now        *meritv1.Answer
	Changed    bool
	Options    []simulatedOption
	Points     string // after the changes; empty where none are counted
	Maximum    string
}

// simulatedOption is an answer to try.
type simulatedOption struct {
	Value, Text string
	Chosen      bool
}

// categoryLink leads to the cheapest way to a category.
type categoryLink struct{ Code, Name, Query string }

// simulatedField begins the names of the fields with tried answers.
const simulatedField = "try."

var simulationPage = newPage[simulationView]("simulate")

func (rt router) simulation() {
	rt.get("/assessments/{id}/simulate", signedIn(showSimulation))
}

func showSimulation(w http.ResponseWriter, r *request) error {
	head, in, err := r.questionnaire("simulate", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return err
	}
	view := simulationView{Head: head}
	tried := triedAnswers(r.URL.Query())
	refused := view.simulate(r, in, tried)
	if refused == nil && r.URL.Query().Get("to") != "" {
		refused = view.suggest(r, in, tried)
	}
	view.MayPlan = r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN)
	if refused != nil {
		return simulationPage.again(w, r, view, refused)
	}
	return simulationPage.show(w, r, view)
}

// triedAnswers are the answers of a form by item, as they stand in it.
func triedAnswers(values url.Values) map[string]string {
	tried := map[string]string{}
	for name := range values {
		if item, ok := strings.CutPrefix(name, simulatedField); ok && values.Get(name) != "" {
			tried[item] = values.Get(name)
		}
	}
	return tried
}

// triedQuery is the address of a simulation.
func triedQuery(tried map[string]string, to string) string {
	values := url.Values{}
	for item, value := range tried {
		values.Set(simulatedField+item, value)
	}
	if to != "" {
		values.Set("to", to)
	}
	if len(values) == 0 {
		return ""
	}
	return "?" + values.Encode()
}

// changes are the tried answers in the order of the instrument.
func changes(in *meritv1.Instrument, tried map[string]string) (out []*meritv1.Change) {
	for _, code := range itemCodes(in) {
		if value, ok := tried[code]; ok {
			out = append(out, &meritv1.Change{Item: code, Answer: parseVerdict(value)})
		}
	}
	return out
}

// simulate fills the view. It returns what the service refuses, and the view then shows the sheet as it is.
func (v *simulationView) simulate(r *request, in *meritv1.Instrument, tried map[string]string) error {
	req := &meritv1.SimulateRequest{AssessmentId: v.Head.Assessment.GetId(), Changes: changes(in, tried)}
	resp, refused := r.Assessments.Simulate(r.Context(), req)
	if refused != nil {
		req.Changes = nil
		var err error
		if resp, err = r.Assessments.Simulate(r.Context(), req); err != nil {
			return err
		}
	}
	v.Before, v.After, v.Changed = scoreCardOf(in, resp.GetBefore()), scoreCardOf(in, resp.GetAfter()), len(req.GetChanges())
	for i, aspect := range in.GetAspects() {
		v.Aspects = append(v.Aspects, v.aspect(r, aspect, i, tried))
	}
	reached := slices.IndexFunc(in.GetCategories(), func(c *meritv1.Category) bool { return c.GetCode() == resp.GetAfter().GetCategory() })
	if resp.GetAfter().GetHasTotal() {
		for _, c := range in.GetCategories()[reached+1:] {
			v.Categories = append(v.Categories, categoryLink{c.GetCode(), c.GetName(), triedQuery(tried, c.GetCode())})
		}
	}
	return refused
}

func (v *simulationView) aspect(r *request, aspect *meritv1.Aspect, i int, tried map[string]string) simulatedAspect {
	out := simulatedAspect{Code: aspect.GetCode(), Title: r.named(aspect.GetName(), aspect.GetNameEn())}
	before, after := v.Before.Score.GetAspects()[i], v.After.Score.GetAspects()[i]
	out.Before, out.After = before.GetPoints()+before.GetMaturity(), after.GetPoints()+after.GetMaturity()
	for _, scored := range after.GetItems() {
		at := slices.IndexFunc(aspect.GetItems(), func(item *meritv1.Item) bool { return item.GetCode() == scored.GetItem() })
		if at < 0 || !scored.GetApplicable() {
			continue
		}
		item := aspect.GetItems()[at]
		row := simulatedItem{
			Code: item.GetCode(), Name: r.named(item.GetName(), item.GetNameEn()), Points: scored.GetPoints(), Maximum: scored.GetMaximum(),
			Now: standOf(v.Head.Assessment, item.GetCode()).GetClaimed().GetAnswer(), Changed: tried[item.GetCode()] != "",
		}
		row.Options = r.optionsToTry(item, tried[item.GetCode()])
		out.Items = append(out.Items, row)
	}
	return out
}

func (r *request) optionsToTry(item *meritv1.Item, tried string) (out []simulatedOption) {
	for _, l := range item.GetLevels() {
		value := levelText(l.GetLevel())
		out = append(out, simulatedOption{value, answerText(r.lang, &meritv1.Answer{Value: &meritv1.Answer_Level{Level: l.GetLevel()}}), value == tried})
	}
	for _, o := range item.GetOptions() {
		value := optionPrefix + o.GetValue()
		out = append(out, simulatedOption{value, r.named(o.GetLabel(), o.GetLabelEn()), value == tried})
	}
	return out
}

// suggest finds the cheapest way from the tried sheet to the category that was asked for.
func (v *simulationView) suggest(r *request, in *meritv1.Instrument, tried map[string]string) error {
	path, err := r.Assessments.SuggestPath(r.Context(), &meritv1.SuggestPathRequest{
		AssessmentId: v.Head.Assessment.GetId(), Category: r.URL.Query().Get("to"), Changes: changes(in, tried),
	})
	if err != nil {
		return err
	}
	v.Path = path
	names := r.itemNames(in)
	all := map[string]string{}
	for item, value := range tried {
		all[item] = value
	}
	for _, step := range path.GetSteps() {
		step.Name = names[step.GetItem()]
		all[step.GetItem()] = strconv.Itoa(int(step.GetToLevel()))
	}
	v.PathQuery = triedQuery(all, "")
	for _, c := range in.GetCategories() {
		if c.GetCode() == path.GetCategory() {
			v.PathName = c.GetName()
		}
	}
	return nil
}
