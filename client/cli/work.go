package cli

import (
	"fmt"
	"io"
	"strings"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// WorkCmd shows what waits for you.
type WorkCmd struct{}

// Run prints what waits, the late first, and the newest notices.
func (*WorkCmd) Run(c *Context) error {
	answer, err := c.api.Work.GetWork(c, &meritv1.GetWorkRequest{})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		c.writeWaiting(w, answer)
		if answer.GetUnreadNotices() > 0 {
			fmt.Fprintln(w, c.sayf("\n%d notice{s} unread ¦ \n%d pemberitahuan belum dibaca", answer.GetUnreadNotices()))
			c.writeNotices(w, answer.GetChanged())
		}
	})
}

func (c *Context) writeWaiting(w io.Writer, answer *meritv1.GetWorkResponse) {
	if len(answer.GetEntries()) == 0 {
		fmt.Fprintln(w, c.Say("Nothing waits for you. ¦ Tidak ada yang menunggu Anda."))
		return
	}
	t := c.newTable("What ¦ Pekerjaan", "About ¦ Tentang", ">Done ¦ >Selesai", "Last day ¦ Hari terakhir", "", "Id")
	for _, e := range answer.GetEntries() {
		t.row(c.word(e.GetKind()), about(e), progressOf(e), e.GetDue(), c.urgency(e), e.GetSubjectId())
	}
	t.write(w)
	if answer.GetLeftOut() > 0 {
		fmt.Fprintln(w, c.sayf("and %d more ¦ dan %d lagi", answer.GetLeftOut()))
	}
}

// about names what an entry of work is about.
func about(e *meritv1.WorkEntry) string {
	var names []string
	for _, name := range []string{e.GetTitle(), e.GetAgencyName(), e.GetCycleName()} {
		if name != "" {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func progressOf(e *meritv1.WorkEntry) string {
	switch {
	case e.GetTotal() > 0:
		return fmt.Sprintf("%d/%d", e.GetCount(), e.GetTotal())
	case e.GetCount() > 0:
		return fmt.Sprint(e.GetCount())
	}
	return ""
}

// urgency says how far off the last day is; nothing without one.
func (c *Context) urgency(e *meritv1.WorkEntry) string {
	switch {
	case e.GetDue() == "":
		return ""
	case e.GetLate():
		return c.Say("late ¦ terlambat")
	case e.GetDaysLeft() == 0:
		return c.Say("today ¦ hari ini")
	}
	return c.sayf("%d day{s} left ¦ %d hari lagi", e.GetDaysLeft())
}
