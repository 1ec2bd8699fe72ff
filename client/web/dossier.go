package web

import (
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// dossier is an assessment beside its instrument, as the assessor reads it.
type dossier struct {
	Assessment *meritv1.Assessment
	Instrument *meritv1.Instrument
	Aspects    []dossierAspect
}

// dossierAspect is one aspect with its items that apply to this kind of agency.
type dossierAspect struct {
	Aspect *meritv1.Aspect
	Items  []*dossierItem
}

// dossierItem is one item: what it asks, and the decisions on it side by side.
type dossierItem struct {
	Item  *meritv1.Item
	Row   *meritv1.AssessmentItem
	State itemState
}

// itemState is how far the verification of an item is.
type itemState string

const (
	itemOpen    itemState = "open"    // not decided, or claimed anew in a repair round since
	itemDecided itemState = "decided" // as claimed
	itemDiffers itemState = "differs" // otherwise than claimed
	itemOut     itemState = "out"     // does not apply by what was verified of its gate
)

// dossier reads an assessment whole, and its instrument.
func (r *request) dossier(assessmentID string) (*dossier, error) {
	got, err := r.Assessments.GetAssessment(r.Context(), &meritv1.GetAssessmentRequest{
		AssessmentId: assessmentID, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL,
	})
	if err != nil {
		return nil, err
	}
	in, err := r.instrument(got.GetAssessment().GetInstrumentId())
	if err != nil {
		return nil, err
	}
	return newDossier(got.GetAssessment(), in), nil
}

func newDossier(a *meritv1.Assessment, in *meritv1.Instrument) *dossier {
	d := &dossier{Assessment: a, Instrument: in}
	rows := map[string]*meritv1.AssessmentItem{}
	for _, row := range a.GetItems() {
		rows[row.GetItem()] = row
	}
	for _, aspect := range in.GetAspects() {
		group := dossierAspect{Aspect: aspect}
		for _, item := range aspect.GetItems() {
			if row := rows[item.GetCode()]; row != nil {
				group.Items = append(group.Items, &dossierItem{item, row, stateOf(a, row)})
			}
		}
		if len(group.Items) > 0 {
			d.Aspects = append(d.Aspects, group)
		}
	}
	return d
}

// stateOf says how far an item is, as the service counts: what applies follows what was verified of the gates, and a
// claim made since a decision opens the item again.
func stateOf(a *meritv1.Assessment, row *meritv1.AssessmentItem) itemState {
	verified, claimed := row.GetVerified(), row.GetClaimed()
	switch {
	case slices.Contains(a.GetVerifiedScore().GetNotApplicable(), row.GetItem()):
		return itemOut
	case verified.GetAnswer() == nil, claimed.GetDecidedAt().AsTime().After(verified.GetDecidedAt().AsTime()):
		return itemOpen
	case sameAnswer(claimed.GetAnswer(), verified.GetAnswer()):
		return itemDecided
	}
	return itemDiffers
}

// sameAnswer reports whether two answers say the same. NOT_PROVEN is never what was claimed.
func sameAnswer(a, b *meritv1.Answer) bool { return answerValue(a) == answerValue(b) }

// items are all of them in the order of the instrument.
func (d *dossier) items() []*dossierItem {
	var all []*dossierItem
	for _, aspect := range d.Aspects {
		all = append(all, aspect.Items...)
	}
	return all
}

// Applicable are the items that have to be decided.
func (d *dossier) Applicable() []*dossierItem {
	return slices.DeleteFunc(d.items(), func(i *dossierItem) bool { return i.State == itemOut })
}

// Open are the items that are not decided.
func (d *dossier) Open() []*dossierItem { return d.in(itemOpen) }

// Differing are the items that were decided otherwise than claimed.
func (d *dossier) Differing() []*dossierItem { return d.in(itemDiffers) }

func (d *dossier) in(state itemState) []*dossierItem {
	return slices.DeleteFunc(d.items(), func(i *dossierItem) bool { return i.State != state })
}

// Decided counts the applicable items that are decided.
func (d *dossier) Decided() int { return len(d.Applicable()) - len(d.Open()) }

// Profile are the answers of the agency beside the items, with their labels.
func (d *dossier) Profile() []profileAnswer {
	var all []profileAnswer
	for _, field := range d.Instrument.GetProfile() {
		for _, row := range d.Assessment.GetItems() {
			if row.GetItem() == "profile."+field.GetCode() && row.GetClaimed().GetAnswer() != nil {
				all = append(all, profileAnswer{field, row.GetClaimed().GetAnswer()})
			}
		}
	}
	return all
}

// profileAnswer is one field of an agency's profile.
type profileAnswer struct {
	Field  *meritv1.ProfileField
	Answer *meritv1.Answer
}

// Question is what the item asks, or its name.
func (i *dossierItem) Question() string {
	if q := i.Item.GetQuestion(); q != "" {
		return q
	}
	return i.Item.GetName()
}

// Title is the name of the item; of a gate, which has none, what it asks.
func (i *dossierItem) Title() string {
	if name := i.Item.GetName(); name != "" {
		return name
	}
	return i.Item.GetQuestion()
}

// Gate reports whether the item decides which others apply, and is not scored.
func (i *dossierItem) Gate() bool { return i.Item.GetKind() == "CHOICE" }

// Choice is one answer that may be given to an item.
type itemChoice struct {
	Value string // in a form
	Label string
	Key   string // on the keyboard
}

// Choices are the answers an item may be decided with, but for "not proven": the levels, or the options of a gate.
func (i *dossierItem) Choices() []itemChoice {
	var all []itemChoice
	for _, level := range i.Item.GetLevels() {
		value := strings.TrimSpace(levelText(level.GetLevel()))
		all = append(all, itemChoice{value, value, value})
	}
	for n, option := range i.Item.GetOptions() {
		all = append(all, itemChoice{optionPrefix + option.GetValue(), option.GetLabel(), levelText(int32(n + 1))})
	}
	return all
}
