package cli

import (
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// AuditCmd groups the trail.
type AuditCmd struct {
	List       AuditListCmd       `cmd:"" help:"List who did what, newest first. ¦ Daftar siapa melakukan apa, terbaru dulu."`
	Checkpoint AuditCheckpointCmd `cmd:"" help:"Print a signed checkpoint of the log, to be kept. ¦ Cetak titik periksa log yang ditandatangani, untuk disimpan."`
	Anchor     AuditAnchorCmd     `cmd:"" help:"Print the newest checkpoint as text and QR code, to be published. ¦ Cetak titik periksa terbaru sebagai teks dan kode QR, untuk diumumkan."`
	Receipt    AuditReceiptCmd    `cmd:"" help:"Save what proves an agency's result or submission. ¦ Simpan bukti atas hasil atau pengajuan instansi."`
}

// AuditListCmd lists entries.
type AuditListCmd struct {
	Paging
	Agency  string `placeholder:"CODE" help:"Only about this agency. ¦ Hanya tentang instansi ini."`
	Account string `placeholder:"ID" help:"Only by this account. ¦ Hanya oleh akun ini."`
	Action  string `help:"Only actions that begin so, like AssessmentService. ¦ Hanya tindakan berawalan ini, misalnya AssessmentService."`
}

// Run lists a page of what the caller may see.
func (cmd *AuditListCmd) Run(c *Context) error {
	agency, err := c.agencyID(cmd.Agency)
	if err != nil {
		return err
	}
	answer, err := c.api.Audit.ListEntries(c, &meritv1.ListEntriesRequest{
		AgencyId: agency, AccountId: cmd.Account, Action: cmd.Action, PageSize: cmd.Limit, PageToken: cmd.PageToken,
	})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable("When ¦ Waktu", "Who ¦ Siapa", "As ¦ Sebagai", "Did ¦ Tindakan", ">Rows ¦ >Baris", "Id")
		for _, e := range answer.GetEntries() {
			t.row(when(e.GetAt()), e.GetActor().GetName(), c.word(e.GetRole()), e.GetAction(), len(e.GetRows()), e.GetId())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}
