package cli

import (
	"cmp"
	"fmt"
	"io"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// NoticeCmd groups what is told to you.
type NoticeCmd struct {
	List NoticeListCmd `cmd:"" help:"List your notices. ¦ Daftar pemberitahuan Anda."`
	Read NoticeReadCmd `cmd:"" help:"Mark notices as read. ¦ Tandai pemberitahuan telah dibaca."`
}

// NoticeListCmd lists notices.
type NoticeListCmd struct {
	Paging
	Unread bool `help:"Only what you have not read. ¦ Hanya yang belum dibaca."`
}

// Run lists a page of notices, newest first.
func (cmd *NoticeListCmd) Run(c *Context) error {
	answer, err := c.api.Notices.ListNotices(c, &meritv1.ListNoticesRequest{UnreadOnly: cmd.Unread, PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeNotices(w, answer.GetNotices())
		c.more(w, answer.GetNextPageToken())
	})
}

func (c *Context) writeNotices(w io.Writer, notices []*meritv1.Notice) {
	t := c.newTable("When ¦ Waktu", "What happened ¦ Yang terjadi", "Read ¦ Dibaca", "Id")
	for _, n := range notices {
		t.row(when(n.GetCreatedAt()), n.GetText(), cmp.Or(when(n.GetReadAt()), c.Say("no ¦ belum")), n.GetId())
	}
	t.write(w)
}

// NoticeReadCmd marks notices as read.
type NoticeReadCmd struct {
	Notices []string `arg:"" optional:"" name:"notice" help:"Notice ids. ¦ Id pemberitahuan."`
	All     bool     `help:"All that there are. ¦ Semuanya."`
}

// Run marks those named, or all.
func (cmd *NoticeReadCmd) Run(c *Context) error {
	if cmd.All == (len(cmd.Notices) > 0) {
		return Mistake("Name notices, or give --all. ¦ Sebutkan pemberitahuan, atau beri --all.")
	}
	answer, err := c.api.Notices.MarkNoticesRead(c, &meritv1.MarkNoticesReadRequest{All: cmd.All, NoticeIds: cmd.Notices})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		fmt.Fprintln(w, c.sayf("%d notice{s} unread ¦ %d pemberitahuan belum dibaca", answer.GetUnread()))
	})
}
