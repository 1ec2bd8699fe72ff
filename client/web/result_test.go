package web_test

import (
	"encoding/csv"
	"encoding/json"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// mustImport imports published results: lines of agency code, year, total, category and source.
func mustImport(t *testing.T, s *site, lines ...string) *meritv1.ImportPublishedResultsResponse {
	t.Helper()
	admin := meritv1.NewResultServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	return servertest.Must(admin.ImportPublishedResults(t.Context(), &meritv1.ImportPublishedResultsRequest{
		InstrumentId: "kasn-2019", Csv: []byte("agency_code,year,nilai,category,source\n" + strings.Join(lines, "\n") + "\n"),
	}))(t)
}

// publicSite is pages with one determined result of a kabupaten (307.5, baik) and published ones of two cities.
func publicSite(t *testing.T) (*site, *yeartest.Case, *meritv1.Result) {
	t.Helper()
	s, y := yearSite(t, yeartest.Setup{})
	c, result := y.MustDetermined(t, store.Agency{Code: "91.01", Name: "Kabupaten Demo Timur"}, yeartest.All(3))
	for code, name := range map[string]string{"91.71": "Kota Demo Utara", "91.72": "Kota Demo Selatan"} {
		s.MustAgency(t, store.Agency{Code: code, Name: name, Kind: scoring.Kota})
	}
	mustImport(t, s, "91.71,2020,249.5,,https://example.test/a ; b", "91.71,2021,327,,https://example.test/b", "91.72,2021,260,,javascript:alert(1)")
	return s, c, result
}

func TestTheFrontPageShowsTheNewestYearThatHasResults(t *testing.T) {
	s, _, _ := publicSite(t)
	b := s.anyone(t)
	b.get(t, "/").want(t, http.StatusOK, "Results of 2021", "298.17", "Mean of each aspect, determined results: 1", "Kabupaten, kota: 3 of 3", "Open Database License").
		want(t, http.StatusOK, `href="/?year=2020#year"`)
	b.get(t, "/?year=2020").want(t, http.StatusOK, "Results of 2020", "249.5").wantNo(t, "Mean of each aspect")
	b.get(t, "/?year=nonsense").want(t, http.StatusOK, "Results of 2021")
}

func TestBeforeThereIsAnyResultThePublicPagesSaySo(t *testing.T) {
	s := newSite(t, servertest.New(t))
	for _, path := range []string{"/", "/results", "/improved", "/data"} {
		s.anyone(t).get(t, path).want(t, http.StatusOK, "No result has been determined yet")
	}
	s.anyone(t).get(t, "/method").want(t, http.StatusOK, "No instrument has been published yet")
	s.anyone(t).get(t, "/awards").want(t, http.StatusOK, "No award has been published yet")
}

func TestNothingUndeterminedStandsInAPublicPage(t *testing.T) {
	s, y := yearSite(t, yeartest.Setup{})
	y.MustVerified(t, store.Agency{Code: "91.01", Name: "Kabupaten Demo Timur"}, yeartest.All(4), nil)
	b := s.anyone(t)
	b.get(t, "/agencies/91.01").want(t, http.StatusOK, "No result of this agency").wantNo(t, "410")
	b.get(t, "/").want(t, http.StatusOK, "No result has been determined yet")
	for _, path := range []string{"/agencies/91.01/2021", "/agencies/91.01/2021/result.pdf", "/data/kasn-2019/2021.csv"} {
		b.get(t, path).want(t, http.StatusNotFound).wantNo(t, "410")
	}
}

func TestTheRankingIsNarrowedByItsAddress(t *testing.T) {
	s, _, _ := publicSite(t)
	b := s.anyone(t)
	const north, south = "Kota Demo Utara", "Kota Demo Selatan"
	for _, test := range []struct{ name, query, want, not string }{
		{"the kind with most results comes first", "", north, "Kabupaten Demo Timur"},
		{"by kind", "?kind=kabupaten", "Kabupaten Demo Timur", north},
		{"by year", "?year=2020&kind=kota", north, south},
		{"by category", "?kind=kota&category=baik", south, north},
		{"by text", "?kind=kota&text=utara", north, south},
		{"without a result", "?kind=provinsi", "No result fits", north},
	} {
		t.Run(test.name, func(t *testing.T) {
			b.get(t, "/results"+test.query).want(t, http.StatusOK, test.want, "Open Database License").wantNo(t, test.not)
		})
	}
	b.get(t, "/results?page=damaged").want(t, http.StatusUnprocessableEntity)
}

func TestTheMostImprovedAreComparedWithTheirResultBefore(t *testing.T) {
	s, _, _ := publicSite(t)
	s.anyone(t).get(t, "/improved").want(t, http.StatusOK, "Of 1 results that have one before", "Kota Demo Utara", "+77.5", "(2020, Kurang)").wantNo(t, "Kota Demo Selatan")
	s.anyone(t).get(t, "/improved?kind=kabupaten").want(t, http.StatusOK, "Nobody improved")
}

func TestAResultIsExplainedToThePoint(t *testing.T) {
	s, _, _ := publicSite(t)
	s.anyone(t).get(t, "/agencies/91.01/2021").want(t, http.StatusOK, ">307.5<", "3 × 2.5 = <strong>7.5</strong>", "57.5 points above the least total of Baik",
		"17.5 points to Sangat Baik", "are reconstructed", "Determined by decree", "Open Database License").wantNo(t, "Claimed")
	s.anyone(t).get(t, "/agencies/91.01").want(t, http.StatusOK, "Merit System Index 2021", `href="/agencies/91.01/2021"`, "The total year by year")
}

func TestTheThreeDecisionsStandSideBySideForWhoMaySeeThem(t *testing.T) {
	s, c, _ := publicSite(t)
	page := "/agencies/91.01/2021"
	s.as(t, c.Operator).get(t, page).want(t, http.StatusOK, "Claimed", "Verified", "Determined", "Level 3")
	stranger := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, s.MustAgency(t, store.Agency{}))
	s.as(t, stranger).get(t, page).want(t, http.StatusOK).wantNo(t, "Claimed")
}

func TestAPublishedResultSaysWhereItIsFrom(t *testing.T) {
	s, _, _ := publicSite(t)
	b := s.anyone(t)
	b.get(t, "/agencies/91.71/2020").want(t, http.StatusOK, "published elsewhere", `href="https://example.test/a"`, ">249.5<").wantNo(t, "×")
	b.get(t, "/agencies/91.72/2021").want(t, http.StatusOK, "javascript:alert(1)", "Similar agencies", "67").wantNo(t, `href="javascript`)
	mustImport(t, s, "91.71,2019,300,,year of the score not stated")
	b.get(t, "/agencies/91.71/2019").want(t, http.StatusOK, "does not state the year")
}

func TestACorrectedResultLeadsToTheOneInForce(t *testing.T) {
	s, _, _ := publicSite(t)
	corrected := mustImport(t, s, "91.72,2021,270,,https://example.test/again").GetResults()[0]
	b := s.anyone(t)
	b.get(t, "/agencies/91.72/2021").want(t, http.StatusOK, ">270<", "corrects an earlier one", "?result="+corrected.GetCorrects())
	b.get(t, "/agencies/91.72/2021?result="+corrected.GetCorrects()).want(t, http.StatusOK, ">260<", "This result was corrected")
	b.get(t, "/agencies/91.71/2021?result="+corrected.GetCorrects()).want(t, http.StatusNotFound)
}

func TestAResultIsFoundByTheCodeThatTheAgencyHadThen(t *testing.T) {
	s, c, _ := publicSite(t)
	admin := meritv1.NewAgencyServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
	was := servertest.Must(admin.GetAgency(t.Context(), &meritv1.GetAgencyRequest{AgencyId: c.AgencyID}))(t).GetAgency()
	servertest.Must(admin.UpdateAgency(t.Context(), &meritv1.UpdateAgencyRequest{
		AgencyId: was.GetId(), ProvinceId: s.MustAgency(t, store.Agency{Kind: scoring.Provinsi}), ValidFrom: "2021-01-20", Code: "93.01", Name: "Kabupaten Demo Baru", Kind: was.GetKind(), TimeZone: was.GetTimeZone(),
		Assessed: true, Revision: was.GetRevision(),
	}))(t)
	b := s.anyone(t)
	b.get(t, "/agencies/91.01/2021").want(t, http.StatusOK, "Kabupaten Demo Timur", ">307.5<", `href="/agencies/93.01"`)
	b.get(t, "/agencies/93.01").want(t, http.StatusOK, "Kabupaten Demo Baru", `href="/agencies/91.01/2021"`, "Names and codes through the years")
}

func TestUnknownAddressesAreNotFound(t *testing.T) {
	s, _, _ := publicSite(t)
	for _, path := range []string{"/agencies/00.00", "/agencies/91.01/2019", "/agencies/91.01/soon", "/agencies/91.01/2021/result.exe", "/data/kasn-2019/2021.exe", "/data/other/2021.csv"} {
		s.anyone(t).get(t, path).want(t, http.StatusNotFound)
	}
}

func TestAResultIsADocumentToo(t *testing.T) {
	s, _, _ := publicSite(t)
	for file, magic := range map[string]string{"result.pdf": "%PDF-", "result.xlsx": "PK"} {
		got := s.anyone(t).get(t, "/agencies/91.01/2021/"+file).want(t, http.StatusOK)
		if !strings.HasPrefix(got.body, magic) || !strings.HasPrefix(got.header.Get("Content-Disposition"), "attachment") {
			t.Errorf("%s begins with %q, disposition %q", file, got.body[:min(8, len(got.body))], got.header.Get("Content-Disposition"))
		}
	}
}

func TestOpenDataHasEveryRankedResult(t *testing.T) {
	s, _, result := publicSite(t)
	s.MustAgency(t, store.Agency{Code: "91.73", Name: "=HYPERLINK(1)", Kind: scoring.Kota})
	mustImport(t, s, "91.73,2021,250,,+source")
	b := s.anyone(t)
	b.get(t, "/data").want(t, http.StatusOK, `href="/data/kasn-2019/2021.csv"`, `href="/data/kasn-2019/2020.json"`, "Open Database License")

	file := b.get(t, "/data/kasn-2019/2021.csv").want(t, http.StatusOK)
	records, err := csv.NewReader(strings.NewReader(file.body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var short [][]string
	for _, r := range records[1:] {
		short = append(short, []string{r[0], r[1], r[5], r[6], r[13], r[15]})
	}
	want := [][]string{
		{"91.01", "Kabupaten Demo Timur", "1", "307.5", "false", ""},
		{"91.71", "Kota Demo Utara", "1", "327", "true", "https://example.test/b"},
		{"91.72", "Kota Demo Selatan", "2", "260", "true", "javascript:alert(1)"},
		{"91.73", "'=HYPERLINK(1)", "3", "250", "true", "'+source"},
	}
	if diff := cmp.Diff(want, short); diff != "" {
		t.Errorf("the CSV differs (-want +got):\n%s", diff)
	}
	var data struct {
		Agencies string
		Results  []map[string]any
	}
	if err := json.Unmarshal([]byte(b.get(t, "/data/kasn-2019/2021.json").want(t, http.StatusOK).body), &data); err != nil {
		t.Fatal(err)
	}
	if len(data.Results) != 4 || data.Results[0]["result_id"] != result.GetId() || !strings.Contains(data.Agencies, "opendatacommons.org") {
		t.Errorf("the JSON has %d results, the first %v, and says %q", len(data.Results), data.Results[0], data.Agencies)
	}
}

func TestTheExampleOfTheMethodIsScoredByTheInstrument(t *testing.T) {
	s, _, _ := publicSite(t)
	s.anyone(t).get(t, "/method").want(t, http.StatusOK,
		"249.5 is Kurang, 250 is Baik.", "4 × 2.5", "Total 309.5, category Baik.", "Index: 309.5 ÷ 410 = 0.75.", "15.5 points are missing to Sangat Baik", "Workforce planning")
	s.anyone(t).get(t, "/method?instrument=panrb-2026").want(t, http.StatusOK, "Peraturan KASN 9/2019") // it is not published here
}

func TestSearchFindsAgenciesByAPartOfTheName(t *testing.T) {
	s, _, _ := publicSite(t)
	s.anyone(t).get(t, "/agencies?text=selatan").want(t, http.StatusOK, "Kota Demo Selatan", `href="/agencies/91.72"`, "Open Database License").wantNo(t, "Kota Demo Utara")
	s.anyone(t).get(t, "/agencies?text=nowhere").want(t, http.StatusOK, "No agency has this name")
}

var idAttribute = regexp.MustCompile(`\sid="([^"]*)"`)

func TestChartsFitIntoTheirPages(t *testing.T) {
	s, _, _ := publicSite(t)
	for _, path := range []string{"/", "/agencies/91.01", "/agencies/91.71", "/agencies/91.01/2021"} {
		page := s.anyone(t).get(t, path).want(t, http.StatusOK, "<svg ", "The numbers as a table").wantNo(t, " style=", "ZgotmplZ")
		seen := map[string]bool{}
		for _, id := range idAttribute.FindAllStringSubmatch(html.UnescapeString(page.body), -1) {
			if seen[id[1]] {
				t.Errorf("%s: the id %q stands twice", path, id[1])
			}
			seen[id[1]] = true
		}
		for _, label := range regexp.MustCompile(`aria-labelledby="(\S+) (\S+)"`).FindAllStringSubmatch(page.body, -1) {
			if !seen[label[1]] || !seen[label[2]] {
				t.Errorf("%s: %s names nothing", path, label[0])
			}
		}
	}
}
