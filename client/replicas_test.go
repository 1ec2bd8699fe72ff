package client_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
)

// mustList makes a call.
func mustList(t *testing.T, c *client.Client) {
	t.Helper()
	if _, err := c.Agencies.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{}); err != nil {
		t.Fatal(err)
	}
}

func TestSeveralReplicasGetCallsInTurnAndMayLeave(t *testing.T) {
	one := servertest.New(t)
	other := servertest.New(t, func(o *server.Options) { o.Store = one.Store })
	c, err := client.Dial(one.Listen(t)+","+other.Listen(t), client.Options{Plaintext: true})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	answered := func(s *servertest.Server) bool { return strings.Contains(s.Log.String(), "ListAgencies") }
	for !answered(one) || !answered(other) {
		mustList(t, c)
	}
	one.Leave()
	for range 20 {
		mustList(t, c) // none fails
	}
}

func TestPlaintextToAnyOfSeveralReplicasStaysOnThisMachine(t *testing.T) {
	_, err := client.Dial("127.0.0.1:7420,merit.example:7420", client.Options{Plaintext: true})
	if !errors.Is(err, client.ErrPlaintext) {
		t.Errorf("Dial: %v", err)
	}
}

func TestAReplicaWithoutAPortIsRefused(t *testing.T) {
	if _, err := client.Dial("one.example:7420,two.example", client.Options{}); err == nil {
		t.Error("nobody says so")
	}
}
