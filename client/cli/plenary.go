package cli

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// PlenaryCmd groups the plenary's sessions.
type PlenaryCmd struct {
	List    PlenaryListCmd    `cmd:"" help:"List sessions. ¦ Daftar sidang."`
	Show    PlenaryShowCmd    `cmd:"" help:"Show a session and its agenda. ¦ Tampilkan sidang dan agendanya."`
	Open    PlenaryOpenCmd    `cmd:"" help:"Open a session. ¦ Buka sidang."`
	Attend  PlenaryAttendCmd  `cmd:"" help:"Record who is present. ¦ Catat kehadiran."`
	Recuse  PlenaryRecuseCmd  `cmd:"" help:"Take a commissioner out of one agency. ¦ Keluarkan komisioner dari satu instansi."`
	Vote    PlenaryVoteCmd    `cmd:"" help:"Vote on an agency. ¦ Berikan suara atas suatu instansi."`
	Decide  PlenaryDecideCmd  `cmd:"" help:"Settle one agency. ¦ Putuskan satu instansi."`
	Close   PlenaryCloseCmd   `cmd:"" help:"Close under a decree: determines. ¦ Tutup dengan keputusan: menetapkan."`
	Correct PlenaryCorrectCmd `cmd:"" help:"Put a determined result on the agenda again. ¦ Agendakan kembali hasil yang sudah ditetapkan."`
}

// PlenaryListCmd lists sessions.
type PlenaryListCmd struct {
	Paging
	Cycle string `help:"Only this cycle. ¦ Hanya siklus ini."`
}

// Run lists a page of sessions, newest first.
func (cmd *PlenaryListCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	answer, err := c.api.Plenary.ListSessions(c, &meritv1.ListSessionsRequest{CycleId: cycle, PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Held on ¦ Tanggal", "Title ¦ Judul", "State ¦ Keadaan", "Decree ¦ Keputusan", "Id")
		for _, s := range answer.GetSessions() {
			t.row(s.GetHeldOn(), s.GetTitle(), c.word(s.GetState()), s.GetDecreeNumber(), s.GetId())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// PlenaryShowCmd shows a session.
type PlenaryShowCmd struct {
	Session string `arg:"" help:"Session id. ¦ Id sidang."`
}

// Run prints attendance and, for every agency, scores, disputed items and votes.
func (cmd *PlenaryShowCmd) Run(c *Context) error {
	answer, err := c.api.Plenary.GetSession(c, &meritv1.GetSessionRequest{SessionId: cmd.Session})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeSession(w, answer.GetSession()) })
}

func (c *Context) writeSession(w io.Writer, s *meritv1.Session) {
	fmt.Fprintf(w, "%s  %s  %s  %s\n", s.GetHeldOn(), clean(s.GetTitle()), c.word(s.GetState()), s.GetId())
	present := make([]string, 0, len(s.GetAttendance()))
	for _, a := range s.GetAttendance() {
		if a.GetPresent() {
			present = append(present, clean(a.GetCommissioner().GetName()))
		}
	}
	fmt.Fprintln(w, c.Say("Present: ¦ Hadir:"), strings.Join(present, ", "))
	for _, item := range s.GetAgenda() {
		fmt.Fprintln(w)
		c.writeAgendaItem(w, item)
	}
}

func (c *Context) writeAgendaItem(w io.Writer, item *meritv1.AgendaItem) {
	fmt.Fprintf(w, "%s  %s\n", clean(item.GetAgencyName()), item.GetAssessmentId())
	if item.GetCorrects() != "" {
		fmt.Fprintln(w, c.sayf("  corrects an earlier determination: %s ¦   mengoreksi penetapan terdahulu: %s", clean(item.GetReason())))
	}
	fmt.Fprintln(w, c.sayf("  claimed %s, verified %s %s, outcome %s ¦   klaim %s, verifikasi %s %s, hasil %s",
		item.GetClaimed().GetTotal(), item.GetVerified().GetTotal(), item.GetVerified().GetCategoryName(), cmp.Or(c.word(item.GetOutcome()), c.Say("not decided ¦ belum diputus"))))
	fmt.Fprintln(w, c.sayf("  %d may vote; quorum %d, votes needed %d ¦   %d berhak bersuara; kuorum %d, perlu %d suara",
		item.GetEligible(), item.GetNeededQuorum(), item.GetNeededVotes()))
	t := c.newTable("Item ¦ Butir", ">Claimed ¦ >Klaim", ">Verified ¦ >Verifikasi", ">Determined ¦ >Penetapan", "Reason ¦ Alasan")
	for _, d := range item.GetDisputed() {
		t.row(d.GetItem(), c.answerText(d.GetClaimed().GetAnswer()), c.answerText(d.GetVerified().GetAnswer()),
			c.answerText(d.GetDetermined().GetAnswer()), cmp.Or(d.GetDetermined().GetNote(), d.GetVerified().GetNote()))
	}
	if len(item.GetDisputed()) > 0 {
		t.write(w)
	}
	for _, r := range item.GetRecusals() {
		fmt.Fprintln(w, c.sayf("  %s: recused, %s ¦   %s: tidak ikut memutuskan, %s", clean(r.GetCommissioner().GetName()), clean(r.GetReason())))
	}
	for _, v := range item.GetVotes() {
		line := fmt.Sprintf("  %s: %s  %s", clean(v.GetCommissioner().GetName()), c.word(v.GetVote()), clean(v.GetDissent()))
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

// PlenaryOpenCmd opens a session.
type PlenaryOpenCmd struct {
	Cycle       string   `arg:"" help:"Name or id of the cycle. ¦ Nama atau id siklus."`
	Title       string   `arg:"" help:"Title. ¦ Judul."`
	Assessments []string `arg:"" help:"Ids of verified assessments. ¦ Id penilaian terverifikasi."`
	On          string   `placeholder:"YYYY-MM-DD" help:"Day of the session; today when left out. ¦ Tanggal sidang; hari ini bila kosong."`
}

// Run opens the session with its agenda.
func (cmd *PlenaryOpenCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	answer, err := c.api.Plenary.OpenSession(c, &meritv1.OpenSessionRequest{
		CycleId: cycle, Title: cmd.Title, HeldOn: cmp.Or(cmd.On, c.today()), AssessmentIds: cmd.Assessments,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeSession(w, answer.GetSession()) })
}

// PlenaryAttendCmd records attendance.
type PlenaryAttendCmd struct {
	Session string   `arg:"" help:"Session id. ¦ Id sidang."`
	Present []string `arg:"" help:"Account ids of the commissioners present. ¦ Id akun komisioner yang hadir."`
	Absent  []string `placeholder:"ID" help:"Account ids of the absent. ¦ Id akun yang tidak hadir."`
}

// Run records who is present and who is not.
func (cmd *PlenaryAttendCmd) Run(c *Context) error {
	request := &meritv1.RecordAttendanceRequest{SessionId: cmd.Session}
	for _, id := range cmd.Present {
		request.Attendance = append(request.Attendance, &meritv1.CommissionerPresence{AccountId: id, Present: true})
	}
	for _, id := range cmd.Absent {
		request.Attendance = append(request.Attendance, &meritv1.CommissionerPresence{AccountId: id})
	}
	answer, err := c.api.Plenary.RecordAttendance(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeSession(w, answer.GetSession()) })
}

// PlenaryRecuseCmd records a recusal.
type PlenaryRecuseCmd struct {
	Session    string `arg:"" help:"Session id. ¦ Id sidang."`
	Assessment string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Account    string `arg:"" help:"Account id of the commissioner. ¦ Id akun komisioner."`
	Reason     string `required:"" help:"Why. ¦ Alasan."`
}

// Run records the recusal.
func (cmd *PlenaryRecuseCmd) Run(c *Context) error {
	answer, err := c.api.Plenary.RecordAttendance(c, &meritv1.RecordAttendanceRequest{
		SessionId: cmd.Session,
		Recusals:  []*meritv1.CommissionerRecusal{{AccountId: cmd.Account, AssessmentId: cmd.Assessment, Reason: cmd.Reason}},
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeSession(w, answer.GetSession()) })
}

// PlenaryVoteCmd votes.
type PlenaryVoteCmd struct {
	Session    string                 `arg:"" help:"Session id. ¦ Id sidang."`
	Assessment string                 `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Vote       enum[meritv1.VoteKind] `arg:"" help:"Your vote. ¦ Suara Anda."`
	Dissent    string                 `help:"A dissent to be kept. ¦ Pendapat berbeda untuk dicatat."`
}

// Run records the caller's own vote.
func (cmd *PlenaryVoteCmd) Run(c *Context) error {
	answer, err := c.api.Plenary.Vote(c, &meritv1.VoteRequest{
		SessionId: cmd.Session, AssessmentId: cmd.Assessment, Vote: meritv1.VoteKind(cmd.Vote), Dissent: cmd.Dissent,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAgendaItem(w, answer.GetItem()) })
}

// PlenaryDecideCmd settles one agency.
type PlenaryDecideCmd struct {
	Session                  string                `arg:"" help:"Session id. ¦ Id sidang."`
	Assessment               string                `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Outcome                  enum[meritv1.Outcome] `arg:"" help:"What is decided. ¦ Keputusan."`
	Level                    []decided             `sep:"none" placeholder:"ITEM=LEVEL=REASON" help:"A level determined otherwise. ¦ Tingkat yang ditetapkan lain."`
	Reason                   string                `help:"Why. ¦ Alasan."`
	AcknowledgeReconstructed bool                  `help:"The plenary knows that items are reconstructed. ¦ Pleno mengetahui adanya butir rekonstruksi."`
}

// Run decides the agenda item.
func (cmd *PlenaryDecideCmd) Run(c *Context) error {
	request := &meritv1.DecideRequest{
		SessionId: cmd.Session, AssessmentId: cmd.Assessment, Reason: cmd.Reason, AcknowledgeReconstructed: cmd.AcknowledgeReconstructed,
		Outcome: meritv1.Outcome(cmd.Outcome),
	}
	for _, d := range cmd.Level {
		request.Levels = append(request.Levels, &meritv1.DeterminedLevel{Item: d.item, Answer: answerFrom(d.item, d.level), Reason: d.reason})
	}
	answer, err := c.api.Plenary.Decide(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAgendaItem(w, answer.GetItem()) })
}

// PlenaryCloseCmd closes a session.
type PlenaryCloseCmd struct {
	Session string `arg:"" help:"Session id. ¦ Id sidang."`
	Decree  string `required:"" help:"Number of the decree. ¦ Nomor keputusan."`
	Date    string `required:"" placeholder:"YYYY-MM-DD" help:"Date of the decree. ¦ Tanggal keputusan."`
}

// Run closes the session as it was read and prints the results.
func (cmd *PlenaryCloseCmd) Run(c *Context) error {
	session, err := c.api.Plenary.GetSession(c, &meritv1.GetSessionRequest{SessionId: cmd.Session})
	if err != nil {
		return err
	}
	answer, err := c.api.Plenary.CloseSession(c, &meritv1.CloseSessionRequest{
		SessionId: cmd.Session, Revision: session.GetSession().GetRevision(), DecreeNumber: cmd.Decree, DecreeDate: cmd.Date,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Agency ¦ Instansi", ">Total ¦ >Nilai", ">Index ¦ >Indeks", "Category ¦ Kategori", "Valid until ¦ Berlaku sampai", "Result ¦ Hasil")
		for _, r := range answer.GetResults() {
			t.row(r.GetAgencyName(), r.GetTotal(), r.GetIndex(), r.GetCategoryName(), r.GetValidUntil(), r.GetId())
		}
		t.write(w)
	})
}

// PlenaryCorrectCmd begins a correction.
type PlenaryCorrectCmd struct {
	Session string `arg:"" help:"Id of an open session. ¦ Id sidang yang terbuka."`
	Result  string `arg:"" help:"Id of the result in force. ¦ Id hasil yang berlaku."`
	Reason  string `required:"" help:"Why. ¦ Alasan."`
}

// Run puts the assessment on the agenda for a new, linked determination.
func (cmd *PlenaryCorrectCmd) Run(c *Context) error {
	answer, err := c.api.Plenary.CorrectDetermination(c, &meritv1.CorrectDeterminationRequest{SessionId: cmd.Session, ResultId: cmd.Result, Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAgendaItem(w, answer.GetItem()) })
}
