package web_test

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// Files that the service accepts, by name.
var files = map[string]string{
	"decree.pdf": "%PDF-1.7\ndecree",
	"staff.csv":  "name,unit\nDemo,Inspectorate\n",
	"notes.txt":  "What the committee noted\n",
	"pixel.png":  "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\x9cc\xf8\xff\xff?\x00\x05\xfe\x02\xfe\xa75\x81\x84\x00\x00\x00\x00IEND\xaeB`\x82",
}

// mustEvidence adds a file as evidence of a person's agency and returns its id.
func mustEvidence(t *testing.T, p *servertest.Person, name, content string) string {
	t.Helper()
	service := meritv1.NewEvidenceServiceClient(p)
	sum := sha256.Sum256([]byte(content))
	up := servertest.Must(service.StartUpload(t.Context(), &meritv1.StartUploadRequest{
		FileName: name, Size: int64(len(content)), Sha256: hex.EncodeToString(sum[:]),
	}))(t).GetUpload()
	stream, err := service.UploadChunks(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = stream.Send(&meritv1.UploadChunksRequest{UploadId: up.GetId()})
	_ = stream.Send(&meritv1.UploadChunksRequest{Data: []byte(content)})
	servertest.Must(stream.CloseAndRecv())(t)
	return servertest.Must(service.FinishUpload(t.Context(), &meritv1.FinishUploadRequest{UploadId: up.GetId()}))(t).GetEvidence().GetId()
}

// mustCite lets the operator cite evidence for items.
func mustCite(t *testing.T, c *yeartest.Case, evidence string, items ...string) {
	t.Helper()
	servertest.Must(meritv1.NewEvidenceServiceClient(c.Operator).Cite(t.Context(), &meritv1.CiteRequest{
		AssessmentId: c.AssessmentID, EvidenceId: evidence, Items: items, Page: "2", Quote: "as decided",
	}))(t)
}

// mustSubmit lets the approver submit what is there.
func mustSubmit(t *testing.T, y *yeartest.Year, c *yeartest.Case) {
	t.Helper()
	servertest.Must(meritv1.NewAssessmentServiceClient(c.Approver).Submit(t.Context(), &meritv1.SubmitRequest{
		AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), AcceptUnanswered: true,
	}))(t)
}

func TestNothingInAPreviewCanRunOrReachOurPages(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	b := s.as(t, c.Operator)
	for _, test := range []struct {
		name, mediaType string
		sandboxed       bool
	}{
		{"decree.pdf", "application/pdf", false}, // its viewer would not run
		{"pixel.png", "image/png", true},
		{"staff.csv", "text/plain; charset=utf-8", true},
		{"notes.txt", "text/plain; charset=utf-8", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			a := b.get(t, "/evidence/"+mustEvidence(t, c.Operator, test.name, files[test.name])+"/preview").want(t, http.StatusOK)
			if a.body != files[test.name] {
				t.Errorf("the preview has %d bytes, not the %d of the file", len(a.body), len(files[test.name]))
			}
			wantHeader(t, a, "Content-Type", test.mediaType)
			wantHeader(t, a, "X-Content-Type-Options", "nosniff")
			wantHeader(t, a, "Content-Disposition", "inline; filename="+test.name)
			wantHeader(t, a, "Cross-Origin-Resource-Policy", "same-origin")
			wantHeader(t, a, "Cache-Control", "no-store")
			policy := a.header.Get("Content-Security-Policy")
			for _, rule := range []string{"default-src 'none'", "frame-ancestors 'self'", "form-action 'none'", "base-uri 'none'"} {
				if !strings.Contains(policy, rule) {
					t.Errorf("the policy lacks %s: %s", rule, policy)
				}
			}
			if strings.Contains(policy, "script-src") || strings.HasSuffix(policy, "; sandbox") != test.sandboxed {
				t.Errorf("the policy is %s", policy)
			}
		})
	}
}

func wantHeader(t *testing.T, a *answer, name, want string) {
	t.Helper()
	if got := a.header.Get(name); got != want {
		t.Errorf("%s: %s is %q, want %q", a.path, name, got, want)
	}
}

func TestWhatBrowsersCannotShowSafelyIsNotShown(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	b := s.as(t, c.Operator)
	a := b.get(t, "/evidence/"+mustEvidence(t, c.Operator, "scans.zip", mustZip(t))+"/preview").
		want(t, http.StatusUnprocessableEntity, "Download the file")
	wantHeader(t, a, "Content-Type", "text/plain; charset=utf-8")
	wantHeader(t, a, "X-Content-Type-Options", "nosniff")

	link := servertest.Must(meritv1.NewEvidenceServiceClient(c.Operator).AddLink(t.Context(), &meritv1.AddLinkRequest{
		Url: "https://demo.example/decree", Title: "Decree",
	}))(t).GetEvidence().GetId()
	b.get(t, "/evidence/"+link+"/preview").want(t, http.StatusUnprocessableEntity, "is a link")
}

// mustZip is a ZIP with one file.
func mustZip(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	z := zip.NewWriter(&b)
	if _, err := z.Create("scan.txt"); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestADownloadIsSavedAndGoesOnWhereItBroke(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	content := "%PDF-1.7\n" + strings.Repeat("a line of a long decree\n", 30_000)
	path := "/evidence/" + mustEvidence(t, c.Operator, "surat keputusan.pdf", content) + "/download"
	b := s.as(t, c.Operator)
	whole := b.get(t, path).want(t, http.StatusOK)
	if whole.body != content {
		t.Errorf("got %d bytes, not the %d of the file", len(whole.body), len(content))
	}
	wantHeader(t, whole, "Content-Disposition", `attachment; filename="surat keputusan.pdf"`)
	wantHeader(t, whole, "Content-Encoding", "")

	for _, test := range []struct {
		name, ask, say string
		status         int
		want           string
	}{
		{"the rest of it", "bytes=700000-", "bytes 700000-720008/720009", http.StatusPartialContent, content[700000:]},
		{"a piece", "bytes=5-9", "bytes 5-9/720009", http.StatusPartialContent, content[5:10]},
		{"the end", "bytes=-4", "bytes 720005-720008/720009", http.StatusPartialContent, content[720005:]},
		{"behind the end", "bytes=800000-", "bytes */720009", http.StatusRequestedRangeNotSatisfiable, "invalid range: failed to overlap\n"},
		{"many pieces at once: all of it", "bytes=1-2,4-5", "", http.StatusOK, content},
	} {
		t.Run(test.name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.url+path, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Range", test.ask)
			a := b.do(t, req)
			if a.status != test.status || a.body != test.want {
				t.Errorf("status %d with %d bytes, want %d with %d", a.status, len(a.body), test.status, len(test.want))
			}
			wantHeader(t, a, "Content-Range", test.say)
		})
	}
}

func TestEvidenceIsKeptFromStrangers(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, yeartest.All(2))
	id := mustEvidence(t, c.Operator, "decree.pdf", files["decree.pdf"])
	mustCite(t, c, id, "1.1")
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	for _, path := range []string{"/evidence/" + id + "/download", "/evidence/" + id + "/preview"} {
		stranger.get(t, path).want(t, http.StatusNotFound).wantNo(t, "decree")
		s.as(t, year.Verifier).get(t, path).want(t, http.StatusNotFound).wantNo(t, "%PDF") // not submitted yet
		if a := s.anyone(t).get(t, path); !strings.HasPrefix(a.path, "/sign-in?next=") {
			t.Errorf("nobody's browser arrives at %s", a.path)
		}
	}
}
