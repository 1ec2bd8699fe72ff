package web

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) plan() {
	rt.get("/assessments/{id}/plan", signedIn(showPlan))
	rt.post("/assessments/{id}/plan", signedIn(keepPlan))
	rt.post("/assessments/{id}/plan/{line}", signedIn(changePlanLine))
}

// planView is an agency's improvement plan, and the one of an earlier year that it carries on.
type planView struct {
	Head       sheetHead
	Plan       *meritv1.Plan // nil while there is none
	Carried    *meritv1.Plan
	Lines      []planLine
	Items      []itemLink // that can be added
	Levels     []int32    // a target may be
	Colleagues []*meritv1.Account
	MayChange  bool // lines are added and given to people
}

// planLine is one line of the plan as a form.
type planLine struct {
	*meritv1.PlanItem
	MayChange bool
	Refused   bool // the form that was refused
}

var planPage = newPage[planView]("plan")

func showPlan(w http.ResponseWriter, r *request) error {
	view, err := r.planView()
	if err != nil {
		return err
	}
	return planPage.show(w, r, view)
}

func (r *request) planView() (view planView, err error) {
	head, in, err := r.questionnaire("plan", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return view, err
	}
	view.Head = head
	plans, err := r.Plans.GetPlan(r.Context(), &meritv1.GetPlanRequest{AssessmentId: view.Head.Assessment.GetId()})
	if err != nil {
		return view, err
	}
	view.Plan, view.Carried = plans.GetPlan(), plans.GetCarried()
	view.MayChange = r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_APPROVER, meritv1.Role_ROLE_AGENCY_ADMIN)
	names := r.itemNames(in)
	for _, item := range view.Plan.GetItems() {
		item.Name = cmp.Or(names[item.GetItem()], item.GetName())
		owns := r.acts(meritv1.Role_ROLE_CONTRIBUTOR) && item.GetOwnerAccount().GetAccountId() == r.who.GetAccount().GetId()
		view.Lines = append(view.Lines, planLine{PlanItem: item, MayChange: view.MayChange || owns})
	}
	if view.MayChange {
		view.offer(r, in, names)
		people, err := r.Accounts.ListAccounts(r.Context(), &meritv1.ListAccountsRequest{PageSize: 500})
		view.Colleagues = people.GetAccounts()
		return view, err
	}
	return view, nil
}

// offer lists the scored items that apply, and the levels of the scale.
func (v *planView) offer(r *request, in *meritv1.Instrument, names map[string]string) {
	for _, aspect := range in.GetAspects() {
		for _, item := range aspect.GetItems() {
			if len(item.GetLevels()) > 0 && r.closedTo(v.Head.Assessment, item, standOf(v.Head.Assessment, item.GetCode())) != "kind" {
				v.Items = append(v.Items, itemLink{Code: item.GetCode(), Name: names[item.GetCode()]})
			}
		}
	}
	for level := in.GetScaleMin(); level <= in.GetScaleMax(); level++ {
		v.Levels = append(v.Levels, level)
	}
}

// keepPlan adds what a simulation raises, or the one line of the plan's own form, to the plan that there is.
func keepPlan(w http.ResponseWriter, r *request) error {
	view, err := r.planView()
	if err != nil {
		return err
	}
	raises := r.raises(view.Head.Assessment)
	lines := mergeLines(view.Plan, raises)
	if len(raises) == 0 {
		err = errNothingRaised
	} else {
		_, err = r.Plans.SavePlan(r.Context(), &meritv1.SavePlanRequest{
			AssessmentId: view.Head.Assessment.GetId(), Lines: lines, Revision: view.Plan.GetRevision(), RequestId: r.PostFormValue("request_id"),
		})
	}
	if err != nil {
		return planPage.again(w, r, view, err)
	}
	return r.redirect(w, "/assessments/"+view.Head.Assessment.GetId()+"/plan", "plan-saved")
}

// raises are the lines that a form asks for: levels above the claimed ones.
func (r *request) raises(a *meritv1.Assessment) (lines []*meritv1.PlanLine) {
	tried := triedAnswers(r.PostForm)
	items := make([]string, 0, len(tried))
	for item := range tried {
		items = append(items, item)
	}
	slices.Sort(items)
	for _, item := range items {
		level, err := strconv.ParseInt(tried[item], 10, 32)
		if err == nil && int32(level) > standOf(a, item).GetClaimed().GetAnswer().GetLevel() {
			lines = append(lines, &meritv1.PlanLine{Item: item, TargetLevel: int32(level)})
		}
	}
	if item := r.PostFormValue("item"); item != "" {
		account, owner := r.owner()
		lines = append(lines, &meritv1.PlanLine{
			Item: item, TargetLevel: int32(r.number("target_level")), Owner: owner, OwnerAccountId: account,
			Due: r.PostFormValue("due"), Note: r.PostFormValue("note"),
		})
	}
	return lines
}

// owner is who is in charge of a line: a colleague's account, an office in words, or both.
func (r *request) owner() (account, words string) {
	return r.PostFormValue("owner_account"), r.PostFormValue("owner")
}

// mergeLines keeps the lines of a plan, with new targets for those that are raised further.
func mergeLines(plan *meritv1.Plan, raises []*meritv1.PlanLine) (lines []*meritv1.PlanLine) {
	for _, item := range plan.GetItems() {
		if item.GetState() == meritv1.PlanItemState_PLAN_ITEM_STATE_DROPPED {
			continue
		}
		line := &meritv1.PlanLine{
			Item: item.GetItem(), TargetLevel: item.GetTargetLevel(), Owner: item.GetOwner(),
			OwnerAccountId: item.GetOwnerAccount().GetAccountId(), Due: item.GetDue(), Note: item.GetNote(),
		}
		for _, raise := range raises {
			if raise.GetItem() == line.GetItem() {
				line.TargetLevel = raise.GetTargetLevel()
				line.Owner, line.OwnerAccountId = cmp.Or(raise.GetOwner(), line.GetOwner()), cmp.Or(raise.GetOwnerAccountId(), line.GetOwnerAccountId())
				line.Due, line.Note = cmp.Or(raise.GetDue(), line.GetDue()), cmp.Or(raise.GetNote(), line.GetNote())
			}
		}
		lines = append(lines, line)
	}
	for _, raise := range raises {
		if !slices.ContainsFunc(lines, func(l *meritv1.PlanLine) bool { return l.GetItem() == raise.GetItem() }) {
			lines = append(lines, raise)
		}
	}
	return lines
}

// changePlanLine changes state, owner, date and note of one line.
func changePlanLine(w http.ResponseWriter, r *request) error {
	account, owner := r.owner()
	req := &meritv1.UpdatePlanItemRequest{
		PlanItemId: r.PathValue("line"), Revision: r.number("revision"), State: enum[meritv1.PlanItemState](r.PostFormValue("state")),
		Owner: owner, OwnerAccountId: account, Due: r.PostFormValue("due"), Note: strings.ReplaceAll(r.PostFormValue("note"), "\r\n", "\n"),
	}
	_, err := r.Plans.UpdatePlanItem(r.Context(), req)
	if err == nil {
		return r.redirect(w, "/assessments/"+url.PathEscape(r.PathValue("id"))+"/plan", "plan-saved")
	}
	view, readErr := r.planView()
	if readErr != nil {
		return readErr
	}
	for i := range view.Lines {
		if l := &view.Lines[i]; l.GetId() == req.GetPlanItemId() {
			l.Refused, l.State, l.Owner, l.Due, l.Note = true, req.GetState(), owner, req.GetDue(), req.GetNote()
			l.OwnerAccount = &meritv1.Person{AccountId: account}
		}
	}
	return planPage.again(w, r, view, err)
}
