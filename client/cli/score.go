package cli

import (
	"errors"
	"fmt"
	"io"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/answers"
	"github.com/meritindex/merit/scoring/instrument"
)

// ScoreCmd scores a file of answers without a service.
type ScoreCmd struct {
	File       string                   `arg:"" predictor:"file" help:"Answers as CSV or YAML: item,level,note. ¦ Jawaban dalam CSV atau YAML: item,level,note."`
	Instrument string                   `required:"" help:"Id of a published instrument, or a YAML file. ¦ Id instrumen terbitan, atau berkas YAML."`
	Kind       enum[meritv1.AgencyKind] `default:"kabupaten" help:"Kind of agency, which decides what items apply. ¦ Jenis instansi, yang menentukan butir yang berlaku."`
	Target     string                   `placeholder:"CATEGORY" help:"Also show the cheapest way to this category. ¦ Tampilkan juga jalan termurah ke kategori ini."`
}

// Run reads the answers, scores them and prints every item's points; for programs a merit.v1.Score, and with --target
// a merit.v1.SuggestPathResponse after it.
func (cmd *ScoreCmd) Run(c *Context) error {
	in, err := c.localInstrument(cmd.Instrument)
	if err != nil {
		return err
	}
	sheet, err := cmd.sheet(c, in.Scoring())
	if err != nil {
		return err
	}
	var path scoring.Path
	if cmd.Target != "" {
		if path, err = in.Scoring().CheapestPath(sheet, cmd.Target); err != nil {
			return cmd.noPath(c, in, err)
		}
	}
	score := scored.Sheet(in, sheet, scored.WithItems)
	if err := c.show(score, func(w io.Writer) {
		c.writeItemScores(w, score)
		fmt.Fprintln(w)
		c.writeScore(w, score)
	}); err != nil || cmd.Target == "" {
		return err
	}
	steps := scored.Path(in, path)
	return c.show(steps, func(w io.Writer) {
		fmt.Fprintln(w)
		c.writePath(w, steps)
	})
}

// noPath says why there is no way to the target.
func (cmd *ScoreCmd) noPath(c *Context, in *instrument.Instrument, err error) error {
	switch {
	case errors.Is(err, scoring.ErrUnknownCategory):
		var codes []string
		for _, category := range in.Categories {
			codes = append(codes, category.Code)
		}
		return Mistake("--target: %q is none of %s ¦ --target: %q tidak termasuk %s", cmd.Target, strings.Join(codes, ", "))
	case errors.Is(err, scoring.ErrNoTotal):
		return Mistake("--target: the instrument %s has no total and no categories yet ¦ --target: instrumen %s belum memiliki nilai total dan kategori", in.ID)
	case errors.Is(err, scoring.ErrUnreachable):
		return errors.New(c.sayf("%s cannot be reached even with every applicable item at the highest level ¦ "+
			"%s tidak tercapai sekalipun setiap butir yang berlaku berada di tingkat tertinggi", cmd.Target))
	}
	return err
}

func (cmd *ScoreCmd) sheet(c *Context, in *scoring.Instrument) (*scoring.Sheet, error) {
	data, err := c.read(cmd.File)
	if err != nil {
		return nil, err
	}
	rows, err := answers.Parse(cmd.File, data)
	if err != nil {
		return nil, err
	}
	kind := strings.TrimPrefix(meritv1.AgencyKind(cmd.Kind).String(), "AGENCY_KIND_")
	sheet, err := in.NewSheet(scoring.AgencyKind(kind))
	if err != nil {
		return nil, err
	}
	return sheet, answers.Fill(cmd.File, rows, sheet)
}
