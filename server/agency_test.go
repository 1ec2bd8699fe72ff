package server_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// papua is a server with the province of Papua, its regency of Merauke, and one who may change them.
type papua struct {
	*servertest.Server
	admin, public     meritv1.AgencyServiceClient
	province, regency string // agency ids
}

func newPapua(tb testing.TB, s *servertest.Server) papua {
	tb.Helper()
	p := papua{
		Server: s, admin: meritv1.NewAgencyServiceClient(s.MustAccount(tb, meritv1.Role_ROLE_ADMIN, "")),
		public: meritv1.NewAgencyServiceClient(s.Anyone()),
	}
	p.MustImport(tb, "2000-01-01", "code,kind,name,province_code\n91,PROVINSI,Provinsi Papua,91\n91.01,KABUPATEN,Kabupaten Merauke,91\n")
	p.province, p.regency = p.MustID(tb, "91"), p.MustID(tb, "91.01")
	return p
}

func (p papua) MustImport(tb testing.TB, day, csv string) *meritv1.ImportAgenciesResponse {
	tb.Helper()
	return servertest.Must(p.admin.ImportAgencies(tb.Context(), &meritv1.ImportAgenciesRequest{Csv: []byte(csv), ValidFrom: day}))(tb)
}

// MustID is the id of the agency that has a code today.
func (p papua) MustID(tb testing.TB, code string) string {
	tb.Helper()
	return servertest.Must(p.public.GetAgency(tb.Context(), &meritv1.GetAgencyRequest{Code: code}))(tb).GetAgency().GetId()
}

// MustGet is an agency as it was on a day.
func (p papua) MustGet(tb testing.TB, id, day string) *meritv1.GetAgencyResponse {
	tb.Helper()
	return servertest.Must(p.public.GetAgency(tb.Context(), &meritv1.GetAgencyRequest{AgencyId: id, AsOf: day}))(tb)
}

// update is the request that leaves Merauke as it is from 2022-07-25 on.
func (p papua) update(tb testing.TB, change func(*meritv1.UpdateAgencyRequest)) *meritv1.UpdateAgencyRequest {
	tb.Helper()
	a := p.MustGet(tb, p.regency, "").GetAgency()
	req := &meritv1.UpdateAgencyRequest{
		AgencyId: a.GetId(), ValidFrom: "2022-07-25", Code: a.GetCode(), Name: a.GetName(), Kind: a.GetKind(),
		ProvinceId: a.GetProvinceId(), Region: a.GetRegion(), TimeZone: a.GetTimeZone(), Assessed: a.GetAssessed(), Revision: a.GetRevision(),
	}
	change(req)
	return req
}

func TestAnAgencyMovesToAnotherProvince(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		p := newPapua(t, s)
		p.MustImport(t, "2022-07-25", "code,kind,name,province_code\n93,PROVINSI,Provinsi Papua Selatan,93\n")
		south := servertest.Must(p.public.GetAgency(t.Context(), &meritv1.GetAgencyRequest{Code: "93", AsOf: "2022-07-25"}))(t).GetAgency().GetId()
		req := p.update(t, func(r *meritv1.UpdateAgencyRequest) { r.Code, r.ProvinceId = "93.01", south })

		moved := servertest.Must(p.admin.UpdateAgency(t.Context(), req))(t).GetAgency()
		want := &meritv1.Agency{
			Id: p.regency, Code: "93.01", Name: "Kabupaten Merauke", Kind: meritv1.AgencyKind_AGENCY_KIND_KABUPATEN,
			ProvinceId: south, ProvinceName: "Provinsi Papua Selatan", TimeZone: "Asia/Jayapura", Assessed: true,
			ValidFrom: "2022-07-25", Revision: 2,
		}
		if diff := cmp.Diff(want, moved, protocmp.Transform()); diff != "" {
			t.Errorf("after the move (-want +got):\n%s", diff)
		}
		before := p.MustGet(t, p.regency, "2022-07-24")
		if a := before.GetAgency(); a.GetCode() != "91.01" || a.GetProvinceName() != "Provinsi Papua" || a.GetValidUntil() != "2022-07-24" {
			t.Errorf("the day before it is %v", a)
		}
		if v := before.GetVersions(); len(v) != 2 || v[0].GetCode() != "91.01" || v[1].GetCode() != "93.01" {
			t.Errorf("versions are %v", v)
		}

		_, err := p.admin.UpdateAgency(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_STALE_REVISION)
		if current, ok := servertest.Detail[*meritv1.Agency](err); !ok || !proto.Equal(current, moved) {
			t.Errorf("the refusal shows %v, want the current agency", current)
		}
	})
}

func TestAnAgencyIsNotChangedAgainstTheRules(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	for _, tc := range []struct {
		name   string
		change func(*meritv1.UpdateAgencyRequest)
		reason meritv1.Reason
		field  string
	}{
		{"a day that is none", func(r *meritv1.UpdateAgencyRequest) { r.ValidFrom = "2022-02-30" }, meritv1.Reason_REASON_INVALID_REQUEST, "valid_from"},
		{"a code with a space", func(r *meritv1.UpdateAgencyRequest) { r.Code = "91 01" }, meritv1.Reason_REASON_INVALID_REQUEST, "code"},
		{"a name without letters", func(r *meritv1.UpdateAgencyRequest) { r.Name = " - " }, meritv1.Reason_REASON_INVALID_REQUEST, "name"},
		{"a time zone of elsewhere", func(r *meritv1.UpdateAgencyRequest) { r.TimeZone = "Europe/Paris" }, meritv1.Reason_REASON_INVALID_REQUEST, "time_zone"},
		{"a regency in no province", func(r *meritv1.UpdateAgencyRequest) { r.ProvinceId = "" }, meritv1.Reason_REASON_INVALID_REQUEST, "province_id"},
		{"a regency in a regency", func(r *meritv1.UpdateAgencyRequest) { r.ProvinceId = r.AgencyId }, meritv1.Reason_REASON_INVALID_REQUEST, "province_id"},
		{"a ministry in a province", func(r *meritv1.UpdateAgencyRequest) { r.Kind = meritv1.AgencyKind_AGENCY_KIND_KEMENTERIAN }, meritv1.Reason_REASON_INVALID_REQUEST, "province_id"},
		{"a province in another", func(r *meritv1.UpdateAgencyRequest) { r.Kind = meritv1.AgencyKind_AGENCY_KIND_PROVINSI }, meritv1.Reason_REASON_INVALID_REQUEST, "province_id"},
		{"the code of another", func(r *meritv1.UpdateAgencyRequest) { r.Code = "91" }, meritv1.Reason_REASON_ALREADY_EXISTS, ""},
		{"an agency that does not exist", func(r *meritv1.UpdateAgencyRequest) { r.AgencyId = "01AAAAAAAAAAAAAAAAAAAAAAAA" }, meritv1.Reason_REASON_NOT_FOUND, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := p.admin.UpdateAgency(t.Context(), p.update(t, tc.change))
			servertest.WantReason(t, err, tc.reason)
			if _, ok := servertest.Violations(err)[tc.field]; tc.field != "" && !ok {
				t.Errorf("violations are %v, want %s", servertest.Violations(err), tc.field)
			}
		})
	}
	if v := p.MustGet(t, p.regency, "").GetVersions(); len(v) != 1 {
		t.Errorf("refused changes left versions: %v", v)
	}
}

func TestACodeMayBeUsedAgainOnceItIsFree(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	servertest.Must(p.admin.UpdateAgency(t.Context(), p.update(t, func(r *meritv1.UpdateAgencyRequest) { r.Code = "91.50" })))(t)
	const asmat = "code,kind,name,province_code\n91.01,KABUPATEN,Kabupaten Asmat,91\n"
	_, err := p.admin.ImportAgencies(t.Context(), &meritv1.ImportAgenciesRequest{Csv: []byte(asmat), ValidFrom: "1999-01-01"})
	servertest.WantReason(t, err, meritv1.Reason_REASON_IMPORT_INVALID)
	if resp := p.MustImport(t, "2022-07-25", asmat); resp.GetAdded() != 1 {
		t.Errorf("imported %v, want one new agency", resp)
	}
}

func TestLinksEndWhatWasMergedOrRenamed(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		p := newPapua(t, s)
		ministry := func(name string) string { return s.MustAgency(t, store.Agency{Name: name, Kind: scoring.Kementerian}) }
		research, agency, whole := ministry("Kementerian Riset"), ministry("Badan Riset"), ministry("Kementerian Pendidikan")
		link := func(a string, kind meritv1.AgencyLinkKind, b string) *meritv1.LinkAgenciesRequest {
			return &meritv1.LinkAgenciesRequest{AgencyId: a, Kind: kind, OtherId: b, OnDate: "2021-04-28", LegalBasis: "Perpres 33/2021"}
		}
		merge := link(research, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_MERGED_INTO, whole)
		made := servertest.Must(p.admin.LinkAgencies(t.Context(), merge))(t).GetLink()
		if made.GetAgencyName() != "Kementerian Riset" || made.GetOtherName() != "Kementerian Pendidikan" || made.GetRecordedBy().GetName() == "" {
			t.Errorf("the link reads %v", made)
		}
		servertest.Must(p.admin.LinkAgencies(t.Context(), link(agency, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_SPLIT_FROM, research)))(t)

		for day, want := range map[string]bool{"2021-04-27": true, "2021-04-28": false, "2030-01-01": false} {
			if got := p.MustGet(t, research, day).GetAgency().GetAssessed(); got != want {
				t.Errorf("on %s the merged ministry is assessed: %t, want %t", day, got, want)
			}
		}
		for name, id := range map[string]string{"what it went into": whole, "what came out of it": agency} {
			if !p.MustGet(t, id, "2030-01-01").GetAgency().GetAssessed() {
				t.Errorf("%s is not assessed any more", name)
			}
		}
		for _, l := range p.MustGet(t, whole, "").GetLinks() {
			if l.GetRecordedBy() != nil {
				t.Errorf("a caller without an account reads who recorded it: %v", l)
			}
		}
		for name, tc := range map[string]struct {
			req    *meritv1.LinkAgenciesRequest
			reason meritv1.Reason
		}{
			"the same link again":          {merge, meritv1.Reason_REASON_ALREADY_EXISTS},
			"an agency with itself":        {link(agency, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_RENAMED, agency), meritv1.Reason_REASON_WRONG_STATE},
			"the other way round":          {link(whole, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_RENAMED, research), meritv1.Reason_REASON_WRONG_STATE},
			"an agency that is not there":  {link(whole, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_RENAMED, "01AAAAAAAAAAAAAAAAAAAAAAAA"), meritv1.Reason_REASON_NOT_FOUND},
			"the far end of its own chain": {link(research, meritv1.AgencyLinkKind_AGENCY_LINK_KIND_SPLIT_FROM, agency), meritv1.Reason_REASON_WRONG_STATE},
		} {
			t.Run(name, func(t *testing.T) {
				_, err := p.admin.LinkAgencies(t.Context(), tc.req)
				servertest.WantReason(t, err, tc.reason)
			})
		}
	})
}

func TestAgenciesAreListedInPagesAsOfADay(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		p := newPapua(t, s)
		p.MustImport(t, "2022-07-25", "code,kind,name,province_code,region\n93,PROVINSI,Provinsi Papua Selatan,93,II\n")
		for _, tc := range []struct {
			name string
			req  *meritv1.ListAgenciesRequest
			want []string
		}{
			{"before the split", &meritv1.ListAgenciesRequest{AsOf: "2022-07-24"}, []string{"91", "91.01"}},
			{"after it", &meritv1.ListAgenciesRequest{AsOf: "2022-07-25"}, []string{"91", "91.01", "93"}},
			{"today, by the clock of the server", &meritv1.ListAgenciesRequest{}, []string{"91", "91.01"}},
			{"provinces", &meritv1.ListAgenciesRequest{AsOf: "2030-01-01", Kind: meritv1.AgencyKind_AGENCY_KIND_PROVINSI}, []string{"91", "93"}},
			{"by text", &meritv1.ListAgenciesRequest{Text: "kab merauke"}, []string{"91.01"}},
			{"of a province", &meritv1.ListAgenciesRequest{ProvinceId: p.province}, []string{"91", "91.01"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				tc.req.PageSize = 1
				var got []string
				for {
					resp := servertest.Must(p.public.ListAgencies(t.Context(), tc.req))(t)
					if int(resp.GetTotalSize()) != len(tc.want) {
						t.Errorf("total is %d, want %d", resp.GetTotalSize(), len(tc.want))
					}
					for _, a := range resp.GetAgencies() {
						got = append(got, a.GetCode())
					}
					if tc.req.PageToken = resp.GetNextPageToken(); tc.req.PageToken == "" {
						break
					}
				}
				if !slices.Equal(got, tc.want) {
					t.Errorf("listed %v, want %v", got, tc.want)
				}
			})
		}
	})
}

func TestAPageTokenBelongsToItsQuery(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	first := servertest.Must(p.public.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{PageSize: 1}))(t)
	_, err := p.public.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{PageSize: 1, Text: "papua", PageToken: first.GetNextPageToken()})
	servertest.WantReason(t, err, meritv1.Reason_REASON_PAGE_TOKEN_INVALID)
}

func TestAnAgencyIsAskedForByIDOrByCode(t *testing.T) {
	s := servertest.New(t)
	p := newPapua(t, s)
	for name, tc := range map[string]struct {
		req    *meritv1.GetAgencyRequest
		reason meritv1.Reason
	}{
		"neither":              {&meritv1.GetAgencyRequest{}, meritv1.Reason_REASON_INVALID_REQUEST},
		"both":                 {&meritv1.GetAgencyRequest{AgencyId: p.regency, Code: "91.01"}, meritv1.Reason_REASON_INVALID_REQUEST},
		"an unknown id":        {&meritv1.GetAgencyRequest{AgencyId: "nobody"}, meritv1.Reason_REASON_NOT_FOUND},
		"an unknown code":      {&meritv1.GetAgencyRequest{Code: "00"}, meritv1.Reason_REASON_NOT_FOUND},
		"before it began":      {&meritv1.GetAgencyRequest{Code: "91.01", AsOf: "1999-12-31"}, meritv1.Reason_REASON_NOT_FOUND},
		"on a day that is not": {&meritv1.GetAgencyRequest{Code: "91.01", AsOf: "2021-13-01"}, meritv1.Reason_REASON_INVALID_REQUEST},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := p.public.GetAgency(t.Context(), tc.req)
			servertest.WantReason(t, err, tc.reason)
		})
	}
}
