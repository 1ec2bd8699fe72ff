package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store/storetest"
)

// Whoever replaces the key, the service can read it afterwards: root may rotate what the user of the service owns.
func TestAReplacedKeyStaysItsOwners(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root gives files to others")
	}
	const service, group = 4711, 4712
	file := filepath.Join(t.TempDir(), "log.key")
	keys, err := makeKeys(file, "merit.example.test")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(file, service, group); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	next, err := audit.NewKey("merit.example.test")
	if err != nil {
		t.Fatal(err)
	}
	if err := writeKeys(file, audit.KeyRing{Current: next, Previous: keys.Current}); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(file)
	if err != nil {
		t.Fatal(err)
	}
	if owner := info.Sys().(*syscall.Stat_t); owner.Uid != service || owner.Gid != group || info.Mode().Perm() != 0o640 {
		t.Errorf("the new file belongs to %d:%d, %v; want %d:%d, 0640", owner.Uid, owner.Gid, info.Mode(), service, group)
	}
}

// A log that nobody has signed yet has no copy of its key to bring back.
func TestOnANewPostgreSQLTheKeyIsToBeMadeAndNotBroughtBack(t *testing.T) {
	url := storetest.PostgresURL(t)
	f := serveFlags{keyFlags: keyFlags{databaseFlags: databaseFlags{url}, Key: filepath.Join(t.TempDir(), "log.key")}}
	_, _, err := f.serviceKeys(t.Context(), storetest.MustOpen(t, url))
	if err == nil || !strings.Contains(err.Error(), "merit key init") {
		t.Errorf("it says %v; want to be told of merit key init", err)
	}
}

// The key may be made before the tables are: nothing about that is worth a warning.
func TestAKeyIsMadeForADatabaseWithoutTablesWithoutAWarning(t *testing.T) {
	folder := t.TempDir()
	database := filepath.Join(folder, "merit.db")
	if err := os.WriteFile(database, nil, 0o600); err != nil { // an empty file is an empty database
		t.Fatal(err)
	}
	var said strings.Builder
	cmd := keyInitCmd{keyFlags: keyFlags{databaseFlags: databaseFlags{database}, Key: filepath.Join(folder, "log.key")}, Origin: "merit.example.test"}
	c := &cli.Context{Context: t.Context(), Globals: cli.Globals{Lang: "en"}, Streams: cli.Streams{Out: t.Output(), Errs: &said, Now: time.Now}}
	if err := cmd.Run(c); err != nil || said.Len() > 0 {
		t.Errorf("%v, and it said %q; want neither", err, said.String())
	}
}
