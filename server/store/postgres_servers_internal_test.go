package store

import (
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"
)

func mustServers(t *testing.T, url string) *servers {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	return newServers(config)
}

func TestAServerOfAnAddressKeepsItsWaysWithAndWithoutTLS(t *testing.T) {
	s := mustServers(t, "postgres://merit@one.example,two.example:5433/merit?sslmode=prefer")
	var got []string
	for _, c := range s.each {
		got = append(got, c.Host)
		if c.TLSConfig == nil || len(c.Fallbacks) != 1 || c.Fallbacks[0].Host != c.Host || c.Fallbacks[0].TLSConfig != nil {
			t.Errorf("%s is not tried with TLS first and then without, and nothing else: %+v", c.Host, c.Fallbacks)
		}
	}
	if !slices.Equal(got, []string{"one.example", "two.example"}) {
		t.Errorf("the servers are %v, want both once", got)
	}
}

// A server that is lost takes its time whenever it is tried.
func TestTheServerThatWasReachedLastIsTriedFirst(t *testing.T) {
	s := mustServers(t, "postgres://merit@one.example,two.example,three.example/merit")
	tried := func(reached int) (order []int) {
		_ = s.try(t.Context(), func(n int) error {
			order = append(order, n)
			if n == reached {
				return nil
			}
			return errors.New("lost")
		})
		return order
	}
	for _, test := range []struct {
		reached int
		want    []int
	}{
		{0, []int{0}},
		{2, []int{0, 1, 2}},
		{2, []int{2}},
		{1, []int{2, 0, 1}},
		{-1, []int{1, 2, 0}},
		{1, []int{1}},
	} {
		if got := tried(test.reached); !slices.Equal(got, test.want) {
			t.Errorf("%v were tried until %d was reached, want %v", got, test.reached, test.want)
		}
	}
	s.cut()
	if got := tried(2); !slices.Equal(got, []int{2}) {
		t.Errorf("after the server was given up, %v were tried, want the next one", got)
	}
}
