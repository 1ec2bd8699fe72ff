package web

import (
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// itemList is the way through the questionnaire: {{template "item-list" .}}.
type itemList struct {
	Assessment string // its id
	Current    string // the item that is shown, or profile
	Aspects    []aspectItems
	Mine       []itemEntry // assigned to the reader
	Profile    *itemEntry  // nil without profile fields
}

// aspectItems is one aspect with its items.
type aspectItems struct {
	Code, Title          string
	Answered, Applicable int32
	Current              bool
	Items                []itemEntry
}

// itemEntry is one item of the list.
type itemEntry struct {
	Code, Name string
	Answered   bool
	Applies    bool
	Current    bool
}

func (r *request) itemList(in *meritv1.Instrument, a *meritv1.Assessment, current string) itemList {
	list := itemList{Assessment: a.GetId(), Current: current}
	stands := map[string]*meritv1.AssessmentItem{}
	for _, item := range a.GetItems() {
		stands[item.GetItem()] = item
	}
	for i, aspect := range in.GetAspects() {
		out := aspectItems{Code: aspect.GetCode(), Title: r.named(aspect.GetName(), aspect.GetNameEn())}
		if scores := a.GetScore().GetAspects(); i < len(scores) {
			out.Answered, out.Applicable = scores[i].GetAnswered(), scores[i].GetApplicable()
		}
		for _, item := range aspect.GetItems() {
			stand := stands[item.GetCode()]
			entry := itemEntry{
				Code: item.GetCode(), Name: r.named(item.GetName(), item.GetNameEn()), Current: item.GetCode() == current,
				Answered: stand.GetClaimed().GetAnswer().GetValue() != nil,
				Applies:  stand != nil && !slices.Contains(a.GetScore().GetNotApplicable(), item.GetCode()),
			}
			out.Current = out.Current || entry.Current
			out.Items = append(out.Items, entry)
			if r.isAssigned(stand) {
				list.Mine = append(list.Mine, entry)
			}
		}
		list.Aspects = append(list.Aspects, out)
	}
	if len(in.GetProfile()) > 0 {
		list.Profile = &itemEntry{Code: "profile", Current: current == "profile"}
	}
	return list
}

// isAssigned reports whether an item is assigned to the reader.
func (r *request) isAssigned(item *meritv1.AssessmentItem) bool {
	return slices.ContainsFunc(item.GetAssigned(), func(p *meritv1.Person) bool { return p.GetAccountId() == r.who.GetAccount().GetId() })
}
