package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

// MustUpdate runs an update as the system under one audit entry.
func MustUpdate(tb testing.TB, s *store.Store, fn func(*store.Tx) error) {
	tb.Helper()
	ctx := audit.WithActor(tb.Context(), audit.Actor{Account: audit.System})
	err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
		return []audit.Entry{{Action: "test.prepare"}}, fn(tx)
	})
	if err != nil {
		tb.Fatal(err)
	}
}

// MustView runs a view.
func MustView(tb testing.TB, s *store.Store, fn func(*store.Tx) error) {
	tb.Helper()
	if err := s.View(tb.Context(), fn); err != nil {
		tb.Fatal(err)
	}
}

// regency is a new kabupaten of the province PAPUA.
func regency(id, code, name, from string) store.Agency {
	return store.Agency{
		ID: id, Code: code, Name: name, Kind: scoring.Kabupaten, ProvinceID: "PAPUA", TimeZone: calendar.WIT,
		Assessed: true, ValidFrom: from,
	}
}

func province(id, code, name, from string) store.Agency {
	a := regency(id, code, name, from)
	a.Kind, a.ProvinceID = scoring.Provinsi, id
	return a
}

// MustAddAgencies records new agencies.
func MustAddAgencies(tb testing.TB, s *store.Store, agencies ...store.Agency) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error { return tx.AddAgencies(agencies, "admin") })
}

// MustPutVersion changes an agency from a day on.
func MustPutVersion(tb testing.TB, s *store.Store, id, from string, change func(*store.Agency)) {
	tb.Helper()
	MustUpdate(tb, s, func(tx *store.Tx) error {
		versions, err := tx.AgencyVersions(id)
		if err != nil {
			return err
		}
		a := versions[len(versions)-1]
		a.ValidFrom = from
		change(&a)
		return tx.PutAgencyVersion(a, versions, "admin")
	})
}

func TestAnAgencyIsWhatItWasOnTheDay(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, province("PAPUA", "91", "Provinsi Papua", "2000-01-01"),
			regency("MERAUKE", "91.01", "Kabupaten Merauke", "2000-01-01"))
		MustAddAgencies(t, s, province("SELATAN", "93", "Provinsi Papua Selatan", "2022-07-25"))
		MustPutVersion(t, s, "MERAUKE", "2022-07-25", func(a *store.Agency) { a.Code, a.ProvinceID = "93.01", "SELATAN" })
		for _, tc := range []struct {
			name, day, code, province string
			err                       error
		}{
			{"before it began", "1999-12-31", "", "", store.ErrNotFound},
			{"on its first day", "2000-01-01", "91.01", "Provinsi Papua", nil},
			{"on the last day before it moved", "2022-07-24", "91.01", "Provinsi Papua", nil},
			{"on the day it moved", "2022-07-25", "93.01", "Provinsi Papua Selatan", nil},
			{"long after", "2090-01-01", "93.01", "Provinsi Papua Selatan", nil},
		} {
			t.Run(tc.name, func(t *testing.T) {
				MustView(t, s, func(tx *store.Tx) error {
					a, err := tx.Agency("MERAUKE", tc.day)
					if !errors.Is(err, tc.err) || a.Code != tc.code || a.ProvinceName != tc.province {
						t.Errorf("Agency = %s of %s, %v; want %s of %s, %v", a.Code, a.ProvinceName, err, tc.code, tc.province, tc.err)
					}
					if tc.err != nil {
						return nil
					}
					b, err := tx.AgencyByCode(tc.code, tc.day)
					if diff := cmp.Diff(a, b); diff != "" || err != nil {
						t.Errorf("AgencyByCode differs (-id +code), %v:\n%s", err, diff)
					}
					return nil
				})
			})
		}
		MustView(t, s, func(tx *store.Tx) error {
			if _, err := tx.AgencyByCode("91.01", "2022-07-25"); !errors.Is(err, store.ErrNotFound) {
				t.Errorf("the old code still finds it: %v", err)
			}
			return nil
		})
	})
}

func TestVersionsFollowEachOtherWithoutGap(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, province("PAPUA", "91", "Provinsi Papua", "2010-01-01"))
		rename := func(name string) func(*store.Agency) { return func(a *store.Agency) { a.Name = name } }
		MustPutVersion(t, s, "PAPUA", "2020-01-01", rename("third"))
		MustPutVersion(t, s, "PAPUA", "2015-06-01", rename("second"))
		MustPutVersion(t, s, "PAPUA", "2005-01-01", rename("earlier still"))
		MustPutVersion(t, s, "PAPUA", "2015-06-01", rename("second, corrected"))
		var got [][3]string
		MustView(t, s, func(tx *store.Tx) error {
			versions, err := tx.AgencyVersions("PAPUA")
			for _, v := range versions {
				got = append(got, [3]string{v.ValidFrom, v.ValidUntil, v.Name})
				if v.Revision != 5 {
					t.Errorf("revision %d after four changes, want 5", v.Revision)
				}
			}
			return err
		})
		want := [][3]string{
			{"2005-01-01", "2009-12-31", "earlier still"},
			{"2010-01-01", "2015-05-31", "Provinsi Papua"},
			{"2015-06-01", "2019-12-31", "second, corrected"},
			{"2020-01-01", store.Forever, "third"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("versions (-want +got):\n%s", diff)
		}
	})
}

func TestAgenciesAreFoundHoweverTheirNamesAreSpelt(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		MustAddAgencies(t, s, province("PAPUA", "91", "Provinsi Papua", "2000-01-01"),
			regency("a", "72.09", "Kabupaten Tojo Una Una", "2000-01-01"),
			regency("b", "62.71", "Kota Palangkaraya", "2000-01-01"),
			regency("c", "72.04", "Kabupaten Toli Toli", "2000-01-01"),
			regency("d", "K-01", "Kementerian Agama", "2000-01-01"))
		for text, want := range map[string][]string{
			"Tojo Una-Una":  {"72.09"},
			"una tojo":      {"72.09"},
			"Palangka Raya": {"62.71"},
			"PALANGKARAYA":  {"62.71"},
			"Tolitoli":      {"72.04"},
			"kab. toli":     {"72.04"},
			"72.":           {"72.04", "72.09"},
			"k-01":          {"K-01"},
			"7%":            nil,
			"__":            nil,
			"'; --":         nil,
			"nowhere":       nil,
		} {
			t.Run(text, func(t *testing.T) {
				filter := store.AgencyFilter{Day: "2026-01-01", Text: text}
				MustView(t, s, func(tx *store.Tx) error {
					found, err := tx.Agencies(filter, "", 10)
					if got := codes(found); !slices.Equal(got, want) {
						t.Errorf("found %v, want %v", got, want)
					}
					if n, err := tx.CountAgencies(filter); n != len(want) || err != nil {
						t.Errorf("counted %d, %v; want %d", n, err, len(want))
					}
					return err
				})
			})
		}
	})
}

func codes(agencies []store.Agency) (codes []string) {
	for _, a := range agencies {
		codes = append(codes, a.Code)
	}
	return codes
}

func TestAgenciesAreListedByCodeAndFiltered(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		east := regency("b", "91.02", "Kabupaten B", "2000-01-01")
		east.Region, east.Kind = "II", scoring.Kota
		gone := regency("c", "91.03", "Kabupaten C", "2000-01-01")
		gone.Assessed = false
		MustAddAgencies(t, s, gone, east, regency("a", "91.01", "Kabupaten A", "2000-01-01"),
			regency("d", "91.04", "Kabupaten D", "2030-01-01"), province("PAPUA", "91", "Provinsi Papua", "2000-01-01"),
			province("OTHER", "92", "Provinsi Papua Barat", "2000-01-01"))
		for _, tc := range []struct {
			name   string
			filter store.AgencyFilter
			after  string
			limit  int
			want   []string
		}{
			{"all of the day", store.AgencyFilter{}, "", 10, []string{"91", "91.01", "91.02", "91.03", "92"}},
			{"later", store.AgencyFilter{Day: "2030-01-01"}, "91.02", 10, []string{"91.03", "91.04", "92"}},
			{"a page", store.AgencyFilter{}, "91", 2, []string{"91.01", "91.02"}},
			{"of a kind", store.AgencyFilter{Kind: scoring.Kota}, "", 10, []string{"91.02"}},
			{"of a province", store.AgencyFilter{ProvinceID: "PAPUA"}, "", 10, []string{"91", "91.01", "91.02", "91.03"}},
			{"of a region", store.AgencyFilter{Region: "II"}, "", 10, []string{"91.02"}},
			{"assessed", store.AgencyFilter{Assessed: true}, "91.01", 10, []string{"91.02", "92"}},
		} {
			t.Run(tc.name, func(t *testing.T) {
				if tc.filter.Day == "" {
					tc.filter.Day = "2026-01-01"
				}
				MustView(t, s, func(tx *store.Tx) error {
					found, err := tx.Agencies(tc.filter, tc.after, tc.limit)
					if got := codes(found); !slices.Equal(got, tc.want) {
						t.Errorf("listed %v, want %v", got, tc.want)
					}
					return err
				})
			})
		}
	})
}

func TestLineageFollowsLinksBothWaysButNotToSiblings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		var agencies []store.Agency
		for _, id := range []string{"old", "middle", "new", "sibling", "child", "alone"} {
			agencies = append(agencies, regency(id, id, id, "2000-01-01"))
		}
		MustAddAgencies(t, s, agencies...)
		MustUpdate(t, s, func(tx *store.Tx) error {
			return errors.Join(
				tx.AddAgencyLink(store.AgencyLink{AgencyID: "old", Kind: store.Renamed, OtherID: "middle", OnDate: "2010-01-01"}),
				tx.AddAgencyLink(store.AgencyLink{AgencyID: "middle", Kind: store.MergedInto, OtherID: "new", OnDate: "2015-01-01"}),
				tx.AddAgencyLink(store.AgencyLink{AgencyID: "sibling", Kind: store.SplitFrom, OtherID: "middle", OnDate: "2012-01-01"}),
				tx.AddAgencyLink(store.AgencyLink{AgencyID: "child", Kind: store.SplitFrom, OtherID: "new", OnDate: "2020-01-01"}),
			)
		})
		for id, want := range map[string]store.Lineage{
			"old":   {After: []string{"middle", "sibling", "new", "child"}},
			"new":   {Before: []string{"middle", "old"}, After: []string{"child"}},
			"child": {Before: []string{"new", "middle", "old"}},
			"alone": {},
		} {
			t.Run(id, func(t *testing.T) {
				MustView(t, s, func(tx *store.Tx) error {
					got, err := tx.Lineage(id)
					if !slices.Equal(got.Before, want.Before) || !slices.Equal(got.After, want.After) {
						t.Errorf("before %v, after %v; want %v, %v", got.Before, got.After, want.Before, want.After)
					}
					if len(got.All()) != len(got.Links)+1 {
						t.Errorf("%d agencies are joined by %d links", len(got.All()), len(got.Links))
					}
					return err
				})
			})
		}
		err := s.Update(t.Context(), func(tx *store.Tx) ([]audit.Entry, error) {
			return nil, tx.AddAgencyLink(store.AgencyLink{AgencyID: "old", Kind: store.Renamed, OtherID: "middle", OnDate: "2011-01-01"})
		})
		if !errors.Is(err, store.ErrUnique) {
			t.Errorf("the same link again: %v, want ErrUnique", err)
		}
	})
}

// Whatever versions are put in whatever order, the days from the first one on are covered without gap or overlap, and
// each version lasts until the day before the next.
func TestVersionsPutInAnyOrderCoverEveryDayOnce(t *testing.T) {
	s := storetest.New(t)
	agencies := 0
	rapid.Check(t, func(t *rapid.T) {
		days := rapid.SliceOfN(rapid.IntRange(0, 40), 1, 8).Draw(t, "days")
		agencies++
		id := fmt.Sprint("agency", agencies)
		day := func(n int) string { return time.Date(2020, 1, 1+n, 0, 0, 0, 0, time.UTC).Format(time.DateOnly) }
		ctx := audit.WithActor(context.Background(), audit.Actor{Account: audit.System})
		err := s.Update(ctx, func(tx *store.Tx) ([]audit.Entry, error) {
			entry := []audit.Entry{{Action: "test.prepare"}}
			if err := tx.AddAgencies([]store.Agency{regency(id, id, id, day(days[0]))}, "admin"); err != nil {
				return nil, err
			}
			for _, n := range days[1:] {
				versions, err := tx.AgencyVersions(id)
				if err != nil {
					return nil, err
				}
				if err := tx.PutAgencyVersion(regency(id, id, day(n), day(n)), versions, "admin"); err != nil {
					return nil, err
				}
			}
			versions, err := tx.AgencyVersions(id)
			if n := len(slices.Compact(slices.Sorted(slices.Values(days)))); len(versions) != n {
				t.Errorf("%d versions, want one for each of %d days", len(versions), n)
			}
			for i, v := range versions {
				end := store.Forever
				if i+1 < len(versions) {
					end = calendar.Before(versions[i+1].ValidFrom)
				}
				if v.ValidUntil != end {
					t.Errorf("the version of %s lasts until %s, want %s", v.ValidFrom, v.ValidUntil, end)
				}
			}
			return entry, err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}
