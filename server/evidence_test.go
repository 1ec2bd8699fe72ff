package server_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/workflow"
)

// MustLink adds a link as evidence.
func MustLink(tb testing.TB, p *servertest.Person, title string) *meritv1.Evidence {
	tb.Helper()
	return servertest.Must(evidence(p).AddLink(tb.Context(), &meritv1.AddLinkRequest{Url: "https://jdih.example.go.id/1", Title: title}))(tb).GetEvidence()
}

func TestALinkIsHTTPSOrRefused(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	for _, tc := range []struct {
		url string
		ok  bool
	}{
		{"https://jdih.example.go.id/perbup/12?tahun=2020#bab-2", true},
		{" https://drive.example.com/file ", true},
		{"https://[2001:db8::1]/sk.pdf", true},
		{"http://jdih.example.go.id/perbup", false},
		{"javascript:alert(1)", false},
		{"file:///etc/passwd", false},
		{"//jdih.example.go.id/perbup", false},
		{"jdih.example.go.id", false},
		{"https:///perbup", false},
		{"https://:443/perbup", false},
		{"https://user:secret@jdih.example.go.id/", false},
		{"https://jdih.example.go.id/a b", false},
		{`https://jdih.example.go.id/"><script>`, false},
		{"https://jdih.example.go.id\\@evil.example", false},
		{"HTTPS://JDIH.example.go.id/perbup", true},
	} {
		t.Run(tc.url, func(t *testing.T) {
			resp, err := evidence(a.operator).AddLink(t.Context(), &meritv1.AddLinkRequest{Url: tc.url, Title: "Perbup"})
			if !tc.ok {
				servertest.WantReason(t, err, meritv1.Reason_REASON_LINK_REFUSED)
				return
			}
			if e := servertest.Must(resp, err)(t).GetEvidence(); e.GetUrl() != strings.TrimSpace(tc.url) || e.GetKind() != meritv1.EvidenceKind_EVIDENCE_KIND_LINK {
				t.Errorf("the link became %v", e)
			}
		})
	}
}

func TestALinkIsAddedOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		req := &meritv1.AddLinkRequest{Url: "https://jdih.example.go.id/1", Title: "Perbup", EffectiveDate: "2020-01-02", RequestId: "r1"}
		first := servertest.Must(evidence(a.operator).AddLink(t.Context(), req))(t)
		second := servertest.Must(evidence(a.operator).AddLink(t.Context(), req))(t)
		got := servertest.Must(evidence(a.operator).GetEvidence(t.Context(), &meritv1.GetEvidenceRequest{EvidenceId: first.GetEvidence().GetId()}))(t)
		if diff := cmp.Diff(first, second, protocmp.Transform()); diff != "" {
			t.Errorf("added again (-first +second):\n%s", diff)
		}
		if diff := cmp.Diff(first.GetEvidence(), got.GetEvidence(), protocmp.Transform()); diff != "" {
			t.Errorf("(-added +read):\n%s", diff)
		}
	})
}

func TestWhoSeesEvidence(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		cited, uncited := MustAdd(t, a.operator, "sk.pdf", pdf("cited")), MustAdd(t, a.operator, "lain.pdf", pdf("uncited"))
		servertest.Must(a.cite(t.Context(), a.operator, cited.GetId(), "1.1", "1.2"))(t)
		inspektorat := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, a.agency)
		bystander := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, a.other)
		lead := s.MustAccount(t, meritv1.Role_ROLE_LEAD_VERIFIER, "")
		commissioner := s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, "")
		people := []struct {
			name      string
			person    *servertest.Person
			draft     string // what they see while the assessment is a draft
			submitted string // and afterwards
		}{
			{"operator of the agency", a.operator, "cited uncited", "cited uncited"},
			{"contributor of the agency", a.contributor, "cited uncited", "cited uncited"},
			{"auditor of the agency", inspektorat, "cited uncited", "cited uncited"},
			{"auditor of the nation", a.inspects, "cited uncited", "cited uncited"},
			{"operator of another agency", a.stranger, "", ""},
			{"auditor of another agency", bystander, "", ""},
			{"verifier of the region", a.verifier, "", "cited"},
			{"verifier of another region", a.faraway, "", ""},
			{"lead verifier", lead, "", "cited"},
			{"commissioner", commissioner, "", "cited"},
		}
		check := func(t *testing.T, p *servertest.Person, want string) {
			t.Helper()
			for name, e := range map[string]*meritv1.Evidence{"cited": cited, "uncited": uncited} {
				_, err := evidence(p).GetEvidence(t.Context(), &meritv1.GetEvidenceRequest{EvidenceId: e.GetId()})
				_, errDownload := download(t.Context(), p, &meritv1.DownloadRequest{EvidenceId: e.GetId()})
				reason := meritv1.Reason_REASON_NOT_FOUND
				if strings.HasPrefix(want, name) || strings.HasSuffix(want, " "+name) {
					reason = meritv1.Reason_REASON_UNSPECIFIED
				}
				if servertest.Reason(err) != reason || servertest.Reason(errDownload) != reason {
					t.Errorf("%s: get %v, download %v, want %s", name, err, errDownload, reason)
				}
			}
			resp, err := evidence(p).ListEvidence(t.Context(), &meritv1.ListEvidenceRequest{AgencyId: a.agency})
			if servertest.Reason(err) == meritv1.Reason_REASON_NOT_FOUND && want == "" {
				return
			}
			if got := len(servertest.Must(resp, err)(t).GetEvidence()); got != len(strings.Fields(want)) {
				t.Errorf("listed %d pieces, want %q", got, want)
			}
		}
		for _, who := range people {
			t.Run("draft/"+who.name, func(t *testing.T) { check(t, who.person, who.draft) })
		}
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		for _, who := range people {
			t.Run("submitted/"+who.name, func(t *testing.T) { check(t, who.person, who.submitted) })
		}
		got := servertest.Must(evidence(a.verifier).GetEvidence(t.Context(), &meritv1.GetEvidenceRequest{EvidenceId: cited.GetId()}))(t)
		if n := len(got.GetEvidence().GetCitations()); n != 2 {
			t.Errorf("the verifier sees %d citations, want 2", n)
		}
		if want := "EvidenceService.Download"; !slices.Contains(a.actions(t, cited.GetId()), audit.Action(want)) {
			t.Errorf("no download stands in the trail: %v", a.actions(t, cited.GetId()))
		}
	})
}

func TestEvidenceIsListedByAgencyAssessmentAndItem(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		names := map[string]string{}
		for i := range 5 {
			e := MustLink(t, a.operator, fmt.Sprintf("e%d", i))
			names[e.GetId()] = e.GetTitle()
			a.Clock.Add(1e6)
			if i < 3 {
				servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), "1.1", fmt.Sprintf("2.%d", i+1)))(t)
			}
			if i == 4 {
				servertest.Must(evidence(a.operator).WithdrawEvidence(t.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: e.GetId(), Revision: 1}))(t)
			}
		}
		for _, tc := range []struct {
			name string
			req  *meritv1.ListEvidenceRequest
			want string
		}{
			{"the own agency", &meritv1.ListEvidenceRequest{}, "e3 e2 e1 e0"},
			{"the agency named", &meritv1.ListEvidenceRequest{AgencyId: a.agency}, "e3 e2 e1 e0"},
			{"with what was withdrawn", &meritv1.ListEvidenceRequest{IncludeWithdrawn: true}, "e4 e3 e2 e1 e0"},
			{"the assessment", &meritv1.ListEvidenceRequest{AssessmentId: a.assessment}, "e2 e1 e0"},
			{"an item", &meritv1.ListEvidenceRequest{AssessmentId: a.assessment, Item: "2.2"}, "e1"},
			{"an item that cites nothing", &meritv1.ListEvidenceRequest{AssessmentId: a.assessment, Item: "3.1"}, ""},
		} {
			for _, size := range []int32{0, 1, 2} {
				t.Run(fmt.Sprintf("%s/pages of %d", tc.name, size), func(t *testing.T) {
					var got []string
					tc.req.PageSize, tc.req.PageToken = size, ""
					for {
						resp := servertest.Must(evidence(a.operator).ListEvidence(t.Context(), tc.req))(t)
						for _, e := range resp.GetEvidence() {
							got = append(got, names[e.GetId()])
						}
						if tc.req.PageToken = resp.GetNextPageToken(); tc.req.PageToken == "" {
							break
						}
					}
					if strings.Join(got, " ") != tc.want {
						t.Errorf("listed %v, want %s", got, tc.want)
					}
				})
			}
		}
	})
}

func TestAListOfEvidenceIsRefused(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	for _, tc := range []struct {
		name   string
		person *servertest.Person
		req    *meritv1.ListEvidenceRequest
		want   meritv1.Reason
	}{
		{"of no agency for who has none", a.verifier, &meritv1.ListEvidenceRequest{}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"of an item without its assessment", a.operator, &meritv1.ListEvidenceRequest{Item: "1.1"}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"of another agency", a.stranger, &meritv1.ListEvidenceRequest{AgencyId: a.agency}, meritv1.Reason_REASON_NOT_FOUND},
		{"of another agency's assessment", a.stranger, &meritv1.ListEvidenceRequest{AssessmentId: a.assessment}, meritv1.Reason_REASON_NOT_FOUND},
		{"of a draft for its verifier", a.verifier, &meritv1.ListEvidenceRequest{AssessmentId: a.assessment}, meritv1.Reason_REASON_NOT_FOUND},
		{"of an assessment of another agency than named", a.operator, &meritv1.ListEvidenceRequest{AssessmentId: a.assessment, AgencyId: a.other}, meritv1.Reason_REASON_NOT_FOUND},
		{"of an unknown agency", a.inspects, &meritv1.ListEvidenceRequest{AgencyId: "unknown"}, meritv1.Reason_REASON_NOT_FOUND},
		{"after a damaged token", a.operator, &meritv1.ListEvidenceRequest{PageToken: "x"}, meritv1.Reason_REASON_PAGE_TOKEN_INVALID},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := evidence(tc.person).ListEvidence(t.Context(), tc.req)
			servertest.WantReason(t, err, tc.want)
		})
	}
}

func TestEvidenceIsDescribedAnewAtItsNewestRevision(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustAdd(t, a.operator, "sk.pdf", pdf(""))
		req := &meritv1.UpdateEvidenceRequest{EvidenceId: e.GetId(), Title: " SK Talenta ", EffectiveDate: "2020-05-06", Revision: 1}
		got := servertest.Must(evidence(a.approver).UpdateEvidence(t.Context(), req))(t).GetEvidence()
		e.Title, e.EffectiveDate, e.Revision = "SK Talenta", "2020-05-06", 2
		if diff := cmp.Diff(e, got, protocmp.Transform()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		_, err := evidence(a.operator).UpdateEvidence(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if now, _ := servertest.Detail[*meritv1.Evidence](err); now.GetRevision() != 2 {
			t.Errorf("the details tell %v, want the newest revision", now)
		}
		if want := []audit.Action{"EvidenceService.FinishUpload", "EvidenceService.UpdateEvidence"}; !slices.Equal(a.actions(t, e.GetId()), want) {
			t.Errorf("the trail says %v, want %v", a.actions(t, e.GetId()), want)
		}
	})
}

func TestEvidenceInUseIsNeitherChangedNorWithdrawn(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustLink(t, a.operator, "Perbup")
		change := func(p *servertest.Person) (update, withdraw meritv1.Reason) {
			_, err := evidence(p).UpdateEvidence(t.Context(), &meritv1.UpdateEvidenceRequest{EvidenceId: e.GetId(), Title: "x", Revision: 7})
			_, err2 := evidence(p).WithdrawEvidence(t.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: e.GetId(), Revision: 7})
			return servertest.Reason(err), servertest.Reason(err2)
		}
		want := func(when string, p *servertest.Person, reason meritv1.Reason) {
			t.Helper()
			if update, withdraw := change(p); update != reason || withdraw != reason {
				t.Errorf("%s: update %s, withdraw %s, want %s", when, update, withdraw, reason)
			}
		}
		servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), "1.1"))(t)
		want("cited by a draft, at a stale revision", a.operator, meritv1.Reason_REASON_STALE_REVISION)
		want("for a stranger", a.stranger, meritv1.Reason_REASON_NOT_FOUND)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		want("cited by a submitted assessment", a.operator, meritv1.Reason_REASON_IN_USE)
		a.MustStep(t, workflow.Recall, workflow.Draft)
		want("recalled before anybody looked", a.operator, meritv1.Reason_REASON_STALE_REVISION)
		a.MustStep(t, workflow.Submit, workflow.Submitted)
		a.MustStep(t, workflow.Return, workflow.Draft)
		want("returned by a verifier", a.operator, meritv1.Reason_REASON_IN_USE)
	})
}

func TestWithdrawnEvidenceIsCitedNoMore(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newArchive(t, s)
		e := MustLink(t, a.operator, "Perbup")
		servertest.Must(a.cite(t.Context(), a.operator, e.GetId(), "1.1", "1.2"))(t)
		got := servertest.Must(evidence(a.operator).WithdrawEvidence(t.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: e.GetId(), Revision: 1}))(t)
		if got.GetEvidence().GetWithdrawnAt() == nil {
			t.Error("the answer does not say when it was withdrawn")
		}
		now := servertest.Must(evidence(a.operator).GetEvidence(t.Context(), &meritv1.GetEvidenceRequest{EvidenceId: e.GetId()}))(t)
		if n := len(now.GetEvidence().GetCitations()); n != 0 {
			t.Errorf("%d items still cite it", n)
		}
		_, err := a.cite(t.Context(), a.operator, e.GetId(), "1.1")
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		_, err = evidence(a.operator).WithdrawEvidence(t.Context(), &meritv1.WithdrawEvidenceRequest{EvidenceId: e.GetId(), Revision: 2})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
	})
}

func TestADownloadIsAnyRangeOfTheBytes(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	content := append(pdf(""), bytes.Repeat([]byte("0123456789"), 60_000)...) // more than two messages
	size := int64(len(content))
	e := MustAdd(t, a.operator, "sk.pdf", content)
	for _, tc := range []struct {
		name           string
		offset, length int64
		want           []byte
	}{
		{"all", 0, 0, content},
		{"from the middle", 300_000, 0, content[300_000:]},
		{"a piece", 100, 20, content[100:120]},
		{"a piece over two messages", 262_000, 500, content[262_000:262_500]},
		{"more than there is", size - 5, 100, content[size-5:]},
		{"from the end", size, 0, nil},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got, err := download(t.Context(), a.operator, &meritv1.DownloadRequest{EvidenceId: e.GetId(), Offset: tc.offset, Length: tc.length})
			whole := servertest.Must(got, err)(t)
			if !bytes.Equal(whole.GetData(), tc.want) {
				t.Errorf("%d bytes, want %d", len(whole.GetData()), len(tc.want))
			}
			whole.Data = nil
			want := &meritv1.DownloadResponse{FileName: "sk.pdf", MediaType: "application/pdf", Size: size, Sha256: sumOf(content)}
			if diff := cmp.Diff(want, whole, protocmp.Transform(), protocmp.IgnoreEmptyMessages()); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestADownloadIsRefused(t *testing.T) {
	a := newArchive(t, servertest.New(t))
	file, link := MustAdd(t, a.operator, "sk.pdf", pdf("")), MustLink(t, a.operator, "Perbup")
	for _, tc := range []struct {
		name string
		req  *meritv1.DownloadRequest
		want meritv1.Reason
	}{
		{"of nothing", &meritv1.DownloadRequest{}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"of two things", &meritv1.DownloadRequest{EvidenceId: file.GetId(), DocumentId: file.GetId()}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"of a link", &meritv1.DownloadRequest{EvidenceId: link.GetId()}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"behind the end", &meritv1.DownloadRequest{EvidenceId: file.GetId(), Offset: file.GetSize() + 1}, meritv1.Reason_REASON_INVALID_REQUEST},
		{"of unknown evidence", &meritv1.DownloadRequest{EvidenceId: "unknown"}, meritv1.Reason_REASON_NOT_FOUND},
		{"of an unknown document", &meritv1.DownloadRequest{DocumentId: file.GetId()}, meritv1.Reason_REASON_NOT_FOUND},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := download(t.Context(), a.operator, tc.req)
			servertest.WantReason(t, err, tc.want)
		})
	}
}
