package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/answers"
	"github.com/meritindex/merit/scoring/instrument"
)

// ScoreCmd scores a file of answers without a service.
type ScoreCmd struct {
	File       string `arg:"" type:"existingfile" help:"Answers as CSV or YAML: item,level,note. ¦ Jawaban dalam CSV atau YAML: item,level,note."`
	Instrument string `required:"" help:"Id of a published instrument, or a YAML file. ¦ Id instrumen terbitan, atau berkas YAML."`
	Kind       string `default:"kabupaten" help:"Kind of agency: it decides which items apply. ¦ Jenis instansi: menentukan butir yang berlaku."`
	Target     string `placeholder:"CATEGORY" help:"Also show the cheapest way to this category. ¦ Tampilkan juga jalan termurah ke kategori ini."`
}

// Run reads the answers, scores them and prints every item's points.
func (cmd *ScoreCmd) Run(c *Context) error {
	in, err := c.localInstrument(cmd.Instrument)
	if err != nil {
		return err
	}
	sheet, err := cmd.sheet(in.Scoring())
	if err != nil {
		return err
	}
	result := new(scoring.Result)
	in.Scoring().Score(sheet, result)
	out := localScore(in, result)
	if cmd.Target != "" {
		if out.Path, err = localPath(in.Scoring(), sheet, cmd.Target); err != nil {
			return err
		}
	}
	if c.Output == "json" {
		encoder := json.NewEncoder(c.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(out)
	}
	c.writeLocalScore(c.Out, out)
	return nil
}

func (cmd *ScoreCmd) sheet(in *scoring.Instrument) (*scoring.Sheet, error) {
	of, err := kind(cmd.Kind)
	if err != nil {
		return nil, err
	}
	data, err := os.ReadFile(cmd.File)
	if err != nil {
		return nil, err
	}
	rows, err := answers.Parse(cmd.File, data)
	if err != nil {
		return nil, err
	}
	sheet, err := in.NewSheet(scoring.AgencyKind(short(of, "AGENCY_KIND_")))
	if err != nil {
		return nil, err
	}
	return sheet, answers.Fill(cmd.File, rows, sheet)
}

// scoreOutput is a score made without a service; points are exact decimals.
type scoreOutput struct {
	Instrument string         `json:"instrument"`
	Total      string         `json:"total,omitempty"`
	Maximum    string         `json:"maximum,omitempty"`
	Index      string         `json:"index,omitempty"`
	Category   string         `json:"category,omitempty"`
	Next       string         `json:"next_category,omitempty"`
	Distance   string         `json:"distance,omitempty"`
	Aspects    []aspectOutput `json:"aspects"`
	Items      []itemOutput   `json:"items"`
	Path       []stepOutput   `json:"path,omitempty"`
}

type aspectOutput struct {
	Aspect   string `json:"aspect"`
	Name     string `json:"name"`
	Points   string `json:"points"`
	Maximum  string `json:"maximum"`
	Maturity string `json:"maturity,omitempty"`
}

type itemOutput struct {
	Item   string `json:"item"`
	State  string `json:"state"`
	Level  int    `json:"level"`
	Weight string `json:"weight"`
	Points string `json:"points"`
}

type stepOutput struct {
	Item  string `json:"item"`
	From  int    `json:"from"`
	To    int    `json:"to"`
	Total string `json:"total_after"`
}

func localScore(in *instrument.Instrument, r *scoring.Result) scoreOutput {
	rule := in.Scoring()
	out := scoreOutput{Instrument: in.ID}
	if rule.HasTotal() {
		categories := rule.Categories()
		out.Total, out.Maximum, out.Category = r.Total.String(), r.Maximum.String(), categories[r.Category].Name
		if index, ok := rule.Index(r.Total); ok {
			out.Index = rule.FormatIndex(index)
		}
		if r.Next >= 0 {
			out.Next, out.Distance = categories[r.Next].Name, r.Distance.String()
		}
	}
	for i, aspect := range rule.Aspects() {
		a := aspectOutput{Aspect: aspect.Code, Name: aspect.Name, Points: r.Aspects[i].Points.String(), Maximum: r.Aspects[i].Maximum.String()}
		if rule.Rule().Method == scoring.WeightedMean {
			a.Maturity = r.Aspects[i].Maturity.Fixed(rule.Rule().IndexDecimals)
		}
		out.Aspects = append(out.Aspects, a)
	}
	for i, item := range rule.Items() {
		r := r.Items[i]
		out.Items = append(out.Items, itemOutput{item.Code, fmt.Sprint(r.State), int(r.Level), r.Weight.String(), r.Points.String()})
	}
	return out
}

func localPath(in *scoring.Instrument, sheet *scoring.Sheet, target string) ([]stepOutput, error) {
	path, err := in.CheapestPath(sheet, target)
	if err != nil {
		return nil, err
	}
	steps := make([]stepOutput, 0, len(path.Steps))
	for _, s := range path.Steps {
		from, _ := s.From.Value()
		steps = append(steps, stepOutput{in.Item(s.Item).Code, from, s.To, s.Total.String()})
	}
	return steps, nil
}

func (c *Context) writeLocalScore(w io.Writer, out scoreOutput) {
	items := c.newTable("Item ¦ Butir", "State ¦ Keadaan", ">Level ¦ >Tingkat", ">Weight ¦ >Bobot", ">Points ¦ >Poin")
	for _, item := range out.Items {
		items.row(item.Item, item.State, item.Level, item.Weight, item.Points)
	}
	items.write(w)
	fmt.Fprintln(w)
	aspects := c.newTable("Aspect ¦ Aspek", "Name ¦ Nama", ">Points ¦ >Poin", ">Maximum ¦ >Maksimum", ">Maturity ¦ >Maturitas")
	for _, a := range out.Aspects {
		aspects.row(a.Aspect, a.Name, a.Points, a.Maximum, a.Maturity)
	}
	aspects.write(w)
	fmt.Fprintln(w)
	if out.Total == "" {
		fmt.Fprintln(w, c.Say("This instrument has no total and no category yet. ¦ Instrumen ini belum memiliki nilai total dan kategori."))
		return
	}
	fmt.Fprintln(w, c.sayf("Total %s of %s, index %s, %s ¦ Nilai %s dari %s, indeks %s, %s", out.Total, out.Maximum, out.Index, strings.ToUpper(out.Category)))
	if out.Next != "" {
		fmt.Fprintln(w, c.sayf("%s more points to %s ¦ %s poin lagi ke %s", out.Distance, out.Next))
	}
	for _, step := range out.Path {
		fmt.Fprintln(w, c.sayf("  %s: %d → %d, total %s ¦   %s: %d → %d, nilai %s", step.Item, step.From, step.To, step.Total))
	}
}
