package cli

import (
	"fmt"
	"io"
	"slices"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// ResultCmd groups determined and published results.
type ResultCmd struct {
	Show    ResultShowCmd    `cmd:"" help:"Explain one result: level x weight = points. ¦ Jelaskan satu hasil: tingkat x bobot = poin."`
	List    ResultListCmd    `cmd:"" help:"Rank results of one kind of agency. ¦ Peringkat hasil satu jenis instansi."`
	Summary ResultSummaryCmd `cmd:"" help:"Count results by category, kind and province. ¦ Rekap hasil menurut kategori, jenis, dan provinsi."`
	Trend   ResultTrendCmd   `cmd:"" help:"Show an agency's results year by year. ¦ Tampilkan hasil instansi dari tahun ke tahun."`
	Export  ResultExportCmd  `cmd:"" help:"Save a result with all that proves it, as a sealed package. ¦ Simpan hasil beserta semua buktinya, sebagai paket tersegel."`
	Import  ResultImportCmd  `cmd:"" help:"Import results published elsewhere. ¦ Impor hasil yang diterbitkan di tempat lain."`
}

// ResultShowCmd explains one result.
type ResultShowCmd struct {
	Result string `arg:"" help:"Result id, or an agency's code. ¦ Id hasil, atau kode instansi."`
	Year   int32  `help:"With an agency's code: the year; the newest when left out. ¦ Dengan kode instansi: tahun; terbaru bila kosong."`
}

// Run prints the result card.
func (cmd *ResultShowCmd) Run(c *Context) error {
	request := &meritv1.GetResultRequest{ResultId: cmd.Result}
	if !isID(cmd.Result) {
		agency, err := c.agencyID(cmd.Result)
		if err != nil {
			return err
		}
		request = &meritv1.GetResultRequest{AgencyId: agency, Year: cmd.Year}
	}
	answer, err := c.api.Results.GetResult(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeResult(w, answer) })
}

func (c *Context) writeResult(w io.Writer, answer *meritv1.GetResultResponse) {
	r := answer.GetResult()
	fmt.Fprintf(w, "%s  %s  %d\n", r.GetAgencyCode(), clean(r.GetAgencyName()), r.GetYear())
	fmt.Fprintln(w, c.sayf("Total %s, index %s, %s ¦ Nilai %s, indeks %s, %s", r.GetTotal(), r.GetIndex(), r.GetCategoryName()))
	if r.GetImported() {
		fmt.Fprintln(w, c.Say("Published elsewhere: ¦ Diterbitkan di:"), clean(r.GetSource()))
	} else {
		fmt.Fprintln(w, c.sayf("Decree %s of %s, valid until %s ¦ Keputusan %s tanggal %s, berlaku sampai %s", clean(r.GetDecreeNumber()), r.GetDecreeDate(), r.GetValidUntil()))
	}
	if r.GetCorrects() != "" {
		fmt.Fprintln(w, c.sayf("Corrects the result %s. ¦ Mengoreksi hasil %s.", r.GetCorrects()))
	}
	if r.GetCorrectedBy() != "" {
		fmt.Fprintln(w, c.sayf("Not in force: corrected by the result %s. ¦ Tidak berlaku: dikoreksi oleh hasil %s.", r.GetCorrectedBy()))
	}
	if answer.GetScore() == nil {
		return
	}
	fmt.Fprintln(w)
	c.writeItemScores(w, answer.GetScore())
	fmt.Fprintln(w)
	c.writeScore(w, answer.GetScore())
}

// ResultListCmd ranks results.
type ResultListCmd struct {
	Paging
	Instrument string                   `required:"" help:"Id of the instrument. ¦ Id instrumen."`
	Year       int32                    `required:"" help:"Year of the determination. ¦ Tahun penetapan."`
	Kind       enum[meritv1.AgencyKind] `required:"" placeholder:"KIND" help:"The kind. ¦ Jenis."`
	Province   string                   `placeholder:"CODE" help:"Only this province; ranks stay those of the kind. ¦ Hanya provinsi ini; peringkat tetap menurut jenis."`
	Category   string                   `help:"Only this category. ¦ Hanya kategori ini."`
	Text       string                   `help:"Found in the name. ¦ Terdapat dalam nama."`
}

// Run prints a page of the ranking.
func (cmd *ResultListCmd) Run(c *Context) error {
	province, err := c.agencyID(cmd.Province)
	if err != nil {
		return err
	}
	answer, err := c.api.Results.ListResults(c, &meritv1.ListResultsRequest{
		InstrumentId: cmd.Instrument, Year: cmd.Year, Kind: meritv1.AgencyKind(cmd.Kind), ProvinceId: province, Category: cmd.Category, Text: cmd.Text,
		PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable(">Rank ¦ >Peringkat", "Code ¦ Kode", "Agency ¦ Instansi", ">Total ¦ >Nilai", ">Index ¦ >Indeks", "Category ¦ Kategori", " ")
		for _, ranked := range answer.GetResults() {
			r := ranked.GetResult()
			t.row(ranked.GetRank(), r.GetAgencyCode(), r.GetAgencyName(), r.GetTotal(), r.GetIndex(), r.GetCategoryName(), c.marks(r))
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// marks says what a reader has to know beside a total.
func (c *Context) marks(r *meritv1.Result) string {
	switch {
	case r.GetImported() && r.GetYearUncertain():
		return c.Say("published, year uncertain ¦ diterbitkan, tahun tidak pasti")
	case r.GetImported():
		return c.Say("published ¦ diterbitkan")
	case r.GetSingleAdministrator():
		return c.Say("single administrator ¦ administrator tunggal")
	case r.GetRestsOnReconstructed():
		return c.Say("reconstructed items ¦ butir rekonstruksi")
	}
	return ""
}

// ResultSummaryCmd sums results up.
type ResultSummaryCmd struct {
	Instrument string                     `required:"" help:"Id of the instrument. ¦ Id instrumen."`
	Year       int32                      `required:"" help:"Year of the determination. ¦ Tahun penetapan."`
	TargetKind []enum[meritv1.AgencyKind] `placeholder:"KIND" help:"Kinds the target is for; kabupaten and kota when left out. ¦ Jenis sasaran; kabupaten dan kota bila kosong."`
	Target     int32                      `default:"30" help:"Percent of them that should be baik or better. ¦ Persen yang seharusnya baik atau lebih."`
}

// Run prints counts by category and kind, and the target.
func (cmd *ResultSummaryCmd) Run(c *Context) error {
	request := &meritv1.GetSummaryRequest{InstrumentId: cmd.Instrument, Year: cmd.Year, TargetPercent: cmd.Target}
	for _, kind := range cmd.TargetKind {
		request.TargetKinds = append(request.TargetKinds, meritv1.AgencyKind(kind))
	}
	answer, err := c.api.Results.GetSummary(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeSummary(w, answer) })
}

func (c *Context) writeSummary(w io.Writer, s *meritv1.GetSummaryResponse) {
	t := c.newTable("Kind ¦ Jenis", "Category ¦ Kategori", ">Results ¦ >Hasil")
	for _, of := range s.GetKinds() {
		if !slices.ContainsFunc(of.GetCategories(), func(count *meritv1.CategoryCount) bool { return count.GetCount() > 0 }) {
			continue
		}
		for _, count := range of.GetCategories() {
			t.row(c.word(of.GetKind()), count.GetCategoryName(), count.GetCount())
		}
	}
	for _, count := range s.GetCategories() {
		t.row(c.Say("ALL ¦ SEMUA"), count.GetCategoryName(), count.GetCount())
	}
	t.write(w)
	target := s.GetTarget()
	fmt.Fprintln(w, c.sayf("%d of %d agencies baik or better: %s %%, target %d %% ¦ %d dari %d instansi baik atau lebih: %s %%, sasaran %d %%",
		target.GetBaikOrBetter(), target.GetAssessedAgencies(), target.GetPercent(), target.GetTargetPercent()))
}

// ResultTrendCmd shows an agency's years.
type ResultTrendCmd struct {
	Agency string `arg:"" help:"Code or id. ¦ Kode atau id."`
}

// Run prints a line per year along the lineage.
func (cmd *ResultTrendCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Results.GetTrend(c, &meritv1.GetTrendRequest{AgencyId: agency})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable(">Year ¦ >Tahun", "Agency ¦ Instansi", ">Total ¦ >Nilai", "Category ¦ Kategori", ">Change ¦ >Perubahan", " ")
		for _, p := range answer.GetPoints() {
			r := p.GetResult()
			t.row(r.GetYear(), r.GetAgencyName(), r.GetTotal(), r.GetCategoryName(), p.GetChange(), c.marks(r))
		}
		t.write(w)
	})
}

// ResultImportCmd imports published results.
type ResultImportCmd struct {
	File       string `arg:"" predictor:"file" help:"CSV: agency_code,agency,year,nilai,category,source and optionally index,year_uncertain. ¦ CSV: agency_code,agency,year,nilai,category,source dan bila perlu index,year_uncertain."`
	Instrument string `required:"" help:"Id of the instrument they follow. ¦ Id instrumen yang diikuti."`
	Preview    bool   `help:"Check and store nothing. ¦ Periksa tanpa menyimpan."`
}

// Run imports all rows or none.
func (cmd *ResultImportCmd) Run(c *Context) error {
	data, err := c.read(cmd.File)
	if err != nil {
		return err
	}
	var answer *meritv1.ImportPublishedResultsResponse
	err = c.working(cmd.File, func() (err error) {
		answer, err = c.api.Results.ImportPublishedResults(c, &meritv1.ImportPublishedResultsRequest{Csv: data, InstrumentId: cmd.Instrument, Preview: cmd.Preview})
		return err
	})
	if err != nil {
		return inTable(err, cmd.File, data)
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("added %d, unchanged %d ¦ ditambah %d, tetap %d", answer.GetAdded(), answer.GetUnchanged()))
	})
}
