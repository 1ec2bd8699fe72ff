package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

// methodView is how an instrument computes: itself, and an example that is computed as every sheet is.
type methodView struct {
	Instruments []*meritv1.Instrument // published and retired ones
	Instrument  *meritv1.Instrument   // nil while there is none
	Example     *meritv1.Score
	Edges       []categoryEdge
}

// categoryEdge is where a category begins: its least total, and the category of half a point less.
type categoryEdge struct{ Min, Category, Under, CategoryUnder string }

var methodPage = newPage[methodView]("method")

func (rt router) method() { rt.get("/method", showMethod) }

func showMethod(w http.ResponseWriter, r *request) error {
	view, err := r.method()
	if err != nil {
		return err
	}
	if view.Instrument == nil {
		return methodPage.show(w, r, view)
	}
	whole, err := r.Instruments.GetInstrument(r.Context(), &meritv1.GetInstrumentRequest{InstrumentId: view.Instrument.GetId()})
	if err != nil {
		return err
	}
	view.Instrument = whole.GetInstrument()
	in, err := instrument.Parse(view.Instrument.GetId(), view.Instrument.GetSource())
	if err != nil {
		return err
	}
	if view.Example, err = example(in); err != nil {
		return err
	}
	view.Edges = edges(in.Scoring())
	return methodPage.show(w, r, view)
}

// method lists the instruments that are no drafts, and chooses: the one asked for, else that of the newest results, else
// the first official one.
func (r *request) method() (view methodView, err error) {
	list, err := r.Instruments.ListInstruments(r.Context(), &meritv1.ListInstrumentsRequest{PageSize: 500})
	if err != nil {
		return view, err
	}
	view.Instruments = slices.DeleteFunc(list.GetInstruments(), func(in *meritv1.Instrument) bool {
		return in.GetLifecycle() == meritv1.Lifecycle_LIFECYCLE_DRAFT
	})
	asked := r.URL.Query().Get("instrument")
	p, err := r.periods()
	for _, fits := range []func(*meritv1.Instrument) bool{
		func(in *meritv1.Instrument) bool { return in.GetId() == asked },
		func(in *meritv1.Instrument) bool { return in.GetId() == p.Instrument() },
		func(in *meritv1.Instrument) bool { return in.GetStatus() == meritv1.LegalStatus_LEGAL_STATUS_OFFICIAL },
		func(*meritv1.Instrument) bool { return true },
	} {
		if i := slices.IndexFunc(view.Instruments, fits); i >= 0 {
			view.Instrument = view.Instruments[i]
			break
		}
	}
	return view, err
}

// example scores a sheet of a kabupaten whose levels go from the highest down to the second lowest and again.
func example(in *instrument.Instrument) (*meritv1.Score, error) {
	sheet, err := in.Scoring().NewSheet(scoring.Kabupaten)
	if err != nil {
		return nil, err
	}
	span := in.Scale.Max - in.Scale.Min
	for i, item := range in.Scoring().Items() {
		if item.Kind != scoring.Scored || span < 1 {
			continue
		}
		if err := sheet.SetLevel(item.Code, in.Scale.Max-i%span); err != nil {
			return nil, err
		}
	}
	return scored.Sheet(in, sheet, scored.WithItems), nil
}

// edges asks the instrument itself on which side of each least total a total falls.
func edges(in *scoring.Instrument) (all []categoryEdge) {
	for _, category := range in.Categories() {
		if category.Min == 0 {
			continue
		}
		reached, _ := in.Classify(category.Min)
		under, _ := in.Classify(category.Min - scoring.Point/2)
		all = append(all, categoryEdge{category.Min.String(), reached.Name, (category.Min - scoring.Point/2).String(), under.Name})
	}
	return all
}
