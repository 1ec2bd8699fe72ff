package cli

import (
	"errors"
	"io"
	"os"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/proof"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ResultExportCmd exports a result with everything that proves it.
type ResultExportCmd struct {
	Result string `arg:"" help:"Result id, or an agency's code. ¦ Id hasil, atau kode instansi."`
	Year   int32  `help:"With an agency's code: the year; the newest when left out. ¦ Dengan kode instansi: tahun; terbaru bila kosong."`
	Sealed bool   `required:"" help:"As a package that can be checked without the service, years later: merit verify package. ¦ Sebagai paket yang dapat diperiksa tanpa layanan, bertahun-tahun kemudian: merit verify package."`
	Files  bool   `help:"With the files of evidence, for those who may download them. ¦ Beserta berkas bukti dukung, bagi yang berhak mengunduhnya."`
	Since
	Saving
}

// Run saves the package.
func (cmd *ResultExportCmd) Run(c *Context) error {
	id, err := cmd.id(c)
	if err != nil {
		return err
	}
	receipt, err := cmd.receipt(c, &meritv1.GetReceiptRequest{ResultId: id, Whole: true})
	if err != nil {
		return err
	}
	var open proof.Open
	if cmd.Files {
		if open, err = c.evidenceFiles(receipt); err != nil {
			return err
		}
	}
	fill := func(w io.Writer) error { return proof.WritePackage(w, receipt, open) }
	if cmd.To == stdin {
		return fill(c.Out)
	}
	path, err := cmd.write(c, "paket-tersegel_"+id+".zip", fill)
	if errors.Is(err, proof.ErrNotSealed) {
		return naming(c.Say("if the result is only seconds old, try again in a few ¦ bila hasil baru beberapa detik, coba lagi sebentar"), err)
	}
	if err != nil {
		return err
	}
	return cmd.show(c, &meritv1.ReportFile{FileName: path, MediaType: "application/zip"})
}

// id is the result's, looked up by the agency's code when that is what was given.
func (cmd *ResultExportCmd) id(c *Context) (string, error) {
	if isID(cmd.Result) {
		return cmd.Result, nil
	}
	agency, err := c.agencyID(cmd.Result)
	if err != nil {
		return "", err
	}
	answer, err := c.api.Results.GetResult(c, &meritv1.GetResultRequest{AgencyId: agency, Year: cmd.Year})
	return answer.GetResult().GetId(), err
}

// evidenceFiles opens the files that a receipt names, each downloaded to a temporary file that is gone once it is closed.
func (c *Context) evidenceFiles(r *meritv1.Receipt) (proof.Open, error) {
	proven, err := proof.VerifyReceipt(r, "")
	if err != nil {
		return nil, err
	}
	ids := map[string]string{}
	for _, e := range proven.Entries {
		for _, row := range e.Recorded {
			if sum := row.Columns["sha256"]; row.Table == "evidence" && sum != "" {
				ids[sum] = row.Columns["id"]
			}
		}
	}
	return func(sum string) (io.ReadCloser, error) { return c.downloaded(ids[sum]) }, nil
}

func (c *Context) downloaded(evidenceID string) (io.ReadCloser, error) {
	f, err := os.CreateTemp("", "merit-*.part")
	if err != nil {
		return nil, err
	}
	t := &temporary{f}
	_, err = c.api.Download(c, &meritv1.DownloadRequest{EvidenceId: evidenceID}, f, client.DownloadOptions{})
	if err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return nil, errors.Join(err, t.Close())
	}
	return t, nil
}

// temporary is a file that is removed when it is closed.
type temporary struct{ *os.File }

// Close closes and removes the file.
func (t *temporary) Close() error { return errors.Join(t.File.Close(), os.Remove(t.Name())) }
