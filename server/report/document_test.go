package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"google.golang.org/protobuf/types/known/timestamppb"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/proto/scored"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/report"
)

var update = flag.Bool("update", false, "write golden files anew")

// wantGolden compares bytes with those of a golden file, which people can open and look at.
func wantGolden(t *testing.T, name string, got []byte) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs: go test ./server/report -update, and look at the file", file)
	}
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(tb testing.TB) T {
		tb.Helper()
		if err != nil {
			tb.Fatal(err)
		}
		return v
	}
}

func kasn(tb testing.TB) *instrument.Instrument {
	tb.Helper()
	in, ok := instrument.Lookup("kasn-2019")
	if !ok {
		tb.Fatal("there is no instrument kasn-2019")
	}
	return in
}

// score scores a sheet on which every item has one level but for some.
func score(tb testing.TB, in *instrument.Instrument, level int, others map[string]int) *meritv1.Score {
	tb.Helper()
	sheet := must(in.Scoring().NewSheet(scoring.Kabupaten))(tb)
	for _, item := range in.Scoring().Items() {
		n := level
		if other, ok := others[item.Code]; ok {
			n = other
		}
		if n == 0 {
			must(0, sheet.SetNotProven(item.Code))(tb)
			continue
		}
		must(0, sheet.SetLevel(item.Code, n))(tb)
	}
	return scored.Sheet(in, sheet, scored.WithItems)
}

func level(n int32) *meritv1.Answer { return &meritv1.Answer{Value: &meritv1.Answer_Level{Level: n}} }

func at(day, hour int) *timestamppb.Timestamp {
	return timestamppb.New(time.Date(2021, time.March, day, hour, 5, 0, 0, time.UTC))
}

func person(name string) *meritv1.Person { return &meritv1.Person{Name: name} }

func sampleMinutes(tb testing.TB, l report.Language) report.Minutes {
	in := kasn(tb)
	return report.Minutes{Instrument: in, Language: l, Minutes: &meritv1.Minutes{
		Id: "01F00000000000000000000000", Number: "BA-17/VER/2021", AgencyName: "Pemerintah Kabupaten Demo Utara", CycleName: "Penilaian 2021",
		Assessor: "Lembaga Penilai Demo", InstrumentId: in.ID, Verifier: person("Demo Verifikator, S.Sos., M.Si."),
		LeadVerifier: person("Demo Koordinator, S.H."), ReleasedAt: at(24, 7), RestsOnReconstructed: true,
		Claimed: score(tb, in, 3, nil), Verified: score(tb, in, 3, map[string]int{"1.1": 2, "4.2": 0}),
		Differences: []*meritv1.MinutesItem{
			{Item: "1.1", Name: in.ItemByCode("1.1").Title(), Claimed: level(3), Verified: level(2), Reason: "Peta jabatan belum ditetapkan PPK: yang dilampirkan masih rancangan tanpa tanda tangan."},
			{Item: "4.2", Name: in.ItemByCode("4.2").Title(), Claimed: level(3), Verified: &meritv1.Answer{Value: &meritv1.Answer_NotProven{NotProven: true}}, Reason: "Tidak ada bukti dukung. 証拠 tidak terbaca."},
		},
		Clarifications: []*meritv1.Clarification{{
			Number: 1, Kind: meritv1.RoundKind_ROUND_KIND_CLARIFICATION, LastDay: "2021-03-12", OpenedAt: at(5, 2),
			Items: []*meritv1.ClarificationItem{
				{Item: "1.1", Question: "Lampirkan keputusan PPK tentang peta jabatan.", Answers: []*meritv1.ClarificationAnswer{{Answer: "Keputusan masih diproses di bagian hukum."}}},
				{Item: "4.2", Question: "Di halaman berapa rencana suksesi dimuat?"},
			},
		}},
	}}
}

func sampleSession(tb testing.TB, l report.Language) report.SessionMinutes {
	in := kasn(tb)
	item := &meritv1.AgendaItem{
		AgencyName: "Pemerintah Kabupaten Demo Utara", AgencyKind: meritv1.AgencyKind_AGENCY_KIND_KABUPATEN, Claimed: score(tb, in, 3, nil),
		Verified: score(tb, in, 3, map[string]int{"1.1": 2}), Determined: score(tb, in, 3, map[string]int{"1.1": 1}),
		Disputed: []*meritv1.DisputedItem{{
			Item: "1.1", Name: in.ItemByCode("1.1").Title(), Claimed: &meritv1.Decision{Answer: level(3)},
			Verified: &meritv1.Decision{Answer: level(2), Note: "Belum ditetapkan."}, Determined: &meritv1.Decision{Answer: level(1), Note: "Dokumen berasal dari tahun 2015."},
		}},
		Votes: []*meritv1.CastVote{
			{Commissioner: person("Demo Komisioner Satu"), Vote: meritv1.VoteKind_VOTE_KIND_IN_FAVOUR},
			{Commissioner: person("Demo Komisioner Dua"), Vote: meritv1.VoteKind_VOTE_KIND_AGAINST, Dissent: "Tingkat 2 sudah cukup terbukti dari lampiran."},
		},
		Recusals: []*meritv1.Recusal{{Commissioner: person("Demo Komisioner Tiga"), Reason: "Pernah bertugas di instansi ini.", ByRule: true}},
		Eligible: 2, NeededQuorum: 2, NeededVotes: 1, Outcome: meritv1.Outcome_OUTCOME_CHANGED, Reason: "Disepakati menurunkan butir 1.1.",
		RestsOnReconstructed: true, AcknowledgedReconstructed: true,
	}
	postponed := &meritv1.AgendaItem{
		AgencyName: "Kementerian Demo", Claimed: score(tb, in, 4, nil), Verified: score(tb, in, 4, nil), Eligible: 3, NeededQuorum: 2, NeededVotes: 2,
		Outcome: meritv1.Outcome_OUTCOME_POSTPONED, Reason: "Menunggu pendapat hukum.", RestsOnReconstructed: true,
	}
	return report.SessionMinutes{Cycle: "Penilaian 2021", Assessor: "Lembaga Penilai Demo", Instrument: in, Language: l, Session: &meritv1.Session{
		Title: "Pleno penetapan I", HeldOn: "2021-06-10", State: meritv1.SessionState_SESSION_STATE_CLOSED, OpenedAt: at(10, 2), ClosedAt: at(10, 9),
		DecreeNumber: "SK-12/2021", DecreeDate: "2021-06-10", Agenda: []*meritv1.AgendaItem{item, postponed},
		Attendance: []*meritv1.Attendance{
			{Commissioner: person("Demo Komisioner Satu"), Present: true},
			{Commissioner: person("Demo Komisioner Dua"), Present: true},
			{Commissioner: person("Demo Komisioner Tiga"), Present: true},
			{Commissioner: person("Demo Komisioner Empat")},
		},
	}}
}

func sampleResult(tb testing.TB, l report.Language) report.Result {
	in := kasn(tb)
	s := score(tb, in, 3, map[string]int{"1.1": 2, "4.2": 0})
	return report.Result{Assessor: "Lembaga Penilai Demo", Instrument: in, Language: l, Score: s, Result: &meritv1.Result{
		Id: "01F00000000000000000000001", AgencyCode: "33.74", AgencyName: "Pemerintah Kabupaten Demo Utara", AgencyKind: meritv1.AgencyKind_AGENCY_KIND_KABUPATEN,
		Year: 2021, InstrumentId: in.ID, HasTotal: true, Total: s.GetTotal(), Index: s.GetIndex(), Category: s.GetCategory(), CategoryName: s.GetCategoryName(),
		DecreeNumber: "SK-12/2021", DecreeDate: "2021-06-10", DeterminedAt: at(10, 9), ValidUntil: "2022-06-09", RestsOnReconstructed: true,
	}}
}

func sampleCertificate(tb testing.TB, l report.Language) report.Certificate {
	result := sampleResult(tb, l)
	return report.Certificate{
		Assessor: result.Assessor, Instrument: result.Instrument, Language: l,
		Award: &meritv1.Award{
			Title: "Anugerah Meritokrasi 2021", LetterNumber: "AM-3/2021", PublishedAt: at(20, 3),
			Rule: &meritv1.AwardRule{Groups: []*meritv1.AwardGroup{{Name: "Pemerintah kabupaten kategori Baik"}}},
		},
		Recipients: []*meritv1.Recipient{{Place: 1, Result: result.Result}},
	}
}

// documents are all kinds, made of samples.
func documents(tb testing.TB, l report.Language) map[string][]byte {
	minutes, session, result, certificate := sampleMinutes(tb, l), sampleSession(tb, l), sampleResult(tb, l), sampleCertificate(tb, l)
	return map[string][]byte{
		"minutes": must(minutes.PDF())(tb), "session": must(session.PDF())(tb), "result": must(result.PDF())(tb), "certificate": must(certificate.PDF())(tb),
	}
}

func TestDocumentsAreTheSameBytesAgain(t *testing.T) {
	for _, l := range []report.Language{"id", "en"} {
		first, again := documents(t, l), documents(t, l)
		for name, data := range first {
			if !bytes.Equal(data, again[name]) {
				t.Errorf("%s in %s differs when made again", name, l)
			}
			wantGolden(t, name+"."+string(l)+".pdf", data)
		}
	}
}

func TestWhatRestsOnReconstructedItemsSaysSoOnItsFace(t *testing.T) {
	for l, word := range map[report.Language]string{"id": "DIREKONSTRUKSI", "en": "RECONSTRUCTED"} {
		for name, data := range documents(t, l) {
			if !strings.Contains(firstPage(data), word) {
				t.Errorf("the first page of %s in %s does not say %s", name, l, word)
			}
		}
	}
}

// firstPage is what is drawn on the first page of a document.
func firstPage(pdf []byte) string {
	_, after, _ := strings.Cut(string(pdf), "stream\n")
	page, _, _ := strings.Cut(after, "endstream")
	return page
}

func TestMinutesThatAreNotReleasedAreMarkedAsADraft(t *testing.T) {
	m := sampleMinutes(t, "en")
	m.Minutes.Id, m.Minutes.Number, m.Minutes.ReleasedAt, m.Minutes.LeadVerifier = "", "", nil, nil
	if page := firstPage(must(m.PDF())(t)); strings.Count(page, "DRAFT") != 2 {
		t.Errorf("the first page says DRAFT %d times, want above and in the footer", strings.Count(page, "DRAFT"))
	}
}

func TestALongReasonGoesOnOnTheNextPage(t *testing.T) {
	m := sampleMinutes(t, "id")
	m.Minutes.Differences[0].Reason = strings.Repeat("Alasan yang sangat panjang. ", 142) + "AKHIR"
	if pdf := string(must(m.PDF())(t)); !strings.Contains(pdf, "AKHIR") {
		t.Error("the end of the reason is cut off")
	}
}

func TestCharactersOutsideTheFontAreShownAsQuestionMarks(t *testing.T) {
	r := sampleResult(t, "id")
	r.Result.AgencyName = "Kota Ne\u0301é Ḥ 証 “kutip”"
	page := firstPage(must(r.PDF())(t))
	if want := "Kota N\xe9\xe9 ? ? \x93kutip\x94"; !strings.Contains(page, want) {
		t.Errorf("the page does not have %q", want)
	}
}

func TestAnImportedResultSaysThatItsItemsAreNotKnown(t *testing.T) {
	r := sampleResult(t, "en")
	r.Score, r.Result.Imported, r.Result.Source, r.Result.DeterminedAt = nil, true, "https://example.test/berita", nil
	if page := firstPage(must(r.PDF())(t)); !strings.Contains(page, "published elsewhere") {
		t.Error("it does not say so")
	}
}
