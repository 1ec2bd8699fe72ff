package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// VerifyCmd groups checks that need no service.
type VerifyCmd struct {
	Receipt VerifyReceiptCmd `cmd:"" help:"Check a receipt, offline. ¦ Periksa tanda terima, luring."`
	Package VerifyPackageCmd `cmd:"" help:"Check a sealed package, offline. ¦ Periksa paket tersegel, luring."`
}

// Trust says what the person who checks knows from elsewhere.
type Trust struct {
	Key        Given `name:"verifier" placeholder:"KEY" help:"Published verifier key that must be one of the log's; without it nothing says whose log it is. ¦ Kunci pemeriksa yang diumumkan dan harus termasuk kunci log; tanpa itu tidak diketahui log milik siapa."`
	Checkpoint Given `predictor:"file" placeholder:"FILE" help:"A checkpoint that was kept elsewhere, or several in one file: of the same size, or one that --since added. ¦ Titik periksa yang disimpan di tempat lain, atau beberapa dalam satu berkas: seukuran, atau yang ditambahkan dengan --since."`
}

// holds compares the checkpoint of what was checked with those that were kept. Of several in one file those of other
// sizes tell nothing, but one must.
func (t *Trust) holds(c *Context, p *proof.Proven, keys [][]byte) (m Compared, err error) {
	if t.Key == "" && t.Checkpoint == "" {
		return m, nil
	}
	known, err := proof.ReadKeys(keys, string(t.Key)) // a receipt without a checkpoint has none, and is nobody's log
	m.Key = t.Key != ""
	if err != nil || t.Checkpoint == "" {
		return m, err
	}
	kept, err := c.Checkpoints(string(t.Checkpoint))
	if err != nil {
		return m, err
	}
	m.Of = len(kept)
	var other int64 // size of one that tells nothing
	for _, one := range kept {
		opened, err := known.Open(one.Note)
		if err == nil {
			err = p.Continues(opened)
		}
		switch {
		case errors.Is(err, proof.ErrNotCompared):
			other = opened.Size
		case err != nil:
			return m, naming(one.Where, err)
		default:
			m.Checkpoints++
		}
	}
	if m.Checkpoints == 0 {
		return m, Mistake("%s is over %d entries, this is under the checkpoint over %d: fetch the receipt or package again with --since %s, or give the checkpoint of that size (merit audit checkpoint --size) ¦ "+
			"%s mencakup %d entri, sedangkan ini di bawah titik periksa %d: ambil lagi tanda terima atau paketnya dengan --since %s, atau berikan titik periksa seukuran itu (merit audit checkpoint --size)",
			t.Checkpoint, other, p.Checkpoint.Size, t.Checkpoint)
	}
	return m, nil
}

// Compared is what from elsewhere a check held something against.
type Compared struct {
	Key             bool // a published verifier key
	Checkpoints, Of int  // that were kept, and how many were given
}

// WriteCompared says what was compared, since a check that compared nothing ends as well as one that did.
func (c *Context) WriteCompared(w io.Writer, m Compared) {
	key := "No verifier key was given, so nothing says whose log it is. ¦ Kunci pemeriksa tidak diberikan, jadi tidak diketahui log milik siapa."
	if m.Key {
		key = "The published key is one of the log's. ¦ Kunci yang diumumkan termasuk kunci log."
	}
	fmt.Fprintln(w, c.Say(key))
	if m.Of == 0 {
		fmt.Fprintln(w, c.Say("No kept checkpoint was compared. ¦ Tidak ada titik periksa simpanan yang dibandingkan."))
		return
	}
	fmt.Fprintln(w, c.sayf("Kept checkpoints that agree: %d of %d. ¦ Titik periksa simpanan yang cocok: %d dari %d.", m.Checkpoints, m.Of))
}

// VerifyReceiptCmd checks a receipt.
type VerifyReceiptCmd struct {
	File string `arg:"" predictor:"file" help:"The receipt; - reads standard input. ¦ Tanda terima; - membaca masukan baku."`
	Trust
}

// Run prints what the receipt proves, and about whom, or fails with what is wrong.
func (cmd *VerifyReceiptCmd) Run(c *Context) error {
	file, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	receipt, err := proof.ReadReceipt(file)
	if err != nil {
		return err
	}
	proven, err := proof.VerifyReceipt(receipt, string(cmd.Key))
	if err != nil {
		return err
	}
	compared, err := cmd.holds(c, proven, receipt.GetCheckpoint().GetKeys())
	if err != nil {
		return err
	}
	return c.show(receipt, func(w io.Writer) {
		c.writeProven(w, receipt, proven)
		c.WriteCompared(w, compared)
	})
}

func (c *Context) writeProven(w io.Writer, r *meritv1.Receipt, p *proof.Proven) {
	fmt.Fprintln(w, c.sayf("Right, under checkpoint %d of %s. ¦ Benar, di bawah titik periksa %d milik %s.", p.Checkpoint.Size, clean(p.Checkpoint.Origin)))
	fmt.Fprintln(w, c.sayf("agency %s  assessment %s  result %s ¦ instansi %s  penilaian %s  hasil %s", clean(r.GetAgencyId()), clean(r.GetAssessmentId()), clean(r.GetResultId())))
	t := c.newTable("What ¦ Hal", "When ¦ Waktu", "Did ¦ Tindakan", ">Place ¦ >Tempat", ">Rows ¦ >Baris", "Agency ¦ Instansi", "Entry ¦ Entri")
	for _, e := range p.Entries {
		place := fmt.Sprint(e.Position)
		if e.Position < 0 {
			place = c.Say("not yet ¦ belum")
		}
		t.row(e.What, e.At.Format(time.RFC3339), e.Action, place, len(e.Recorded), e.Agency, e.ID)
	}
	t.write(w)
}

// VerifyPackageCmd checks a sealed package.
type VerifyPackageCmd struct {
	File string `arg:"" predictor:"file" help:"The package. ¦ Paket."`
	Trust
}

// Run prints whose result the package proves, or fails with everything that is wrong.
func (cmd *VerifyPackageCmd) Run(c *Context) error {
	file, err := os.Open(cmd.File)
	if errors.Is(err, fs.ErrNotExist) {
		return noSuchFile(cmd.File)
	}
	if err != nil {
		return err
	}
	defer file.Close() //nolint:errcheck // it was only read
	info, err := file.Stat()
	if err != nil {
		return err
	}
	sealed, err := proof.VerifyPackage(file, info.Size(), string(cmd.Key))
	if err != nil {
		return err
	}
	compared, err := cmd.holds(c, sealed.Proven, sealed.Receipt.GetCheckpoint().GetKeys())
	if err != nil {
		return err
	}
	return c.show(sealed.Receipt, func(w io.Writer) {
		c.writeSealed(w, sealed)
		c.WriteCompared(w, compared)
	})
}

func (c *Context) writeSealed(w io.Writer, s *proof.Sealed) {
	r := s.Result.Columns
	fmt.Fprintln(w, c.sayf("Right, under checkpoint %d of %s. ¦ Benar, di bawah titik periksa %d milik %s.", s.Checkpoint.Size, clean(s.Checkpoint.Origin)))
	fmt.Fprintf(w, "%s  %s  %s\n", clean(r["agency_code"]), clean(r["agency_name"]), clean(r["year"]))
	fmt.Fprintln(w, c.sayf("Total %s, index %s, %s: the answers come to it. ¦ Nilai %s, indeks %s, %s: jawaban memang menghasilkannya.",
		s.Total, clean(r["index_text"]), clean(r["category"])))
	fmt.Fprintln(w, c.sayf("%d answers and reasons, %d entries, %d files of evidence ¦ %d jawaban dan alasan, %d entri, %d berkas bukti dukung", s.Answers, len(s.Entries), s.Evidence))
}
