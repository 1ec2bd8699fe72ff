package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// mustEmploy adds an active account with a membership of a role over a scope.
func mustEmploy(tb testing.TB, s *store.Store, account string, m store.Membership) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		err := tx.InsertAccount(store.Account{ID: account, Email: account + "@demo.test", Name: account, Language: "id", State: store.AccountActive, CreatedAt: tx.Now()})
		m.ID, m.AccountID, m.GrantedAt = "M-"+account, account, tx.Now()
		if m.ValidFrom == "" {
			m.ValidFrom = "2026-01-01"
		}
		return errors.Join(err, tx.InsertMembership(m))
	})
}

func TestAnAudienceHasPeopleInForceAlone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, regency("NABIRE", "94.01", "Kabupaten Nabire", "2019-01-01"))
		for account, m := range map[string]store.Membership{
			"operator":    {Role: "OPERATOR", AgencyID: "NABIRE"},
			"contributor": {Role: "CONTRIBUTOR", AgencyID: "NABIRE"},
			"auditor":     {Role: "AUDITOR", AgencyID: "NABIRE"},
			"over":        {Role: "OPERATOR", AgencyID: "NABIRE", ValidUntil: "2026-06-29"},
			"to come":     {Role: "OPERATOR", AgencyID: "NABIRE", ValidFrom: "2026-07-01"},
			"elsewhere":   {Role: "OPERATOR", AgencyID: "PANIAI"},
			"verifier":    {Role: "VERIFIER"},
			"colleague":   {Role: "VERIFIER"},
			"lead":        {Role: "LEAD_VERIFIER"},
			"lead one":    {Role: "LEAD_VERIFIER", Region: "I"},
			"lead two":    {Role: "LEAD_VERIFIER", Region: "II"},
		} {
			mustEmploy(t, s, account, m)
		}
		for _, test := range []struct {
			name string
			to   store.Audience
			want []string
		}{
			{"nobody", store.Audience{}, nil},
			{"the agency", store.Audience{AgencyID: "NABIRE"}, []string{"operator"}},
			{"a colleague there", store.Audience{AgencyID: "NABIRE", Colleague: "contributor"}, []string{"contributor"}},
			{"a colleague of nowhere", store.Audience{AgencyID: "NABIRE", Colleague: "verifier"}, nil},
			{"the verifier", store.Audience{VerifierID: "verifier"}, []string{"verifier"}},
			{"one who is no verifier", store.Audience{VerifierID: "lead"}, nil},
			{"the leads of a region", store.Audience{Leads: true, Region: "I"}, []string{"lead", "lead one"}},
			{"all, but who did it", store.Audience{AgencyID: "NABIRE", VerifierID: "verifier", Leads: true, Region: "II", But: "verifier"}, []string{"lead", "lead two", "operator"}},
		} {
			test.to.Day = "2026-06-30"
			var got []string
			MustView(t, s, func(tx *store.Tx) (err error) {
				got, err = tx.Audience(test.to)
				return err
			})
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.name, diff)
			}
		}
	})
}

func TestANoticeIsRenewedOrKeptAsItIs(t *testing.T) {
	now := time.Date(2026, 6, 30, 9, 0, 0, 0, time.UTC)
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustEmploy(t, s, "reader", store.Membership{Role: "VERIFIER"})
		n := store.Notice{
			AccountID: "reader", Kind: store.NoticeClarificationAnswered, Once: "ROUND", SubjectKind: store.SubjectClarification, SubjectID: "ROUND",
			AssessmentID: "A", CycleID: "2026", AgencyID: "NABIRE", Item: "1.1", Count: 1, LastDay: "2026-07-01", Phase: calendar.Repair, DaysLeft: 7,
		}
		read := func(unread bool) []store.Notice {
			var all []store.Notice
			MustView(t, s, func(tx *store.Tx) (err error) {
				all, err = tx.Notices("reader", unread, store.NoticeKey{}, 10)
				return err
			})
			return all
		}
		MustTouch(t, s, func(tx *store.Tx) error { return tx.Notify(n, "reader") })
		first := read(true)[0]
		n.ID, n.CreatedAt = first.ID, now
		if diff := cmp.Diff(n, first); diff != "" {
			t.Errorf("read back (-want +got):\n%s", diff)
		}
		MustTouch(t, s, func(tx *store.Tx) error { return tx.MarkRead("reader", first.ID) })
		n.Item, n.Count = "1.2", 2
		MustTouch(t, s, func(tx *store.Tx) error { return tx.NotifyOnce(n) })
		if kept := read(false); len(kept) != 1 || kept[0].Item != "1.1" || len(read(true)) != 0 {
			t.Errorf("told once: %v", kept)
		}
		MustTouch(t, s, func(tx *store.Tx) error { return tx.Notify(n, "reader") })
		if renewed := read(true); len(renewed) != 1 || renewed[0].Item != "1.2" || renewed[0].Count != 2 || renewed[0].ID != first.ID {
			t.Errorf("renewed: %v", renewed)
		}
		if mail := strs(t, s, "SELECT notice_id || ' ' || state FROM outbox"); len(mail) != 1 || mail[0] != first.ID+" WAITING" {
			t.Errorf("mail: %v", mail)
		}
		err := s.Touch(t.Context(), func(tx *store.Tx) error { return tx.MarkRead("another", first.ID) })
		if !errors.Is(err, store.ErrNotFound) {
			t.Errorf("marked by somebody else: %v", err)
		}
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
}

func TestManyNoticesAreMadeAtOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		mustEmploy(t, s, "reader", store.Membership{Role: "VERIFIER"})
		var all []store.Notice
		for i := range 450 {
			all = append(all, store.Notice{AccountID: "reader", Kind: store.NoticeWindowClosing, Once: fmt.Sprint(i), SubjectKind: store.SubjectCycle, SubjectID: "2026", CycleID: "2026"})
		}
		MustTouch(t, s, func(tx *store.Tx) error { return tx.NotifyOnce(all...) })
		if got := strs(t, s, "SELECT CAST(count(*) AS TEXT) FROM outbox"); got[0] != "450" {
			t.Errorf("%s wait to be sent, want 450", got[0])
		}
	})
}
