package cli

import (
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// AssessQuestionsCmd lists the clarification rounds of an assessment.
type AssessQuestionsCmd struct {
	ID string `arg:"" help:"Assessment id. ¦ Id penilaian."`
}

// Run prints every round with its questions and answers.
func (cmd *AssessQuestionsCmd) Run(c *Context) error {
	answer, err := c.api.Verifications.ListClarifications(c, &meritv1.ListClarificationsRequest{AssessmentId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		for _, round := range answer.GetClarifications() {
			c.writeRound(w, round)
		}
	})
}

func (c *Context) writeRound(w io.Writer, round *meritv1.Clarification) {
	state := c.Say("closed ¦ ditutup")
	if round.GetOpen() {
		state = c.Say("open until ¦ dibuka sampai") + " " + when(round.GetClosesAt())
	}
	fmt.Fprintf(w, "%d  %s  %s  %s\n", round.GetNumber(), c.word(round.GetKind()), state, round.GetId())
	t := c.newTable("Item ¦ Butir", "Question ¦ Pertanyaan", "Answer ¦ Jawaban", "By ¦ Oleh")
	for _, item := range round.GetItems() {
		var last *meritv1.ClarificationAnswer
		if n := len(item.GetAnswers()); n > 0 {
			last = item.GetAnswers()[n-1]
		}
		t.row(item.GetItem(), item.GetQuestion(), last.GetAnswer(), last.GetAnsweredBy().GetName())
	}
	t.write(w)
	fmt.Fprintln(w)
}

// AssessRespondCmd answers a question.
type AssessRespondCmd struct {
	Round  string `arg:"" help:"Round id, from merit assess questions. ¦ Id putaran, dari merit assess questions."`
	Item   string `arg:"" help:"Item code. ¦ Kode butir."`
	Answer string `arg:"" help:"The answer. ¦ Jawaban."`
}

// Run adds the answer.
func (cmd *AssessRespondCmd) Run(c *Context) error {
	answer, err := c.api.Verifications.AnswerClarification(c, &meritv1.AnswerClarificationRequest{ClarificationId: cmd.Round, Item: cmd.Item, Answer: cmd.Answer})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeRound(w, answer.GetClarification()) })
}
