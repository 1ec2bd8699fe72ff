package report

import (
	"fmt"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// Minutes is what a Berita Acara Verifikasi is made of. Without an id the minutes are not released, and are a draft.
type Minutes struct {
	Minutes    *meritv1.Minutes
	Instrument *instrument.Instrument
	Language   Language
}

// PDF returns the minutes to be signed.
func (m *Minutes) PDF() ([]byte, error) {
	l, data := m.Language, m.Minutes
	made := time.Unix(0, 0)
	if data.GetReleasedAt() != nil {
		made = data.GetReleasedAt().AsTime()
	}
	title := l.say("Berita Acara Verifikasi", "Minutes of Verification")
	d := newDocument(l, title+" "+data.GetAgencyName(), data.GetAssessor(), made, "P")
	d.draft = data.GetId() == ""
	d.foot = title + " · " + data.GetAgencyName() + " · " + data.GetCycleName()
	d.AddPage()
	d.letterhead(data.GetAssessor(), l.say("Indeks Sistem Merit dalam Manajemen Aparatur Sipil Negara", "Merit System Index in Civil Service Management"))
	d.title(data.GetNumber(), l.say("BERITA ACARA VERIFIKASI", "MINUTES OF VERIFICATION"),
		l.say("PENILAIAN MANDIRI PENERAPAN SISTEM MERIT", "OF THE SELF-ASSESSMENT OF THE MERIT SYSTEM"))
	m.opening(d, made)
	m.results(d)
	m.differences(d)
	m.clarifications(d)
	m.items(d)
	m.closing(d, made)
	return d.bytes()
}

func (m *Minutes) opening(d *document, made time.Time) {
	l, data := m.Language, m.Minutes
	if d.draft {
		d.notice(l.say("KONSEP: verifikasi belum disahkan. Isi dokumen ini masih dapat berubah.",
			"DRAFT: the verification is not signed off. What stands here may still change."))
		d.paragraph(l.say("Verifikasi atas penilaian mandiri penerapan sistem merit berikut sedang berlangsung:",
			"The verification of the following self-assessment of the merit system is under way:"))
	} else {
		d.paragraph(fmt.Sprintf(l.say("Pada hari %s, tanggal %s, telah disahkan hasil verifikasi atas penilaian mandiri penerapan sistem merit berikut:",
			"On %s, %s, the result of the verification of the following self-assessment of the merit system was signed off:"),
			l.weekday(made), l.date(made)))
	}
	d.facts(
		[2]string{l.say("Instansi", "Agency"), data.GetAgencyName()},
		[2]string{l.say("Siklus penilaian", "Cycle"), data.GetCycleName()},
		[2]string{l.say("Instrumen", "Instrument"), m.Instrument.Title},
		[2]string{l.say("Verifikator", "Verifier"), data.GetVerifier().GetName()},
		[2]string{l.say("Disahkan oleh", "Signed off by"), data.GetLeadVerifier().GetName()},
	)
	if data.GetRestsOnReconstructed() {
		d.reconstructed()
	}
}

func (m *Minutes) results(d *document) {
	l := m.Language
	d.heading(l.say("1. Hasil verifikasi", "1. Result of the verification"))
	d.scoreTable(m.Instrument,
		stageScore{l.say("Penilaian mandiri", "Self-assessment"), m.Minutes.GetClaimed()},
		stageScore{l.say("Verifikasi", "Verification"), m.Minutes.GetVerified()})
}

func (m *Minutes) differences(d *document) {
	l := m.Language
	d.heading(fmt.Sprintf(l.say("2. Butir yang diputus berbeda dari klaim (%d)", "2. Items decided otherwise than claimed (%d)"), len(m.Minutes.GetDifferences())))
	if len(m.Minutes.GetDifferences()) == 0 {
		d.paragraph(l.say("Semua butir diputus sama dengan klaim instansi.", "Every item was decided as the agency claimed."))
		return
	}
	var rows []row
	for _, i := range m.Minutes.GetDifferences() {
		rows = append(rows, row{cells: []string{
			i.GetItem(), l.item(m.Instrument, i.GetItem(), i.GetName()), l.answer(m.Instrument, i.GetItem(), i.GetClaimed()),
			l.answer(m.Instrument, i.GetItem(), i.GetVerified()), i.GetReason(),
		}})
	}
	d.table([]column{
		{l.say("Butir", "Item"), 14, "L"},
		{l.say("Uraian", "Name"), 52, "L"},
		{l.say("Klaim", "Claimed"), 19, "C"},
		{l.say("Verifikasi", "Verified"), 20, "C"},
		{l.say("Alasan", "Reason"), 65, "L"},
	}, rows)
}

func (m *Minutes) clarifications(d *document) {
	l := m.Language
	d.heading(l.say("3. Klarifikasi dan perbaikan", "3. Clarification and repair"))
	if len(m.Minutes.GetClarifications()) == 0 {
		d.paragraph(l.say("Tidak ada klarifikasi yang diminta.", "No clarification was asked for."))
		return
	}
	for _, c := range m.Minutes.GetClarifications() {
		kind := l.say("klarifikasi", "clarification")
		if c.GetKind() == meritv1.RoundKind_ROUND_KIND_REPAIR {
			kind = l.say("perbaikan", "repair")
		}
		d.paragraph(fmt.Sprintf(l.say("Putaran %d (%s), dibuka %s, sampai dengan %s.", "Round %d (%s), opened on %s, until %s."),
			c.GetNumber(), kind, l.date(c.GetOpenedAt().AsTime()), l.day(c.GetLastDay())))
		var rows []row
		for _, i := range c.GetItems() {
			answer := l.say("(tidak dijawab)", "(not answered)")
			if n := len(i.GetAnswers()); n > 0 {
				answer = i.GetAnswers()[n-1].GetAnswer()
			}
			rows = append(rows, row{cells: []string{i.GetItem(), i.GetQuestion(), answer}})
		}
		d.table([]column{
			{l.say("Butir", "Item"), 14, "L"}, {l.say("Pertanyaan", "Question"), 78, "L"}, {l.say("Jawaban instansi", "Answer of the agency"), 78, "L"},
		}, rows)
	}
}

// items is the annex: every item with what was claimed, what was verified, and how that counts.
func (m *Minutes) items(d *document) {
	l := m.Language
	d.heading(l.say("4. Penilaian tiap butir", "4. Every item"))
	weighted := m.Minutes.GetVerified().GetHasTotal()
	columns := []column{
		{l.say("Butir", "Item"), 14, "L"}, {l.say("Uraian", "Name"), 82, "L"}, {l.say("Klaim", "Claimed"), 19, "C"}, {l.say("Verifikasi", "Verified"), 21, "C"},
	}
	if weighted {
		columns = append(columns, column{l.say("Bobot", "Weight"), 16, "R"}, column{l.say("Nilai", "Points"), 18, "R"})
	}
	var rows []row
	for _, a := range m.Minutes.GetVerified().GetAspects() {
		rows = append(rows, row{cells: []string{a.GetAspect(), l.aspect(m.Instrument, a)}, strong: true})
		for _, i := range a.GetItems() {
			rows = append(rows, m.item(i, weighted))
		}
	}
	d.table(columns, rows)
	d.reconstructedNote(m.Minutes.GetRestsOnReconstructed())
	d.aloneNote(false, m.Minutes.GetSingleOfficer())
}

func (m *Minutes) item(i *meritv1.ItemScore, weighted bool) row {
	l := m.Language
	name := l.item(m.Instrument, i.GetItem(), i.GetName())
	if i.GetReconstructed() {
		name += "*"
	}
	if !i.GetApplicable() {
		return row{cells: []string{i.GetItem(), name, "", l.notApplicable()}}
	}
	r := row{cells: []string{
		i.GetItem(), name, l.answer(m.Instrument, i.GetItem(), itemScore(m.Minutes.GetClaimed(), i.GetItem()).GetAnswer()),
		l.answer(m.Instrument, i.GetItem(), i.GetAnswer()),
	}}
	if weighted {
		r.cells = append(r.cells, l.number(i.GetWeight()), l.number(i.GetPoints()))
	}
	return r
}

// reconstructedNote explains the mark of reconstructed items.
func (d *document) reconstructedNote(rests bool) {
	if rests {
		d.font("I", 9)
		d.MultiCell(0, 4.6, western("* "+d.lang.say("butir yang bobot atau rubriknya direkonstruksi.", "item whose weight or rubric is reconstructed.")), "", "L", false)
		d.Ln(2)
	}
}

// aloneNote says where one person did what takes two otherwise.
func (d *document) aloneNote(administrator, officer bool) {
	if administrator {
		d.paragraph(d.lang.say("Ditetapkan ketika layanan ini hanya punya satu administrator, atau ada yang diangkat dalam keadaan darurat tanpa administrator kedua.",
			"Determined while the service had a single administrator, or one appointed in an emergency without a second one."))
	}
	if officer {
		d.paragraph(d.lang.say("Diajukan oleh pengisinya sendiri: instansi ini hanya punya satu petugas.",
			"Submitted by somebody who had filled it in: the agency has one officer."))
	}
}

func (m *Minutes) closing(d *document, made time.Time) {
	l := m.Language
	d.need(70)
	d.paragraph(l.say("Demikian berita acara ini dibuat dengan sebenarnya untuk dipergunakan sebagaimana mestinya.",
		"These minutes were drawn up truthfully, to be used as is proper."))
	place := ""
	if !d.draft {
		place = l.date(made)
	}
	d.signatures(place,
		signer{l.say("Verifikator", "Verifier"), m.Minutes.GetVerifier().GetName()},
		signer{l.say("Mengesahkan,\nKoordinator verifikasi", "Signed off,\nLead verifier"), m.Minutes.GetLeadVerifier().GetName()},
		signer{l.say("Mengetahui,\nPejabat yang berwenang", "Acknowledged,\nApproving official") + "\n" + m.Minutes.GetAgencyName(), ""},
	)
}
