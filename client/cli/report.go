package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ReportCmd groups files that are made of records.
type ReportCmd struct {
	Workbook    ReportWorkbookCmd    `cmd:"" help:"Save the questionnaire as XLSX, to be filled in offline. ¦ Simpan kuesioner sebagai XLSX untuk diisi luring."`
	Preview     ReportPreviewCmd     `cmd:"" help:"Show what a workbook would change; nothing is stored. ¦ Tampilkan apa yang akan diubah kertas kerja; tidak ada yang disimpan."`
	Apply       ReportApplyCmd       `cmd:"" help:"Save the answers of a workbook, all or none. ¦ Simpan jawaban kertas kerja, semua atau tidak sama sekali."`
	Minutes     ReportMinutesCmd     `cmd:"" help:"Save the minutes of a verification as PDF. ¦ Simpan Berita Acara Verifikasi sebagai PDF."`
	Session     ReportSessionCmd     `cmd:"" help:"Save the minutes of a plenary session as PDF. ¦ Simpan risalah sidang pleno sebagai PDF."`
	Result      ReportResultCmd      `cmd:"" help:"Save a result explained as PDF or XLSX. ¦ Simpan hasil dengan penjelasannya sebagai PDF atau XLSX."`
	Certificate ReportCertificateCmd `cmd:"" help:"Save the certificate of a recipient as PDF. ¦ Simpan piagam penerima anugerah sebagai PDF."`
	Evidence    ReportEvidenceCmd    `cmd:"" help:"Save all evidence of an assessment as ZIP. ¦ Simpan semua bukti dukung penilaian sebagai ZIP."`
}

// Saving says where a file goes.
type Saving struct {
	To      string `default:"." predictor:"file" placeholder:"PATH" help:"File or folder to write to, this folder when left out; - writes to standard output. ¦ Berkas atau folder tujuan, folder ini bila kosong; - menulis ke keluaran baku."`
	Replace bool   `help:"Overwrite a file that is there already. ¦ Timpa berkas yang sudah ada."`
}

// save writes a file that the service made and prints where it is.
func (s *Saving) save(c *Context, file *meritv1.ReportFile, err error) error {
	if err != nil {
		return err
	}
	if s.To == stdin {
		_, err := c.Out.Write(file.GetData())
		return err
	}
	path, err := s.write(c, file.GetFileName(), func(w io.Writer) error {
		_, err := w.Write(file.GetData())
		return err
	})
	if err != nil {
		return err
	}
	return s.show(c, &meritv1.ReportFile{FileName: path, MediaType: file.GetMediaType()})
}

// show prints where a file is, without its bytes.
func (s *Saving) show(c *Context, file *meritv1.ReportFile) error {
	return c.show(file, func(w io.Writer) { fmt.Fprintln(w, clean(file.GetFileName())) })
}

// write makes a file, which is there under its name once it is whole, and turns a wheel meanwhile. A name from the service
// stays within the folder.
func (s *Saving) write(c *Context, name string, fill func(io.Writer) error) (path string, err error) {
	path = s.To
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		path = filepath.Join(path, filepath.Base(name))
	}
	if _, err := os.Lstat(path); err == nil && !s.Replace {
		return "", Mistake("%s is there already; overwrite it with --replace ¦ %s sudah ada; timpa dengan --replace", path)
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".merit-*.part")
	if errors.Is(err, fs.ErrNotExist) {
		return "", noSuchFile(filepath.Dir(path))
	}
	if err != nil {
		return "", err
	}
	err = c.working(path, func() error { return fill(f) })
	if err := errors.Join(err, f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(f.Name()))
	}
	return path, os.Rename(f.Name(), path)
}

// ReportWorkbookCmd exports a workbook.
type ReportWorkbookCmd struct {
	Assessment string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Saving
}

// Run saves the workbook.
func (cmd *ReportWorkbookCmd) Run(c *Context) error {
	answer, err := c.api.Reports.ExportWorkbook(c, &meritv1.ExportWorkbookRequest{AssessmentId: cmd.Assessment})
	return cmd.save(c, answer.GetFile(), err)
}

// ReportPreviewCmd previews a workbook.
type ReportPreviewCmd struct {
	Assessment string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	File       string `arg:"" predictor:"file" help:"The workbook; - reads standard input. ¦ Kertas kerja; - membaca masukan baku."`
}

// Run prints changes, mistakes and the score that would be.
func (cmd *ReportPreviewCmd) Run(c *Context) error {
	workbook, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	preview, err := c.api.Reports.PreviewWorkbook(c, &meritv1.PreviewWorkbookRequest{AssessmentId: cmd.Assessment, Workbook: workbook})
	if err != nil {
		return naming(cmd.File, err)
	}
	return c.show(preview, func(w io.Writer) {
		c.writeChanges(w, preview.GetChanges())
		for _, m := range preview.GetMistakes() {
			fmt.Fprintf(w, "%s!%s: %s\n", clean(m.GetSheet()), clean(m.GetCell()), clean(m.GetMessage()))
		}
		c.writeScore(w, preview.GetAfter())
		fmt.Fprintln(w, c.sayf("Apply exactly this with --digest %s ¦ Terapkan persis ini dengan --digest %s", preview.GetDigest()))
	})
}

func (c *Context) writeChanges(w io.Writer, changes []*meritv1.WorkbookChange) {
	t := c.newTable("Cell ¦ Sel", "Item ¦ Butir", "From ¦ Dari", "To ¦ Menjadi", "Note ¦ Catatan", " ")
	for _, change := range changes {
		since := ""
		if change.GetAnsweredSince() {
			since = c.Say("answered since the export ¦ dijawab sejak diunduh")
		}
		t.row(change.GetSheet()+"!"+change.GetCell(), change.GetItem(), c.answerText(change.GetFrom()), c.answerText(change.GetTo()), change.GetToNote(), since)
	}
	t.write(w)
}

// ReportApplyCmd applies a workbook.
type ReportApplyCmd struct {
	Assessment string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	File       string `arg:"" predictor:"file" help:"The workbook; - reads standard input. ¦ Kertas kerja; - membaca masukan baku."`
	Digest     string `help:"Of the preview that you agree to; what is there now when left out. ¦ Dari pratinjau yang Anda setujui; keadaan kini bila kosong."`
}

// Run saves the answers and prints what was changed.
func (cmd *ReportApplyCmd) Run(c *Context) error {
	workbook, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	digest := cmd.Digest
	if digest == "" {
		preview, err := c.api.Reports.PreviewWorkbook(c, &meritv1.PreviewWorkbookRequest{AssessmentId: cmd.Assessment, Workbook: workbook})
		if err != nil {
			return naming(cmd.File, err)
		}
		digest = preview.GetDigest()
	}
	answer, err := c.api.Reports.ApplyWorkbook(c, &meritv1.ApplyWorkbookRequest{AssessmentId: cmd.Assessment, Workbook: workbook, Digest: digest})
	if err != nil {
		return naming(cmd.File, err)
	}
	return c.show(answer, func(w io.Writer) {
		c.writeChanges(w, answer.GetChanges())
		c.writeScore(w, answer.GetScore())
	})
}

// ReportMinutesCmd saves minutes.
type ReportMinutesCmd struct {
	Assessment string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Saving
}

// Run saves the PDF.
func (cmd *ReportMinutesCmd) Run(c *Context) error {
	answer, err := c.api.Reports.GetMinutesDocument(c, &meritv1.GetMinutesDocumentRequest{AssessmentId: cmd.Assessment})
	return cmd.save(c, answer.GetFile(), err)
}

// ReportSessionCmd saves the minutes of a session.
type ReportSessionCmd struct {
	Session string `arg:"" help:"Session id. ¦ Id sidang."`
	Saving
}

// Run saves the PDF.
func (cmd *ReportSessionCmd) Run(c *Context) error {
	answer, err := c.api.Reports.GetSessionMinutesDocument(c, &meritv1.GetSessionMinutesDocumentRequest{SessionId: cmd.Session})
	return cmd.save(c, answer.GetFile(), err)
}

// ReportResultCmd saves a result.
type ReportResultCmd struct {
	Result string                     `arg:"" help:"Result id. ¦ Id hasil."`
	Format enum[meritv1.ReportFormat] `default:"pdf" help:"pdf or xlsx. ¦ pdf atau xlsx."`
	Saving
}

// Run saves the file.
func (cmd *ReportResultCmd) Run(c *Context) error {
	answer, err := c.api.Reports.GetResultDocument(c, &meritv1.GetResultDocumentRequest{ResultId: cmd.Result, Format: meritv1.ReportFormat(cmd.Format)})
	return cmd.save(c, answer.GetFile(), err)
}

// ReportCertificateCmd saves a certificate.
type ReportCertificateCmd struct {
	Award  string `arg:"" help:"Award id. ¦ Id anugerah."`
	Agency string `arg:"" help:"Code or id. ¦ Kode atau id."`
	Saving
}

// Run saves the PDF.
func (cmd *ReportCertificateCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Reports.GetCertificate(c, &meritv1.GetCertificateRequest{AwardId: cmd.Award, AgencyId: agency})
	return cmd.save(c, answer.GetFile(), err)
}

// ReportEvidenceCmd saves all evidence of an assessment.
type ReportEvidenceCmd struct {
	Assessment string `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Saving
}

// Run saves the ZIP as it comes.
func (cmd *ReportEvidenceCmd) Run(c *Context) error {
	if cmd.To == stdin {
		_, err := c.api.ExportEvidence(c, cmd.Assessment, c.Out)
		return err
	}
	name := "bukti-dukung_" + cmd.Assessment + ".zip"
	path, err := cmd.write(c, name, func(w io.Writer) error {
		_, err := c.api.ExportEvidence(c, cmd.Assessment, w)
		return err
	})
	if err != nil {
		return err
	}
	return cmd.show(c, &meritv1.ReportFile{FileName: path, MediaType: "application/zip"})
}
