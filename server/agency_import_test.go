package server_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

// MustRead reads a file of the demo.
func MustRead(tb testing.TB, file string) []byte {
	tb.Helper()
	data, err := os.ReadFile("../client/demo/data/" + file)
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestTheAgenciesOfIndonesiaAreImported(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		admin := meritv1.NewAgencyServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, ""))
		req := &meritv1.ImportAgenciesRequest{Csv: MustRead(t, "agencies.csv"), ValidFrom: "2019-01-01"}
		resp := servertest.Must(admin.ImportAgencies(t.Context(), req))(t)
		if resp.GetAdded() != 564 || resp.GetChanged()+resp.GetUnchanged() != 0 {
			t.Fatalf("added %d, changed %d, unchanged %d; want 564 new ones", resp.GetAdded(), resp.GetChanged(), resp.GetUnchanged())
		}
		assessed, zones := map[meritv1.AgencyKind]int{}, map[string]int{}
		for _, a := range resp.GetAgencies() {
			zones[a.GetTimeZone()]++
			if a.GetAssessed() {
				assessed[a.GetKind()]++
			} else if !strings.HasPrefix(a.GetCode(), "31.") {
				t.Errorf("%s %s is not assessed", a.GetCode(), a.GetName())
			}
		}
		wantAssessed := map[meritv1.AgencyKind]int{
			meritv1.AgencyKind_AGENCY_KIND_KEMENTERIAN: 6, meritv1.AgencyKind_AGENCY_KIND_LPNK: 3, meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA: 3,
			meritv1.AgencyKind_AGENCY_KIND_PROVINSI: 38, meritv1.AgencyKind_AGENCY_KIND_KABUPATEN: 415, meritv1.AgencyKind_AGENCY_KIND_KOTA: 93,
		}
		if !maps.Equal(assessed, wantAssessed) {
			t.Errorf("assessed are %v, want %v: 508 kabupaten and kota", assessed, wantAssessed)
		}
		if len(zones) != 3 {
			t.Errorf("time zones are %v", zones)
		}
		again := servertest.Must(admin.ImportAgencies(t.Context(), req))(t)
		if again.GetUnchanged() != 564 || again.GetAdded()+again.GetChanged() != 0 {
			t.Errorf("a second import of the same file: %v", again)
		}
	})
}

func TestAnImportReadsWhatSpreadsheetsWrite(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	for name, csv := range map[string]string{
		"a byte order mark":   "\ufeffcode,kind,name,province_code\n91.02,KABUPATEN,Kabupaten Jayawijaya,91\n",
		"semicolons":          "code;kind;name;province_code\n91.02;KABUPATEN;Kabupaten Jayawijaya;91\n",
		"Windows line ends":   "code,kind,name,province_code\r\n91.02,KABUPATEN,Kabupaten Jayawijaya,91\r\n",
		"all three":           "\ufeffcode;kind;name;province_code\r\n91.02;KABUPATEN;Kabupaten Jayawijaya;91\r\n",
		"columns moved about": "name,code,assessed,kind,province_code\nKabupaten Jayawijaya,91.02,ya,kabupaten,91\n",
	} {
		t.Run(name, func(t *testing.T) {
			req := &meritv1.ImportAgenciesRequest{Csv: []byte(csv), ValidFrom: "2020-01-01", Preview: true}
			resp := servertest.Must(p.admin.ImportAgencies(t.Context(), req))(t)
			if len(resp.GetAgencies()) != 1 {
				t.Fatalf("it reads %v", resp)
			}
			a := resp.GetAgencies()[0]
			got := []string{a.GetCode(), a.GetName(), a.GetKind().String(), a.GetProvinceName(), a.GetTimeZone(), fmt.Sprint(a.GetAssessed())}
			want := []string{"91.02", "Kabupaten Jayawijaya", "AGENCY_KIND_KABUPATEN", "Provinsi Papua", "Asia/Jayapura", "true"}
			if !slices.Equal(got, want) {
				t.Errorf("it reads %v, want %v", got, want)
			}
		})
	}
}

func TestAnImportHasALimitOfSize(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	const limit = 4_000_000
	for size, want := range map[int]meritv1.Reason{limit: meritv1.Reason_REASON_IMPORT_INVALID, limit + 1: meritv1.Reason_REASON_INVALID_REQUEST} {
		s.WantUnchanged(t, func() {
			_, err := p.admin.ImportAgencies(t.Context(), &meritv1.ImportAgenciesRequest{Csv: bytes.Repeat([]byte("x"), size), ValidFrom: "2022-07-25"})
			servertest.WantReason(t, err, want)
			if told := servertest.Violations(err)["csv"]; size > limit && !strings.Contains(told, "4000000") {
				t.Errorf("%d bytes: %q does not tell the limit", size, told)
			}
		})
	}
}

func TestEveryMistakeOfAnImportIsToldAtItsRowAndColumn(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		p := newPapua(t, s)
		csv := strings.Join([]string{
			"code,kind,name,province_code,time_zone,assessed",
			"94,PROVINSI,Provinsi Papua Tengah,94,,",
			"94.01,KABUPATEN,Kabupaten Nabire,97,,",                // no such province
			"94.02,KABUPATN,Kabupaten Mimika,94,,",                 // no such kind
			"94.01,KABUPATEN,Kabupaten Paniai,94,,",                // the code of row 3
			"94.04,KABUPATEN,KABUPATEN NABIRE,94,,",                // the name of row 3
			"93.01,KABUPATEN,Kabupaten Merauke,91,,",               // on record as 91.01
			"K-01,KEMENTERIAN,Kementerian Agama,94,Asia/Tokyo,yep", // three at once
			"94 05,KABUPATEN,Kabupaten Deiyai,94,,",                // a space
			"94.06,KABUPATEN,,94,,",                                // no name
		}, "\n")
		_, err := p.admin.ImportAgencies(t.Context(), &meritv1.ImportAgenciesRequest{Csv: []byte(csv), ValidFrom: "2022-07-25"})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
		got := slices.Sorted(maps.Keys(servertest.Violations(err)))
		want := []string{
			"row 10, column name", "row 3, column province_code", "row 4, column kind", "row 5, column code", "row 6, column name",
			"row 7, column name", "row 8, column assessed", "row 8, column province_code", "row 8, column time_zone", "row 9, column code",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("mistakes (-want +got):\n%s\n%v", diff, servertest.Violations(err))
		}
		if said := servertest.Violations(err)["row 4, column kind"]; !strings.Contains(said, "use one of KEMENTERIAN, LPNK, LEMBAGA_NEGARA, PROVINSI, KABUPATEN, KOTA.") {
			t.Errorf("what kinds there are is told as %q", said)
		}
		all := servertest.Must(p.public.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{AsOf: "2030-01-01"}))(t)
		if all.GetTotalSize() != 2 {
			t.Errorf("%d agencies are there after a refused import, want the two of before", all.GetTotalSize())
		}
	})
}

func TestAPreviewStoresNothing(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	req := &meritv1.ImportAgenciesRequest{
		Csv:       []byte("code,kind,name,province_code\n94,PROVINSI,Provinsi Papua Tengah,94\n94.01,KABUPATEN,Kabupaten Nabire,94\n91.01,KABUPATEN,Kabupaten Merauke Raya,91\n91,PROVINSI,Provinsi Papua,91\n"),
		ValidFrom: "2020-01-01", Preview: true,
	}
	resp := servertest.Must(p.admin.ImportAgencies(t.Context(), req))(t)
	if resp.GetAdded() != 2 || resp.GetChanged() != 1 || resp.GetUnchanged() != 1 {
		t.Errorf("added %d, changed %d, unchanged %d; want 2, 1, 1", resp.GetAdded(), resp.GetChanged(), resp.GetUnchanged())
	}
	for _, a := range resp.GetAgencies() {
		if isNew := strings.HasPrefix(a.GetCode(), "94"); isNew != (a.GetId() == "") || isNew != (a.GetProvinceId() == "") {
			t.Errorf("%s is shown with id %q in province %q", a.GetCode(), a.GetId(), a.GetProvinceId())
		}
	}
	if list := servertest.Must(p.public.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{}))(t); list.GetTotalSize() != 2 {
		t.Errorf("%d agencies are there after a preview", list.GetTotalSize())
	}
	if a := p.MustGet(t, p.regency, "").GetAgency(); a.GetName() != "Kabupaten Merauke" {
		t.Errorf("a preview changed a name: %v", a)
	}
}

func TestAnImportChangesOnlyWhatItsColumnsSay(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		p := newPapua(t, s)
		servertest.Must(p.admin.UpdateAgency(t.Context(), p.update(t, func(r *meritv1.UpdateAgencyRequest) {
			r.ValidFrom, r.Region, r.TimeZone, r.Assessed = "2010-01-01", "II", "Asia/Makassar", false
		})))(t)
		if resp := p.MustImport(t, "2020-01-01", "code,kind,name\n91.01,KABUPATEN,Kabupaten Merauke\n"); resp.GetUnchanged() != 1 {
			t.Errorf("columns that are not in the file change the agency: %v", resp)
		}
		resp := p.MustImport(t, "2020-01-01", "code,kind,name,region,time_zone,assessed\n91.01,KABUPATEN,Kabupaten Merauke,,,1\n")
		if resp.GetChanged() != 1 {
			t.Fatalf("changed %v, want one", resp)
		}
		a := p.MustGet(t, p.regency, "2020-01-01").GetAgency()
		if a.GetRegion() != "" || a.GetTimeZone() != "Asia/Jayapura" || !a.GetAssessed() || a.GetProvinceId() != p.province || a.GetRevision() != 3 {
			t.Errorf("the agency became %v", a)
		}
		if old := p.MustGet(t, p.regency, "2019-12-31").GetAgency(); old.GetRegion() != "II" || old.GetValidUntil() != "2019-12-31" {
			t.Errorf("the version before it became %v", old)
		}
	})
}

func TestAnImportIsDoneOnceForARequestID(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		p := newPapua(t, s)
		req := &meritv1.ImportAgenciesRequest{
			Csv: []byte("code,kind,name,province_code\n91.02,KABUPATEN,Kabupaten Jayawijaya,91\n"), ValidFrom: "2020-01-01", RequestId: "once",
		}
		first := servertest.Must(p.admin.ImportAgencies(t.Context(), req))(t)
		again := servertest.Must(p.admin.ImportAgencies(t.Context(), req))(t)
		if again.GetAdded() != 1 || again.GetAgencies()[0].GetId() != first.GetAgencies()[0].GetId() {
			t.Errorf("the answer to the repeated request is %v, want %v", again, first)
		}
		req.ValidFrom = "2021-01-01"
		_, err := p.admin.ImportAgencies(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_REQUEST_ID_REUSED)
	})
}

// nation is a file of 719 agencies: those of the demo, and more ministries.
func nation(tb testing.TB) []byte {
	tb.Helper()
	csv := MustRead(tb, "agencies.csv")
	for n := range 719 - 564 {
		csv = fmt.Appendf(csv, "X-%03d,LPNK,Badan Uji Coba %d,\n", n, n)
	}
	return csv
}

func BenchmarkImportAgencies(b *testing.B) {
	csv := nation(b)
	for b.Loop() {
		b.StopTimer()
		s := servertest.New(b)
		admin := meritv1.NewAgencyServiceClient(s.MustAccount(b, meritv1.Role_ROLE_ADMIN, ""))
		b.StartTimer()
		resp := servertest.Must(admin.ImportAgencies(b.Context(), &meritv1.ImportAgenciesRequest{Csv: csv, ValidFrom: "2019-01-01"}))(b)
		if resp.GetAdded() != 719 {
			b.Fatalf("added %d", resp.GetAdded())
		}
	}
}

func BenchmarkListAgencies(b *testing.B) {
	s := servertest.New(b)
	admin := meritv1.NewAgencyServiceClient(s.MustAccount(b, meritv1.Role_ROLE_ADMIN, ""))
	servertest.Must(admin.ImportAgencies(b.Context(), &meritv1.ImportAgenciesRequest{Csv: nation(b), ValidFrom: "2019-01-01"}))(b)
	for name, req := range map[string]*meritv1.ListAgenciesRequest{
		"page of 50": {}, "page of 500": {PageSize: 500}, "text": {Text: "palangka raya"},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				servertest.Must(admin.ListAgencies(b.Context(), req))(b)
			}
		})
	}
}
