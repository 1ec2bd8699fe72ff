package storetest_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestStoresAreFreshAndMigrated(t *testing.T) {
	for range 2 {
		storetest.Each(t, func(t *testing.T, s *store.Store) {
			err := s.Touch(t.Context(), func(tx *store.Tx) error {
				_, err := tx.Exec("INSERT INTO token_use (token_id, used_at) VALUES ('only once', 1)")
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

const killMe = "MERIT_STORETEST_KILL_ME"

// A test binary that is killed leaves no server behind.
func TestServerEndsWithItsTestBinary(t *testing.T) {
	if os.Getenv(killMe) != "" {
		fmt.Println("server", storetest.AdminURL(t))
		select {}
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestServerEndsWithItsTestBinary$")
	cmd.Env = append(os.Environ(), killMe+"=1")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	lines := bufio.NewScanner(stdout)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "server ") {
	}
	c, err := pgx.Connect(t.Context(), strings.TrimPrefix(lines.Text(), "server "))
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if _, err := c.WaitForNotification(t.Context()); err == nil {
		t.Error("the server sent a notification instead of ending")
	}
}
