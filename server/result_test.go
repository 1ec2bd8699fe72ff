package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/scoring/instrument"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

const (
	provinsi  = meritv1.AgencyKind_AGENCY_KIND_PROVINSI
	kabupaten = meritv1.AgencyKind_AGENCY_KIND_KABUPATEN
	kota      = meritv1.AgencyKind_AGENCY_KIND_KOTA
)

// results is a server in July 2026 with kasn-2019 published, one who imports results and one who only reads them.
type results struct {
	*servertest.Server
	admin, public meritv1.ResultServiceClient
	instruments   meritv1.InstrumentServiceClient
}

func newResults(tb testing.TB, s *servertest.Server) results {
	tb.Helper()
	s.Clock.Set(time.Date(2026, 7, 1, 3, 0, 0, 0, time.UTC))
	admin := s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, "")
	MustPublish(tb, meritv1.NewInstrumentServiceClient(admin), MustSource(tb, "kasn-2019"))
	return results{s, meritv1.NewResultServiceClient(admin), meritv1.NewResultServiceClient(s.Anyone()), meritv1.NewInstrumentServiceClient(admin)}
}

// kasn is the instrument of the results.
func kasn(tb testing.TB) *instrument.Instrument {
	tb.Helper()
	in, ok := instrument.Lookup("kasn-2019")
	if !ok {
		tb.Fatal("kasn-2019 is not embedded")
	}
	return in
}

// MustDetermine records a result of the plenary and returns its id.
func (r results) MustDetermine(tb testing.TB, agencyID string, year int, total scoring.Points, changes ...func(*store.Result)) (id string) {
	tb.Helper()
	r.MustUpdate(tb, "plenary.close", func(tx *store.Tx) error {
		a, err := tx.Agency(agencyID, fmt.Sprintf("%d-06-30", year))
		if err != nil {
			return err
		}
		result := store.Result{
			ID: tx.NewID(), AgencyID: agencyID, Year: year, InstrumentID: "kasn-2019", CycleID: "cycle", AssessmentID: "assessment",
			AgencyCode: a.Code, AgencyName: a.Name, AgencyKind: a.Kind, ProvinceID: a.ProvinceID, HasTotal: true, Total: total,
			DecreeNumber: "12/2026", DecreeDate: fmt.Sprintf("%d-06-30", year), RecordedBy: "chair",
		}
		classify(tb, &result)
		for _, change := range changes {
			change(&result)
		}
		id = result.ID
		return tx.InsertResult(result, nil)
	})
	return id
}

// classify gives a result the index and category of its total.
func classify(tb testing.TB, r *store.Result) {
	tb.Helper()
	in := kasn(tb).Scoring()
	index, _ := in.Index(r.Total)
	category, _ := in.Classify(r.Total)
	r.Index, r.Category = in.FormatIndex(index), category.Code
	r.CategoryRank = slices.Index(in.Categories(), category)
}

// MustRank reads a whole ranking in pages of a size and writes it one agency a line: "1 Kabupaten Demo 330".
func (r results) MustRank(tb testing.TB, req *meritv1.ListResultsRequest, size int32) (lines []string) {
	tb.Helper()
	req = proto.CloneOf(req)
	req.InstrumentId, req.PageSize = "kasn-2019", size
	for {
		page := servertest.Must(r.public.ListResults(tb.Context(), req))(tb)
		for _, ranked := range page.GetResults() {
			m := ranked.GetResult()
			lines = append(lines, fmt.Sprintf("%d %s %s", ranked.GetRank(), m.GetAgencyName(), m.GetTotal()))
		}
		if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
			return lines
		}
	}
}

func TestTheRankingIsReadInPages(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		for i, total := range []scoring.Points{300_000, 280_000, 280_000, 250_000, 249_500} {
			name := string(rune('A' + i))
			r.MustDetermine(t, s.MustAgency(t, store.Agency{Code: "33.0" + name, Name: name}), 2026, total)
		}
		req := &meritv1.ListResultsRequest{Year: 2026, Kind: kabupaten}
		want := []string{"1 A 300", "2 B 280", "2 C 280", "4 D 250", "5 E 249.5"}
		for size := int32(1); size <= 6; size++ {
			if diff := cmp.Diff(want, r.MustRank(t, req, size)); diff != "" {
				t.Errorf("in pages of %d (-want +got):\n%s", size, diff)
			}
		}
		req.Category = "baik"
		if diff := cmp.Diff([]string{"1 A 300", "2 B 280", "2 C 280", "4 D 250"}, r.MustRank(t, req, 3)); diff != "" {
			t.Errorf("of one category (-want +got):\n%s", diff)
		}
		req.Category, req.Text = "", "33.0e"
		if diff := cmp.Diff([]string{"5 E 249.5"}, r.MustRank(t, req, 3)); diff != "" {
			t.Errorf("of one code (-want +got):\n%s", diff)
		}
	})
}

func TestEveryPageOfARankingSaysHowManyAreRanked(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	for range 3 {
		r.MustDetermine(t, s.MustAgency(t, store.Agency{}), 2026, 300_000)
	}
	req := &meritv1.ListResultsRequest{InstrumentId: "kasn-2019", Year: 2026, Kind: kabupaten, PageSize: 2}
	first := servertest.Must(r.public.ListResults(t.Context(), req))(t)
	req.PageToken = first.GetNextPageToken()
	second := servertest.Must(r.public.ListResults(t.Context(), req))(t)
	if first.GetTotalSize() != 3 || second.GetTotalSize() != 3 || len(second.GetResults()) != 1 {
		t.Errorf("of %d and %d are ranked, the second page has %d", first.GetTotalSize(), second.GetTotalSize(), len(second.GetResults()))
	}
	req.Year = 2025
	_, err := r.public.ListResults(t.Context(), req)
	servertest.WantReason(t, err, meritv1.Reason_REASON_PAGE_TOKEN_INVALID)
	_, err = r.public.ListResults(t.Context(), &meritv1.ListResultsRequest{InstrumentId: "none", Year: 2026, Kind: kabupaten})
	servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
}

// judged is an assessment with a determined result and the three decisions on one item.
type judged struct {
	results
	agency, result string
}

func newJudged(tb testing.TB, s *servertest.Server) judged {
	tb.Helper()
	j := judged{results: newResults(tb, s)}
	j.agency = s.MustAgency(tb, store.Agency{Region: "I"})
	operator := s.MustAccount(tb, meritv1.Role_ROLE_OPERATOR, j.agency)
	score, err := proto.Marshal(&meritv1.Score{HasTotal: true, Total: "300", Aspects: []*meritv1.AspectScore{{
		Aspect: "1", Points: "5", Items: []*meritv1.ItemScore{{Item: "1.1", Weight: "2.5", Points: "5", Applicable: true}},
	}}})
	if err != nil {
		tb.Fatal(err)
	}
	var assessment string
	s.MustUpdate(tb, "test.prepare", func(tx *store.Tx) error {
		cycle := store.Cycle{ID: tx.NewID(), Name: "2026", Year: 2026, InstrumentID: "kasn-2019", Windows: []store.Window{
			{Window: calendar.Window{Phase: calendar.Determination, FirstDay: "2026-06-01", LastDay: "2026-06-30"}},
		}}
		if err := tx.AddCycle(cycle); err != nil {
			return err
		}
		assessment = tx.NewID()
		sheet, err := tx.AddAssessment(store.Assessment{
			ID: assessment, CycleID: cycle.ID, AgencyID: j.agency, Attempt: 1, InstrumentID: "kasn-2019", AgencyKind: scoring.Kabupaten,
			State: workflow.Determined, StartedBy: operator.AccountID, StartedAt: tx.Now(),
		})
		if err != nil {
			return err
		}
		level := func(stage store.Stage, level int) *store.Decision {
			return &store.Decision{Stage: stage, Item: "1.1", Kind: store.KindLevel, Level: level, DecidedBy: operator.AccountID, Note: string(stage)}
		}
		return tx.AppendDecisions(&sheet, level(store.StageClaimed, 3), level(store.StageVerified, 1), level(store.StageDetermined, 2))
	})
	j.result = j.MustDetermine(tb, j.agency, 2026, 300_000, func(r *store.Result) { r.AssessmentID, r.Score = assessment, score })
	return j
}

func TestTheResultOfAPlenaryIsExplainedToEveryone(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		j := newJudged(t, s)
		for _, req := range []*meritv1.GetResultRequest{{ResultId: j.result}, {AgencyId: j.agency}, {AgencyId: j.agency, Year: 2026}} {
			got := servertest.Must(j.public.GetResult(t.Context(), req))(t)
			want := &meritv1.Result{
				Id: j.result, AgencyId: j.agency, AgencyKind: kabupaten, Year: 2026, InstrumentId: "kasn-2019", HasTotal: true, Total: "300",
				Index: "0.73", Category: "baik", CategoryName: "Baik", DecreeNumber: "12/2026", DecreeDate: "2026-06-30", CycleId: "cycle",
			}
			ignore := protocmp.IgnoreFields(want, "agency_code", "agency_name", "determined_at", "assessment_id")
			if diff := cmp.Diff(want, got.GetResult(), protocmp.Transform(), ignore); diff != "" {
				t.Errorf("%v (-want +got):\n%s", req, diff)
			}
			if item := got.GetScore().GetAspects()[0].GetItems()[0]; item.GetPoints() != "5" || item.GetWeight() != "2.5" {
				t.Errorf("%v: item %v", req, item)
			}
			if !got.GetResult().GetDeterminedAt().AsTime().Equal(s.Clock.Now()) {
				t.Errorf("%v: determined at %v", req, got.GetResult().GetDeterminedAt())
			}
		}
	})
}

func TestTheThreeDecisionsAreShownToThoseWhoMaySeeThem(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		j := newJudged(t, s)
		elsewhere := s.MustAgency(t, store.Agency{})
		tests := map[string]struct {
			who   *servertest.Person
			shown bool
		}{
			"anyone":                          {s.Anyone(), false},
			"operator of the agency":          {s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, j.agency), true},
			"contributor of the agency":       {s.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, j.agency), true},
			"approver of the agency":          {s.MustAccount(t, meritv1.Role_ROLE_APPROVER, j.agency), true},
			"administrator of the agency":     {s.MustAccount(t, meritv1.Role_ROLE_AGENCY_ADMIN, j.agency), true},
			"operator of another agency":      {s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, elsewhere), false},
			"verifier of the nation":          {s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, ""), true},
			"verifier of the region":          {s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"), true},
			"verifier of another region":      {s.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "II"), false},
			"lead verifier of another region": {s.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"), false},
			"commissioner":                    {s.MustAccount(t, meritv1.Role_ROLE_COMMISSIONER, ""), true},
			"auditor of the nation":           {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""), true},
			"auditor of the agency":           {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, j.agency), true},
			"auditor of another agency":       {s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, elsewhere), false},
			"administrator of the whole":      {s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""), false},
			"member of the award committee":   {s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, ""), false},
			"verifier of another agency":      {s.MustAccount(t, meritv1.Role_ROLE_VERIFIER, elsewhere), false},
		}
		for name, test := range tests {
			t.Run(name, func(t *testing.T) {
				client := meritv1.NewResultServiceClient(test.who)
				got := servertest.Must(client.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: j.result}))(t).GetItems()
				if !test.shown {
					if len(got) != 0 {
						t.Fatalf("sees %v", got)
					}
					return
				}
				if len(got) != 1 {
					t.Fatalf("sees %d items, want 1", len(got))
				}
				if got[0].GetClaimed().GetAnswer().GetLevel() != 3 || got[0].GetVerified().GetAnswer().GetLevel() != 1 ||
					got[0].GetDetermined().GetAnswer().GetLevel() != 2 || got[0].GetVerified().GetDecidedBy().GetName() == "" {
					t.Errorf("sees %v", got[0])
				}
			})
		}
	})
}

func TestACorrectedResultShowsWhatWasDecidedThen(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		j := newJudged(t, s)
		s.Clock.Add(24 * time.Hour)
		before := servertest.Must(j.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: j.result}))(t).GetResult()
		s.MustUpdate(t, "plenary.correct", func(tx *store.Tx) error {
			sheet, err := tx.Sheet(before.GetAssessmentId())
			if err != nil {
				return err
			}
			return tx.AppendDecisions(&sheet, &store.Decision{Stage: store.StageDetermined, Item: "1.1", Kind: store.KindNotProven, DecidedBy: "chair"})
		})
		second := j.MustDetermine(t, j.agency, 2026, 250_000, func(r *store.Result) {
			r.AssessmentID, r.Corrects = before.GetAssessmentId(), j.result
		})
		auditor := meritv1.NewResultServiceClient(s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
		tests := []struct{ id, correctedBy, corrects, determined string }{
			{j.result, second, "", "level:2"},
			{second, "", j.result, "not_proven:true"},
		}
		for _, test := range tests {
			got := servertest.Must(auditor.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: test.id}))(t)
			answer := strings.ReplaceAll(got.GetItems()[0].GetDetermined().GetAnswer().String(), " ", "")
			if got.GetResult().GetCorrectedBy() != test.correctedBy || got.GetResult().GetCorrects() != test.corrects || answer != test.determined {
				t.Errorf("got corrected by %q, corrects %q, determined %s; want %v", got.GetResult().GetCorrectedBy(), got.GetResult().GetCorrects(), answer, test)
			}
		}
		if diff := cmp.Diff([]string{"1 " + before.GetAgencyName() + " 250"}, j.MustRank(t, &meritv1.ListResultsRequest{Year: 2026, Kind: kabupaten}, 10)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNothingUndeterminedIsTold(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		w := newWorld(t, s)
		public := meritv1.NewResultServiceClient(s.Anyone())
		w.agencies["none"] = s.MustAgency(t, store.Agency{})
		messages := map[string]string{}
		for state, id := range w.agencies {
			a := servertest.Must(meritv1.NewAgencyServiceClient(s.Anyone()).GetAgency(t.Context(), &meritv1.GetAgencyRequest{AgencyId: id}))(t).GetAgency()
			_, err := public.GetResult(t.Context(), &meritv1.GetResultRequest{AgencyId: id, Year: 2025})
			servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
			messages[strings.Replace(err.Error(), a.GetCode()+" "+a.GetName(), "AGENCY", 1)] = state
		}
		if len(messages) != 1 {
			t.Errorf("the answers differ: %q", messages)
		}
		for said := range messages {
			if !strings.Contains(said, "AGENCY has no determined or published result for the year 2025.") {
				t.Errorf("the answer names neither agency nor year: %s", said)
			}
		}
	})
}

func TestAResultIsAskedForByItsIDOrByItsAgency(t *testing.T) {
	s := servertest.New(t)
	public := meritv1.NewResultServiceClient(s.Anyone())
	nothing := strings.Repeat("0", 26)
	for _, req := range []*meritv1.GetResultRequest{{}, {ResultId: nothing, AgencyId: nothing}} {
		_, err := public.GetResult(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
	}
	for _, req := range []*meritv1.GetResultRequest{{ResultId: nothing}, {AgencyId: nothing}} {
		_, err := public.GetResult(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
	}
}

// TestAYearThatWasPlayedStandsBesideThePublishedResults is the main job in small: what the plenary determined is explained,
// ranked among published results, and takes the place of the published one of the same agency and year.
func TestAYearThatWasPlayedStandsBesideThePublishedResults(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		c, determined := y.MustDetermined(t, store.Agency{Code: "N-03", Name: "Mahkamah Konstitusi", Kind: scoring.LembagaNegara}, yeartest.All(3))
		y.MustAgency(t, store.Agency{Code: "N-02", Name: "Komisi Pemberantasan Korupsi", Kind: scoring.LembagaNegara})
		r := results{Server: y.Server, admin: meritv1.NewResultServiceClient(y.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")), public: meritv1.NewResultServiceClient(y.Anyone())}
		r.MustImport(t, resultHeader+"N-03,2021,327,Sangat Baik,s\nN-02,2021,362.5,Sangat Baik,s\n")
		want := []string{"1 Komisi Pemberantasan Korupsi 362.5", "2 Mahkamah Konstitusi " + determined.GetTotal()}
		if diff := cmp.Diff(want, r.MustRank(t, &meritv1.ListResultsRequest{Year: 2021, Kind: meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA}, 10)); diff != "" {
			t.Errorf("ranking (-want +got):\n%s", diff)
		}
		got := servertest.Must(meritv1.NewResultServiceClient(c.Operator).GetResult(t.Context(), &meritv1.GetResultRequest{AgencyId: c.AgencyID}))(t)
		if diff := cmp.Diff(determined, got.GetResult(), protocmp.Transform()); diff != "" {
			t.Errorf("result (-determined +read):\n%s", diff)
		}
		if len(got.GetItems()) != 38 || got.GetItems()[0].GetVerified().GetAnswer().GetLevel() != 3 {
			t.Errorf("the agency sees %d items: %v", len(got.GetItems()), got.GetItems()[0])
		}
		var total scoring.Points
		for _, aspect := range got.GetScore().GetAspects() {
			for _, item := range aspect.GetItems() {
				total += times(t, item.GetWeight(), item.GetAnswer().GetLevel(), item.GetPoints())
			}
		}
		if total.String() != got.GetResult().GetTotal() || got.GetScore().GetTotal() != got.GetResult().GetTotal() {
			t.Errorf("the items add up to %s, the score says %s, the result %s", total, got.GetScore().GetTotal(), got.GetResult().GetTotal())
		}
		if !got.GetResult().GetRestsOnReconstructed() || got.GetScore().GetCategory() != got.GetResult().GetCategory() {
			t.Errorf("the result says %v", got.GetResult())
		}
	})
}

// times checks that level x weight = points, and returns the points.
func times(tb testing.TB, weight string, level int32, points string) scoring.Points {
	tb.Helper()
	w, err := scoring.ParsePoints(weight)
	if err != nil {
		tb.Fatal(err)
	}
	if p := w * scoring.Points(level); p.String() != points {
		tb.Errorf("%d x %s is said to be %s", level, weight, points)
	}
	return w * scoring.Points(level)
}
