package server_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a server leaves anything running.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
