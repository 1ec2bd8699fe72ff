package server_test

import (
	"testing"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

// Two replicas of the service on one database, and a session of the first that calls the second.
func TestWhoWatchesOnOneReplicaSeesWhatIsSavedOnAnother(t *testing.T) {
	url := storetest.PostgresURL(t)
	one, other := servertest.At(t, url), servertest.At(t, url)
	d := MustStart(t, yeartest.MustBegin(t, one, yeartest.Setup{}), store.Agency{})
	stream := d.MustWatch(t, t.Context(), other.Bearer(d.approver.Secret))
	d.MustAnswer(t, yeartest.Levels{"1.1": 2})
	slicesEqual(t, "the watcher", []string{next(t, stream)}, []string{`STAGE_CLAIMED 1.1 2, score "5"`})
}

func TestALimitHoldsOverReplicas(t *testing.T) {
	url := storetest.PostgresURL(t)
	limited := func(o *server.Options) { o.Limits.Accounts = server.Rate{PerSecond: 10, Burst: 20} }
	one, other := servertest.At(t, url, limited), servertest.At(t, url, limited)
	here := one.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
	there := other.Bearer(here.Secret)
	for range 20 {
		servertest.Must(whoAmI(t, here))(t)
	}
	share := func(s *servertest.Server) {
		if err := s.ShareLimits(t.Context(), time.Second); err != nil {
			t.Fatal(err)
		}
	}
	share(one)
	servertest.Must(whoAmI(t, there))(t) // it does not know yet, and tells
	share(other)
	_, err := whoAmI(t, there)
	servertest.WantReason(t, err, meritv1.Reason_REASON_RATE_LIMITED)
	other.Clock.Add(time.Second)
	servertest.Must(whoAmI(t, there))(t)
}
