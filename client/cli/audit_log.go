package cli

import (
	"fmt"
	"io"
	"os"
	"time"

	"rsc.io/qr"

	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// AuditCheckpointCmd prints a checkpoint.
type AuditCheckpointCmd struct {
	Size int64 `placeholder:"N" help:"Of this many entries; the newest when left out. ¦ Untuk sekian entri; yang terbaru bila kosong."`
}

// Run prints the signed note, which is all there is to keep.
func (cmd *AuditCheckpointCmd) Run(c *Context) error {
	answer, err := c.api.Audit.GetCheckpoint(c, &meritv1.GetCheckpointRequest{Size: cmd.Size})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { _, _ = w.Write(answer.GetCheckpoint().GetNote()) })
}

// AuditAnchorCmd prints a checkpoint to be published in print.
type AuditAnchorCmd struct {
	PNG string `name:"png" predictor:"file" placeholder:"FILE" help:"Also save the QR code as an image. ¦ Simpan juga kode QR sebagai gambar."`
}

// Run prints origin, size, root and time of the newest checkpoint, and the first three as a QR code.
func (cmd *AuditAnchorCmd) Run(c *Context) error {
	answer, err := c.api.Audit.GetCheckpoint(c, &meritv1.GetCheckpointRequest{})
	if err != nil {
		return err
	}
	cp := answer.GetCheckpoint()
	code, err := qr.Encode(fmt.Sprintf("%s\n%d\n%x\n", cp.GetOrigin(), cp.GetSize(), cp.GetRoot()), qr.M)
	if err != nil {
		return err
	}
	if cmd.PNG != "" {
		if err := os.WriteFile(cmd.PNG, code.PNG(), 0o644); err != nil {
			return err
		}
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintf(w, "%s\n%d\n%x\n%s\n\n", clean(cp.GetOrigin()), cp.GetSize(), cp.GetRoot(), cp.GetAt().AsTime().Format(time.RFC3339))
		writeQR(w, code)
	})
}

// quiet is how many light modules surround a QR code.
const quiet = 2

// writeQR draws a QR code with two modules in each character, dark on light whatever the terminal's colours.
func writeQR(w io.Writer, code *qr.Code) {
	for y := -quiet; y < code.Size+quiet; y += 2 {
		fmt.Fprint(w, "\x1b[30;107m")
		for x := -quiet; x < code.Size+quiet; x++ {
			fmt.Fprint(w, map[[2]bool]string{{}: " ", {true, false}: "▀", {false, true}: "▄", {true, true}: "█"}[[2]bool{code.Black(x, y), code.Black(x, y+1)}])
		}
		fmt.Fprintln(w, "\x1b[0m")
	}
}

// AuditReceiptCmd saves a receipt.
type AuditReceiptCmd struct {
	ID     string `arg:"" help:"Id of a result, or with --assessment of an assessment. ¦ Id hasil, atau dengan --assessment id penilaian."`
	Assess bool   `name:"assessment" help:"The id is of an assessment. ¦ Id-nya adalah id penilaian."`
	Since
	Saving
}

// Run saves the receipt as JSON, for merit verify receipt.
func (cmd *AuditReceiptCmd) Run(c *Context) error {
	req := &meritv1.GetReceiptRequest{ResultId: cmd.ID}
	if cmd.Assess {
		req = &meritv1.GetReceiptRequest{AssessmentId: cmd.ID}
	}
	receipt, err := cmd.receipt(c, req)
	if err != nil {
		return err
	}
	data, err := proof.FormatReceipt(receipt)
	return cmd.save(c, &meritv1.ReportFile{FileName: "tanda-terima_" + cmd.ID + ".json", MediaType: "application/json", Data: data}, err)
}

// Since names checkpoints that a receipt is to be compared with, without the service, years later.
type Since struct {
	Since []Given `sep:"none" predictor:"file" placeholder:"FILE" help:"An older checkpoint that you kept: the receipt proves that its log continues that one. ¦ Titik periksa lama yang Anda simpan: tanda terima membuktikan bahwa lognya melanjutkan yang itu."`
}

// receipt fetches a receipt and adds the proofs from the older checkpoints to its own.
func (s *Since) receipt(c *Context, req *meritv1.GetReceiptRequest) (*meritv1.Receipt, error) {
	r, err := c.api.Receipt(c, req)
	if err != nil || len(s.Since) == 0 {
		return r, err
	}
	keys, err := proof.ReadKeys(r.GetCheckpoint().GetKeys(), "")
	if err != nil {
		return nil, err
	}
	for _, file := range s.Since {
		if err := c.addContinuation(r, keys, string(file)); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// addContinuation adds the proofs from the checkpoints of a file.
func (c *Context) addContinuation(r *meritv1.Receipt, keys *proof.Keys, file string) error {
	kept, err := c.Checkpoints(file)
	if err != nil {
		return err
	}
	for _, one := range kept {
		older, err := keys.Open(one.Note)
		if err != nil {
			return naming(one.Where, err)
		}
		answer, err := c.api.Audit.GetConsistencyProof(c, &meritv1.GetConsistencyProofRequest{FromSize: older.Size, ToSize: r.GetCheckpoint().GetSize()})
		if err != nil {
			return naming(one.Where, err)
		}
		r.Continues = append(r.Continues, &meritv1.Continuation{Note: one.Note, Hashes: answer.GetHashes()})
	}
	if _, err := proof.VerifyReceipt(r, ""); err != nil {
		return naming(file, err)
	}
	return nil
}
