package server

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strconv"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/fault"
	"github.com/meritindex/merit/server/report"
	"github.com/meritindex/merit/server/store"
)

// filledIn is a workbook beside the sheet that it would change.
type filledIn struct {
	*filling
	book     *report.Filled
	notes    map[string]string // of the claims that stand
	cells    []report.Cell     // of the changes, in their order
	changes  []*meritv1.WorkbookChange
	mistakes []fault.Violation // by sheet and cell: Aspek 1!D7
	items    []string          // of the mistakes
}

// compare finds what a workbook changes and what is wrong in it.
func (f *filling) compare(book *report.Filled) (*filledIn, error) {
	if book.Assessment != f.ID {
		return nil, errForeignWorkbook
	}
	digest := f.in.Digest()
	if book.Instrument != f.in.ID || book.InstrumentDigest != hex.EncodeToString(digest[:]) {
		return nil, fault.New(meritv1.Reason_REASON_IMPORT_INVALID,
			"Kertas kerja ini memakai instrumen %s, sedangkan penilaian memakai %s. Unduh kertas kerja yang baru.",
			"This workbook uses the instrument %s, the assessment uses %s. Export the workbook anew.", book.Instrument, f.in.ID)
	}
	w := &filledIn{filling: f, book: book, notes: map[string]string{}}
	newest, err := f.tx.NewestDecisions(f.ID)
	if err != nil {
		return nil, err
	}
	for _, d := range newest {
		if d.Stage == store.StageClaimed {
			w.notes[d.Item] = d.Note
		}
	}
	for _, m := range book.Mistakes {
		w.mistake(m.Sheet, m.Cell, m.Item, fault.Violation{Reason: meritv1.Reason_REASON_IMPORT_INVALID, Text: m.Text})
	}
	for _, c := range book.Cells {
		if err := w.change(c); err != nil {
			return nil, err
		}
	}
	return w, nil
}

func (w *filledIn) mistake(sheet, cell, item string, v fault.Violation) {
	v.Field = sheet + "!" + cell
	w.mistakes, w.items = append(w.mistakes, v), append(w.items, item)
}

// change takes what one row says when it differs from what the workbook was exported with, and from what stands now.
func (w *filledIn) change(c report.Cell) error {
	base, stands, note := w.book.Base[c.Item], w.Sheet.Item(c.Item).Claimed, w.notes[c.Item]
	differs := func(value, note string) bool {
		return c.Value != strings.TrimSpace(value) || c.Note != report.InCell(note)
	}
	if !differs(base.Value, base.Note) || !differs(written(stands), note) {
		return nil
	}
	answer, wrong := answerOf(w.in, c.Item, c.Value)
	if wrong != nil {
		w.mistake(c.Sheet, c.ValueCell, c.Item, *wrong)
		return nil
	}
	save := &meritv1.SaveAnswerRequest{AssessmentId: w.ID, Item: c.Item, Answer: answer, Note: c.Note}
	var broken *fault.Error
	if err := validate(save); errors.As(err, &broken) {
		for _, v := range broken.Violations {
			w.place(c, v)
		}
		return nil
	} else if err != nil {
		return err
	}
	from := standingAnswer(stands)
	if from == nil {
		from = &meritv1.Answer{}
	}
	w.changes, w.cells = append(w.changes, &meritv1.WorkbookChange{
		Item: c.Item, Name: itemName(w.in, c.Item), Sheet: c.Sheet, Cell: c.ValueCell, From: from, To: answer,
		FromNote: note, ToNote: c.Note, AnsweredSince: stands.Seq != base.Sequence,
	}), append(w.cells, c)
	return nil
}

// place names the cell of a mistake that was found in a field of an answer.
func (w *filledIn) place(c report.Cell, v fault.Violation) {
	at := c.ValueCell
	if strings.HasSuffix(v.Field, "note") {
		at = c.NoteCell
	}
	w.mistake(c.Sheet, at, c.Item, v)
}

// answerOf reads a cell as the answer to its item. Whether the scale has the level, readAnswer tells.
func answerOf(in *instrument.Instrument, code, value string) (*meritv1.Answer, *fault.Violation) {
	if value == "" {
		return &meritv1.Answer{}, nil
	}
	if field, ok := strings.CutPrefix(code, profilePrefix); ok {
		if f := profileField(in, field); f != nil && f.Kind == instrument.FieldChoice {
			return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: value}}, nil
		}
		return &meritv1.Answer{Value: &meritv1.Answer_Text{Text: value}}, nil
	}
	if item := in.ItemByCode(code); item != nil && item.Kind == scoring.Choice {
		return &meritv1.Answer{Value: &meritv1.Answer_Choice{Choice: value}}, nil
	}
	n, err := strconv.ParseInt(value, 10, 32)
	if err != nil {
		return nil, refused("", meritv1.Reason_REASON_LEVEL_OFF_SCALE,
			"%q bukan tingkat. Pilihlah tingkat %d sampai %d, atau kosongkan selnya.",
			"%q is no level. Choose a level from %d to %d, or empty the cell.", shorten(value, 40), in.Scale.Min, in.Scale.Max)
	}
	return level(int(n)), nil
}

// itemName is what an item or a profile field is called.
func itemName(in *instrument.Instrument, code string) string {
	if field, ok := strings.CutPrefix(code, profilePrefix); ok {
		if f := profileField(in, field); f != nil {
			return f.Label
		}
	} else if item := in.ItemByCode(code); item != nil {
		return item.Title()
	}
	return code
}

// put adds the changes to the answers that would be saved, checks them as SaveAnswers does, and returns what would be
// scored. What is wrong is in mistakes.
func (w *filledIn) put() (*scoring.Sheet, error) {
	for i, c := range w.changes {
		w.add(strconv.Itoa(i), &meritv1.AnswerChange{Item: c.GetItem(), Answer: c.GetTo(), Note: c.GetToNote()})
	}
	sheet, err := w.weigh()
	for _, v := range w.wrong {
		number, _, _ := strings.Cut(v.Field, ".")
		i, convErr := strconv.Atoi(number)
		if convErr != nil {
			return nil, fmt.Errorf("a mistake in %q, which is no change of the workbook", v.Field)
		}
		w.place(w.cells[i], v)
	}
	return sheet, err
}

// digest names the workbook and the claims that it was compared with.
func (w *filledIn) digest(workbook [sha256.Size]byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "merit-workbook-preview-1\n%s\n%d\n%x\n", w.ID, w.Revision, workbook)
	for i := range w.Sheet.Items {
		if item := &w.Sheet.Items[i]; item.Claimed.Seq > 0 {
			fmt.Fprintf(h, "%s %d\n", item.Item, item.Claimed.Seq)
		}
	}
	return hex.EncodeToString(h.Sum(nil))
}

// mistakeMessages says the mistakes in the language of the caller.
func (w *filledIn) mistakeMessages(language string) []*meritv1.WorkbookMistake {
	all := make([]*meritv1.WorkbookMistake, len(w.mistakes))
	for i, v := range w.mistakes {
		sheet, cell, _ := strings.Cut(v.Field, "!")
		all[i] = &meritv1.WorkbookMistake{Sheet: sheet, Cell: cell, Item: w.items[i], Reason: v.Reason, Message: v.Text.In(language)}
	}
	return all
}

// refuseWorkbook is REASON_IMPORT_INVALID with every mistake by sheet and cell.
func (w *filledIn) refuseWorkbook() error {
	first := w.mistakes[0]
	return fault.New(meritv1.Reason_REASON_IMPORT_INVALID,
		"%s tidak dapat diterima, maka tidak ada yang disimpan. Perbaiki, lalu unggah lagi buku kerjanya. Yang pertama: %s: %s",
		"%s cannot be accepted, so nothing was stored. Correct the workbook and upload it again. The first: %s: %s",
		fault.Count(len(w.mistakes), "sel", "cell", "cells"), first.Field, first.Text).Add(w.mistakes...)
}
