package store_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustAccount adds an active account whose e-mail is made from its id.
func MustAccount(tb testing.TB, s *store.Store, id string) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		return tx.InsertAccount(store.Account{ID: id, Email: id + "@example.test", Name: id, Language: "id", State: store.AccountActive})
	})
}

func TestATieToAnAgency(t *testing.T) {
	member := func(m store.Membership) func(*store.Tx) error {
		return func(tx *store.Tx) error {
			m.ID, m.AccountID, m.Role = tx.NewID(), "demo", "OPERATOR"
			return tx.InsertMembership(m)
		}
	}
	const day = "2024-03-15"
	for _, test := range []struct {
		name string
		tie  func(*store.Tx) error
		want []string
	}{
		{"is a declared interest, also in what the agency came from and what came of it", func(tx *store.Tx) error {
			return tx.InsertInterest(store.Interest{ID: tx.NewID(), AccountID: "demo", AgencyID: "SELATAN", Relation: "demo", UntilDate: "2022-03-15"})
		}, []string{"BARU", "PAPUA", "SELATAN"}},
		{"is not an interest that ended a day longer back than two years", func(tx *store.Tx) error {
			return tx.InsertInterest(store.Interest{ID: tx.NewID(), AccountID: "demo", AgencyID: "LAIN", UntilDate: "2022-03-14"})
		}, nil},
		{
			"is a membership in force", member(store.Membership{AgencyID: "PAPUA", ValidFrom: "2020-01-01"}),
			[]string{"BARU", "PAPUA", "SELATAN", "TENGAH"},
		},
		{
			"is a membership still to come", member(store.Membership{AgencyID: "TENGAH", ValidFrom: "2024-06-01"}),
			[]string{"PAPUA", "TENGAH"},
		},
		{
			"is a membership whose last day lies two years back", member(store.Membership{AgencyID: "LAIN", ValidFrom: "2020-01-01", ValidUntil: "2022-03-15"}),
			[]string{"LAIN"},
		},
		{
			"is not a membership whose last day lies a day longer back", member(store.Membership{AgencyID: "LAIN", ValidFrom: "2020-01-01", ValidUntil: "2022-03-14"}),
			nil,
		},
		{"is not a membership over a region", member(store.Membership{Region: "I", ValidFrom: "2020-01-01"}), nil},
		{"is not somebody else's", func(tx *store.Tx) error {
			return tx.InsertInterest(store.Interest{ID: tx.NewID(), AccountID: "other", AgencyID: "LAIN"})
		}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			storetest.Each(t, func(t *testing.T, s *store.Store) {
				prepareLineage(t, s)
				MustUpdate(t, s, test.tie)
				MustView(t, s, func(tx *store.Tx) error {
					wantTies(t, tx, day, test.want)
					return nil
				})
			})
		})
	}
}

// prepareLineage: TENGAH and SELATAN split from PAPUA, SELATAN was renamed BARU; LAIN has nothing to do with them.
func prepareLineage(t *testing.T, s *store.Store) {
	MustAccount(t, s, "demo")
	MustAccount(t, s, "other")
	for i, id := range []string{"PAPUA", "TENGAH", "SELATAN", "BARU", "LAIN"} {
		MustAddAgencies(t, s, province(id, "9"+string(rune('1'+i)), id, "2000-01-01"))
	}
	MustUpdate(t, s, func(tx *store.Tx) error {
		for _, l := range []store.AgencyLink{
			{AgencyID: "TENGAH", Kind: store.SplitFrom, OtherID: "PAPUA", OnDate: "2022-07-25"},
			{AgencyID: "SELATAN", Kind: store.SplitFrom, OtherID: "PAPUA", OnDate: "2022-07-25"},
			{AgencyID: "SELATAN", Kind: store.Renamed, OtherID: "BARU", OnDate: "2023-01-01"},
		} {
			if err := tx.AddAgencyLink(l); err != nil {
				return err
			}
		}
		return nil
	})
}

// wantTies asks the same question in the three ways there are.
func wantTies(t *testing.T, tx *store.Tx, day string, want []string) {
	agencies, err := tx.ConflictedAgencies("demo", day)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(agencies))); diff != "" {
		t.Errorf("agencies (-want +got):\n%s", diff)
	}
	for _, id := range []string{"PAPUA", "TENGAH", "SELATAN", "BARU", "LAIN"} {
		conflict, err1 := tx.ConflictOfInterest("demo", id, day)
		accounts, err2 := tx.ConflictedAccounts(id, day)
		if err1 != nil || err2 != nil {
			t.Fatal(err1, err2)
		}
		if tied := slices.Contains(want, id); conflict != tied || accounts["demo"] != tied {
			t.Errorf("%s: ConflictOfInterest %v, ConflictedAccounts %v, want %v", id, conflict, accounts["demo"], tied)
		}
	}
}

func TestAnEndedMembershipTiesForTwoYears(t *testing.T) {
	ended := time.Date(2022, 3, 15, 0, 0, 0, 0, time.FixedZone("WIB", 7*3600))
	now := ended
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		prepareLineage(t, s)
		MustUpdate(t, s, func(tx *store.Tx) error {
			m := store.Membership{ID: tx.NewID(), AccountID: "demo", Role: "OPERATOR", AgencyID: "LAIN", ValidFrom: "2020-01-01"}
			if err := tx.InsertMembership(m); err != nil {
				return err
			}
			return tx.EndMembership(m.ID, "admin", "moved")
		})
		MustView(t, s, func(tx *store.Tx) error {
			wantTies(t, tx, "2024-03-15", []string{"LAIN"})
			wantTies(t, tx, "2024-03-16", nil)
			return nil
		})
	}, func(o *store.Options) { o.Now = func() time.Time { return now } })
}
