package cli

import (
	"cmp"
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// VerificationCmd groups the verifiers' desk.
type VerificationCmd struct {
	Work     VerificationWorkCmd     `cmd:"" help:"List work. ¦ Daftar pekerjaan."`
	Load     VerificationLoadCmd     `cmd:"" help:"Show open and finished work per verifier. ¦ Tampilkan beban tiap verifikator."`
	Assign   VerificationAssignCmd   `cmd:"" help:"Give assessments to verifiers. ¦ Bagikan penilaian kepada verifikator."`
	Start    VerificationStartCmd    `cmd:"" help:"Begin to verify. ¦ Mulai memverifikasi."`
	Set      VerificationSetCmd      `cmd:"" help:"Decide one item. ¦ Putuskan satu butir."`
	Ask      VerificationAskCmd      `cmd:"" help:"Open a round of questions. ¦ Buka putaran pertanyaan."`
	Close    VerificationCloseCmd    `cmd:"" help:"Close a round of questions. ¦ Tutup putaran pertanyaan."`
	Complete VerificationCompleteCmd `cmd:"" help:"Sign off and release the minutes. ¦ Sahkan dan rilis berita acara."`
	Minutes  VerificationMinutesCmd  `cmd:"" help:"Show the Berita Acara Verifikasi. ¦ Tampilkan Berita Acara Verifikasi."`
}

// VerificationWorkCmd lists work.
type VerificationWorkCmd struct {
	Paging
	Cycle      string                        `help:"Only this cycle. ¦ Hanya siklus ini."`
	State      enum[meritv1.AssessmentState] `placeholder:"STATE" help:"Only this state. ¦ Hanya keadaan ini."`
	Verifier   string                        `placeholder:"ID" help:"Only of this account. ¦ Hanya milik akun ini."`
	Unassigned bool                          `help:"Only without a verifier. ¦ Hanya yang belum ada verifikatornya."`
}

// Run lists a page of work with age and progress.
func (cmd *VerificationWorkCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	answer, err := c.api.Verifications.ListWork(c, &meritv1.ListWorkRequest{
		CycleId: cycle, State: meritv1.AssessmentState(cmd.State), VerifierId: cmd.Verifier, Unassigned: cmd.Unassigned, PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeWork(w, answer.GetWork())
		c.more(w, answer.GetNextPageToken())
	})
}

func (c *Context) writeWork(w io.Writer, work []*meritv1.Work) {
	t := c.newTable("Assessment ¦ Penilaian", "Agency ¦ Instansi", "State ¦ Keadaan", ">Decided ¦ >Diputus", ">Differing ¦ >Berbeda", ">Days ¦ >Hari", "Verifier ¦ Verifikator")
	for _, item := range work {
		a := item.GetAssessment()
		t.row(a.GetId(), a.GetAgencyName(), c.word(a.GetState()),
			fmt.Sprintf("%d/%d", item.GetDecided(), a.GetApplicable()), item.GetDiffering(), item.GetDaysSinceSubmission(), a.GetVerifier().GetName())
	}
	t.write(w)
}

// VerificationLoadCmd shows load.
type VerificationLoadCmd struct {
	Cycle string `arg:"" help:"Name or id of the cycle. ¦ Nama atau id siklus."`
}

// Run prints a line per verifier.
func (cmd *VerificationLoadCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	answer, err := c.api.Verifications.GetLoad(c, &meritv1.GetLoadRequest{CycleId: cycle})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Verifier ¦ Verifikator", "Region ¦ Wilayah", ">Waiting ¦ >Menunggu", ">In verification ¦ >Diverifikasi", ">Verified ¦ >Terverifikasi")
		for _, load := range answer.GetLoads() {
			t.row(load.GetVerifier().GetName(), load.GetRegion(), load.GetWaiting(), load.GetInVerification(), load.GetVerified())
		}
		t.write(w)
		fmt.Fprintln(w, c.sayf("%d without a verifier ¦ %d belum ada verifikatornya", answer.GetUnassigned()))
	})
}

// VerificationAssignCmd assigns verifiers.
type VerificationAssignCmd struct {
	Assessments []string `arg:"" help:"Assessment ids. ¦ Id penilaian."`
	To          string   `placeholder:"ID" help:"Account of the verifier; by region and load when left out. ¦ Akun verifikator; menurut wilayah dan beban bila kosong."`
	Reason      string   `help:"Why another verifier is replaced. ¦ Alasan mengganti verifikator."`
}

// Run assigns all of them or none.
func (cmd *VerificationAssignCmd) Run(c *Context) error {
	request := &meritv1.AssignVerifierRequest{}
	for _, id := range cmd.Assessments {
		request.Assignments = append(request.Assignments, &meritv1.Assignment{AssessmentId: id, AccountId: cmd.To, Reason: cmd.Reason})
	}
	answer, err := c.api.Verifications.AssignVerifier(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeWork(w, answer.GetWork()) })
}

// VerificationStartCmd begins to verify.
type VerificationStartCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run opens the assessment for decisions.
func (cmd *VerificationStartCmd) Run(c *Context) error {
	revision, err := c.revision(cmd.ID)
	if err != nil {
		return err
	}
	answer, err := c.api.Verifications.StartVerification(c, &meritv1.StartVerificationRequest{AssessmentId: cmd.ID, Revision: revision})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAssessments(w, []*meritv1.Assessment{answer.GetAssessment()}) })
}

// VerificationSetCmd decides one item.
type VerificationSetCmd struct {
	ID     string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Item   string `arg:"" help:"Item code. ¦ Kode butir."`
	Level  string `arg:"" help:"Level, option, or NOT_PROVEN. ¦ Tingkat, pilihan, atau NOT_PROVEN."`
	Reason string `help:"Mandatory where it differs from the claim. ¦ Wajib bila berbeda dari klaim."`
}

// Run decides the item and prints the verified total so far.
func (cmd *VerificationSetCmd) Run(c *Context) error {
	answer, err := c.api.Verifications.SetVerified(c, &meritv1.SetVerifiedRequest{
		AssessmentId: cmd.ID, Item: cmd.Item, Answer: answerFrom(cmd.Item, cmd.Level), Reason: cmd.Reason,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("%d of %d items decided ¦ %d dari %d butir diputus", answer.GetDecided(), answer.GetApplicable()))
		c.writeScore(w, answer.GetVerifiedScore())
	})
}

// VerificationAskCmd opens a round of questions.
type VerificationAskCmd struct {
	ID        string     `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Questions []question `arg:"" placeholder:"ITEM=QUESTION" help:"A question on each item. ¦ Pertanyaan untuk tiap butir."`
	Until     string     `required:"" placeholder:"YYYY-MM-DD" help:"Last day for answers. ¦ Hari terakhir menjawab."`
	Repair    bool       `help:"Also open the items to a new claim. ¦ Buka juga butir untuk klaim baru."`
}

// Run opens the round.
func (cmd *VerificationAskCmd) Run(c *Context) error {
	request := &meritv1.OpenClarificationRequest{AssessmentId: cmd.ID, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: cmd.Until}
	if cmd.Repair {
		request.Kind = meritv1.RoundKind_ROUND_KIND_REPAIR
	}
	for _, asked := range cmd.Questions {
		request.Questions = append(request.Questions, &meritv1.ClarificationQuestion{Item: asked.item, Question: asked.text})
	}
	answer, err := c.api.Verifications.OpenClarification(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeRound(w, answer.GetClarification()) })
}

// VerificationCloseCmd closes a round.
type VerificationCloseCmd struct {
	ID    string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Round string `arg:"" help:"Round id. ¦ Id putaran."`
}

// Run closes the round as it was read.
func (cmd *VerificationCloseCmd) Run(c *Context) error {
	rounds, err := c.api.Verifications.ListClarifications(c, &meritv1.ListClarificationsRequest{AssessmentId: cmd.ID})
	if err != nil {
		return err
	}
	request := &meritv1.CloseClarificationRequest{ClarificationId: cmd.Round}
	for _, round := range rounds.GetClarifications() {
		if round.GetId() == cmd.Round {
			request.Revision = round.GetRevision()
		}
	}
	answer, err := c.api.Verifications.CloseClarification(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeRound(w, answer.GetClarification()) })
}

// VerificationCompleteCmd signs off.
type VerificationCompleteCmd struct {
	ID     string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Number string `required:"" help:"Number of the minutes. ¦ Nomor berita acara."`
}

// Run completes the verification and prints the minutes.
func (cmd *VerificationCompleteCmd) Run(c *Context) error {
	revision, err := c.revision(cmd.ID)
	if err != nil {
		return err
	}
	answer, err := c.api.Verifications.CompleteVerification(c, &meritv1.CompleteVerificationRequest{AssessmentId: cmd.ID, Revision: revision, MinutesNumber: cmd.Number})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeMinutes(w, answer.GetMinutes()) })
}

// VerificationMinutesCmd shows the minutes.
type VerificationMinutesCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run prints the minutes.
func (cmd *VerificationMinutesCmd) Run(c *Context) error {
	answer, err := c.api.Verifications.GetMinutes(c, &meritv1.GetMinutesRequest{AssessmentId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeMinutes(w, answer.GetMinutes()) })
}

func (c *Context) writeMinutes(w io.Writer, m *meritv1.Minutes) {
	fmt.Fprintln(w, c.sayf("Minutes of verification %s ¦ Berita Acara Verifikasi %s", cmp.Or(clean(m.GetNumber()), c.Say("(not released) ¦ (belum dirilis)"))))
	fmt.Fprintf(w, "%s, %s\n%s  %s\n\n", clean(m.GetAgencyName()), clean(m.GetCycleName()), clean(m.GetAssessor()), when(m.GetReleasedAt()))
	t := c.newTable("Item ¦ Butir", "Name ¦ Nama", ">Claimed ¦ >Klaim", ">Verified ¦ >Verifikasi", "Reason ¦ Alasan")
	for _, d := range m.GetDifferences() {
		t.row(d.GetItem(), d.GetName(), c.answerText(d.GetClaimed()), c.answerText(d.GetVerified()), d.GetReason())
	}
	t.write(w)
	fmt.Fprintln(w)
	c.writeScore(w, m.GetVerified())
}
