package web

import (
	"net/http"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// instrumentsView is the list of instruments.
type instrumentsView struct {
	Instruments []*meritv1.Instrument
	Changes     bool // the reader may upload, publish and retire
	Pager       pager
}

var instrumentsPage = newPage[instrumentsView]("instruments")

func (rt router) instruments() {
	const admin = meritv1.Role_ROLE_ADMIN
	rt.get("/admin/instruments", signedIn(showInstruments))
	rt.get("/admin/instruments/upload", only(showInstrumentUpload, admin))
	rt.post("/admin/instruments/upload", only(uploadInstrument, admin))
	rt.get("/admin/instruments/compare", signedIn(compareInstruments))
	rt.get("/admin/instruments/{instrument}", signedIn(showInstrument))
	rt.get("/admin/instruments/{instrument}/source", signedIn(sendInstrument))
	rt.post("/admin/instruments/{instrument}/publish", only(publishInstrument, admin))
	rt.post("/admin/instruments/{instrument}/retire", only(retireInstrument, admin))
}

func showInstruments(w http.ResponseWriter, r *request) error {
	list, err := r.Instruments.ListInstruments(r.Context(), &meritv1.ListInstrumentsRequest{PageToken: r.pageToken()})
	if err != nil {
		return err
	}
	return instrumentsPage.show(w, r, instrumentsView{
		list.GetInstruments(), r.acts(meritv1.Role_ROLE_ADMIN), r.pager(list.GetNextPageToken()),
	})
}

// instrumentView is an instrument to be read.
type instrumentView struct {
	Instrument *meritv1.Instrument
	Changes    bool // the reader may publish and retire
}

var instrumentPage = newPage[instrumentView]("instrument")

// Is reports whether the instrument stands in a state, named as forms do.
func (v instrumentView) Is(state string) bool { return written(v.Instrument.GetLifecycle()) == state }

// storedInstrument is the instrument that the address names, as it stands now and with its file.
func (r *request) storedInstrument() (*meritv1.Instrument, error) {
	one, err := r.Instruments.GetInstrument(r.Context(), &meritv1.GetInstrumentRequest{InstrumentId: r.PathValue("instrument")})
	return one.GetInstrument(), err
}

func showInstrument(w http.ResponseWriter, r *request) error {
	in, err := r.storedInstrument()
	if err != nil {
		return err
	}
	return instrumentPage.show(w, r, instrumentView{in, r.acts(meritv1.Role_ROLE_ADMIN)})
}

// sendInstrument sends the YAML file to be saved.
func sendInstrument(w http.ResponseWriter, r *request) error {
	in, err := r.storedInstrument()
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/yaml")
	w.Header().Set("Content-Disposition", `attachment; filename="`+in.GetId()+`.yaml"`)
	_, _ = w.Write(in.GetSource()) // the reader may be gone
	return nil
}

func publishInstrument(w http.ResponseWriter, r *request) error {
	id := r.PathValue("instrument")
	done, err := r.Instruments.PublishInstrument(r.Context(), &meritv1.PublishInstrumentRequest{InstrumentId: id, Digest: r.PostFormValue("digest")})
	if err != nil {
		return instrumentAgain(w, r, err)
	}
	return r.done(w, []string{done.GetProposalId()}, "/admin/instruments/"+id, "instrument-published")
}

func retireInstrument(w http.ResponseWriter, r *request) error {
	id := r.PathValue("instrument")
	if _, err := r.Instruments.RetireInstrument(r.Context(), &meritv1.RetireInstrumentRequest{InstrumentId: id}); err != nil {
		return instrumentAgain(w, r, err)
	}
	return r.redirect(w, "/admin/instruments/"+id, "instrument-retired")
}

// instrumentAgain shows the instrument as it is now, with what was refused.
func instrumentAgain(w http.ResponseWriter, r *request, failed error) error {
	in, err := r.storedInstrument()
	if err != nil {
		return err
	}
	return instrumentPage.again(w, r, instrumentView{in, true}, failed)
}

// compareView is what differs between two instruments.
type compareView struct {
	Instruments []*meritv1.Instrument // to choose from
	From, To    string
	Kind        string // of changes that are shown; all when empty
	Compared    bool
	Kinds       []changeKind // that there are
	Changes     []*meritv1.InstrumentChange
}

// changeKind counts the changes of a kind.
type changeKind struct {
	Name  string // as in the contract
	Count int
}

var comparePage = newPage[compareView]("instrument-compare")

func compareInstruments(w http.ResponseWriter, r *request) error {
	list, err := r.Instruments.ListInstruments(r.Context(), &meritv1.ListInstrumentsRequest{PageSize: pageMost})
	if err != nil {
		return err
	}
	view := compareView{Instruments: list.GetInstruments(), From: r.URL.Query().Get("from"), To: r.URL.Query().Get("to")}
	if view.From == "" || view.To == "" {
		return comparePage.show(w, r, view)
	}
	diff, err := r.Instruments.DiffInstruments(r.Context(), &meritv1.DiffInstrumentsRequest{FromId: view.From, ToId: view.To})
	if err != nil {
		return err
	}
	view.Compared, view.Kind = true, r.URL.Query().Get("kind")
	view.count(diff.GetChanges())
	return comparePage.show(w, r, view)
}

// count counts changes by kind, and keeps those that are to be shown.
func (v *compareView) count(changes []*meritv1.InstrumentChange) {
	for _, c := range changes {
		i := slices.IndexFunc(v.Kinds, func(k changeKind) bool { return k.Name == c.GetKind() })
		if i < 0 {
			i, v.Kinds = len(v.Kinds), append(v.Kinds, changeKind{Name: c.GetKind()})
		}
		v.Kinds[i].Count++
		if v.Kind == "" || v.Kind == c.GetKind() {
			v.Changes = append(v.Changes, c)
		}
	}
}
