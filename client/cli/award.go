package cli

import (
	"fmt"
	"io"
	"strconv"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// AwardCmd groups award lists.
type AwardCmd struct {
	List       AwardListCmd       `cmd:"" help:"List awards. ¦ Daftar anugerah."`
	Show       AwardShowCmd       `cmd:"" help:"Show an award and its recipients. ¦ Tampilkan anugerah dan penerimanya."`
	Draft      AwardDraftCmd      `cmd:"" help:"Write the rule down. ¦ Tetapkan aturan."`
	Exclude    AwardExcludeCmd    `cmd:"" help:"Take an agency out, with a reason. ¦ Keluarkan instansi, dengan alasan."`
	Candidates AwardCandidatesCmd `cmd:"" help:"Rank the candidates. ¦ Peringkat calon."`
	Decide     AwardDecideCmd     `cmd:"" help:"Select the recipients. ¦ Pilih penerima."`
	Publish    AwardPublishCmd    `cmd:"" help:"Publish the list for good. ¦ Umumkan daftar untuk seterusnya."`
}

// AwardListCmd lists awards.
type AwardListCmd struct {
	Paging
	Year int32 `help:"Only this year. ¦ Hanya tahun ini."`
}

// Run lists a page of awards, newest first.
func (cmd *AwardListCmd) Run(c *Context) error {
	answer, err := c.api.Awards.ListAwards(c, &meritv1.ListAwardsRequest{Year: cmd.Year, PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable(">Year ¦ >Tahun", "Title ¦ Judul", "State ¦ Keadaan", "Id")
		for _, a := range answer.GetAwards() {
			t.row(a.GetYear(), a.GetTitle(), c.word(a.GetState()), a.GetId())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// award reads an award.
func (c *Context) award(id string) (*meritv1.Award, error) {
	answer, err := c.api.Awards.GetAward(c, &meritv1.GetAwardRequest{AwardId: id})
	return answer.GetAward(), err
}

func (c *Context) writeAward(w io.Writer, a *meritv1.Award) {
	fmt.Fprintf(w, "%s  %d  %s  %s\n", clean(a.GetTitle()), a.GetYear(), c.word(a.GetState()), a.GetId())
	t := c.newTable("Group ¦ Kelompok", ">Place ¦ >Tempat", "Agency ¦ Instansi", ">Total ¦ >Nilai", "Category ¦ Kategori", " ")
	groups := a.GetRule().GetGroups()
	for _, r := range a.GetRecipients() {
		name := ""
		if g := int(r.GetGroup()); g < len(groups) {
			name = groups[g].GetName()
		}
		t.row(name, r.GetPlace(), r.GetResult().GetAgencyName(), r.GetResult().GetTotal(), r.GetResult().GetCategoryName(), r.GetReason())
	}
	t.write(w)
	for _, e := range a.GetExclusions() {
		fmt.Fprintln(w, c.sayf("Excluded: %s, %s ¦ Dikeluarkan: %s, %s", clean(e.GetAgencyName()), clean(e.GetReason())))
	}
}

// AwardShowCmd shows one award.
type AwardShowCmd struct {
	Award string `arg:"" help:"Award id. ¦ Id anugerah."`
}

// Run prints recipients and exclusions.
func (cmd *AwardShowCmd) Run(c *Context) error {
	award, err := c.award(cmd.Award)
	if err != nil {
		return err
	}
	return c.show(award, func(w io.Writer) { c.writeAward(w, award) })
}

// AwardDraftCmd drafts an award.
type AwardDraftCmd struct {
	Title      string       `arg:"" help:"Title. ¦ Judul."`
	Year       int32        `required:"" help:"Year of the results. ¦ Tahun hasil."`
	Instrument string       `required:"" help:"Id of the instrument. ¦ Id instrumen."`
	Group      []awardGroup `required:"" sep:"none" placeholder:"NAME:KINDS:CATEGORIES:PLACES" help:"A group of like agencies, such as Kota:kota:baik,sangat_baik:3; 0 places for all. ¦ Kelompok instansi sejenis, misalnya Kota:kota:baik,sangat_baik:3; 0 tempat untuk semua."`
}

// Run writes the rule down.
func (cmd *AwardDraftCmd) Run(c *Context) error {
	rule := &meritv1.AwardRule{}
	for _, group := range cmd.Group {
		rule.Groups = append(rule.Groups, group.message())
	}
	answer, err := c.api.Awards.DraftAward(c, &meritv1.DraftAwardRequest{Title: cmd.Title, Year: cmd.Year, InstrumentId: cmd.Instrument, Rule: rule})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAward(w, answer.GetAward()) })
}

// AwardExcludeCmd takes an agency out.
type AwardExcludeCmd struct {
	Award    string `arg:"" help:"Award id. ¦ Id anugerah."`
	Agency   string `arg:"" help:"Code or id. ¦ Kode atau id."`
	Reason   string `help:"Why. ¦ Alasan."`
	TakeBack bool   `help:"Let it in again. ¦ Batalkan pengecualian."`
}

// Run excludes the agency or takes the exclusion back.
func (cmd *AwardExcludeCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Awards.ExcludeAgency(c, &meritv1.ExcludeAgencyRequest{AwardId: cmd.Award, AgencyId: agency, Reason: cmd.Reason, TakeBack: cmd.TakeBack})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAward(w, answer.GetAward()) })
}

// AwardCandidatesCmd ranks candidates.
type AwardCandidatesCmd struct {
	Award string `arg:"" help:"Award id. ¦ Id anugerah."`
}

// Run prints the candidates of every group, ties and exclusions marked.
func (cmd *AwardCandidatesCmd) Run(c *Context) error {
	answer, err := c.api.Awards.ListCandidates(c, &meritv1.ListCandidatesRequest{AwardId: cmd.Award})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("Group ¦ Kelompok", ">Place ¦ >Tempat", "Agency ¦ Instansi", ">Total ¦ >Nilai", " ", "Result ¦ Hasil")
		for _, group := range answer.GetGroups() {
			for _, candidate := range group.GetCandidates() {
				t.row(group.GetGroup().GetName(), place(candidate), candidate.GetResult().GetAgencyName(),
					candidate.GetResult().GetTotal(), c.candidacy(candidate), candidate.GetResult().GetId())
			}
		}
		t.write(w)
	})
}

// place is a candidate's place; those who are excluded have none.
func place(candidate *meritv1.Candidate) string {
	if candidate.GetExcluded() != "" {
		return ""
	}
	return strconv.Itoa(int(candidate.GetPlace()))
}

func (c *Context) candidacy(candidate *meritv1.Candidate) string {
	switch {
	case candidate.GetExcluded() != "":
		return c.Say("excluded: ¦ dikeluarkan:") + " " + candidate.GetExcluded()
	case candidate.GetTiedForLast():
		return c.Say("tied for the last place ¦ seri untuk tempat terakhir")
	case candidate.GetWithinPlaces():
		return c.Say("within the places ¦ masuk")
	}
	return ""
}

// AwardDecideCmd selects the recipients.
type AwardDecideCmd struct {
	Award string `arg:"" help:"Award id. ¦ Id anugerah."`
	Tie   []tie  `sep:"none" placeholder:"GROUP:RESULT:REASON" help:"Who gets the last place among equals; groups count from 0. ¦ Siapa mendapat tempat terakhir di antara yang seri; kelompok mulai dari 0."`
}

// Run decides the award as it was read.
func (cmd *AwardDecideCmd) Run(c *Context) error {
	award, err := c.award(cmd.Award)
	if err != nil {
		return err
	}
	request := &meritv1.DecideAwardRequest{AwardId: cmd.Award, Revision: award.GetRevision()}
	for _, t := range cmd.Tie {
		request.TieChoices = append(request.TieChoices, &meritv1.TieChoice{Group: t.group, ResultId: t.result, Reason: t.reason})
	}
	answer, err := c.api.Awards.DecideAward(c, request)
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAward(w, answer.GetAward()) })
}

// AwardPublishCmd publishes an award.
type AwardPublishCmd struct {
	Award  string `arg:"" help:"Award id. ¦ Id anugerah."`
	Letter string `required:"" help:"Number of the letter. ¦ Nomor surat."`
}

// Run publishes the list as it was read.
func (cmd *AwardPublishCmd) Run(c *Context) error {
	award, err := c.award(cmd.Award)
	if err != nil {
		return err
	}
	answer, err := c.api.Awards.PublishAward(c, &meritv1.PublishAwardRequest{AwardId: cmd.Award, Revision: award.GetRevision(), LetterNumber: cmd.Letter})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeAward(w, answer.GetAward()) })
}
