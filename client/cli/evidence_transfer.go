package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"google.golang.org/protobuf/proto"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// EvidencePutCmd uploads files.
type EvidencePutCmd struct {
	Files []string `arg:"" predictor:"file" help:"Files: PDF, images, office documents, CSV, ZIP. ¦ Berkas: PDF, gambar, dokumen kantor, CSV, ZIP."`
	Title string   `help:"Title of one file; its name when left out. ¦ Judul satu berkas; namanya bila kosong."`
	Dating
	Citing
	Resume string `placeholder:"ID" help:"Go on with an upload of one file that broke off. ¦ Lanjutkan unggahan satu berkas yang terputus."`
}

// Run uploads one file after the other and cites each. What was uploaded before a failure stays and is shown.
func (cmd *EvidencePutCmd) Run(c *Context) error {
	if len(cmd.Files) > 1 && (cmd.Title != "" || cmd.Resume != "") {
		return Mistake("--title and --resume are for one file, not %d ¦ --title dan --resume untuk satu berkas, bukan %d", len(cmd.Files))
	}
	var stored []*meritv1.Evidence
	var failed error
	for _, file := range cmd.Files {
		evidence, err := cmd.put(c, file)
		if evidence != nil {
			stored = append(stored, evidence)
		}
		if err != nil {
			failed = err
			break
		}
	}
	return errors.Join(failed, c.showStored(stored))
}

func (c *Context) showStored(stored []*meritv1.Evidence) error {
	if c.Output == outputJSON {
		messages := make([]proto.Message, len(stored))
		for i, evidence := range stored {
			messages[i] = evidence
		}
		return writeJSON(c.Out, messages...)
	}
	if len(stored) > 0 {
		c.writeEvidence(c.Out, stored...)
	}
	return nil
}

func (cmd *EvidencePutCmd) put(c *Context, file string) (*meritv1.Evidence, error) {
	upload, err := c.upload(file, cmd.Resume)
	if err != nil {
		return nil, err
	}
	answer, err := c.api.Evidence.FinishUpload(c, &meritv1.FinishUploadRequest{
		UploadId: upload.GetId(), Title: cmd.Title, EffectiveDate: cmd.Effective, ValidUntil: cmd.ValidUntil,
	})
	if err != nil {
		return nil, naming(file, err)
	}
	if err := cmd.cite(c, answer.GetEvidence()); err != nil {
		return answer.GetEvidence(), c.stored(answer.GetEvidence(), err)
	}
	return answer.GetEvidence(), nil
}

// upload sends a file, with a bar on a terminal. When it breaks off it says how to go on.
func (c *Context) upload(file, resume string) (*meritv1.Upload, error) {
	report, end := c.Bar(filepath.Base(file))
	started := ""
	upload, err := c.api.UploadFile(c, file, client.UploadOptions{
		Resume: resume, Progress: report, Started: func(id string) { started = id },
	})
	end()
	switch {
	case err == nil:
		return upload, nil
	case errors.Is(err, fs.ErrNotExist):
		return nil, noSuchFile(file)
	case started != "" && (client.Is(err, meritv1.Reason_REASON_UNSPECIFIED) || client.Is(err, meritv1.Reason_REASON_UNAVAILABLE)):
		fmt.Fprintln(c.Errs, c.sayf("%s broke off; go on with --resume %s ¦ %s terputus; lanjutkan dengan --resume %s", clean(file), started))
	}
	return nil, naming(file, err)
}

// EvidenceGetCmd downloads a file.
type EvidenceGetCmd struct {
	ID       string `arg:"" help:"Evidence id, or a document's. ¦ Id bukti dukung, atau id dokumen."`
	Document bool   `help:"The id is that of a document. ¦ Id itu milik dokumen."`
	To       string `default:"." predictor:"file" placeholder:"PATH" help:"File or folder to write to, this folder when left out; - writes to standard output. ¦ Berkas atau folder tujuan, folder ini bila kosong; - menulis ke keluaran baku."`
	Replace  bool   `help:"Overwrite a file that is there already. ¦ Timpa berkas yang sudah ada."`
}

// Run downloads and checks the bytes, and prints where they are.
func (cmd *EvidenceGetCmd) Run(c *Context) error {
	request := &meritv1.DownloadRequest{EvidenceId: cmd.ID}
	if cmd.Document {
		request = &meritv1.DownloadRequest{DocumentId: cmd.ID}
	}
	report, end := c.Bar(cmd.ID)
	defer end()
	if cmd.To == stdin {
		_, err := c.api.Download(c, request, c.Out, client.DownloadOptions{Progress: report})
		return err
	}
	got, err := c.api.DownloadFile(c, request, cmd.To, client.DownloadOptions{Replace: cmd.Replace, Progress: report})
	var there *fs.PathError
	if errors.Is(err, fs.ErrExist) && errors.As(err, &there) {
		return Mistake("%s is there already; overwrite it with --replace ¦ %s sudah ada; timpa dengan --replace", there.Path)
	}
	if err != nil {
		return err
	}
	// What Download tells first, with the name that the file has here.
	head := &meritv1.DownloadResponse{FileName: got.Path, MediaType: got.MediaType, Size: got.Size, Sha256: got.SHA256}
	return c.show(head, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s  %d  %s\n", clean(got.Path), clean(got.MediaType), got.Size, got.SHA256)
	})
}

// EvidenceAttachCmd attaches a document.
type EvidenceAttachCmd struct {
	Subject enum[meritv1.DocumentSubject] `arg:"" help:"Kind of the record. ¦ Jenis catatan."`
	ID      string                        `arg:"" help:"Id of the assessment, session or award. ¦ Id penilaian, sidang, atau anugerah."`
	File    string                        `arg:"" predictor:"file" help:"The signed document. ¦ Dokumen bertanda tangan."`
	Title   string                        `required:"" help:"What it is, such as its number. ¦ Keterangan, misalnya nomornya."`
}

// Run uploads the file and attaches it.
func (cmd *EvidenceAttachCmd) Run(c *Context) error {
	upload, err := c.upload(cmd.File, "")
	if err != nil {
		return err
	}
	answer, err := c.api.Evidence.AttachDocument(c, &meritv1.AttachDocumentRequest{
		UploadId: upload.GetId(), Subject: meritv1.DocumentSubject(cmd.Subject), SubjectId: cmd.ID, Title: cmd.Title,
	})
	if err != nil {
		return naming(cmd.File, err)
	}
	return c.show(answer, func(w io.Writer) { c.writeDocuments(w, answer.GetDocument()) })
}

func (c *Context) writeDocuments(w io.Writer, documents ...*meritv1.Document) {
	t := c.newTable("Id", "Title ¦ Judul", "File ¦ Berkas", "Type ¦ Jenis", ">Bytes ¦ >Bita", "Added by ¦ Oleh", foundHeading)
	for _, d := range documents {
		t.row(d.GetId(), d.GetTitle(), d.GetFileName(), d.GetMediaType(), d.GetSize(), d.GetAddedBy().GetName(), c.found(d))
	}
	t.write(w)
}

// EvidenceDocumentsCmd lists documents.
type EvidenceDocumentsCmd struct {
	Subject enum[meritv1.DocumentSubject] `arg:"" help:"Kind of the record. ¦ Jenis catatan."`
	ID      string                        `arg:"" help:"Id of the assessment, session or award. ¦ Id penilaian, sidang, atau anugerah."`
}

// Run lists the documents of the record.
func (cmd *EvidenceDocumentsCmd) Run(c *Context) error {
	answer, err := c.api.Evidence.ListDocuments(c, &meritv1.ListDocumentsRequest{Subject: meritv1.DocumentSubject(cmd.Subject), SubjectId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeDocuments(w, answer.GetDocuments()...) })
}
