package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/answers"
)

// AssessCmd groups what an agency does with its assessment.
type AssessCmd struct {
	Start     AssessStartCmd     `cmd:"" help:"Open this agency's assessment in a cycle. ¦ Buka penilaian instansi dalam suatu siklus."`
	List      AssessListCmd      `cmd:"" help:"List assessments. ¦ Daftar penilaian."`
	Show      AssessShowCmd      `cmd:"" help:"Show answers and score. ¦ Tampilkan jawaban dan nilai."`
	Answer    AssessAnswerCmd    `cmd:"" help:"Answer one item. ¦ Jawab satu butir."`
	Fill      AssessFillCmd      `cmd:"" help:"Answer many items from CSV or YAML, all or none. ¦ Jawab banyak butir dari CSV atau YAML, semua atau tidak sama sekali."`
	Form      AssessFormCmd      `cmd:"" help:"Write the answers as CSV, to fill in offline. ¦ Tulis jawaban sebagai CSV untuk diisi luring."`
	Assign    AssessAssignCmd    `cmd:"" help:"Ask a colleague to answer items. ¦ Minta rekan menjawab butir."`
	Check     AssessCheckCmd     `cmd:"" help:"List everything that blocks submission. ¦ Daftar semua yang menghalangi pengajuan."`
	Simulate  AssessSimulateCmd  `cmd:"" help:"Score with other levels; nothing is stored. ¦ Hitung dengan tingkat lain; tidak disimpan."`
	Path      AssessPathCmd      `cmd:"" help:"Show the cheapest way to a category. ¦ Tampilkan jalan termurah ke suatu kategori."`
	Submit    AssessSubmitCmd    `cmd:"" help:"Sign and lock the sheet. ¦ Tanda tangani dan kunci lembar."`
	Recall    AssessRecallCmd    `cmd:"" help:"Take a submitted sheet back. ¦ Tarik kembali lembar yang diajukan."`
	Return    AssessReturnCmd    `cmd:"" help:"Give an incomplete sheet back to its agency. ¦ Kembalikan lembar yang belum lengkap kepada instansinya."`
	History   AssessHistoryCmd   `cmd:"" help:"Show every decision and step. ¦ Tampilkan semua keputusan dan langkah."`
	Watch     AssessWatchCmd     `cmd:"" help:"Follow what happens, until interrupted. ¦ Ikuti kejadian sampai dihentikan."`
	Questions AssessQuestionsCmd `cmd:"" help:"Show the verifier's questions and their answers. ¦ Tampilkan pertanyaan verifikator dan jawabannya."`
	Respond   AssessRespondCmd   `cmd:"" help:"Answer a verifier's question. ¦ Jawab pertanyaan verifikator."`
}

// answerFrom reads an answer as people write it: a level, NOT_PROVEN, an option, or nothing to clear.
func answerFrom(item, given string) *meritv1.Answer {
	if given == "" {
		return nil
	}
	if strings.EqualFold(given, answers.NotProven) {
		return &meritv1.Answer{Value: &meritv1.Answer_NotProven{NotProven: true}}
	}
	if level, err := strconv.ParseInt(given, 10, 32); err == nil && !isProfile(item) {
		return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: int32(level)}}
	}
	if isProfile(item) {
		return &meritv1.Answer{Value: &meritv1.Answer_Text{Text: given}}
	}
	return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: given}}
}

// profilePrefix begins the code of a field of the profile where items and fields stand together.
const profilePrefix = "profile."

func isProfile(item string) bool { return strings.HasPrefix(item, profilePrefix) }

// answerReader returns how answers to an assessment are read: as answerFrom does, but for the fields of the profile that
// are answered with an option, which only its instrument knows.
func (c *Context) answerReader(assessment string, withProfile bool) (func(item, given string) *meritv1.Answer, error) {
	if !withProfile {
		return answerFrom, nil
	}
	a, err := c.api.Assessments.GetAssessment(c, &meritv1.GetAssessmentRequest{AssessmentId: assessment})
	if err != nil {
		return nil, err
	}
	in, err := c.api.Instruments.GetInstrument(c, &meritv1.GetInstrumentRequest{InstrumentId: a.GetAssessment().GetInstrumentId()})
	if err != nil {
		return nil, err
	}
	choices := map[string]bool{}
	for _, field := range in.GetInstrument().GetProfile() {
		choices[profilePrefix+field.GetCode()] = field.GetKind() == "CHOICE"
	}
	return func(item, given string) *meritv1.Answer {
		if choices[item] && given != "" {
			return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: given}}
		}
		return answerFrom(item, given)
	}, nil
}

// answerText is an answer as people read it.
func (c *Context) answerText(a *meritv1.Answer) string {
	switch v := a.GetValue().(type) {
	case *meritv1.Answer_Level:
		return strconv.Itoa(int(v.Level))
	case *meritv1.Answer_Choice:
		return v.Choice
	case *meritv1.Answer_Text:
		return v.Text
	case *meritv1.Answer_NotProven:
		return c.Say("not proven ¦ tidak terbukti")
	}
	return "-"
}

// AssessStartCmd opens an assessment.
type AssessStartCmd struct {
	Cycle     string `arg:"" help:"Name or id of the cycle. ¦ Nama atau id siklus."`
	CarryOver bool   `help:"Bring last year's answers and citations of comparable items along. ¦ Bawa jawaban dan kutipan tahun lalu untuk butir yang sebanding."`
	Early     bool   `help:"Although the result is still valid. ¦ Walaupun hasil masih berlaku."`
}

// Run starts the next attempt of the agency acted for.
func (cmd *AssessStartCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	answer, err := c.api.Assessments.StartAssessment(c, &meritv1.StartAssessmentRequest{CycleId: cycle, CarryOver: cmd.CarryOver, StartEarly: cmd.Early})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAssessments(w, []*meritv1.Assessment{answer.GetAssessment()}) })
}

// writeAssessments prints a line for each. Until when the agency may work on one is known where it was asked for by
// itself, not in lists.
func (c *Context) writeAssessments(w io.Writer, assessments []*meritv1.Assessment) {
	headings := []string{"Id", "Cycle ¦ Siklus", "Agency ¦ Instansi", "State ¦ Keadaan", ">Answered ¦ >Terjawab"}
	if slices.ContainsFunc(assessments, func(a *meritv1.Assessment) bool { return a.GetClosesAt() != nil }) {
		headings = append(headings, "Until ¦ Sampai")
	}
	t := c.newTable(headings...)
	for _, a := range assessments {
		cells := []any{a.GetId(), a.GetCycleName(), a.GetAgencyName(), c.word(a.GetState()), fmt.Sprintf("%d/%d", a.GetAnswered(), a.GetApplicable()), when(a.GetClosesAt())}
		t.row(cells[:len(headings)]...)
	}
	t.write(w)
}

// AssessListCmd lists assessments.
type AssessListCmd struct {
	Paging
	Cycle  string                        `help:"Only this cycle. ¦ Hanya siklus ini."`
	Agency string                        `placeholder:"CODE" help:"Only this agency. ¦ Hanya instansi ini."`
	State  enum[meritv1.AssessmentState] `placeholder:"STATE" help:"Only this state. ¦ Hanya keadaan ini."`
	Mine   bool                          `help:"Only where items are assigned to you. ¦ Hanya yang butirnya ditugaskan kepada Anda."`
}

// Run lists a page of assessments, newest first.
func (cmd *AssessListCmd) Run(c *Context) error {
	cycle, err := c.cycleID(cmd.Cycle)
	if err != nil {
		return err
	}
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Assessments.ListAssessments(c, &meritv1.ListAssessmentsRequest{
		CycleId: cycle, AgencyId: agency, State: meritv1.AssessmentState(cmd.State), AssignedToMe: cmd.Mine, PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeAssessments(w, answer.GetAssessments())
		c.more(w, answer.GetNextPageToken())
	})
}

// AssessShowCmd shows one assessment.
type AssessShowCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run prints every item with its decisions side by side, and the score.
func (cmd *AssessShowCmd) Run(c *Context) error {
	answer, err := c.api.Assessments.GetAssessment(c, &meritv1.GetAssessmentRequest{
		AssessmentId: cmd.ID, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAssessment(w, answer.GetAssessment()) })
}

func (c *Context) writeAssessment(w io.Writer, a *meritv1.Assessment) {
	c.writeAssessments(w, []*meritv1.Assessment{a})
	fmt.Fprintln(w)
	t := c.newTable("Item ¦ Butir", ">Claimed ¦ >Klaim", ">Verified ¦ >Verifikasi", ">Determined ¦ >Penetapan", ">Evidence ¦ >Bukti", "Note ¦ Catatan")
	for _, item := range a.GetItems() {
		note := item.GetVerified().GetNote()
		t.row(item.GetItem(), c.answerText(item.GetClaimed().GetAnswer()), c.answerText(item.GetVerified().GetAnswer()),
			c.answerText(item.GetDetermined().GetAnswer()), item.GetCitationCount(), cmp.Or(note, item.GetClaimed().GetNote()))
	}
	t.write(w)
	fmt.Fprintln(w)
	c.writeScore(w, a.GetScore())
}

// AssessAnswerCmd answers one item.
type AssessAnswerCmd struct {
	ID    string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Item  string `arg:"" help:"Item code. ¦ Kode butir."`
	Level string `arg:"" optional:"" help:"Level or option; nothing clears the answer. ¦ Tingkat atau pilihan; kosong menghapus jawaban."`
	Note  string `help:"Explanation. ¦ Penjelasan."`
}

// Run saves the claim and prints the new total.
func (cmd *AssessAnswerCmd) Run(c *Context) error {
	read, err := c.answerReader(cmd.ID, isProfile(cmd.Item))
	if err != nil {
		return err
	}
	answer, err := c.api.Assessments.SaveAnswer(c, &meritv1.SaveAnswerRequest{
		AssessmentId: cmd.ID, Item: cmd.Item, Answer: read(cmd.Item, cmd.Level), Note: cmd.Note,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeScore(w, answer.GetScore()) })
}

// AssessFillCmd answers many items from a file.
type AssessFillCmd struct {
	ID   string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	File string `arg:"" predictor:"file" help:"CSV or YAML: item,level,note. ¦ CSV atau YAML: item,level,note."`
}

// Run saves all answers or none; mistakes name their line.
func (cmd *AssessFillCmd) Run(c *Context) error {
	data, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	rows, err := answers.Parse(cmd.File, data)
	if err != nil {
		return err
	}
	read, err := c.answerReader(cmd.ID, slices.ContainsFunc(rows, func(row answers.Row) bool { return isProfile(row.Item) }))
	if err != nil {
		return err
	}
	request := &meritv1.SaveAnswersRequest{AssessmentId: cmd.ID}
	lines := make([]int, 0, len(rows))
	for _, row := range rows {
		if row.Level == "" {
			continue
		}
		request.Answers = append(request.Answers, &meritv1.AnswerChange{Item: row.Item, Answer: read(row.Item, row.Level), Note: row.Note})
		lines = append(lines, row.Line)
	}
	answer, err := c.api.Assessments.SaveAnswers(c, request)
	if err != nil {
		return inFile(err, cmd.File, "answers", lines)
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("%d answer{s} saved. ¦ %d jawaban disimpan.", len(answer.GetClaimed())))
		c.writeScore(w, answer.GetScore())
	})
}

// AssessFormCmd writes the answers as a file.
type AssessFormCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run writes CSV that merit assess fill reads back.
func (cmd *AssessFormCmd) Run(c *Context) error {
	answer, err := c.api.Assessments.GetAssessment(c, &meritv1.GetAssessmentRequest{
		AssessmentId: cmd.ID, View: meritv1.AssessmentView_ASSESSMENT_VIEW_FULL,
	})
	if err != nil {
		return err
	}
	rows := make([]answers.Row, 0, len(answer.GetAssessment().GetItems()))
	for _, item := range answer.GetAssessment().GetItems() {
		row := answers.Row{Item: item.GetItem(), Note: item.GetClaimed().GetNote()}
		if item.GetClaimed().GetAnswer().GetValue() != nil {
			row.Level = c.answerText(item.GetClaimed().GetAnswer())
		}
		rows = append(rows, row)
	}
	if c.Output == outputJSON {
		return writeRows(c.Out, rows)
	}
	return answers.WriteCSV(c.Out, rows)
}

// writeRows writes answers as JSON: an object with item, level and note for each.
func writeRows(w io.Writer, rows []answers.Row) error {
	type row struct {
		Item  string `json:"item"`
		Level string `json:"level"`
		Note  string `json:"note"`
	}
	list := make([]row, len(rows))
	for i, r := range rows {
		list[i] = row{r.Item, r.Level, r.Note}
	}
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(list)
}

// AssessAssignCmd asks a colleague for answers.
type AssessAssignCmd struct {
	ID      string   `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Account string   `arg:"" help:"Account id of the colleague. ¦ Id akun rekan."`
	Items   []string `arg:"" help:"Item codes. ¦ Kode butir."`
	Remove  bool     `help:"Take the request back. ¦ Batalkan penugasan."`
}

// Run assigns the items or takes them back.
func (cmd *AssessAssignCmd) Run(c *Context) error {
	answer, err := c.api.Assessments.AssignItems(c, &meritv1.AssignItemsRequest{
		AssessmentId: cmd.ID, AccountId: cmd.Account, Items: cmd.Items, Remove: cmd.Remove,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Item ¦ Butir", "Assigned to ¦ Ditugaskan kepada")
		for _, item := range answer.GetItems() {
			names := make([]string, 0, len(item.GetAssigned()))
			for _, person := range item.GetAssigned() {
				names = append(names, person.GetName())
			}
			t.row(item.GetItem(), strings.Join(names, ", "))
		}
		t.write(w)
	})
}
