package web_test

import (
	"net/http"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/yeartest"
)

// mustYAML is the file of an instrument that comes with the program.
func mustYAML(t *testing.T, id string) string {
	t.Helper()
	in, ok := instrument.Lookup(id)
	if !ok {
		t.Fatalf("there is no embedded instrument %s", id)
	}
	return string(in.Source())
}

func TestAnInstrumentIsCheckedKeptPublishedAndRetired(t *testing.T) {
	s := newSite(t, servertest.New(t))
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	yaml := mustYAML(t, "kasn-2019")
	const upload, at = "/admin/instruments/upload", "/admin/instruments/kasn-2019"
	admin.send(t, upload, "kasn.yaml", strings.Replace(yaml, "index_divisor: ", "index_divisr: ", 1)).
		want(t, http.StatusOK, "breaks", "index_divisr", "Nothing is stored").wantNo(t, `name="apply"`)
	admin.post(t, upload).want(t, http.StatusUnprocessableEntity, "Choose a file")

	checked := admin.send(t, upload, "kasn.yaml", yaml).want(t, http.StatusOK, "no rule is broken", "Nothing is stored yet")
	admin.get(t, at).want(t, http.StatusNotFound)
	// A browser sends the ends of lines in its own way.
	sent := strings.ReplaceAll(checked.hidden(t, "source"), "\n", "\r\n")
	kept := admin.post(t, upload, "apply", "1", "file_name", "kasn.yaml", "source", sent).want(t, http.StatusOK, "The draft is kept", "Publish this draft")
	if got := admin.get(t, at+"/source"); got.body != yaml || !strings.Contains(got.header.Get("Content-Disposition"), "attachment") {
		t.Errorf("the file that was kept is another one: %d bytes instead of %d, %v", len(got.body), len(yaml), got.header)
	}
	s.as(t, s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")).get(t, at).want(t, http.StatusNotFound)

	admin.post(t, at+"/publish", "digest", strings.Repeat("0", 64)).want(t, http.StatusConflict, "Publish this draft", "That did not work")
	admin.post(t, at+"/publish", "digest", kept.hidden(t, "digest")).want(t, http.StatusOK, "never changes from now on").wantNo(t, "Publish this draft")
	admin.post(t, upload, "apply", "1", "file_name", "kasn.yaml", "source", sent).want(t, http.StatusConflict, "That did not work")
	admin.post(t, at+"/retire").want(t, http.StatusOK, "closed to new cycles")
	admin.post(t, at+"/retire").want(t, http.StatusConflict, "That did not work")
}

func TestAnInstrumentIsReadAsAPage(t *testing.T) {
	s := newSite(t, servertest.New(t))
	year := yeartest.MustBegin(t, s.Server, yeartest.Setup{})
	item := year.Instrument.Aspects[0].Items[0]
	reader := s.as(t, year.Verifier)
	reader.get(t, "/admin/instruments").want(t, http.StatusOK, "kasn-2019", "published").wantNo(t, "/admin/instruments/upload")
	reader.get(t, "/admin/instruments/kasn-2019").
		want(t, http.StatusOK, item.Code+" "+item.Name, "Level 4", "reconstructed", "Categories", "from 250").
		wantNo(t, "/publish", "/retire")
	reader.get(t, "/admin/instruments/upload").want(t, http.StatusForbidden)
	reader.post(t, "/admin/instruments/kasn-2019/retire").want(t, http.StatusForbidden)
	s.anyone(t).get(t, "/admin/instruments/kasn-2019").want(t, http.StatusOK, "Sign in")
}

func TestTwoInstrumentsStandSideBySide(t *testing.T) {
	s := newSite(t, servertest.New(t))
	yeartest.MustBegin(t, s.Server, yeartest.Setup{})
	admin := s.as(t, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	yaml := strings.Replace(mustYAML(t, "kasn-2019"), "id: kasn-2019", "id: kasn-demo", 1)
	yaml = strings.Replace(yaml, `index_divisor: "410"`, `index_divisor: "400"`, 1)
	admin.post(t, "/admin/instruments/upload", "apply", "1", "file_name", "demo.yaml", "source", yaml).want(t, http.StatusOK, "The draft is kept")
	admin.get(t, "/admin/instruments/compare").want(t, http.StatusOK, "kasn-demo", "kasn-2019")
	admin.get(t, "/admin/instruments/compare?from=kasn-2019&to=kasn-demo").want(t, http.StatusOK, "<td>410</td><td>400</td>")
	admin.get(t, "/admin/instruments/compare?from=kasn-2019&to=kasn-demo&kind=ADDED").want(t, http.StatusOK).wantNo(t, "<td>400</td>")
	admin.get(t, "/admin/instruments/compare?from=kasn-2019&to=kasn-2019").want(t, http.StatusOK, "They do not differ")
	admin.get(t, "/admin/instruments/compare?from=kasn-2019&to=nothing").want(t, http.StatusNotFound)
}
