package web_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/web"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// stands is what the pages tell a script of an upload.
type stands struct {
	ID, Message, Finished, Evidence string
	Offset                          int64
}

func (a *answer) stands(t *testing.T, status int) stands {
	t.Helper()
	a.want(t, status)
	var s stands
	if err := json.Unmarshal([]byte(a.body), &s); err != nil {
		t.Fatalf("%s answered no JSON: %s", a.path, a.body)
	}
	return s
}

// put sends bytes of an upload from an offset on.
func (b *browser) put(t *testing.T, id string, offset int, content []byte) *answer {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, fmt.Sprintf("%s/uploads/%s?offset=%d", b.site.url, id, offset), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	return b.do(t, req)
}

func (b *browser) startUpload(t *testing.T, name string, content []byte) string {
	t.Helper()
	sum := sha256.Sum256(content)
	return b.post(t, "/uploads", "name", name, "size", strconv.Itoa(len(content)), "sha256", hex.EncodeToString(sum[:])).stands(t, http.StatusOK).ID
}

func TestAnUploadGoesOnWhereItBroke(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	b := s.as(t, c.Operator)
	content := []byte("%PDF-1.7\n" + strings.Repeat("a line of a long decree\n", 40_000))
	id := b.startUpload(t, "decree.pdf", content)

	b.put(t, id, 0, content[:300_000]).stands(t, http.StatusOK)
	if got := b.get(t, "/uploads/"+id).stands(t, http.StatusOK); got.Offset != 300_000 {
		t.Errorf("after 300000 bytes the upload goes on from %d", got.Offset)
	}
	if got := b.put(t, id, 5, []byte("elsewhere")).stands(t, http.StatusConflict); !strings.Contains(got.Message, "300000") {
		t.Errorf("bytes at the wrong place are told %q", got.Message)
	}
	b.post(t, "/uploads/"+id+"/finish").stands(t, http.StatusConflict)
	b.put(t, id, 300_000, content[300_000:]).stands(t, http.StatusOK)
	made := b.post(t, "/uploads/"+id+"/finish", "assessment", c.AssessmentID, "item", "1.1", "page", "2", "effective_date", "2020-01-01").stands(t, http.StatusOK)
	if again := b.post(t, "/uploads/"+id+"/finish").stands(t, http.StatusOK); again != made {
		t.Errorf("finished again it became %+v, before %+v", again, made)
	}
	if got := b.get(t, "/uploads/"+id).stands(t, http.StatusOK); got.Finished != made.Evidence {
		t.Errorf("the upload became %q, not %q", got.Finished, made.Evidence)
	}
	b.get(t, "/evidence/"+made.Evidence).want(t, http.StatusOK, "decree.pdf", "1 January 2020", "1.1", "page 2")
	if got := b.get(t, "/evidence/"+made.Evidence+"/download"); got.body != string(content) {
		t.Error("the file is not the one that was sent")
	}
}

// cut is a body that breaks off.
type cut struct{ *bytes.Reader }

func (c cut) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	if err != nil {
		err = fmt.Errorf("the line is cut")
	}
	return n, err
}

func TestWhatArrivedBeforeAConnectionBrokeIsKept(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	b := s.as(t, c.Operator)
	content := []byte("%PDF-1.7\n" + strings.Repeat("x", 1<<20))
	id := b.startUpload(t, "decree.pdf", content)
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPut, s.url+"/uploads/"+id+"?offset=0", cut{bytes.NewReader(content[:700_000])})
	if err != nil {
		t.Fatal(err)
	}
	req.ContentLength = int64(len(content))
	if resp, err := b.Do(req); err == nil {
		resp.Body.Close() // it should not be there
		t.Fatalf("a broken request was answered %s", resp.Status)
	}
	sent := b.sendRest(t, id, content)
	for sent.status == http.StatusConflict { // more of the broken request arrived between the question and the bytes
		sent = b.sendRest(t, id, content)
	}
	sent.stands(t, http.StatusOK)
	b.post(t, "/uploads/"+id+"/finish").stands(t, http.StatusOK)
}

// sendRest asks how far an upload has come and sends what is missing, as the script of the page does.
func (b *browser) sendRest(t *testing.T, id string, content []byte) *answer {
	t.Helper()
	got := b.get(t, "/uploads/"+id).stands(t, http.StatusOK).Offset
	if got > 700_000 {
		t.Fatalf("%d bytes are kept of 700000", got)
	}
	return b.put(t, id, int(got), content[got:])
}

func TestUploadsAreTheirOwnersAlone(t *testing.T) {
	s, year := yearSite(t, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	id := s.as(t, c.Operator).startUpload(t, "decree.pdf", []byte(files["decree.pdf"]))
	stranger := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	stranger.get(t, "/uploads/"+id).stands(t, http.StatusNotFound)
	stranger.put(t, id, 0, []byte("%PDF")).stands(t, http.StatusNotFound)
	stranger.post(t, "/uploads/"+id+"/finish").stands(t, http.StatusNotFound)
	nobody := s.anyone(t)
	nobody.get(t, "/uploads/"+id).stands(t, http.StatusUnauthorized)
	nobody.put(t, id, 0, []byte("%PDF")).stands(t, http.StatusUnauthorized)
}

func TestAFileAboveTheLimitIsRefused(t *testing.T) {
	server := servertest.New(t)
	s := newSite(t, server, func(o *web.Options) { o.UploadLimit = 1000 })
	year := yeartest.MustBegin(t, server, yeartest.Setup{})
	c := year.MustDraft(t, store.Agency{}, nil)
	b := s.as(t, c.Operator)
	b.postFiles(t, "/assessments/"+c.AssessmentID+"/evidence", "@big.txt", strings.Repeat("a\n", 600), "@small.txt", "a\n").
		want(t, http.StatusUnprocessableEntity, "big.txt: The file is larger")
	b.get(t, "/assessments/"+c.AssessmentID+"/evidence?show=all").want(t, http.StatusOK, "small.txt").wantNo(t, "big.txt")
	b.post(t, "/uploads", "name", "big.pdf", "size", strconv.Itoa(100<<20), "sha256", strings.Repeat("0", 64)).stands(t, http.StatusUnprocessableEntity)
}
