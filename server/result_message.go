package server

import (
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/store"
)

// resultMessage says a result in the words of the contract. The instrument is the one it was made with.
func resultMessage(r *store.Result, in *instrument.Instrument) *meritv1.Result {
	m := &meritv1.Result{
		Id: r.ID, AgencyId: r.AgencyID, AgencyCode: r.AgencyCode, AgencyName: r.AgencyName, AgencyKind: agencyKindMessage(r.AgencyKind),
		ProvinceId: r.ProvinceID, Year: int32(r.Year), InstrumentId: r.InstrumentID, CycleId: r.CycleID, HasTotal: r.HasTotal,
		Index: r.Index, Category: r.Category, CategoryName: categoryName(in, r.Category), DecreeNumber: r.DecreeNumber,
		DecreeDate: r.DecreeDate, ValidUntil: r.ValidUntil, RestsOnReconstructed: r.Reconstructed, Imported: r.Imported,
		YearUncertain: r.YearUncertain, Source: r.Source, Corrects: r.Corrects, CorrectedBy: r.CorrectedBy, AssessmentId: r.AssessmentID,
		SingleAdministrator: r.SingleAdministrator, SingleOfficer: r.SingleOfficer,
	}
	if r.HasTotal {
		m.Total = r.Total.String()
	}
	if !r.Imported {
		m.DeterminedAt = timestamp(r.RecordedAt)
	}
	return m
}

// categoryName is what a category is called; empty for none.
func categoryName(in *instrument.Instrument, code string) string {
	for i := range in.Categories {
		if in.Categories[i].Code == code {
			return in.Categories[i].Name
		}
	}
	return ""
}

// categoryRank is the place of a category among those of the instrument, ascending from 0; -1 for none.
func categoryRank(in *instrument.Instrument, code string) int {
	for i := range in.Categories {
		if in.Categories[i].Code == code {
			return i
		}
	}
	return -1
}

// meanPoints is an average, rounded once, half up, to two decimals.
func meanPoints(sum scoring.Points, n int) string {
	const step = 10 // two decimals of thousandths
	d := int64(n) * step
	return (scoring.Points((int64(sum)+d/2)/d) * step).Fixed(2)
}
