package cli

import (
	"fmt"
	"io"
	"os"
	"strings"

	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
)

// InstrumentCmd groups what is done with instruments.
type InstrumentCmd struct {
	List     InstrumentListCmd     `cmd:"" help:"List instruments. ¦ Daftar instrumen."`
	Show     InstrumentShowCmd     `cmd:"" help:"Show one instrument. ¦ Tampilkan satu instrumen."`
	Validate InstrumentValidateCmd `cmd:"" help:"Check a file against every rule, offline. ¦ Periksa berkas terhadap semua aturan, luring."`
	Publish  InstrumentPublishCmd  `cmd:"" help:"Save a file and publish it for good. ¦ Simpan berkas dan terbitkan untuk seterusnya."`
	Retire   InstrumentRetireCmd   `cmd:"" help:"Close an instrument to new cycles. ¦ Tutup instrumen bagi siklus baru."`
	Diff     InstrumentDiffCmd     `cmd:"" help:"Show what differs between two instruments. ¦ Tampilkan beda dua instrumen."`
	Classify InstrumentClassifyCmd `cmd:"" help:"Show category and index of totals, offline. ¦ Tampilkan kategori dan indeks suatu nilai, luring."`
}

// InstrumentListCmd lists instruments.
type InstrumentListCmd struct{ Paging }

// Run lists a page of instruments.
func (cmd *InstrumentListCmd) Run(c *Context) error {
	answer, err := c.api.Instruments.ListInstruments(c, &meritv1.ListInstrumentsRequest{PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Id", "Title ¦ Judul", "Status", "Lifecycle ¦ Daur hidup", ">Items ¦ >Butir")
		for _, in := range answer.GetInstruments() {
			t.row(in.GetId(), in.GetTitle(), c.word(in.GetStatus()), c.word(in.GetLifecycle()), in.GetItemCount())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// InstrumentShowCmd shows one instrument.
type InstrumentShowCmd struct {
	ID     string `arg:"" help:"Instrument id. ¦ Id instrumen."`
	Source bool   `help:"Print the YAML file as it was published. ¦ Cetak berkas YAML sebagaimana diterbitkan."`
}

// Run prints rule, categories, aspects and items, or the source.
func (cmd *InstrumentShowCmd) Run(c *Context) error {
	answer, err := c.api.Instruments.GetInstrument(c, &meritv1.GetInstrumentRequest{InstrumentId: cmd.ID})
	if err != nil {
		return err
	}
	in := answer.GetInstrument()
	if cmd.Source {
		_, err := c.Out.Write(in.GetSource())
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeInstrument(w, in) })
}

func (c *Context) writeInstrument(w io.Writer, in *meritv1.Instrument) {
	fmt.Fprintf(w, "%s  %s\n", in.GetId(), clean(in.GetTitle()))
	fmt.Fprintln(w, c.sayf("%s, %s, levels %d to %d, digest %s ¦ %s, %s, tingkat %d sampai %d, sidik %s",
		c.word(in.GetStatus()), c.word(in.GetLifecycle()), in.GetScaleMin(), in.GetScaleMax(), in.GetDigest()))
	for _, category := range in.GetCategories() {
		fmt.Fprintf(w, "  %s ≥ %s\n", clean(category.GetName()), category.GetMin())
	}
	fmt.Fprintln(w)
	t := c.newTable("Item ¦ Butir", "Name ¦ Nama", ">Weight ¦ >Bobot", "Provenance ¦ Asal")
	for _, aspect := range in.GetAspects() {
		t.row(aspect.GetCode(), strings.ToUpper(aspect.GetName()), aspect.GetWeight(), "")
		for _, item := range aspect.GetItems() {
			t.row("  "+item.GetCode(), item.GetName(), item.GetWeight(), item.GetProvenance())
		}
	}
	t.write(w)
}

// InstrumentValidateCmd checks a file without a service.
type InstrumentValidateCmd struct {
	File string `arg:"" predictor:"file" help:"YAML file of the instrument. ¦ Berkas YAML instrumen."`
}

// Run prints "valid", or every problem with file, line and column and fails.
func (cmd *InstrumentValidateCmd) Run(c *Context) error {
	source, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	in, err := instrument.Parse(cmd.File, source)
	if err != nil {
		return err
	}
	answer := &meritv1.ValidateInstrumentResponse{Instrument: &meritv1.Instrument{
		Id: in.ID, Title: in.Title, ItemCount: int32(in.Scoring().NumItems()),
	}}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("%s: valid, %d item{s} ¦ %s: sah, %d butir", in.ID, answer.GetInstrument().GetItemCount()))
	})
}

// InstrumentPublishCmd saves a file as a draft and publishes exactly that.
type InstrumentPublishCmd struct {
	File  string `arg:"" predictor:"file" help:"YAML file, or the id of an instrument that comes with this program. ¦ Berkas YAML, atau id instrumen bawaan program ini."`
	Draft bool   `help:"Save as a draft only. ¦ Simpan sebagai draf saja."`
}

// Run checks the instrument as the service will, saves it and, unless only a draft is wanted, publishes it.
func (cmd *InstrumentPublishCmd) Run(c *Context) error {
	in, err := c.localInstrument(cmd.File)
	if err != nil {
		return err
	}
	source := in.Source()
	saved, proposal, err := publish(c, cmd.File, source, cmd.Draft)
	if err != nil {
		return inSource(err, cmd.File)
	}
	return c.show(saved, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s  %s\n", saved.GetId(), c.word(saved.GetLifecycle()), saved.GetDigest())
		c.waits(w, proposal)
	})
}

func publish(c *Context, file string, source []byte, draft bool) (in *meritv1.Instrument, proposal string, err error) {
	saved, err := c.api.Instruments.SaveInstrumentDraft(c, &meritv1.SaveInstrumentDraftRequest{FileName: file, Source: source})
	if err != nil || draft {
		return saved.GetInstrument(), "", err
	}
	in = saved.GetInstrument()
	answer, err := c.api.Instruments.PublishInstrument(c, &meritv1.PublishInstrumentRequest{InstrumentId: in.GetId(), Digest: in.GetDigest()})
	if answer.GetInstrument() != nil {
		in = answer.GetInstrument()
	}
	return in, answer.GetProposalId(), err
}

// InstrumentRetireCmd closes an instrument to new cycles.
type InstrumentRetireCmd struct {
	ID string `arg:"" help:"Instrument id. ¦ Id instrumen."`
}

// Run retires the instrument.
func (cmd *InstrumentRetireCmd) Run(c *Context) error {
	answer, err := c.api.Instruments.RetireInstrument(c, &meritv1.RetireInstrumentRequest{InstrumentId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s\n", cmd.ID, c.word(answer.GetInstrument().GetLifecycle()))
	})
}

// InstrumentDiffCmd compares two instruments.
type InstrumentDiffCmd struct {
	From string `arg:"" help:"Instrument id. ¦ Id instrumen."`
	To   string `arg:"" help:"Instrument id. ¦ Id instrumen."`
}

// Run lists every difference.
func (cmd *InstrumentDiffCmd) Run(c *Context) error {
	answer, err := c.api.Instruments.DiffInstruments(c, &meritv1.DiffInstrumentsRequest{FromId: cmd.From, ToId: cmd.To})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Change ¦ Perubahan", "Subject ¦ Pokok", "Before ¦ Sebelum", "After ¦ Sesudah")
		for _, change := range answer.GetChanges() {
			t.row(change.GetKind(), bilingual.ChangeSubject(c.Lang, change.GetSubject()), change.GetBefore(), change.GetAfter())
		}
		t.write(w)
	})
}

// InstrumentClassifyCmd classifies totals without a service.
type InstrumentClassifyCmd struct {
	Instrument string  `arg:"" predictor:"file" help:"Id of a published instrument, or a YAML file. ¦ Id instrumen terbitan, atau berkas YAML."`
	Totals     []total `arg:"" help:"Totals, such as 250 or 327.5. ¦ Nilai, misalnya 250 atau 327.5."`
}

// Run prints one line per total: total, category, index; for programs a merit.v1.Score each.
func (cmd *InstrumentClassifyCmd) Run(c *Context) error {
	in, err := c.localInstrument(cmd.Instrument)
	if err != nil {
		return err
	}
	if !in.Scoring().HasTotal() {
		return fmt.Errorf("%s: %s", in.ID, c.Say("this instrument has no total and no categories ¦ instrumen ini tidak memiliki nilai total dan kategori"))
	}
	var lines strings.Builder
	var scores []proto.Message
	for _, given := range cmd.Totals {
		score := classified(in.Scoring(), scoring.Points(given))
		scores = append(scores, score)
		lines.WriteString(strings.TrimRight(score.GetTotal()+"  "+score.GetCategoryName()+"  "+score.GetIndex(), " ") + "\n")
	}
	if c.Output == outputJSON {
		return writeJSON(c.Out, scores...)
	}
	_, err = io.WriteString(c.Out, lines.String())
	return err
}

// classified is what an instrument says of a total.
func classified(rule *scoring.Instrument, total scoring.Points) *meritv1.Score {
	category, _ := rule.Classify(total)
	score := &meritv1.Score{HasTotal: true, Total: total.String(), Category: category.Code, CategoryName: category.Name}
	if index, ok := rule.Index(total); ok {
		score.Index = rule.FormatIndex(index)
	}
	return score
}

// localInstrument is an instrument that comes with the program, or one in a file.
func (c *Context) localInstrument(idOrFile string) (*instrument.Instrument, error) {
	if in, ok := instrument.Lookup(idOrFile); ok {
		return in, nil
	}
	source, err := os.ReadFile(idOrFile)
	if err != nil {
		known := make([]string, 0, 2)
		for _, in := range instrument.Embedded() {
			known = append(known, in.ID)
		}
		return nil, Mistake("%q is neither a file nor an instrument of this program: %s ¦ %q bukan berkas dan bukan instrumen program ini: %s",
			idOrFile, strings.Join(known, ", "))
	}
	return instrument.Parse(idOrFile, source)
}
