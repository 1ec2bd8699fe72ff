package store_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestOneProcessServesFromASQLiteFile(t *testing.T) {
	file := storetest.SQLiteURL(t)
	first, second := storetest.MustOpen(t, file), storetest.MustOpen(t, file)
	if err := first.Serve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := second.Serve(t.Context()); !errors.Is(err, store.ErrServed) {
		t.Errorf("the second may serve as well: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if err := second.Serve(t.Context()); err != nil {
		t.Errorf("the second may not serve when the first has ended: %v", err)
	}
}

// A command makes an administrator beside the service: whoever signs in as them is one.
func TestAServiceNoticesWhatACommandWritesBesideIt(t *testing.T) {
	file := storetest.SQLiteURL(t)
	service, command := storetest.MustOpen(t, file), storetest.MustOpen(t, file)
	var noticed atomic.Int64
	service.OnChange(func(ids []string) {
		if ids == nil {
			noticed.Add(1)
		}
	})
	for n := range 300 { // and copies pages into the database meanwhile
		MustAddAgencies(t, service, regency(fmt.Sprintf("s%d", n), fmt.Sprintf("11.%d", n), "Kabupaten", "2019-01-01"))
	}
	<-time.After(2 * store.LookBeside)
	if n := noticed.Load(); n != 0 {
		t.Fatalf("it took what it wrote itself for another's, %d times", n)
	}
	public, _ := service.PublicVersion(t.Context())
	who, _ := service.IdentityVersion()
	what, _ := service.AssessmentVersion("0")
	MustAddAgencies(t, command, regency("c", "12", "Kabupaten", "2019-01-01"))
	for deadline := time.Now().Add(10 * time.Second); noticed.Load() == 0; <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it did not notice")
		}
	}
	publicNow, _ := service.PublicVersion(t.Context())
	whoNow, _ := service.IdentityVersion()
	if whatNow, _ := service.AssessmentVersion("0"); publicNow == public || whoNow == who || whatNow == what {
		t.Errorf("what it keeps still counts: public %d, identities %d, assessments %d", publicNow, whoNow, whatNow)
	}
}
