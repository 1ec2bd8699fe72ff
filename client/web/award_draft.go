package web

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"strconv"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// awardDraftView is the form in which the rule of an award is written down.
type awardDraftView struct {
	Instruments []*meritv1.Instrument // with categories
	Instrument  *meritv1.Instrument   // nil while there is none
	Title       string
	Year        string
	Groups      []draftGroup
}

// draftGroup is a group as typed.
type draftGroup struct {
	Field      string // what its fields begin with, as the service names them
	Name       string
	Kinds      map[meritv1.AgencyKind]bool
	Categories map[string]bool
	Places     string
}

func (g draftGroup) blank() bool {
	return g.Name == "" && len(g.Kinds) == 0 && len(g.Categories) == 0 && g.Places == ""
}

var awardDraftPage = newPage[awardDraftView]("award-draft")

// moreGroups is how many empty groups a form offers.
const moreGroups = 3

func showAwardDraft(w http.ResponseWriter, r *request) error {
	view, err := r.awardDraft(r.URL.Query().Get("instrument"))
	if err != nil {
		return err
	}
	view.Year = strconv.Itoa(r.web.Now().In(bilingual.WIB).Year())
	view.offer(moreGroups)
	return awardDraftPage.show(w, r, view)
}

// awardDraft chooses the instrument asked for, or the first that has categories: without them there is no award.
func (r *request) awardDraft(asked string) (view awardDraftView, err error) {
	list, err := r.Instruments.ListInstruments(r.Context(), &meritv1.ListInstrumentsRequest{PageSize: 500})
	if err != nil {
		return view, err
	}
	view.Instruments = slices.DeleteFunc(list.GetInstruments(), func(in *meritv1.Instrument) bool { return len(in.GetCategories()) == 0 })
	if len(view.Instruments) == 0 {
		return view, nil
	}
	at := slices.IndexFunc(view.Instruments, func(in *meritv1.Instrument) bool { return in.GetId() == asked })
	view.Instrument = view.Instruments[max(at, 0)]
	return view, nil
}

// offer adds empty groups and names the fields of all.
func (v *awardDraftView) offer(more int) {
	for range more {
		v.Groups = append(v.Groups, draftGroup{})
	}
	for i := range v.Groups {
		v.Groups[i].Field = fmt.Sprintf("rule.groups[%d]", i)
	}
}

func draftAward(w http.ResponseWriter, r *request) error {
	view, err := r.awardDraft(r.PostFormValue("instrument_id"))
	if err != nil {
		return err
	}
	view.Title, view.Year = r.PostFormValue("title"), r.PostFormValue("year")
	view.read(r)
	if r.PostFormValue("more") != "" {
		view.offer(moreGroups)
		return awardDraftPage.show(w, r, view)
	}
	req, err := view.request(r)
	if err == nil {
		var drafted *meritv1.DraftAwardResponse
		if drafted, err = r.Awards.DraftAward(r.Context(), req); err == nil {
			return r.redirect(w, "/awards/"+drafted.GetAward().GetId(), "award-drafted")
		}
	}
	view.offer(1)
	return awardDraftPage.again(w, r, view, err)
}

// read takes the groups from the form, leaving blank ones out.
func (v *awardDraftView) read(r *request) {
	for i := 0; ; i++ {
		field := fmt.Sprintf("rule.groups[%d]", i)
		if _, sent := r.PostForm[field+".name"]; !sent {
			break
		}
		group := draftGroup{
			Name: r.PostFormValue(field + ".name"), Places: r.PostFormValue(field + ".places"),
			Kinds: map[meritv1.AgencyKind]bool{}, Categories: map[string]bool{},
		}
		for _, kind := range r.PostForm[field+".kinds"] {
			group.Kinds[enum[meritv1.AgencyKind](kind)] = true
		}
		for _, category := range r.PostForm[field+".categories"] {
			group.Categories[category] = true
		}
		if !group.blank() {
			v.Groups = append(v.Groups, group)
		}
	}
	v.offer(0)
}

// request is what the form asks for. Mistakes in numbers are told of their fields.
func (v *awardDraftView) request(r *request) (*meritv1.DraftAwardRequest, error) {
	year, err := strconv.ParseInt(v.Year, 10, 32)
	if err != nil {
		return nil, r.wrong("year", "Write the year in four digits, not %s. ¦ Tulis tahun dengan empat angka, bukan %s.", v.Year)
	}
	req := &meritv1.DraftAwardRequest{
		Title: v.Title, Year: int32(year), InstrumentId: v.Instrument.GetId(), Rule: &meritv1.AwardRule{}, RequestId: r.PostFormValue("request_id"),
	}
	for _, g := range v.Groups {
		places, err := strconv.ParseInt(cmp.Or(g.Places, "0"), 10, 32)
		if err != nil {
			return nil, r.wrong(g.Field+".places", "Write a whole number, not %s. ¦ Tulis bilangan bulat, bukan %s.", g.Places)
		}
		group := &meritv1.AwardGroup{Name: g.Name, Places: int32(places)}
		for _, kind := range agencyKinds {
			if g.Kinds[kind] {
				group.Kinds = append(group.Kinds, kind)
			}
		}
		for _, category := range v.Instrument.GetCategories() {
			if g.Categories[category.GetCode()] {
				group.Categories = append(group.Categories, category.GetCode())
			}
		}
		req.Rule.Groups = append(req.Rule.Groups, group)
	}
	return req, nil
}
