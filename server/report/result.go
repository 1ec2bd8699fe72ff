package report

import (
	"fmt"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// Result is what the document of a result is made of. An imported result has no score.
type Result struct {
	Result     *meritv1.Result
	Score      *meritv1.Score // with items
	Assessor   string         // of the cycle; of the instrument for an imported result
	Instrument *instrument.Instrument
	Language   Language
}

// made is when the result came to be, as far as it is known.
func (r *Result) made() time.Time {
	if r.Result.GetDeterminedAt() != nil {
		return r.Result.GetDeterminedAt().AsTime()
	}
	return time.Date(int(r.Result.GetYear()), time.December, 31, 0, 0, 0, 0, time.UTC)
}

// PDF returns the result explained.
func (r *Result) PDF() ([]byte, error) {
	l := r.Language
	title := l.say("Hasil Penilaian Sistem Merit", "Result of the Merit System Assessment")
	d := newDocument(l, title+" "+r.Result.GetAgencyName(), r.Assessor, r.made(), "P")
	d.foot = fmt.Sprintf("%s · %s · %d", title, r.Result.GetAgencyName(), r.Result.GetYear())
	d.AddPage()
	d.letterhead(r.Assessor, l.say("Indeks Sistem Merit dalam Manajemen Aparatur Sipil Negara", "Merit System Index in Civil Service Management"))
	d.title("", l.say("HASIL PENILAIAN PENERAPAN SISTEM MERIT", "RESULT OF THE MERIT SYSTEM ASSESSMENT"), r.Result.GetAgencyName(), fmt.Sprint(r.Result.GetYear()))
	d.facts(r.facts()...)
	for _, notice := range r.notices() {
		d.notice(notice)
	}
	if r.Score == nil {
		d.paragraph(r.unexplained())
		return d.bytes()
	}
	d.heading(l.say("Nilai tiap aspek", "Aspects"))
	d.scoreTable(r.Instrument, stageScore{l.say("Nilai", "Points"), r.Score})
	r.items(d)
	return d.bytes()
}

// facts are what is told of the result as a whole.
func (r *Result) facts() [][2]string {
	l, res := r.Language, r.Result
	decree := res.GetDecreeNumber()
	if decree != "" && res.GetDecreeDate() != "" {
		decree += l.say(", tanggal ", ", dated ") + l.day(res.GetDecreeDate())
	}
	year := fmt.Sprint(res.GetYear())
	if res.GetYearUncertain() {
		year += l.say(" (tahun tidak pasti)", " (the year is uncertain)")
	}
	return [][2]string{
		{l.say("Instansi", "Agency"), res.GetAgencyName()},
		{l.say("Kode", "Code"), res.GetAgencyCode()},
		{l.say("Jenis", "Kind"), l.kind(res.GetAgencyKind())},
		{l.say("Tahun", "Year"), year},
		{l.say("Instrumen", "Instrument"), r.Instrument.Title},
		{l.say("Nilai", "Total"), l.number(res.GetTotal())},
		{l.say("Indeks", "Index"), l.number(res.GetIndex())},
		{l.say("Kategori", "Category"), l.category(r.Instrument, res.GetCategory(), res.GetCategoryName())},
		{l.say("Keputusan", "Decree"), decree},
		{l.say("Berlaku sampai", "Valid until"), l.day(res.GetValidUntil())},
		{l.say("Sumber", "Source"), res.GetSource()},
		{l.say("Nomor hasil", "Result id"), res.GetId()},
	}
}

// notices are what must not be overlooked.
func (r *Result) notices() (all []string) {
	l := r.Language
	if r.Result.GetCorrectedBy() != "" {
		all = append(all, fmt.Sprintf(l.say("Hasil ini sudah dikoreksi dan tidak berlaku lagi. Yang berlaku: %s.",
			"This result was corrected and is no longer in force. In force is: %s."), r.Result.GetCorrectedBy()))
	}
	if r.Result.GetCorrects() != "" {
		all = append(all, fmt.Sprintf(l.say("Hasil ini mengoreksi hasil %s.", "This result corrects the result %s."), r.Result.GetCorrects()))
	}
	if r.Result.GetRestsOnReconstructed() {
		all = append(all, l.reconstructed())
	}
	return all
}

func (r *Result) unexplained() string {
	return r.Language.say("Hasil ini diumumkan di tempat lain dan dimasukkan ke layanan ini menurut sumbernya. Rinciannya tiap aspek dan butir tidak diketahui.",
		"This result was published elsewhere and brought into this service as its source has it. Its aspects and items are not known.")
}

// items explains every item: level x weight = points.
func (r *Result) items(d *document) {
	l := r.Language
	d.heading(l.say("Penjelasan tiap butir", "Every item explained"))
	weighted := r.Score.GetHasTotal()
	if weighted {
		d.paragraph(l.say("Nilai butir = tingkat × bobot. Butir yang tidak dijawab atau tidak terbukti dihitung 0. Nilai instansi adalah jumlah nilai semua butir yang berlaku.",
			"Points of an item = level × weight. An item that is unanswered or not proven counts 0. The total is the sum over all items that apply."))
	}
	columns := []column{{l.say("Butir", "Item"), 14, "L"}, {l.say("Uraian", "Name"), 88, "L"}, {l.say("Tingkat", "Level"), 22, "C"}}
	if weighted {
		columns = append(columns, column{l.say("Bobot", "Weight"), 15, "R"}, column{l.say("Nilai", "Points"), 15, "R"}, column{l.say("Maks.", "Max."), 16, "R"})
	}
	var rows []row
	for _, a := range r.Score.GetAspects() {
		head := row{cells: []string{a.GetAspect(), l.aspect(r.Instrument, a), ""}, strong: true}
		if weighted {
			head.cells = append(head.cells, "", l.number(a.GetPoints()), l.number(a.GetMaximum()))
		} else {
			head.cells[2] = l.number(a.GetMaturity())
		}
		rows = append(rows, head)
		for _, i := range a.GetItems() {
			rows = append(rows, row{cells: r.item(i, weighted)})
		}
	}
	d.table(columns, rows)
	d.reconstructedNote(r.Result.GetRestsOnReconstructed())
	d.aloneNote(r.Result.GetSingleAdministrator(), r.Result.GetSingleOfficer())
}

func (r *Result) item(i *meritv1.ItemScore, weighted bool) []string {
	l := r.Language
	name := l.item(r.Instrument, i.GetItem(), i.GetName())
	if i.GetReconstructed() {
		name += "*"
	}
	if !i.GetApplicable() {
		return []string{i.GetItem(), name, l.notApplicable()}
	}
	cells := []string{i.GetItem(), name, l.answer(r.Instrument, i.GetItem(), i.GetAnswer())}
	if weighted {
		cells = append(cells, l.number(i.GetWeight()), l.number(i.GetPoints()), l.number(i.GetMaximum()))
	}
	return cells
}
