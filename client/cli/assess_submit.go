package cli

import (
	"errors"
	"fmt"
	"io"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// revision reads the revision of an assessment, so that a step is refused when somebody took one meanwhile.
func (c *Context) revision(assessment string) (int64, error) {
	answer, err := c.api.Assessments.GetAssessment(c, &meritv1.GetAssessmentRequest{AssessmentId: assessment})
	return answer.GetAssessment().GetRevision(), err
}

// AssessCheckCmd lists what blocks submission.
type AssessCheckCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run prints everything that is missing and fails when anything is.
func (cmd *AssessCheckCmd) Run(c *Context) error {
	answer, err := c.api.Assessments.CheckCompleteness(c, &meritv1.CheckCompletenessRequest{AssessmentId: cmd.ID})
	if err != nil {
		return err
	}
	if err := c.show(answer, func(w io.Writer) { c.writeBlockers(w, answer.GetBlockers()) }); err != nil {
		return err
	}
	if len(answer.GetBlockers()) > 0 {
		return errors.New(c.sayf("missing: %d ¦ belum lengkap: %d", len(answer.GetBlockers())))
	}
	return nil
}

func (c *Context) writeBlockers(w io.Writer, blockers []*meritv1.Blocker) {
	if len(blockers) == 0 {
		fmt.Fprintln(w, c.Say("Nothing is missing: it can be submitted. ¦ Lengkap: dapat diajukan."))
		return
	}
	t := c.newTable("Item ¦ Butir", "What ¦ Hal")
	for _, b := range blockers {
		t.row(b.GetItem(), b.GetMessage())
	}
	t.write(w)
}

// AssessSimulateCmd scores with some answers changed.
type AssessSimulateCmd struct {
	ID      string   `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Changes []change `arg:"" placeholder:"ITEM=LEVEL" help:"Changed answers, like 1.1=4. ¦ Jawaban yang diubah, seperti 1.1=4."`
}

// Run prints total and category before and after.
func (cmd *AssessSimulateCmd) Run(c *Context) error {
	request := &meritv1.SimulateRequest{AssessmentId: cmd.ID}
	read, err := c.answerReader(cmd.ID, slices.ContainsFunc(cmd.Changes, func(changed change) bool { return isProfile(changed.item) }))
	if err != nil {
		return err
	}
	for _, changed := range cmd.Changes {
		request.Changes = append(request.Changes, &meritv1.Change{Item: changed.item, Answer: read(changed.item, changed.level)})
	}
	answer, err := c.api.Assessments.Simulate(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		before, after := answer.GetBefore(), answer.GetAfter()
		if !after.GetHasTotal() {
			c.writeMaturities(w, before, after)
			return
		}
		t := c.newTable(" ", ">Total ¦ >Nilai", ">Index ¦ >Indeks", "Category ¦ Kategori", ">To the next ¦ >Ke berikutnya")
		t.row(c.Say("now ¦ kini"), before.GetTotal(), before.GetIndex(), before.GetCategoryName(), before.GetDistance())
		t.row(c.Say("changed ¦ diubah"), after.GetTotal(), after.GetIndex(), after.GetCategoryName(), after.GetDistance())
		t.write(w)
	})
}

// writeMaturities prints the aspects of two scores beside each other, for an instrument without a total.
func (c *Context) writeMaturities(w io.Writer, before, after *meritv1.Score) {
	t := c.newTable("Aspect ¦ Aspek", "Name ¦ Nama", ">Now ¦ >Kini", ">Changed ¦ >Diubah")
	for i, a := range after.GetAspects() {
		t.row(a.GetAspect(), a.GetName(), before.GetAspects()[i].GetMaturity(), a.GetMaturity())
	}
	t.write(w)
}

// AssessPathCmd shows the cheapest way to a category.
type AssessPathCmd struct {
	ID       string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Category string `arg:"" optional:"" help:"Category code; the next one when left out. ¦ Kode kategori; yang berikutnya bila kosong."`
}

// Run prints the level raises with the total after each.
func (cmd *AssessPathCmd) Run(c *Context) error {
	answer, err := c.api.Assessments.SuggestPath(c, &meritv1.SuggestPathRequest{AssessmentId: cmd.ID, Category: cmd.Category})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writePath(w, answer) })
}

// AssessSubmitCmd submits.
type AssessSubmitCmd struct {
	ID               string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Letter           string `help:"Number of the signed letter. ¦ Nomor surat yang ditandatangani."`
	AcceptUnanswered bool   `help:"Submit although items are unanswered; they count 0. ¦ Ajukan walaupun ada butir kosong; dihitung 0."`
}

// Run submits the sheet as it was read; what is missing is listed.
func (cmd *AssessSubmitCmd) Run(c *Context) error {
	revision, err := c.revision(cmd.ID)
	if err != nil {
		return err
	}
	answer, err := c.api.Assessments.Submit(c, &meritv1.SubmitRequest{
		AssessmentId: cmd.ID, Revision: revision, AcceptUnanswered: cmd.AcceptUnanswered, LetterNumber: cmd.Letter,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAssessments(w, []*meritv1.Assessment{answer.GetAssessment()}) })
}

// AssessRecallCmd takes a submission back.
type AssessRecallCmd struct {
	ID     string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Reason string `required:"" help:"Why. ¦ Alasan."`
}

// Run recalls the sheet.
func (cmd *AssessRecallCmd) Run(c *Context) error {
	revision, err := c.revision(cmd.ID)
	if err != nil {
		return err
	}
	answer, err := c.api.Assessments.Recall(c, &meritv1.RecallRequest{AssessmentId: cmd.ID, Revision: revision, Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAssessments(w, []*meritv1.Assessment{answer.GetAssessment()}) })
}

// AssessReturnCmd gives a sheet back to its agency.
type AssessReturnCmd struct {
	ID     string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Reason string `required:"" help:"What is missing. ¦ Yang belum lengkap."`
}

// Run returns the sheet.
func (cmd *AssessReturnCmd) Run(c *Context) error {
	revision, err := c.revision(cmd.ID)
	if err != nil {
		return err
	}
	answer, err := c.api.Assessments.Return(c, &meritv1.ReturnRequest{AssessmentId: cmd.ID, Revision: revision, Reason: cmd.Reason})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAssessments(w, []*meritv1.Assessment{answer.GetAssessment()}) })
}

// AssessHistoryCmd shows the history.
type AssessHistoryCmd struct {
	ID   string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Item string `arg:"" optional:"" help:"Only this item. ¦ Hanya butir ini."`
	Paging
}

// Run prints a page of decisions and steps, oldest first.
func (cmd *AssessHistoryCmd) Run(c *Context) error {
	answer, err := c.api.Assessments.GetHistory(c, &meritv1.GetHistoryRequest{
		AssessmentId: cmd.ID, Item: cmd.Item, PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("When ¦ Waktu", "By ¦ Oleh", "What ¦ Hal", "Item ¦ Butir", ">Answer ¦ >Jawaban", "Reason ¦ Alasan")
		for _, event := range answer.GetEvents() {
			c.eventRow(t, event)
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

func (c *Context) eventRow(t *table, e *meritv1.HistoryEvent) {
	if e.GetStep() != "" {
		t.row(when(e.GetAt()), e.GetBy().GetName(), e.GetStep(), "", c.word(e.GetToState()), e.GetReason())
		return
	}
	t.row(when(e.GetAt()), e.GetBy().GetName(), c.word(e.GetStage()), e.GetItem(), c.answerText(e.GetDecision().GetAnswer()), e.GetDecision().GetNote())
}

// AssessWatchCmd follows an assessment.
type AssessWatchCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run prints each event as it comes, a line or a JSON object each, until interrupted; also what happened while the service
// was away.
func (cmd *AssessWatchCmd) Run(c *Context) error {
	for news, err := range c.api.Watch(c, cmd.ID) {
		if err != nil {
			return err
		}
		err = c.show(news, func(w io.Writer) {
			t := &table{headings: make([]string, 6)}
			c.eventRow(t, news.GetEvent())
			t.writeRows(w)
		})
		if err != nil {
			return err
		}
	}
	return nil
}
