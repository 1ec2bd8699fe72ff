package demo

import (
	"context"
	"time"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// publishInstruments publishes the instruments that come with the program.
func (y *year) publishInstruments(ctx context.Context) (string, error) {
	names := ""
	for _, in := range instrument.Embedded() {
		saved, err := y.people["admin"].Instruments.SaveInstrumentDraft(ctx, &meritv1.SaveInstrumentDraftRequest{FileName: in.ID + ".yaml", Source: in.Source()})
		if err != nil {
			return in.ID, err
		}
		_, err = y.people["admin"].Instruments.PublishInstrument(ctx, &meritv1.PublishInstrumentRequest{
			InstrumentId: in.ID, Digest: saved.GetInstrument().GetDigest(),
		})
		if err != nil {
			return in.ID, err
		}
		names += in.ID + "  "
	}
	return names, nil
}

// importAgencies imports the agencies as of the day the oldest instrument begins to matter.
func (y *year) importAgencies(ctx context.Context) (string, error) {
	csv, err := files.ReadFile("data/agencies.csv")
	if err != nil {
		return "", err
	}
	imported, err := y.people["admin"].Agencies.ImportAgencies(ctx, &meritv1.ImportAgenciesRequest{Csv: csv, ValidFrom: "2019-01-01"})
	if err != nil {
		return "", err
	}
	agency, err := y.people["admin"].Agencies.GetAgency(ctx, &meritv1.GetAgencyRequest{Code: AgencyCode})
	y.agencyID = agency.GetAgency().GetId()
	return y.sayf("%d agencies ¦ %d instansi", imported.GetAdded()), err
}

func (y *year) importResults(ctx context.Context) (string, error) {
	csv, err := files.ReadFile("data/published_results.csv")
	if err != nil {
		return "", err
	}
	imported, err := y.people["admin"].Results.ImportPublishedResults(ctx, &meritv1.ImportPublishedResultsRequest{Csv: csv, InstrumentId: InstrumentID})
	return y.sayf("%d results ¦ %d hasil", imported.GetAdded()), err
}

// createCycles opens the year that is played, with every window around today, and one for visitors.
func (y *year) createCycles(ctx context.Context) (string, error) {
	played, err := y.people["admin"].Cycles.CreateCycle(ctx, &meritv1.CreateCycleRequest{
		Name: CycleName, Year: Year, InstrumentId: InstrumentID, Assessor: "Komisi Aparatur Sipil Negara (demo)",
		Windows: y.windows(), Quorum: 2, MajorityPercent: 50,
	})
	if err != nil {
		return CycleName, err
	}
	y.cycleID = played.GetCycle().GetId()
	_, err = y.people["admin"].Cycles.CreateCycle(ctx, &meritv1.CreateCycleRequest{
		Name: VisitorsCycle, Year: int32(y.today.Year()), InstrumentId: VisitorsInstrument, Assessor: "Badan Kepegawaian Negara (demo)",
		Windows: y.windows(), Quorum: 2, MajorityPercent: 50,
	})
	return CycleName + ", " + VisitorsCycle, err
}

// windows are five phases that all contain today, so that a year fits into a minute.
func (y *year) windows() []*meritv1.Window {
	windows := make([]*meritv1.Window, 0, 5)
	for i, phase := range []meritv1.Phase{
		meritv1.Phase_PHASE_SELF_ASSESSMENT, meritv1.Phase_PHASE_VERIFICATION, meritv1.Phase_PHASE_REPAIR,
		meritv1.Phase_PHASE_DETERMINATION, meritv1.Phase_PHASE_AWARD,
	} {
		windows = append(windows, &meritv1.Window{Phase: phase, FirstDay: y.day(-50 + 10*i), LastDay: y.day(20 + 10*i)})
	}
	return windows
}

// decreeDate is when the published result of the agency became known: the session and its decree bear that date, so that
// the result is one of that year.
var decreeDate = time.Date(2021, 6, 8, 0, 0, 0, 0, bilingual.WIB).Format(time.DateOnly)
