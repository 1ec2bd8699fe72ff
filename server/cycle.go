package server

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/instruments"
	"github.com/meritindex/merit/server/page"
	"github.com/meritindex/merit/server/store"
)

// cycleServer keeps the calendar.
type cycleServer struct {
	meritv1.UnimplementedCycleServiceServer
	*core
}

// whatCycle is what a cycle is called in messages.
var whatCycle = fault.Text{ID: "Siklus", EN: "cycle"}

// CreateCycle opens a year on a published instrument.
func (s *cycleServer) CreateCycle(ctx context.Context, req *meritv1.CreateCycleRequest) (*meritv1.CreateCycleResponse, error) {
	windows, err := requestedWindows(req.GetWindows())
	if err != nil {
		return nil, err
	}
	c := store.Cycle{
		Name: strings.TrimSpace(req.GetName()), Year: int(req.GetYear()), InstrumentID: req.GetInstrumentId(),
		Assessor: strings.TrimSpace(req.GetAssessor()), Quorum: int(req.GetQuorum()),
		MajorityPercent: int(req.GetMajorityPercent()), Windows: windows, CreatedBy: access.From(ctx).AccountID,
	}
	return updateOnce(ctx, s.store, req, func(tx *store.Tx) (*meritv1.CreateCycleResponse, []audit.Entry, error) {
		c := c
		c.ID = tx.NewID()
		if err := checkNewCycle(tx, c); err != nil {
			return nil, nil, err
		}
		if err := tx.AddCycle(c); err != nil {
			return nil, nil, err
		}
		c, err := tx.Cycle(c.ID)
		if err != nil {
			return nil, nil, err
		}
		return &meritv1.CreateCycleResponse{Cycle: cycleMessage(c)}, []audit.Entry{{Action: "CycleService.CreateCycle", Subject: c.ID}}, nil
	})
}

// checkNewCycle checks that the name is free and the instrument is open to new cycles.
func checkNewCycle(tx *store.Tx, c store.Cycle) error {
	_, err := tx.CycleByName(c.Name)
	if err == nil {
		return fault.New(meritv1.Reason_REASON_ALREADY_EXISTS,
			"Siklus bernama %q sudah ada. Pakai nama lain.", "There is a cycle named %q already. Use another name.", c.Name)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	row, err := tx.Instrument(c.InstrumentID)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return fault.NotFound(instruments.What, c.InstrumentID)
	case err == nil && row.Lifecycle != store.Published:
		return instruments.NotPublished(row)
	}
	return err
}

// requestedWindows reads the windows of a new cycle, in the order of the year.
func requestedWindows(messages []*meritv1.Window) ([]store.Window, error) {
	windows := make([]store.Window, len(calendar.Phases()))
	for i, m := range messages {
		w, err := requestedWindow(fmt.Sprintf("windows[%d]", i), m)
		if err != nil {
			return nil, err
		}
		if windows[w.Phase.Place()].Phase != "" {
			return nil, fault.Invalid(fmt.Sprintf("windows[%d].phase", i), "Tahap %s disebut dua kali. Sebutkan setiap tahap sekali.",
				"The %s phase stands twice. Name every phase once.", w.Phase.Name())
		}
		windows[w.Phase.Place()] = w
	}
	for i, phase := range calendar.Phases() {
		if windows[i].Phase == "" {
			return nil, fault.Invalid("windows", "Tahap %s tidak ada. Sebutkan setiap tahap sekali.",
				"The %s phase is missing. Name every phase once.", phase.Name())
		}
	}
	return windows, checkOrder("windows", windows)
}

func requestedWindow(field string, m *meritv1.Window) (store.Window, error) {
	w := store.Window{Revision: m.GetRevision()}
	w.Phase = calendar.Phase(strings.TrimPrefix(m.GetPhase().String(), "PHASE_"))
	w.FirstDay, w.LastDay = m.GetFirstDay(), m.GetLastDay()
	if err := checkDay(field+".first_day", w.FirstDay); err != nil {
		return w, err
	}
	if err := checkDay(field+".last_day", w.LastDay); err != nil {
		return w, err
	}
	if w.LastDay < w.FirstDay {
		return w, fault.Invalid(field+".last_day", "Hari terakhir %s mendahului hari pertama %s.",
			"The last day %s comes before the first day %s.", w.LastDay, w.FirstDay)
	}
	return w, nil
}

// checkOrder checks that no phase begins before the one ahead of it begins. Windows are in the order of the year.
func checkOrder(field string, windows []store.Window) error {
	for i := 1; i < len(windows); i++ {
		if a, b := windows[i-1], windows[i]; b.FirstDay < a.FirstDay {
			return fault.Invalid(field, "Tahap %s dimulai %s, sebelum tahap %s yang mendahuluinya dimulai (%s).",
				"The %s phase begins on %s, before the %s phase ahead of it begins (%s).", b.Phase.Name(), b.FirstDay, a.Phase.Name(), a.FirstDay)
		}
	}
	return nil
}

// GetCycle returns a cycle by id or name.
func (s *cycleServer) GetCycle(ctx context.Context, req *meritv1.GetCycleRequest) (*meritv1.GetCycleResponse, error) {
	if (req.GetCycleId() == "") == (req.GetName() == "") {
		return nil, fault.Invalid("cycle_id", "Sebutkan id atau nama, satu saja.", "Give either the id or the name.")
	}
	resp := &meritv1.GetCycleResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		c, err := findCycle(tx, req.GetCycleId(), req.GetName())
		resp.Cycle = cycleMessage(c)
		return err
	})
}

// findCycle returns a cycle by its id, or by its name if there is no id, or REASON_NOT_FOUND.
func findCycle(tx *store.Tx, id, name string) (c store.Cycle, err error) {
	if id != "" {
		name = id
		c, err = tx.Cycle(id)
	} else {
		c, err = tx.CycleByName(name)
	}
	if errors.Is(err, store.ErrNotFound) {
		return c, fault.NotFound(whatCycle, name)
	}
	return c, err
}

// ListCycles lists cycles, the latest year first.
func (s *cycleServer) ListCycles(ctx context.Context, req *meritv1.ListCyclesRequest) (*meritv1.ListCyclesResponse, error) {
	p, err := page.Of(req)
	if err != nil {
		return nil, err
	}
	year, id, err := lastCycle(p)
	if err != nil {
		return nil, err
	}
	resp := &meritv1.ListCyclesResponse{}
	return resp, s.store.View(ctx, func(tx *store.Tx) error {
		rows, err := tx.Cycles(year, id, p.Limit())
		if err != nil {
			return err
		}
		rows, resp.NextPageToken = page.Cut(p, rows, func(c store.Cycle) []string { return []string{strconv.Itoa(c.Year), c.ID} })
		resp.Cycles = make([]*meritv1.Cycle, len(rows))
		for i, c := range rows {
			resp.Cycles[i] = cycleMessage(c)
		}
		return nil
	})
}

// lastCycle is the sort key of the last cycle of the page before; zero on the first page.
func lastCycle(p page.Page) (year int, id string, err error) {
	if p.After == nil {
		return 0, "", nil
	}
	if len(p.After) != 2 {
		return 0, "", page.Damaged()
	}
	if year, err = strconv.Atoi(p.After[0]); err != nil {
		return 0, "", page.Damaged()
	}
	return year, p.After[1], nil
}

// SetWindow moves a phase's window for every agency.
func (s *cycleServer) SetWindow(ctx context.Context, req *meritv1.SetWindowRequest) (*meritv1.SetWindowResponse, error) {
	w, err := requestedWindow("window", req.GetWindow())
	if err != nil {
		return nil, err
	}
	w.SetBy = access.From(ctx).AccountID
	resp := &meritv1.SetWindowResponse{}
	return resp, s.store.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		c, err := findCycle(tx, req.GetCycleId(), "")
		if err != nil {
			return nil, err
		}
		if current := c.Window(w.Phase); current.Revision != w.Revision {
			return nil, staleWindow(c, current)
		}
		moved := slices.Clone(c.Windows)
		moved[w.Phase.Place()] = w
		if err := checkOrder("window.first_day", moved); err != nil {
			return nil, err
		}
		if err := tx.SetWindow(c.ID, w); err != nil {
			return nil, err
		}
		c, err = tx.Cycle(c.ID)
		resp.Cycle = cycleMessage(c)
		return []audit.Entry{{Action: "CycleService.SetWindow", Subject: c.ID}}, err
	})
}

func staleWindow(c store.Cycle, w *store.Window) *fault.Error {
	return fault.New(meritv1.Reason_REASON_STALE_REVISION,
		"Jadwal tahap %s sudah diubah orang lain menjadi %s sampai %s; revisinya sekarang %d. Baca lagi, lalu ulangi perubahan Anda.",
		"The window of the %s phase was moved by somebody else, to %s until %s; its revision is now %d. Read it again and repeat your change.",
		w.Phase.Name(), w.FirstDay, w.LastDay, w.Revision).With(cycleMessage(c))
}

func cycleMessage(c store.Cycle) *meritv1.Cycle {
	m := &meritv1.Cycle{
		Id: c.ID, Name: c.Name, Year: int32(c.Year), InstrumentId: c.InstrumentID, Assessor: c.Assessor,
		Quorum: int32(c.Quorum), MajorityPercent: int32(c.MajorityPercent), Revision: c.Revision,
	}
	for _, w := range c.Windows {
		m.Windows = append(m.Windows, &meritv1.Window{
			Phase: phaseMessage(w.Phase), FirstDay: w.FirstDay, LastDay: w.LastDay, Revision: w.Revision,
			OpensAt: timestamp(w.Opens()), ClosesAt: timestamp(w.Closes()),
		})
	}
	return m
}

// phaseMessage is a phase as messages have it.
func phaseMessage(p calendar.Phase) meritv1.Phase {
	return meritv1.Phase(meritv1.Phase_value["PHASE_"+string(p)])
}
