package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// EvidenceCmd groups what an agency shows for its claims.
type EvidenceCmd struct {
	Put       EvidencePutCmd       `cmd:"" help:"Upload files as evidence. ¦ Unggah berkas sebagai bukti dukung."`
	Link      EvidenceLinkCmd      `cmd:"" help:"Add a link as evidence. ¦ Tambahkan tautan sebagai bukti dukung."`
	List      EvidenceListCmd      `cmd:"" help:"List evidence. ¦ Daftar bukti dukung."`
	Show      EvidenceShowCmd      `cmd:"" help:"Show one piece of evidence and what cites it. ¦ Tampilkan satu bukti dukung dan kutipannya."`
	Get       EvidenceGetCmd       `cmd:"" help:"Download a file. ¦ Unduh berkas."`
	Update    EvidenceUpdateCmd    `cmd:"" help:"Change title, effective date and validity. ¦ Ubah judul, tanggal berlaku, dan masa berlaku."`
	Withdraw  EvidenceWithdrawCmd  `cmd:"" help:"Take evidence out of use. ¦ Tarik bukti dukung dari pemakaian."`
	Cite      EvidenceCiteCmd      `cmd:"" help:"Tie evidence to items. ¦ Kaitkan bukti dukung dengan butir."`
	Uncite    EvidenceUnciteCmd    `cmd:"" help:"Remove a citation. ¦ Hapus kutipan."`
	Attach    EvidenceAttachCmd    `cmd:"" help:"Attach a signed letter, minutes or decree to a record. ¦ Lampirkan surat, berita acara, atau keputusan bertanda tangan."`
	Documents EvidenceDocumentsCmd `cmd:"" help:"List what is attached to a record. ¦ Daftar lampiran."`
}

// Dating are the flags that say of when a document is.
type Dating struct {
	Effective  string `placeholder:"YYYY-MM-DD" help:"Date of the document itself. ¦ Tanggal dokumen itu sendiri."`
	ValidUntil string `placeholder:"YYYY-MM-DD" help:"Last day on which it holds. ¦ Hari terakhir berlaku."`
}

// Citing are the flags that tie new evidence to items at once.
type Citing struct {
	Assessment string   `and:"citing" placeholder:"ID" help:"Assessment that cites it. ¦ Penilaian yang mengutipnya."`
	Cite       []string `and:"citing" placeholder:"ITEM" help:"Items that cite it. ¦ Butir yang mengutipnya."`
	Page       string   `help:"Page, as printed. ¦ Halaman, seperti tercetak."`
	Quote      string   `help:"The passage. ¦ Bagian yang dikutip."`
}

// cite ties evidence to the items, if any were given.
func (g Citing) cite(c *Context, evidence *meritv1.Evidence) error {
	if len(g.Cite) == 0 {
		return nil
	}
	answer, err := c.api.Evidence.Cite(c, &meritv1.CiteRequest{
		AssessmentId: g.Assessment, EvidenceId: evidence.GetId(), Items: g.Cite, Page: g.Page, Quote: g.Quote,
	})
	evidence.Citations = append(evidence.GetCitations(), answer.GetCitations()...)
	return err
}

// writeEvidence prints a line for each. The column of items is there when a line has any: what the service answers to
// lists and changes says nothing of citations, and an empty cell would deny them. So is that of what was found in files.
func (c *Context) writeEvidence(w io.Writer, evidence ...*meritv1.Evidence) {
	headings := []string{"Id", "Title ¦ Judul", "Type ¦ Jenis", ">Bytes ¦ >Bita", "Dated ¦ Tertanggal", "Added by ¦ Oleh"}
	cited := slices.ContainsFunc(evidence, func(e *meritv1.Evidence) bool { return len(e.GetCitations()) > 0 })
	if cited {
		headings = append(headings, "Cited by ¦ Dikutip")
	}
	found := slices.ContainsFunc(evidence, func(e *meritv1.Evidence) bool { return c.found(e) != "" })
	if found {
		headings = append(headings, foundHeading)
	}
	t := c.newTable(headings...)
	for _, e := range evidence {
		size := ""
		if e.GetKind() == meritv1.EvidenceKind_EVIDENCE_KIND_FILE {
			size = fmt.Sprint(e.GetSize())
		}
		cells := []any{e.GetId(), e.GetTitle(), cmp.Or(e.GetMediaType(), e.GetUrl()), size, e.GetEffectiveDate(), e.GetAddedBy().GetName()}
		if cited {
			cells = append(cells, citedBy(e))
		}
		if found {
			cells = append(cells, c.found(e))
		}
		t.row(cells...)
	}
	t.write(w)
}

// examined is a file that was looked into: evidence or a document.
type examined interface {
	GetScanState() meritv1.ScanState
	GetScanSignature() string
	GetFlags() []meritv1.EvidenceFlag
}

const foundHeading = "Found in it ¦ Temuan"

// found is what the scanner says of a file, where there is one, and what was found in it.
func (c *Context) found(e examined) string {
	var all []string
	if state := e.GetScanState(); state > meritv1.ScanState_SCAN_STATE_NOT_SCANNED {
		all = append(all, strings.TrimSpace(c.word(state)+" "+e.GetScanSignature()))
	}
	for _, flag := range e.GetFlags() {
		all = append(all, c.word(flag))
	}
	return strings.Join(all, ", ")
}

// citedBy are the items that cite the evidence.
func citedBy(e *meritv1.Evidence) string {
	items := make([]string, 0, len(e.GetCitations()))
	for _, citation := range e.GetCitations() {
		items = append(items, citation.GetItem())
	}
	return strings.Join(items, ", ")
}

// EvidenceLinkCmd adds a link.
type EvidenceLinkCmd struct {
	URL   string `arg:"" help:"Address, https only; the service never opens it. ¦ Alamat, hanya https; layanan tidak pernah membukanya."`
	Title string `arg:"" help:"What is there. ¦ Isinya."`
	Dating
	Citing
}

// Run adds the link and cites it.
func (cmd *EvidenceLinkCmd) Run(c *Context) error {
	answer, err := c.api.Evidence.AddLink(c, &meritv1.AddLinkRequest{
		Url: cmd.URL, Title: cmd.Title, EffectiveDate: cmd.Effective, ValidUntil: cmd.ValidUntil,
	})
	if err != nil {
		return err
	}
	if err := cmd.cite(c, answer.GetEvidence()); err != nil {
		return c.stored(answer.GetEvidence(), err)
	}
	return c.show(answer, func(w io.Writer) { c.writeEvidence(w, answer.GetEvidence()) })
}

// stored says of evidence that could not be cited that it is there, so that nobody adds it twice.
func (c *Context) stored(evidence *meritv1.Evidence, err error) error {
	fmt.Fprintln(c.Errs, c.sayf("%s is stored but not cited; cite it with merit evidence cite ¦ %s tersimpan tetapi belum dikutip; kutip dengan merit evidence cite", evidence.GetId()))
	return err
}

// EvidenceListCmd lists evidence.
type EvidenceListCmd struct {
	Paging
	Agency     string `placeholder:"CODE" help:"Of this agency; the own one when left out. ¦ Milik instansi ini; instansi sendiri bila kosong."`
	Assessment string `placeholder:"ID" help:"Only what this assessment cites. ¦ Hanya yang dikutip penilaian ini."`
	Item       string `help:"Only what this item of the assessment cites. ¦ Hanya yang dikutip butir ini."`
	Withdrawn  bool   `help:"Also what was withdrawn. ¦ Juga yang sudah ditarik."`
}

// Run lists a page of evidence, newest first.
func (cmd *EvidenceListCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Evidence.ListEvidence(c, &meritv1.ListEvidenceRequest{
		AgencyId: agency, AssessmentId: cmd.Assessment, Item: cmd.Item, IncludeWithdrawn: cmd.Withdrawn,
		PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeEvidence(w, answer.GetEvidence()...)
		c.more(w, answer.GetNextPageToken())
	})
}

// EvidenceShowCmd shows one piece of evidence.
type EvidenceShowCmd struct {
	ID string `arg:"" help:"Evidence id. ¦ Id bukti dukung."`
}

// Run prints the evidence and its citations.
func (cmd *EvidenceShowCmd) Run(c *Context) error {
	answer, err := c.api.Evidence.GetEvidence(c, &meritv1.GetEvidenceRequest{EvidenceId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		e := answer.GetEvidence()
		c.writeEvidence(w, e)
		if e.GetSha256() != "" {
			fmt.Fprintf(w, "\n%s\nSHA-256 %s\n", clean(e.GetFileName()), e.GetSha256())
		}
		if e.GetWithdrawnAt() != nil {
			fmt.Fprintln(w, c.Say("Withdrawn ¦ Ditarik"), when(e.GetWithdrawnAt()))
		}
		fmt.Fprintln(w)
		c.writeCitations(w, e.GetCitations())
	})
}

func (c *Context) writeCitations(w io.Writer, citations []*meritv1.Citation) {
	t := c.newTable("Citation ¦ Kutipan", "Assessment ¦ Penilaian", "Item ¦ Butir", "Page ¦ Halaman", "By ¦ Oleh", "Passage ¦ Bagian")
	for _, citation := range citations {
		t.row(citation.GetId(), citation.GetAssessmentId(), citation.GetItem(), citation.GetPage(), citation.GetCitedBy().GetName(), citation.GetQuote())
	}
	t.write(w)
}

// EvidenceUpdateCmd changes what is said of evidence.
type EvidenceUpdateCmd struct {
	ID    string `arg:"" help:"Evidence id. ¦ Id bukti dukung."`
	Title string `help:"New title. ¦ Judul baru."`
	Dating
}

// Run changes what was given of the evidence as it was read; the bytes never change.
func (cmd *EvidenceUpdateCmd) Run(c *Context) error {
	current, err := c.api.Evidence.GetEvidence(c, &meritv1.GetEvidenceRequest{EvidenceId: cmd.ID})
	if err != nil {
		return err
	}
	e := current.GetEvidence()
	answer, err := c.api.Evidence.UpdateEvidence(c, &meritv1.UpdateEvidenceRequest{
		EvidenceId: cmd.ID, Revision: e.GetRevision(), Title: cmp.Or(cmd.Title, e.GetTitle()),
		EffectiveDate: cmp.Or(cmd.Effective, e.GetEffectiveDate()), ValidUntil: cmp.Or(cmd.ValidUntil, e.GetValidUntil()),
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeEvidence(w, answer.GetEvidence()) })
}

// EvidenceWithdrawCmd withdraws evidence.
type EvidenceWithdrawCmd struct {
	ID string `arg:"" help:"Evidence id. ¦ Id bukti dukung."`
}

// Run withdraws the evidence as it was read.
func (cmd *EvidenceWithdrawCmd) Run(c *Context) error {
	current, err := c.api.Evidence.GetEvidence(c, &meritv1.GetEvidenceRequest{EvidenceId: cmd.ID})
	if err != nil {
		return err
	}
	answer, err := c.api.Evidence.WithdrawEvidence(c, &meritv1.WithdrawEvidenceRequest{
		EvidenceId: cmd.ID, Revision: current.GetEvidence().GetRevision(),
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("%s is withdrawn. ¦ %s sudah ditarik.", clean(answer.GetEvidence().GetTitle())))
	})
}

// EvidenceCiteCmd cites evidence.
type EvidenceCiteCmd struct {
	Assessment string   `arg:"" help:"Assessment id. ¦ Id penilaian."`
	Evidence   string   `arg:"" help:"Evidence id. ¦ Id bukti dukung."`
	Items      []string `arg:"" help:"Item codes. ¦ Kode butir."`
	Page       string   `help:"Page, as printed. ¦ Halaman, seperti tercetak."`
	Quote      string   `help:"The passage. ¦ Bagian yang dikutip."`
}

// Run cites the evidence for all of the items or none.
func (cmd *EvidenceCiteCmd) Run(c *Context) error {
	answer, err := c.api.Evidence.Cite(c, &meritv1.CiteRequest{
		AssessmentId: cmd.Assessment, EvidenceId: cmd.Evidence, Items: cmd.Items, Page: cmd.Page, Quote: cmd.Quote,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { c.writeCitations(w, answer.GetCitations()) })
}

// EvidenceUnciteCmd removes a citation.
type EvidenceUnciteCmd struct {
	Citation string `arg:"" help:"Citation id. ¦ Id kutipan."`
}

// Run removes the citation, unless a verifier has seen it.
func (cmd *EvidenceUnciteCmd) Run(c *Context) error {
	answer, err := c.api.Evidence.Uncite(c, &meritv1.UnciteRequest{CitationId: cmd.Citation})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { fmt.Fprintln(w, c.Say("The citation is removed. ¦ Kutipan dihapus.")) })
}
