package report

import (
	"fmt"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
)

// SessionMinutes is what the minutes of a plenary session are made of. Those of an open session are a draft.
type SessionMinutes struct {
	Session         *meritv1.Session // with agenda
	Cycle, Assessor string           // names
	Instrument      *instrument.Instrument
	Language        Language
}

// PDF returns the minutes to be signed.
func (m *SessionMinutes) PDF() ([]byte, error) {
	l, s := m.Language, m.Session
	made := s.GetOpenedAt().AsTime()
	if s.GetClosedAt() != nil {
		made = s.GetClosedAt().AsTime()
	}
	title := l.say("Risalah Sidang Pleno", "Minutes of the Plenary Session")
	d := newDocument(l, title+": "+s.GetTitle(), m.Assessor, made, "P")
	d.draft = s.GetState() != meritv1.SessionState_SESSION_STATE_CLOSED
	d.foot = title + " · " + s.GetTitle() + " · " + l.day(s.GetHeldOn())
	d.AddPage()
	d.letterhead(m.Assessor, l.say("Indeks Sistem Merit dalam Manajemen Aparatur Sipil Negara", "Merit System Index in Civil Service Management"))
	d.title("", l.say("RISALAH SIDANG PLENO", "MINUTES OF THE PLENARY SESSION"), strings.ToUpper(s.GetTitle()))
	m.opening(d)
	m.attendance(d)
	m.overview(d)
	for i, item := range s.GetAgenda() {
		m.item(d, i+1, item)
	}
	m.closing(d)
	return d.bytes()
}

func (m *SessionMinutes) opening(d *document) {
	l, s := m.Language, m.Session
	if d.draft {
		d.notice(l.say("KONSEP: sidang belum ditutup. Tidak satu pun isinya sudah ditetapkan.",
			"DRAFT: the session is not closed. Nothing in it is determined yet."))
	}
	decree := s.GetDecreeNumber()
	if decree != "" {
		decree += l.say(", tanggal ", ", dated ") + l.day(s.GetDecreeDate())
	}
	closed := ""
	if s.GetClosedAt() != nil {
		closed = l.moment(s.GetClosedAt().AsTime())
	}
	d.facts(
		[2]string{l.say("Hari sidang", "Held on"), l.day(s.GetHeldOn())},
		[2]string{l.say("Siklus penilaian", "Cycle"), m.Cycle},
		[2]string{l.say("Instrumen", "Instrument"), m.Instrument.Title},
		[2]string{l.say("Dibuka", "Opened"), l.moment(s.GetOpenedAt().AsTime())},
		[2]string{l.say("Ditutup", "Closed"), closed},
		[2]string{l.say("Keputusan penetapan", "Decree"), decree},
	)
	for _, item := range s.GetAgenda() {
		if item.GetRestsOnReconstructed() {
			d.reconstructed()
			break
		}
	}
}

func (m *SessionMinutes) attendance(d *document) {
	l := m.Language
	d.heading(l.say("Kehadiran", "Attendance"))
	var rows []row
	for i, a := range m.Session.GetAttendance() {
		present := l.say("tidak hadir", "absent")
		if a.GetPresent() {
			present = l.say("hadir", "present")
		}
		rows = append(rows, row{cells: []string{fmt.Sprint(i + 1), a.GetCommissioner().GetName(), present}})
	}
	if len(rows) == 0 {
		d.paragraph(l.say("Kehadiran belum dicatat.", "No attendance is recorded."))
		return
	}
	d.table([]column{{l.say("No.", "No."), 12, "C"}, {l.say("Komisioner", "Commissioner"), 118, "L"}, {l.say("Kehadiran", "Attendance"), 40, "C"}}, rows)
}

// overview lists every agency with its outcome.
func (m *SessionMinutes) overview(d *document) {
	l := m.Language
	d.heading(l.say("Putusan", "Decisions"))
	var rows []row
	for i, item := range m.Session.GetAgenda() {
		score := item.GetDetermined()
		rows = append(rows, row{cells: []string{
			fmt.Sprint(i + 1), item.GetAgencyName(), m.outcome(item), l.number(score.GetTotal()), l.number(score.GetIndex()),
			l.category(m.Instrument, score.GetCategory(), score.GetCategoryName()),
		}})
	}
	if len(rows) == 0 {
		d.paragraph(l.say("Sidang ini tidak punya mata acara.", "This session has no agenda."))
		return
	}
	d.table([]column{
		{l.say("No.", "No."), 12, "C"},
		{l.say("Instansi", "Agency"), 66, "L"},
		{l.say("Putusan", "Decision"), 34, "L"},
		{l.say("Nilai", "Total"), 18, "R"},
		{l.say("Indeks", "Index"), 16, "R"},
		{l.say("Kategori", "Category"), 26, "L"},
	}, rows)
}

func (m *SessionMinutes) outcome(item *meritv1.AgendaItem) string {
	l := m.Language
	switch item.GetOutcome() {
	case meritv1.Outcome_OUTCOME_ADOPTED:
		return l.say("diterima", "adopted")
	case meritv1.Outcome_OUTCOME_CHANGED:
		return l.say("diterima dengan perubahan", "adopted with changes")
	case meritv1.Outcome_OUTCOME_POSTPONED:
		return l.say("ditunda", "postponed")
	}
	return l.say("belum diputus", "not decided")
}

// item tells how one agency was decided on.
func (m *SessionMinutes) item(d *document, number int, item *meritv1.AgendaItem) {
	l := m.Language
	d.need(60)
	d.heading(fmt.Sprintf("%d. %s", number, item.GetAgencyName()))
	if item.GetCorrects() != "" {
		d.paragraph(l.say("Mata acara ini mengoreksi penetapan sebelumnya.", "This item corrects an earlier determination."))
	}
	d.scoreTable(m.Instrument,
		stageScore{l.say("Klaim", "Claimed"), item.GetClaimed()}, stageScore{l.say("Verifikasi", "Verified"), item.GetVerified()},
		stageScore{l.say("Putusan", "Determined"), item.GetDetermined()})
	d.need(5 * textHeight)
	acknowledged := ""
	if item.GetRestsOnReconstructed() {
		acknowledged = l.say("bertumpu pada butir yang direkonstruksi; ", "rests on reconstructed items; ") +
			l.pick(item.GetAcknowledgedReconstructed(), l.say("diakui dalam sidang", "acknowledged in the session"), l.say("belum diakui", "not acknowledged"))
	}
	d.facts(
		[2]string{l.say("Putusan", "Decision"), m.outcome(item)},
		[2]string{l.say("Alasan", "Reason"), item.GetReason()},
		[2]string{l.say("Kuorum", "Quorum"), fmt.Sprintf(l.say("%d berhak memutus, dibutuhkan %d", "%d entitled to decide, %d needed"), item.GetEligible(), item.GetNeededQuorum())},
		[2]string{l.say("Mayoritas", "Majority"), m.majority(item)},
		[2]string{l.say("Rekonstruksi", "Reconstruction"), acknowledged},
	)
	m.votes(d, item)
	m.disputed(d, item)
}

func (l Language) pick(yes bool, a, b string) string {
	if yes {
		return a
	}
	return b
}

func (m *SessionMinutes) majority(item *meritv1.AgendaItem) string {
	favour := 0
	for _, v := range item.GetVotes() {
		if v.GetVote() == meritv1.VoteKind_VOTE_KIND_IN_FAVOUR {
			favour++
		}
	}
	return fmt.Sprintf(m.Language.say("%d suara setuju, dibutuhkan %d", "%d votes in favour, %d needed"), favour, item.GetNeededVotes())
}

// votes lists who voted how, who dissented and who stood aside.
func (m *SessionMinutes) votes(d *document, item *meritv1.AgendaItem) {
	l := m.Language
	names := map[meritv1.VoteKind]string{
		meritv1.VoteKind_VOTE_KIND_IN_FAVOUR: l.say("setuju", "in favour"),
		meritv1.VoteKind_VOTE_KIND_AGAINST:   l.say("menolak", "against"),
		meritv1.VoteKind_VOTE_KIND_ABSTAINED: l.say("abstain", "abstained"),
	}
	var rows []row
	for _, v := range item.GetVotes() {
		rows = append(rows, row{cells: []string{v.GetCommissioner().GetName(), names[v.GetVote()], v.GetDissent()}})
	}
	for _, r := range item.GetRecusals() {
		rows = append(rows, row{cells: []string{r.GetCommissioner().GetName(), l.say("mengundurkan diri", "recused"), r.GetReason()}})
	}
	if len(rows) > 0 {
		d.table([]column{
			{l.say("Komisioner", "Commissioner"), 62, "L"}, {l.say("Suara", "Vote"), 32, "L"}, {l.say("Pendapat berbeda atau alasan", "Dissent or reason"), 76, "L"},
		}, rows)
	}
}

func (m *SessionMinutes) disputed(d *document, item *meritv1.AgendaItem) {
	l := m.Language
	var rows []row
	for _, i := range item.GetDisputed() {
		reason := i.GetVerified().GetNote()
		if i.GetDetermined() != nil {
			reason = i.GetDetermined().GetNote()
		}
		say := func(dec *meritv1.Decision) string { return l.answer(m.Instrument, i.GetItem(), dec.GetAnswer()) }
		determined := i.GetDetermined()
		if determined == nil {
			determined = i.GetVerified()
		}
		rows = append(rows, row{cells: []string{
			i.GetItem(), l.item(m.Instrument, i.GetItem(), i.GetName()), say(i.GetClaimed()), say(i.GetVerified()), say(determined), reason,
		}})
	}
	if len(rows) == 0 {
		return
	}
	d.table([]column{
		{l.say("Butir", "Item"), 13, "L"},
		{l.say("Uraian", "Name"), 46, "L"},
		{l.say("Klaim", "Claimed"), 18, "C"},
		{l.say("Verifikasi", "Verified"), 19, "C"},
		{l.say("Putusan", "Decided"), 19, "C"},
		{l.say("Alasan", "Reason"), 55, "L"},
	}, rows)
}

func (m *SessionMinutes) closing(d *document) {
	l := m.Language
	var signers []signer
	for _, a := range m.Session.GetAttendance() {
		if a.GetPresent() {
			signers = append(signers, signer{l.say("Komisioner", "Commissioner"), a.GetCommissioner().GetName()})
		}
	}
	for len(signers) > 0 {
		n := min(len(signers), 3)
		d.signatures("", signers[:n]...)
		signers = signers[n:]
	}
}
