package web

import (
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

const (
	maxFiles = 20       // of one form
	maxField = 16 << 10 // bytes of a field beside files
)

var (
	errBroken  = status.Error(codes.Unavailable, "The connection broke. What has arrived is kept: send the rest. ¦ Sambungan terputus. Yang sudah tiba disimpan: kirim sisanya.")
	errNoFile  = status.Error(codes.InvalidArgument, "No file was chosen. Choose one or several. ¦ Belum ada berkas yang dipilih. Pilih satu atau beberapa.")
	errEmpty   = status.Error(codes.InvalidArgument, "The file is empty. ¦ Berkas ini kosong.")
	errTooMany = status.Error(codes.InvalidArgument, "At most 20 files go in one form. Send the others with another. ¦ Paling banyak 20 berkas dalam satu formulir. Kirim sisanya dengan formulir lain.")
	errTooBig  = status.Error(codes.InvalidArgument, "The file is larger than this service takes. Make it smaller or split it. ¦ Berkas lebih besar dari batas layanan ini. Perkecil atau bagi berkasnya.")
)

// filesForm is a form with files, which are taken one after the other as they come. Fields stand before files in it.
type filesForm struct {
	fields  url.Values
	refused []client.Violation // files that were not taken, and why
	taken   int
}

// receiveFiles reads a form and gives every file to take, complete and durable as an upload. A file is kept on the disk
// until its size and SHA-256 are known, which the service wants first; never in memory. What is wrong with one file does
// not keep the others: it is in the error of the form that is returned.
func (r *request) receiveFiles(w http.ResponseWriter, take func(up *meritv1.Upload, fields url.Values) error) (*filesForm, error) {
	form := &filesForm{fields: url.Values{}}
	r.Body = http.MaxBytesReader(w, r.Body, maxFiles*r.web.UploadLimit+maxForm)
	parts, err := r.MultipartReader()
	if err != nil {
		return form, errBadForm
	}
	for {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			return form, form.problem()
		}
		if err != nil {
			return form, errBadForm
		}
		if part.FileName() == "" {
			err = form.field(part)
		} else {
			err = r.receiveFile(form, part, take)
		}
		if err != nil {
			return form, err
		}
	}
}

func (f *filesForm) field(part *multipart.Part) error {
	value, err := io.ReadAll(io.LimitReader(part, maxField))
	if err != nil || len(f.fields) > maxFiles {
		return errBadForm
	}
	f.fields.Add(part.FormName(), strings.ReplaceAll(strings.ToValidUTF8(string(value), ""), "\r\n", "\n"))
	return nil
}

// receiveFile takes one file. The error is of the form; what is wrong with the file alone is noted.
func (r *request) receiveFile(f *filesForm, part *multipart.Part, take func(*meritv1.Upload, url.Values) error) error {
	if f.taken+len(f.refused) == maxFiles {
		return errTooMany
	}
	err := r.upload(part, func(up *meritv1.Upload) error { return take(up, f.fields) })
	problem := client.Explain(err)
	switch {
	case problem == nil:
		f.taken++
	case formCanShow(problem.Code):
		f.refused = append(f.refused, client.Violation{Field: "files", Message: part.FileName() + ": " + r.say(problem.Message)})
	default:
		return err
	}
	return nil
}

// upload sends a file on to the service by way of a file that nobody else sees and that is gone afterwards.
func (r *request) upload(part *multipart.Part, take func(*meritv1.Upload) error) error {
	spool, err := os.CreateTemp("", "merit-upload-*")
	if err != nil {
		return err
	}
	defer func() {
		_ = spool.Close()
		_ = os.Remove(spool.Name())
	}()
	size, err := io.Copy(spool, io.LimitReader(part, r.web.UploadLimit+1))
	if err != nil {
		return errBadForm
	}
	if size > r.web.UploadLimit {
		_, _ = io.Copy(io.Discard, part) // the next file begins behind it
		return errTooBig
	}
	if size == 0 {
		return errEmpty
	}
	up, err := r.Upload(r.Context(), spool, size, client.UploadOptions{Name: part.FileName()})
	if err != nil {
		return err
	}
	return take(up)
}

// problem is what is wrong with the files of a form; nil when all were taken.
func (f *filesForm) problem() error {
	switch {
	case len(f.refused) == 0 && f.taken == 0:
		return errNoFile
	case len(f.refused) == 0:
		return nil
	}
	message := "These files were not taken; the others were. ¦ Berkas berikut tidak diterima; yang lain sudah."
	if f.taken == 0 {
		message = "Nothing was taken. ¦ Tidak ada yang diterima."
	}
	return &client.Problem{Code: codes.InvalidArgument, Message: message, Violations: f.refused}
}
