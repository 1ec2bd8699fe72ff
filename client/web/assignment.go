package web

import (
	"cmp"
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

func (rt router) assignments() {
	rt.get("/assessments/{id}/assignments", signedIn(showAssignments))
	rt.post("/assessments/{id}/assignments", signedIn(assignItems))
}

// assignmentsView shows who answers which items, and what each has done.
type assignmentsView struct {
	Head       sheetHead
	Assigns    bool // the reader may assign
	Colleagues []*meritv1.Account
	Shares     []share
	Aspects    []assignedAspect
	Chosen     map[string]bool // items of a form that was refused
	Colleague  string
}

// share is what one colleague was asked for.
type share struct {
	Name               string
	Assigned, Answered int
	Waiting            []string // items
}

// assignedAspect is one aspect with its items.
type assignedAspect struct {
	Title string
	Items []assignedItem
}

// assignedItem is an item with those who answer it.
type assignedItem struct {
	Code, Name string
	Answered   bool
	People     []*meritv1.Person
}

var assignmentsPage = newPage[assignmentsView]("assignments")

func showAssignments(w http.ResponseWriter, r *request) error {
	view, err := r.assignmentsView()
	if err != nil {
		return err
	}
	return assignmentsPage.show(w, r, view)
}

func (r *request) assignmentsView() (view assignmentsView, err error) {
	head, in, err := r.questionnaire("assignments", meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC)
	if err != nil {
		return view, err
	}
	view.Head = head
	a := head.Assessment
	view.Assigns = r.acts(meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_APPROVER) && whileFilling(r, a)
	view.spread(r, in)
	if view.Assigns {
		view.Colleagues, err = r.colleagues()
	}
	return view, err
}

// colleagues are the people of the reader's agency who answer items.
func (r *request) colleagues() ([]*meritv1.Account, error) {
	list, err := r.Accounts.ListAccounts(r.Context(), &meritv1.ListAccountsRequest{PageSize: 500})
	answers := func(m *meritv1.Membership) bool {
		return slices.Contains([]meritv1.Role{meritv1.Role_ROLE_OPERATOR, meritv1.Role_ROLE_CONTRIBUTOR, meritv1.Role_ROLE_APPROVER}, m.GetRole())
	}
	return slices.DeleteFunc(list.GetAccounts(), func(a *meritv1.Account) bool { return !slices.ContainsFunc(a.GetMemberships(), answers) }), err
}

// spread sorts the items by aspect and by colleague.
func (v *assignmentsView) spread(r *request, in *meritv1.Instrument) {
	shares := map[string]*share{}
	for _, aspect := range in.GetAspects() {
		out := assignedAspect{Title: aspect.GetCode() + ". " + r.named(aspect.GetName(), aspect.GetNameEn())}
		for _, item := range aspect.GetItems() {
			stand := standOf(v.Head.Assessment, item.GetCode())
			if stand == nil {
				continue
			}
			answered := stand.GetClaimed().GetAnswer().GetValue() != nil
			out.Items = append(out.Items, assignedItem{item.GetCode(), cmp.Or(r.named(item.GetName(), item.GetNameEn()), item.GetQuestion()), answered, stand.GetAssigned()})
			for _, p := range stand.GetAssigned() {
				if shares[p.GetAccountId()] == nil {
					shares[p.GetAccountId()] = &share{Name: p.GetName()}
				}
				shares[p.GetAccountId()].add(item.GetCode(), answered)
			}
		}
		v.Aspects = append(v.Aspects, out)
	}
	for _, s := range shares {
		v.Shares = append(v.Shares, *s)
	}
	slices.SortFunc(v.Shares, func(a, b share) int { return cmp.Compare(a.Name, b.Name) })
}

func (s *share) add(item string, answered bool) {
	s.Assigned++
	if answered {
		s.Answered++
	} else {
		s.Waiting = append(s.Waiting, item)
	}
}

func assignItems(w http.ResponseWriter, r *request) error {
	remove := r.PostFormValue("do") == "remove"
	_, err := r.Assessments.AssignItems(r.Context(), &meritv1.AssignItemsRequest{
		AssessmentId: r.PathValue("id"), Items: r.PostForm["item"], AccountId: r.PostFormValue("colleague"), Remove: remove,
	})
	if err == nil {
		return r.redirect(w, "/assessments/"+r.PathValue("id")+"/assignments", map[bool]string{false: "items-assigned", true: "items-taken-back"}[remove])
	}
	view, readErr := r.assignmentsView()
	if readErr != nil {
		return readErr
	}
	view.Colleague, view.Chosen = r.PostFormValue("colleague"), map[string]bool{}
	for _, item := range r.PostForm["item"] {
		view.Chosen[item] = true
	}
	return assignmentsPage.again(w, r, view, err)
}
