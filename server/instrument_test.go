package server_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// MustSource reads the source of an instrument: an embedded one by id, or a file of scoring/instrument/testdata/diff.
func MustSource(tb testing.TB, name string) string {
	tb.Helper()
	if in, ok := instrument.Lookup(name); ok {
		return string(in.Source())
	}
	data, err := os.ReadFile(filepath.Join("../scoring/instrument/testdata/diff", name))
	if err != nil {
		tb.Fatal(err)
	}
	return string(data)
}

// MustSave saves a draft.
func MustSave(tb testing.TB, admin meritv1.InstrumentServiceClient, source string) *meritv1.Instrument {
	tb.Helper()
	resp, err := admin.SaveInstrumentDraft(tb.Context(), &meritv1.SaveInstrumentDraftRequest{Source: []byte(source)})
	return servertest.Must(resp, err)(tb).GetInstrument()
}

// MustPublish saves and publishes an instrument.
func MustPublish(tb testing.TB, admin meritv1.InstrumentServiceClient, source string) *meritv1.Instrument {
	tb.Helper()
	draft := MustSave(tb, admin, source)
	resp, err := admin.PublishInstrument(tb.Context(), &meritv1.PublishInstrumentRequest{InstrumentId: draft.GetId(), Digest: draft.GetDigest()})
	return servertest.Must(resp, err)(tb).GetInstrument()
}

func TestAnInstrumentIsDraftedPublishedAndRetired(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		ctx := t.Context()
		admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
		public := meritv1.NewInstrumentServiceClient(s.Anyone())
		get := &meritv1.GetInstrumentRequest{InstrumentId: "sample-1"}
		source := MustSource(t, "before.yaml")

		first := MustSave(t, admin, source)
		_, err := public.GetInstrument(ctx, get)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)

		second := MustSave(t, admin, strings.Replace(source, "Contoh", "Contoh yang lain", 1))
		_, err = admin.PublishInstrument(ctx, &meritv1.PublishInstrumentRequest{InstrumentId: "sample-1", Digest: first.GetDigest()})
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if current, ok := servertest.Detail[*meritv1.Instrument](err); !ok || current.GetDigest() != second.GetDigest() {
			t.Errorf("the refusal shows digest %q, want that of the current draft", current.GetDigest())
		}

		publish := &meritv1.PublishInstrumentRequest{InstrumentId: "sample-1", Digest: second.GetDigest()}
		published := servertest.Must(admin.PublishInstrument(ctx, publish))(t).GetInstrument()
		if published.GetLifecycle() != meritv1.Lifecycle_LIFECYCLE_PUBLISHED || !published.GetPublishedAt().AsTime().Equal(s.Clock.Now()) {
			t.Errorf("published: %v at %v", published.GetLifecycle(), published.GetPublishedAt())
		}
		seen := servertest.Must(public.GetInstrument(ctx, get))(t).GetInstrument()
		if diff := cmp.Diff(published, seen, protocmp.Transform()); diff != "" {
			t.Errorf("the public reads something else (-published +read):\n%s", diff)
		}
		_, err = admin.PublishInstrument(ctx, publish)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INSTRUMENT_IMMUTABLE)
		_, err = admin.SaveInstrumentDraft(ctx, &meritv1.SaveInstrumentDraftRequest{Source: []byte(source)})
		servertest.WantReason(t, err, meritv1.Reason_REASON_INSTRUMENT_IMMUTABLE)

		retire := &meritv1.RetireInstrumentRequest{InstrumentId: "sample-1"}
		if got := servertest.Must(admin.RetireInstrument(ctx, retire))(t).GetInstrument().GetLifecycle(); got != meritv1.Lifecycle_LIFECYCLE_RETIRED {
			t.Errorf("after retiring: %v", got)
		}
		_, err = admin.RetireInstrument(ctx, retire)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		servertest.Must(public.GetInstrument(ctx, get))(t)
	})
}

func TestABrokenInstrumentIsRefusedWithEveryLine(t *testing.T) {
	s := servertest.New(t)
	admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	broken := strings.NewReplacer(`weight: "2.5"`, `weight: "-1"`, `min: "5"`, `min: "0"`).Replace(MustSource(t, "before.yaml"))
	lines := []int32{lineOf(t, broken, `min: "0"}`+"\naspects"), lineOf(t, broken, `weight: "-1"`)}

	resp := servertest.Must(admin.ValidateInstrument(t.Context(), &meritv1.ValidateInstrumentRequest{Source: []byte(broken)}))(t)
	var got []int32
	for _, p := range resp.GetProblems() {
		got = append(got, p.GetLine())
		if p.GetColumn() == 0 || p.GetRule() == "" || p.GetMessage() == "" {
			t.Errorf("a problem lacks column, rule or message: %v", p)
		}
	}
	if diff := cmp.Diff(lines, got); diff != "" {
		t.Errorf("lines of the problems (-want +got):\n%s\n%v", diff, resp.GetProblems())
	}
	if resp.GetInstrument() != nil {
		t.Error("a broken instrument is shown as if it were valid")
	}

	_, err := admin.SaveInstrumentDraft(t.Context(), &meritv1.SaveInstrumentDraftRequest{Source: []byte(broken)})
	servertest.WantReason(t, err, meritv1.Reason_REASON_INSTRUMENT_INVALID)
	if violations := servertest.Violations(err); len(violations) != len(lines) {
		t.Errorf("violations are %v, want one for each of lines %v", violations, lines)
	}
}

func TestProblemsOfAnInstrumentAreSaidInTheLanguageOfTheCaller(t *testing.T) {
	s := servertest.New(t)
	admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	broken := []byte(strings.Replace(MustSource(t, "before.yaml"), `weight: "2.5"`, `weight: "-1"`, 1))
	for language, want := range map[string]string{"en": "is not a plain decimal number", "id": "bukan bilangan desimal biasa"} {
		ctx := metadata.AppendToOutgoingContext(t.Context(), server.AcceptLanguage, language)
		resp := servertest.Must(admin.ValidateInstrument(ctx, &meritv1.ValidateInstrumentRequest{Source: broken}))(t)
		if got := resp.GetProblems()[0].GetMessage(); !strings.Contains(got, want) {
			t.Errorf("validated in %s: %q, want %q in it", language, got, want)
		}
		_, err := admin.SaveInstrumentDraft(ctx, &meritv1.SaveInstrumentDraftRequest{Source: broken})
		if said := fmt.Sprint(status.Convert(err).Details()); !strings.Contains(said, want) {
			t.Errorf("refused in %s with %s, want %q in it", language, said, want)
		}
	}
}

// lineOf is the line, from 1, on which a text stands.
func lineOf(tb testing.TB, source, text string) int32 {
	tb.Helper()
	before, _, ok := strings.Cut(source, text)
	if !ok {
		tb.Fatalf("%q is not in the file", text)
	}
	return int32(strings.Count(before, "\n") + 1)
}

func TestValidatingAGoodInstrumentStoresNothing(t *testing.T) {
	s := servertest.New(t)
	operator := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{})))
	resp := servertest.Must(operator.ValidateInstrument(t.Context(), &meritv1.ValidateInstrumentRequest{Source: []byte(MustSource(t, "kasn-2019"))}))(t)
	in := resp.GetInstrument()
	if len(resp.GetProblems()) > 0 || in.GetItemCount() != 38 || len(in.GetAspects()) != 8 || !in.GetRestsOnReconstructed() {
		t.Errorf("problems %v, %d items in %d aspects", resp.GetProblems(), in.GetItemCount(), len(in.GetAspects()))
	}
	auditor := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
	if list := servertest.Must(auditor.ListInstruments(t.Context(), &meritv1.ListInstrumentsRequest{}))(t); len(list.GetInstruments()) > 0 {
		t.Errorf("it was stored: %v", list.GetInstruments())
	}
}

func TestAnInstrumentMustFitTheOneItReplaces(t *testing.T) {
	s := servertest.New(t)
	admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	publish := func(draft *meritv1.Instrument) error {
		_, err := admin.PublishInstrument(t.Context(), &meritv1.PublishInstrumentRequest{InstrumentId: draft.GetId(), Digest: draft.GetDigest()})
		return err
	}
	after := MustSource(t, "after.yaml")

	err := publish(MustSave(t, admin, after))
	servertest.WantReason(t, err, meritv1.Reason_REASON_INSTRUMENT_INVALID)
	if _, ok := servertest.Violations(err)["replaces"]; !ok {
		t.Errorf("violations are %v, want replaces, which is unknown", servertest.Violations(err))
	}
	MustPublish(t, admin, MustSource(t, "before.yaml"))
	err = publish(MustSave(t, admin, strings.Replace(after, `predecessor: "1.2"`, `predecessor: "7.7"`, 1)))
	if _, ok := servertest.Violations(err)["item 2.1"]; !ok {
		t.Errorf("violations are %v, want item 2.1, whose predecessor is unknown", servertest.Violations(err))
	}
	if err := publish(MustSave(t, admin, after)); err != nil {
		t.Errorf("publish: %v", err)
	}
}

func TestAnInstrumentIsShownWhole(t *testing.T) {
	s := servertest.New(t)
	admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	source := MustSource(t, "after.yaml")
	got := MustSave(t, admin, source)
	levels := func(second string) []*meritv1.LevelDescription {
		return []*meritv1.LevelDescription{{Level: 1, Description: "Belum ada."}, {Level: 2, Description: second}}
	}
	want := &meritv1.Instrument{
		Id: "sample-2", Title: "Contoh", LegalBases: []string{"Peraturan 1", "Peraturan 2"}, Assessor: "Lembaga B",
		Status: meritv1.LegalStatus_LEGAL_STATUS_OFFICIAL, Lifecycle: meritv1.Lifecycle_LIFECYCLE_DRAFT,
		Provenance: "Dibuat untuk pengujian.", EvidenceRequired: true, Replaces: "sample-1", Method: "WEIGHTED_SUM",
		IndexDivisor: "12", IndexDecimals: 2, ScaleMin: 1, ScaleMax: 2, ItemCount: 3, Source: []byte(source),
		Digest: got.GetDigest(),
		Categories: []*meritv1.Category{
			{Code: "kurang", Name: "Kurang", Min: "0"}, {Code: "baik", Name: "Baik", Min: "6"}, {Code: "unggul", Name: "Unggul", Min: "9"},
		},
		Aspects: []*meritv1.Aspect{
			{Code: "1", Name: "Perencanaan Kebutuhan", Items: []*meritv1.Item{
				{Code: "1.1", Kind: "SCORED", Name: "Analisis jabatan", Weight: "1", Levels: levels("Sudah ada."), Provenance: "STATED"},
				{
					Code: "1.2", Kind: "SCORED", Name: "Peta jabatan", Weight: "3", Levels: levels("Sudah ada dan ditetapkan."),
					EvidenceHints: []string{"Keputusan", "Lampiran"}, Provenance: "STATED", Predecessor: "1.1",
				},
			}},
			{Code: "2", Name: "Pengadaan", Items: []*meritv1.Item{
				{
					Code: "2.1", Kind: "SCORED", Name: "Data pegawai", Weight: "1", Levels: levels("Sudah ada."),
					Provenance: "STATED", Predecessor: "1.2", Comparable: true,
				},
			}},
		},
		Profile: []*meritv1.ProfileField{{Code: "jumlah", Kind: "TEXT", Label: "Jumlah pegawai"}},
	}
	if diff := cmp.Diff(want, got, protocmp.Transform()); diff != "" {
		t.Errorf("instrument (-want +got):\n%s", diff)
	}
}

func TestInstrumentsAreListedInPages(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
		public := meritv1.NewInstrumentServiceClient(s.Anyone())
		MustPublish(t, admin, MustSource(t, "kasn-2019"))
		MustPublish(t, admin, MustSource(t, "panrb-2026"))
		MustSave(t, admin, MustSource(t, "before.yaml"))

		list := func(client meritv1.InstrumentServiceClient) (ids []string) {
			req := &meritv1.ListInstrumentsRequest{PageSize: 1}
			for {
				resp := servertest.Must(client.ListInstruments(t.Context(), req))(t)
				for _, in := range resp.GetInstruments() {
					ids = append(ids, in.GetId())
					if in.GetItemCount() == 0 || len(in.GetAspects()) > 0 || in.GetSource() != nil {
						t.Errorf("a list shows the head alone, but %s has %d aspects", in.GetId(), len(in.GetAspects()))
					}
				}
				if req.PageToken = resp.GetNextPageToken(); req.PageToken == "" {
					return ids
				}
			}
		}
		if diff := cmp.Diff([]string{"kasn-2019", "panrb-2026"}, list(public)); diff != "" {
			t.Errorf("the public sees (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff([]string{"kasn-2019", "panrb-2026", "sample-1"}, list(admin)); diff != "" {
			t.Errorf("an administrator sees (-want +got):\n%s", diff)
		}
	})
}

func TestInstrumentsAreCompared(t *testing.T) {
	s := servertest.New(t)
	admin := meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	public := meritv1.NewInstrumentServiceClient(s.Anyone())
	MustPublish(t, admin, MustSource(t, "before.yaml"))
	MustSave(t, admin, MustSource(t, "after.yaml"))
	req := &meritv1.DiffInstrumentsRequest{FromId: "sample-1", ToId: "sample-2"}

	_, err := public.DiffInstruments(t.Context(), req)
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)

	want, err := os.ReadFile("../scoring/instrument/testdata/diff/want.txt")
	if err != nil {
		t.Fatal(err)
	}
	changes := servertest.Must(admin.DiffInstruments(t.Context(), req))(t).GetChanges()
	if len(changes) != strings.Count(string(want), "\n") {
		t.Errorf("%d changes, want those of the golden file", len(changes))
	}
	weight := &meritv1.InstrumentChange{Kind: "REWEIGHTED", Subject: "item 1.2 weight", Before: "2.5", After: "3"}
	if !containsMessage(changes, weight) {
		t.Errorf("changes lack %v", weight)
	}
}

func containsMessage(all []*meritv1.InstrumentChange, want *meritv1.InstrumentChange) bool {
	for _, c := range all {
		if cmp.Equal(c, want, protocmp.Transform()) {
			return true
		}
	}
	return false
}
