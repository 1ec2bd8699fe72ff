package web

import (
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/klauspost/compress/gzhttp"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// Policies of evidence that is shown in its place. Nothing in a file may run, load anything, send a form or be framed by
// others. What a browser draws by itself is sandboxed as well: an origin of its own, which reaches none of ours. PDF
// viewers do not run in every sandbox; they keep a document in an origin of their own (docs/adr/0008-preview.md).
const (
	previewPolicy = "default-src 'none'; style-src 'unsafe-inline'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox"
	viewerPolicy  = "default-src 'none'; style-src 'unsafe-inline'; object-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'self'"
)

// shownInPlace are the types that a browser shows without running anything of ours, and as what. The service has told them
// by the content. Everything else is only ever downloaded.
var shownInPlace = map[string]struct{ mediaType, policy string }{
	"application/pdf": {"application/pdf", viewerPolicy},
	"image/png":       {"image/png", previewPolicy},
	"image/jpeg":      {"image/jpeg", previewPolicy},
	"image/gif":       {"image/gif", previewPolicy},
	"image/webp":      {"image/webp", previewPolicy},
	"text/plain":      {"text/plain; charset=utf-8", previewPolicy},
	"text/csv":        {"text/plain; charset=utf-8", previewPolicy},
}

var (
	errIsLink  = status.Error(codes.InvalidArgument, "This evidence is a link and has no file. Open its address from the page of the evidence. ¦ Bukti dukung ini tautan dan tidak punya berkas. Buka alamatnya dari halaman bukti dukung.")
	errNotSafe = status.Error(codes.FailedPrecondition, "This file is not shown here because of what was found in it. Its page says what; download it only if it is needed. ¦ Berkas ini tidak ditampilkan di sini karena isinya. Halaman bukti dukung menjelaskannya; unduh hanya bila perlu.")
	errKept    = status.Error(codes.FailedPrecondition, "This file cannot be downloaded: it is in quarantine, waits for the virus scanner, or was removed. Its page says which. ¦ Berkas ini tidak dapat diunduh: dikarantina, menunggu pemindaian virus, atau sudah dihapus. Halaman bukti dukung menjelaskannya.")
	errNotSeen = status.Error(codes.InvalidArgument, "Browsers cannot show files of this type. Download the file to read it. ¦ Peramban tidak dapat menampilkan berkas jenis ini. Unduh berkasnya untuk membacanya.")
)

// safeInPlace reports whether a file is shown in its place: of a type that browsers show, with nothing in it to take care
// of, and not waiting for the virus scanner.
func safeInPlace(e *meritv1.Evidence) bool {
	_, shown := shownInPlace[e.GetMediaType()]
	return shown && len(e.GetFlags()) == 0 && !unscanned(e) && e.GetRemovedAt() == nil
}

// unscanned reports whether a file waits for the virus scanner, or did not pass it.
func unscanned(e *meritv1.Evidence) bool {
	return e.GetScanState() == meritv1.ScanState_SCAN_STATE_PENDING || e.GetScanState() == meritv1.ScanState_SCAN_STATE_QUARANTINED
}

// downloads reports whether the service gives the reader the bytes: its agency has them while they wait for the scanner.
func (r *request) downloads(e *meritv1.Evidence) bool {
	own := e.GetAgencyId() == r.who.GetActing().GetAgencyId()
	return e.GetRemovedAt() == nil && (!unscanned(e) || own && e.GetScanState() == meritv1.ScanState_SCAN_STATE_PENDING)
}

// downloadEvidence sends a file to be saved, or the range of it that a broken download asks for.
func downloadEvidence(w http.ResponseWriter, r *request) error {
	e, err := r.file()
	if err == nil && !r.downloads(e) {
		err = errKept
	}
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", e.GetMediaType())
	w.Header().Set("Content-Disposition", disposition("attachment", e.GetFileName()))
	w.Header().Set("Content-Security-Policy", previewPolicy)
	r.sendBytes(w, e)
	return nil
}

// previewEvidence sends a file to be looked at, in a frame of ours or by itself. What is wrong is said in plain text:
// pages cannot be framed.
func previewEvidence(w http.ResponseWriter, r *request) error {
	e, err := r.file()
	in, ok := shownInPlace[e.GetMediaType()]
	switch {
	case err == nil && !ok:
		err = errNotSeen
	case err == nil && !safeInPlace(e):
		err = errNotSafe
	}
	if problem := client.Explain(err); problem != nil {
		return r.previewRefused(w, problem, err)
	}
	w.Header().Set("Content-Type", in.mediaType)
	w.Header().Set("Content-Disposition", disposition("inline", e.GetFileName()))
	w.Header().Set("Content-Security-Policy", in.policy)
	r.Header.Del("Range") // viewers that fetch in pieces would leave an entry in the trail for each
	r.sendBytes(w, e)
	return nil
}

func (r *request) previewRefused(w http.ResponseWriter, problem *client.Problem, err error) error {
	code := statusOf(problem.Code)
	if code >= http.StatusInternalServerError || problem.Code == codes.Unauthenticated {
		return err
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Content-Security-Policy", previewPolicy)
	w.WriteHeader(code)
	_, _ = w.Write([]byte(bilingual.Pick(r.lang, problem.Message) + "\n")) // the reader may be gone
	return nil
}

// file is the evidence of the address, which has to be a file.
func (r *request) file() (*meritv1.Evidence, error) {
	found, err := r.Evidence.GetEvidence(r.Context(), &meritv1.GetEvidenceRequest{EvidenceId: r.PathValue("id")})
	if err == nil && found.GetEvidence().GetKind() == meritv1.EvidenceKind_EVIDENCE_KIND_LINK {
		err = errIsLink
	}
	return found.GetEvidence(), err
}

// sendBytes streams the file as it is, or one range of it.
func (r *request) sendBytes(w http.ResponseWriter, e *meritv1.Evidence) {
	if strings.Contains(r.Header.Get("Range"), ",") {
		r.Header.Del("Range") // each range would be a download of its own
	}
	w.Header().Set(gzhttp.HeaderNoCompression, "1")
	w.Header().Set("ETag", `"`+e.GetSha256()+`"`)
	b := &evidenceBytes{ctx: r.Context(), api: r.Client, id: e.GetId(), size: e.GetSize()}
	defer b.Close()
	http.ServeContent(w, r.Request, "", time.Time{}, b)
}

// disposition is the header that says whether to save a file or to show it, and under which name.
func disposition(how, name string) string {
	return mime.FormatMediaType(how, map[string]string{"filename": name})
}

// previewPath is where evidence is looked at, opened at a page as a citation names it: 12, or 3-5. Pages that are
// numbered otherwise (iv) open at the first. The viewer leaves out its panel of small pages: the frame is narrow.
func previewPath(id, page string) string {
	digit := func(c rune) bool { return c >= '0' && c <= '9' }
	path := "/evidence/" + id + "/preview"
	from := strings.IndexFunc(page, digit)
	if from < 0 {
		return path
	}
	page = page[from:]
	if to := strings.IndexFunc(page, func(c rune) bool { return !digit(c) }); to >= 0 {
		page = page[:to]
	}
	return path + "#page=" + page + "&navpanes=0"
}
