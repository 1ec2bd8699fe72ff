package cli

import (
	"cmp"
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// AgencyCmd groups what is done with agencies.
type AgencyCmd struct {
	List   AgencyListCmd   `cmd:"" help:"List agencies. ¦ Daftar instansi."`
	Show   AgencyShowCmd   `cmd:"" help:"Show an agency with its history and lineage. ¦ Tampilkan instansi dengan riwayat dan silsilahnya."`
	Import AgencyImportCmd `cmd:"" help:"Import agencies from CSV, all or nothing. ¦ Impor instansi dari CSV, semua atau tidak sama sekali."`
	Update AgencyUpdateCmd `cmd:"" help:"Record what an agency is from a day on. ¦ Catat keadaan instansi sejak suatu tanggal."`
	Link   AgencyLinkCmd   `cmd:"" help:"Record a split, merger or renaming. ¦ Catat pemekaran, penggabungan, atau penggantian nama."`
}

// agency finds an agency by code or id.
func (c *Context) agency(codeOrID string) (*meritv1.GetAgencyResponse, error) {
	request := &meritv1.GetAgencyRequest{Code: codeOrID}
	if isID(codeOrID) {
		request = &meritv1.GetAgencyRequest{AgencyId: codeOrID}
	}
	return c.api.Agencies.GetAgency(c, request)
}

// agencyID is the id of the agency with that code or id; empty for an empty one.
func (c *Context) agencyID(codeOrID string) (string, error) {
	if codeOrID == "" || isID(codeOrID) {
		return codeOrID, nil
	}
	answer, err := c.agency(codeOrID)
	return answer.GetAgency().GetId(), err
}

// AgencyListCmd lists agencies as they were on a day.
type AgencyListCmd struct {
	Paging
	Kind     enum[meritv1.AgencyKind] `placeholder:"KIND" help:"Only this kind. ¦ Hanya jenis ini."`
	Province string                   `placeholder:"CODE" help:"Only agencies of this province. ¦ Hanya instansi di provinsi ini."`
	Text     string                   `help:"Found in name or code. ¦ Terdapat dalam nama atau kode."`
	AsOf     string                   `placeholder:"YYYY-MM-DD" help:"As they were on this day. ¦ Keadaan pada tanggal ini."`
	Assessed bool                     `help:"Only those that assess themselves. ¦ Hanya yang menilai mandiri."`
}

// Run lists a page of agencies.
func (cmd *AgencyListCmd) Run(c *Context) error {
	province, err := c.agencyID(cmd.Province)
	if err != nil {
		return err
	}
	answer, err := c.api.Agencies.ListAgencies(c, &meritv1.ListAgenciesRequest{
		Kind: meritv1.AgencyKind(cmd.Kind), ProvinceId: province, Text: cmd.Text, AsOf: cmd.AsOf, AssessedOnly: cmd.Assessed,
		PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeAgencies(w, answer.GetAgencies())
		fmt.Fprintln(w, c.sayf("%d of %d agencies ¦ %d dari %d instansi", len(answer.GetAgencies()), answer.GetTotalSize()))
		c.more(w, answer.GetNextPageToken())
	})
}

func (c *Context) writeAgencies(w io.Writer, agencies []*meritv1.Agency) {
	t := c.newTable("Code ¦ Kode", "Name ¦ Nama", "Kind ¦ Jenis", "Province ¦ Provinsi", "Since ¦ Sejak", "Id")
	for _, a := range agencies {
		t.row(a.GetCode(), a.GetName(), c.word(a.GetKind()), a.GetProvinceName(), a.GetValidFrom(), a.GetId())
	}
	t.write(w)
}

// AgencyShowCmd shows one agency.
type AgencyShowCmd struct {
	Agency string `arg:"" help:"Code or id. ¦ Kode atau id."`
}

// Run prints the versions, oldest first, and the lineage.
func (cmd *AgencyShowCmd) Run(c *Context) error {
	answer, err := c.agency(cmd.Agency)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeAgencies(w, answer.GetVersions())
		for _, link := range answer.GetLinks() {
			fmt.Fprintf(w, "%s  %s  %s  %s\n", link.GetOnDate(), clean(link.GetAgencyName()),
				c.word(link.GetKind()), clean(link.GetOtherName()))
		}
	})
}

// AgencyImportCmd imports agencies from CSV.
type AgencyImportCmd struct {
	File    string `arg:"" predictor:"file" help:"CSV: code,kind,name,province_code and optionally region,time_zone,assessed. ¦ CSV: code,kind,name,province_code dan bila perlu region,time_zone,assessed."`
	From    string `placeholder:"YYYY-MM-DD" help:"First day on which this holds; today when left out. ¦ Hari pertama berlaku; hari ini bila kosong."`
	Preview bool   `help:"Show what would change and store nothing. ¦ Tampilkan perubahan tanpa menyimpan."`
}

// Run imports the file, or shows what an import would do.
func (cmd *AgencyImportCmd) Run(c *Context) error {
	data, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	var answer *meritv1.ImportAgenciesResponse
	err = c.working(cmd.File, func() (err error) {
		answer, err = c.api.Agencies.ImportAgencies(c, &meritv1.ImportAgenciesRequest{Csv: data, ValidFrom: cmp.Or(cmd.From, c.today()), Preview: cmd.Preview})
		return err
	})
	if err != nil {
		return inTable(err, cmd.File, data)
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("added %d, changed %d, unchanged %d ¦ ditambah %d, diubah %d, tetap %d", answer.GetAdded(), answer.GetChanged(), answer.GetUnchanged()))
	})
}

// AgencyUpdateCmd records a new version of an agency.
type AgencyUpdateCmd struct {
	Agency        string                   `arg:"" help:"Code or id. ¦ Kode atau id."`
	From          string                   `required:"" placeholder:"YYYY-MM-DD" help:"First day on which this holds. ¦ Hari pertama berlaku."`
	Code          string                   `help:"New code. ¦ Kode baru."`
	Name          string                   `help:"New name. ¦ Nama baru."`
	Kind          enum[meritv1.AgencyKind] `placeholder:"KIND" help:"New kind. ¦ Jenis baru."`
	Province      string                   `placeholder:"CODE" help:"New province. ¦ Provinsi baru."`
	Region        string                   `help:"Region of the verifiers. ¦ Wilayah verifikator."`
	TimeZone      string                   `help:"Time zone: Asia/Jakarta, Asia/Makassar, Asia/Jayapura. ¦ Zona waktu."`
	Assessed      *bool                    `negatable:"" help:"Whether it assesses itself. ¦ Apakah menilai mandiri."`
	SingleOfficer *bool                    `negatable:"" help:"Has one officer only: who fills in may submit. ¦ Hanya punya satu petugas: pengisi boleh mengajukan."`
}

// Run reads the agency, puts the given changes in and records them from the day on.
func (cmd *AgencyUpdateCmd) Run(c *Context) error {
	current, err := c.agency(cmd.Agency)
	if err != nil {
		return err
	}
	request, err := cmd.request(c, current.GetAgency())
	if err != nil {
		return err
	}
	answer, err := c.api.Agencies.UpdateAgency(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAgencies(w, []*meritv1.Agency{answer.GetAgency()}) })
}

func (cmd *AgencyUpdateCmd) request(c *Context, a *meritv1.Agency) (*meritv1.UpdateAgencyRequest, error) {
	province, err := c.agencyID(cmd.Province)
	if err != nil {
		return nil, err
	}
	request := &meritv1.UpdateAgencyRequest{
		AgencyId: a.GetId(), ValidFrom: cmd.From, Revision: a.GetRevision(), Assessed: a.GetAssessed(), SingleOfficer: a.GetSingleOfficer(),
		Code: cmp.Or(cmd.Code, a.GetCode()), Name: cmp.Or(cmd.Name, a.GetName()), Kind: cmp.Or(meritv1.AgencyKind(cmd.Kind), a.GetKind()),
		ProvinceId: cmp.Or(province, a.GetProvinceId()), Region: cmp.Or(cmd.Region, a.GetRegion()), TimeZone: cmp.Or(cmd.TimeZone, a.GetTimeZone()),
	}
	if cmd.Assessed != nil {
		request.Assessed = *cmd.Assessed
	}
	if cmd.SingleOfficer != nil {
		request.SingleOfficer = *cmd.SingleOfficer
	}
	return request, nil
}

// AgencyLinkCmd records how two agencies are related in time.
type AgencyLinkCmd struct {
	Agency string                       `arg:"" help:"Code or id. ¦ Kode atau id."`
	Kind   enum[meritv1.AgencyLinkKind] `arg:"" help:"What happened. ¦ Kejadian."`
	Other  string                       `arg:"" help:"Code or id of the other agency. ¦ Kode atau id instansi lain."`
	On     string                       `required:"" placeholder:"YYYY-MM-DD" help:"The day it happened. ¦ Tanggal kejadian."`
	Basis  string                       `help:"Legal basis. ¦ Dasar hukum."`
}

// Run records the link.
func (cmd *AgencyLinkCmd) Run(c *Context) error {
	id, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	other, err := c.agencyID(cmd.Other)
	if err != nil {
		return err
	}
	answer, err := c.api.Agencies.LinkAgencies(c, &meritv1.LinkAgenciesRequest{
		AgencyId: id, Kind: meritv1.AgencyLinkKind(cmd.Kind), OtherId: other, OnDate: cmd.On, LegalBasis: cmd.Basis,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintf(w, "%s  %s  %s\n", clean(answer.GetLink().GetAgencyName()), c.word(answer.GetLink().GetKind()), clean(answer.GetLink().GetOtherName()))
	})
}
