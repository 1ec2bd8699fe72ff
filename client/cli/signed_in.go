package cli

import (
	"fmt"
	"io"

	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// SessionCmd groups what is done with one's own sessions.
type SessionCmd struct {
	List SessionListCmd `cmd:"" help:"List your sessions. ¦ Daftar sesi Anda."`
	End  SessionEndCmd  `cmd:"" help:"End a session, or all others. ¦ Akhiri satu sesi, atau semua sesi lain."`
}

// SessionListCmd lists sessions.
type SessionListCmd struct{ Paging }

// Run lists a page of the caller's sessions, newest first, the one that asks marked.
func (cmd *SessionListCmd) Run(c *Context) error {
	answer, err := c.api.Accounts.ListMySessions(c, &meritv1.ListMySessionsRequest{PageSize: cmd.Limit, PageToken: cmd.PageToken})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) {
		t := c.newTable(" ", "Since ¦ Sejak", "Last used ¦ Terakhir dipakai", "Until ¦ Sampai", "Program", "Id")
		for _, s := range answer.GetSessions() {
			mark := ""
			if s.GetCurrent() {
				mark = "*"
			}
			t.row(mark, when(s.GetCreatedAt()), when(s.GetLastUsedAt()), when(s.GetExpiresAt()), bilingual.Device(c.Lang, s.GetUserAgent()), s.GetId())
		}
		t.write(w)
		c.more(w, answer.GetNextPageToken())
	})
}

// SessionEndCmd ends sessions.
type SessionEndCmd struct {
	ID     string `arg:"" optional:"" help:"Session id. ¦ Id sesi."`
	Others bool   `xor:"which" help:"All but this one. ¦ Semua selain sesi ini."`
}

// Run ends the session, or all others.
func (cmd *SessionEndCmd) Run(c *Context) error {
	switch {
	case cmd.Others:
		answer, err := c.api.Accounts.EndMyOtherSessions(c, &meritv1.EndMyOtherSessionsRequest{})
		if err != nil {
			return err
		}
		return c.show(answer, func(w io.Writer) {
			fmt.Fprintln(w, c.sayf("Other sessions ended: %d. ¦ Sesi lain yang diakhiri: %d.", answer.GetEnded()))
		})
	case cmd.ID == "":
		return Mistake("give the id of a session, or --others ¦ berikan id sesi, atau --others")
	}
	answer, err := c.api.Accounts.EndMySession(c, &meritv1.EndMySessionRequest{SessionId: cmd.ID})
	if err != nil {
		return err
	}
	return c.show(answer, func(w io.Writer) { fmt.Fprintln(w, c.Say("The session has ended. ¦ Sesi telah diakhiri.")) })
}
