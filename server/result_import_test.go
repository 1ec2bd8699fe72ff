package server_test

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// Import imports a file under kasn-2019.
func (r results) Import(tb testing.TB, csv string) (*meritv1.ImportPublishedResultsResponse, error) {
	tb.Helper()
	return r.admin.ImportPublishedResults(tb.Context(), &meritv1.ImportPublishedResultsRequest{Csv: []byte(csv), InstrumentId: "kasn-2019"})
}

// MustImport imports a file that has no mistakes.
func (r results) MustImport(tb testing.TB, csv string) *meritv1.ImportPublishedResultsResponse {
	tb.Helper()
	return servertest.Must(r.Import(tb, csv))(tb)
}

const resultHeader = "agency_code,year,nilai,category,source\n"

// MustImportDemo imports the agencies and the published results of the demo.
func (r results) MustImportDemo(tb testing.TB) *meritv1.ImportPublishedResultsResponse {
	tb.Helper()
	admin := meritv1.NewAgencyServiceClient(r.MustAccount(tb, meritv1.Role_ROLE_ADMIN, ""))
	req := &meritv1.ImportAgenciesRequest{Csv: MustRead(tb, "agencies.csv"), ValidFrom: "2019-01-01"}
	servertest.Must(admin.ImportAgencies(tb.Context(), req))(tb)
	return r.MustImport(tb, string(MustRead(tb, "published_results.csv")))
}

func TestThePublishedResultsAreImported(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(MustRead(t, "published_results.csv"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		resp := r.MustImportDemo(t)
		if int(resp.GetAdded()) != len(rows)-1 || resp.GetUnchanged() != 0 {
			t.Fatalf("added %d, unchanged %d; want %d new ones", resp.GetAdded(), resp.GetUnchanged(), len(rows)-1)
		}
		for i, row := range rows[1:] {
			want := []string{row[0], row[2], row[3], row[4], row[5], "true"}
			m := servertest.Must(r.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: resp.GetResults()[i].GetId()}))(t).GetResult()
			got := []string{m.GetAgencyCode(), fmt.Sprint(m.GetYear()), m.GetTotal(), m.GetCategoryName(), m.GetSource(), fmt.Sprint(m.GetImported())}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("row %d (-want +got):\n%s", i+2, diff)
			}
			if uncertain := row[0] == "32.07"; m.GetYearUncertain() != uncertain {
				t.Errorf("%s: the year is uncertain: %v, want %v", row[1], m.GetYearUncertain(), uncertain)
			}
		}
		if index := resp.GetResults()[0].GetIndex(); index != "0.80" {
			t.Errorf("327 of 410 has the index %s, want 0.80", index)
		}
		want := []string{
			"1 Provinsi Sulawesi Selatan 340.5", "2 Provinsi Jawa Tengah 335.5", "3 Provinsi Jawa Timur 332",
			"4 Provinsi Bali 330", "5 Provinsi Aceh 257",
		}
		if diff := cmp.Diff(want, r.MustRank(t, &meritv1.ListResultsRequest{Year: 2021, Kind: provinsi}, 50)); diff != "" {
			t.Errorf("provinces of 2021 (-want +got):\n%s", diff)
		}
		again := r.MustImport(t, string(MustRead(t, "published_results.csv")))
		if int(again.GetUnchanged()) != len(rows)-1 || again.GetAdded() != 0 {
			t.Errorf("a second import of the same file: %v", again)
		}
	})
}

func TestResultsAreReadAsSpreadsheetsWriteThem(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	s.MustAgency(t, store.Agency{Code: "33.71", Name: "Kota Magelang", Kind: scoring.Kota})
	tests := map[string]string{
		"as it is":                        "agency_code,year,nilai,category,source\n33.71,2021,149.5,Buruk,s\n",
		"with a byte order mark":          "\ufeffagency_code,year,nilai,category,source\n33.71,2021,149.5,Buruk,s\n",
		"with semicolons, decimal commas": "agency_code;year;nilai;category;source\n33.71;2021;149,5;Buruk;s\n",
		"with Windows line ends":          "agency_code,year,nilai,category,source\r\n33.71,2021,149.5,Buruk,s\r\n",
		"with the category's code":        "agency_code,year,nilai,category,source\n33.71,2021,149.50,buruk,s\n",
		"without a category":              "agency_code,year,nilai,source\n33.71,2021,149.5,s\n",
		"with columns in another order":   "source,nilai,year,agency,agency_code\ns,149.5,2021,Kota Magelang,33.71\n",
		"with the instrument":             "agency_code,year,nilai,source,instrument\n33.71,2021,149.5,s,kasn-2019\n",
	}
	for name, file := range tests {
		t.Run(name, func(t *testing.T) {
			req := &meritv1.ImportPublishedResultsRequest{Csv: []byte(file), InstrumentId: "kasn-2019", Preview: true}
			got := servertest.Must(r.admin.ImportPublishedResults(t.Context(), req))(t).GetResults()
			if len(got) != 1 || got[0].GetTotal() != "149.5" || got[0].GetCategory() != "buruk" || got[0].GetYear() != 2021 || got[0].GetSource() != "s" {
				t.Errorf("got %v", got)
			}
			if got[0].GetId() != "" {
				t.Errorf("a preview gives the id %s", got[0].GetId())
			}
		})
	}
	if lines := r.MustRank(t, &meritv1.ListResultsRequest{Year: 2021, Kind: kota}, 10); len(lines) != 0 {
		t.Errorf("a preview stored %q", lines)
	}
}

func TestWhatIsPublishedOfAResultIsKept(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	s.MustAgency(t, store.Agency{Code: "N-01"})
	tests := []struct {
		name, row                       string
		total, index, category          string
		hasTotal, uncertain, wantRanked bool
	}{
		{"own index", "2020,329,,0.82,,s", "329", "0.82", "sangat_baik", true, false, true},
		{"made index", "2021,329,,,,s", "329", "0.80", "sangat_baik", true, false, true},
		{"category only", "2022,,Baik,,,s", "", "", "baik", false, false, false},
		{"uncertain year", "2023,250,,,ya,s", "250", "0.61", "baik", true, true, true},
		{"year not stated by the source", `2024,249.5,,,,"thesis (year of the score not stated)"`, "249.5", "0.61", "kurang", true, true, true},
		{"nothing at all", "2025,0,,,tidak,s", "0", "0.00", "buruk", true, false, true},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := r.MustImport(t, "agency_code,year,nilai,category,index,year_uncertain,source\nN-01,"+test.row+"\n").GetResults()[0]
			if got.GetTotal() != test.total || got.GetHasTotal() != test.hasTotal || got.GetIndex() != test.index ||
				got.GetCategory() != test.category || got.GetYearUncertain() != test.uncertain {
				t.Errorf("got %v", got)
			}
			lines := r.MustRank(t, &meritv1.ListResultsRequest{Year: got.GetYear(), Kind: kabupaten}, 10)
			if ranked := len(lines) == 1; ranked != test.wantRanked {
				t.Errorf("ranked: %v, want %v", ranked, test.wantRanked)
			}
		})
	}
}

func TestEveryMistakeOfAnImportIsNamedByRowAndColumn(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s)
	s.MustAgency(t, store.Agency{Code: "33.71", Name: "Kota Magelang", Kind: scoring.Kota})
	s.MustAgency(t, store.Agency{Code: "93", Name: "Provinsi Papua Selatan", Kind: scoring.Provinsi, ValidFrom: "2022-07-25"})
	MustSave(t, meritv1.NewInstrumentServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")), MustSource(t, "panrb-2026"))
	const header = "agency_code,year,nilai,category,source,index,year_uncertain,instrument\n"
	const sound = "33.71,2019,273,Baik,s,,,\n"
	tests := []struct{ name, rows, field, says string }{
		{"unknown agency", "99.99,2021,273,Baik,s,,,\n", "row 2, column agency_code", `At the end of 2021 no agency had the code "99.99"`},
		{"agency that was not there yet", "93,2021,273,Baik,s,,,\n", "row 2, column agency_code", "Provinsi Papua Selatan has it from 2022-07-25 on"},
		{"no year", "33.71,MMXXI,273,Baik,s,,,\n", "row 2, column year", `"MMXXI" is not a year from 2000 to 2026`},
		{"year to come", "33.71,2027,273,Baik,s,,,\n", "row 2, column year", `"2027" is not a year from 2000 to 2026`},
		{"no number", "33.71,2021,2.7e2,Baik,s,,,\n", "row 2, column nilai", `"2.7e2" is not a plain number`},
		{"too fine", "33.71,2021,273.0001,Baik,s,,,\n", "row 2, column nilai", "at most three decimals"},
		{"above the greatest", "33.71,2021,410.5,Sangat Baik,s,,,\n", "row 2, column nilai", "410.5 is above the greatest total of the instrument kasn-2019, which is 410"},
		{"category of another total", "33.71,2021,249.5,Baik,s,,,\n", "row 2, column category", "A total of 249.5 is Kurang under the instrument kasn-2019, not Baik"},
		{"unknown category", "33.71,2021,249.5,Cukup,s,,,\n", "row 2, column category", `"Cukup" is no category of the instrument kasn-2019, which has Buruk, Kurang, Baik, Sangat Baik`},
		{"neither total nor category", "33.71,2021,,,s,,,\n", "row 2, column nilai", "Fill in the total, the category or both"},
		{"no source", "33.71,2021,273,Baik,,,,\n", "row 2, column source", "must not be empty"},
		{"odd index", "33.71,2021,273,Baik,s,67%,,\n", "row 2, column index", `"67%" is not a plain number`},
		{"odd certainty", "33.71,2021,273,Baik,s,,perhaps,\n", "row 2, column year_uncertain", `"perhaps" is neither yes nor no`},
		{"unknown instrument", "33.71,2021,273,Baik,s,,,kasn-1919\n", "row 2, column instrument", `There is no published instrument "kasn-1919"`},
		{"instrument in draft", "33.71,2021,273,Baik,s,,,panrb-2026\n", "row 2, column instrument", `There is no published instrument "panrb-2026"`},
		{"in a later row", sound + "33.71,2020,x,,s,,,\n", "row 3, column nilai", `"x" is not a plain number`},
		{"twice in the file", sound + sound, "row 3, column agency_code", "Row 2 has this agency, year and instrument already"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := r.Import(t, header+test.rows)
			servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
			got := servertest.Violations(err)
			if len(got) != 1 || !strings.Contains(got[test.field], test.says) {
				t.Errorf("got %q, want %s: %s", got, test.field, test.says)
			}
		})
	}
	t.Run("all at once, and nothing is stored", func(t *testing.T) {
		_, err := r.Import(t, header+sound+"99.99,1999,x,,,,,\n")
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
		if got := servertest.Violations(err); len(got) != 3 {
			t.Errorf("got %q, want year, nilai and source", got)
		}
		if lines := r.MustRank(t, &meritv1.ListResultsRequest{Year: 2019, Kind: kota}, 10); len(lines) != 0 {
			t.Errorf("stored are %q", lines)
		}
	})
}

func TestAnAgencyIsTakenAsItWasAtTheEndOfTheYear(t *testing.T) {
	s := servertest.New(t)
	r := newResults(t, s) // publishes while there is one administrator
	p := newPapua(t, s)
	servertest.Must(p.admin.UpdateAgency(t.Context(), p.update(t, func(req *meritv1.UpdateAgencyRequest) {
		req.Code, req.Name = "93.01", "Kabupaten Merauke Baru"
	})))(t)
	got := r.MustImport(t, resultHeader+"91.01,2021,273,Baik,s\n93.01,2022,280,Baik,s\n").GetResults()
	for i, want := range []string{"91.01 Kabupaten Merauke", "93.01 Kabupaten Merauke Baru"} {
		if is := got[i].GetAgencyCode() + " " + got[i].GetAgencyName(); is != want || got[i].GetAgencyId() != p.regency {
			t.Errorf("row %d is about %s (%s), want %s", i+2, is, got[i].GetAgencyId(), want)
		}
	}
	_, err := r.Import(t, resultHeader+"91.01,2022,273,Baik,s\n")
	servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
}

func TestADeterminedResultStandsBeforeAnImportedOne(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		req := &meritv1.ListResultsRequest{Year: 2021, Kind: kabupaten}
		first := s.MustAgency(t, store.Agency{Code: "01.01", Name: "A"})
		second := s.MustAgency(t, store.Agency{Code: "01.02", Name: "B"})
		early := r.MustImport(t, resultHeader+"01.01,2021,300,,s\n01.02,2021,200,,s\n").GetResults()[0]
		determined := r.MustDetermine(t, first, 2021, 327_000)
		r.MustDetermine(t, second, 2020, 150_000) // of another year
		want := []string{"1 A 327", "2 B 200"}
		if diff := cmp.Diff(want, r.MustRank(t, req, 10)); diff != "" {
			t.Errorf("import before determination (-want +got):\n%s", diff)
		}
		late := r.MustImport(t, resultHeader+"01.01,2021,310,,s\n").GetResults()[0]
		if diff := cmp.Diff(want, r.MustRank(t, req, 10)); diff != "" {
			t.Errorf("import after determination (-want +got):\n%s", diff)
		}
		if again := r.MustImport(t, resultHeader+"01.01,2021,310,,s\n"); again.GetUnchanged() != 1 {
			t.Errorf("the same import once more: %v", again)
		}
		for id, wantInstead := range map[string]string{early.GetId(): late.GetId(), late.GetId(): determined, determined: ""} {
			got := servertest.Must(r.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: id}))(t).GetResult()
			if got.GetCorrectedBy() != wantInstead {
				t.Errorf("result %s of %s points to %q, want %q", id, got.GetTotal(), got.GetCorrectedBy(), wantInstead)
			}
		}
	})
}

func TestALaterImportCorrectsAnEarlierOne(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		s.MustAgency(t, store.Agency{Code: "01.01", Name: "A"})
		wrong := r.MustImport(t, resultHeader+"01.01,2021,330.5,,s\n").GetResults()[0]
		resp := r.MustImport(t, resultHeader+"01.01,2021,330,,s\n")
		right := resp.GetResults()[0]
		if resp.GetAdded() != 1 || resp.GetCorrected() != 1 || right.GetCorrects() != wrong.GetId() {
			t.Errorf("the correction: %v", resp)
		}
		was := servertest.Must(r.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: wrong.GetId()}))(t).GetResult()
		if was.GetCorrectedBy() != right.GetId() || was.GetTotal() != "330.5" {
			t.Errorf("the corrected one: %v", was)
		}
		if diff := cmp.Diff([]string{"1 A 330"}, r.MustRank(t, &meritv1.ListResultsRequest{Year: 2021, Kind: kabupaten}, 10)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestAnImportThatIsSentAgainIsDoneOnce(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		s.MustAgency(t, store.Agency{Code: "01.01", Name: "A"})
		req := &meritv1.ImportPublishedResultsRequest{Csv: []byte(resultHeader + "01.01,2021,330.5,,s\n"), InstrumentId: "kasn-2019", RequestId: "once"}
		first := servertest.Must(r.admin.ImportPublishedResults(t.Context(), req))(t)
		second := servertest.Must(r.admin.ImportPublishedResults(t.Context(), req))(t)
		if first.GetAdded() != 1 || second.GetAdded() != 1 || first.GetResults()[0].GetId() != second.GetResults()[0].GetId() {
			t.Errorf("first %v, then %v", first, second)
		}
	})
}

func TestEveryImportedResultIsUnderAnAuditEntry(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		r := newResults(t, s)
		r.MustImportDemo(t)
		s.MustAgency(t, store.Agency{Code: "A"})
		var file strings.Builder
		file.WriteString(resultHeader)
		for year := 2000; year <= 2026; year++ {
			fmt.Fprintf(&file, "A,%d,250,,s\n", year)
		}
		r.MustImport(t, file.String())
		found, err := s.Store.CheckEntries(t.Context())
		if err != nil || len(found) != 0 {
			t.Errorf("%v, %v", found, err)
		}
	})
}
