package server_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// mustBuildWitness builds a program that knows nothing of this project.
func mustBuildWitness(t *testing.T) (program string) {
	t.Helper()
	source := servertest.Must(os.ReadFile("testdata/witness/main.go"))(t)
	if bytes.Contains(source, []byte("meritindex")) {
		t.Fatal("the witness uses packages of this project")
	}
	program = filepath.Join(t.TempDir(), "witness")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./testdata/witness").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return program
}

// testify gives a witness the log as the tables and the public answers have it.
func testify(t *testing.T, program string, evidence map[string]any) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Stdin = bytes.NewReader(servertest.Must(json.Marshal(evidence))(t))
	out, err := cmd.CombinedOutput()
	return strings.TrimSpace(string(out)), err
}

// mustReadLog reads the log as it stands in the tables.
func mustReadLog(t *testing.T, s *servertest.Server) map[string]any {
	t.Helper()
	columns := map[string][][]byte{}
	servertest.Must(s.Store.Dump(t.Context(), func(table store.Table) error {
		column, wanted := map[string]string{"audit_entry": "leaf", "log_hash": "hash", "log_checkpoint": "note"}[table.Name]
		for row, err := range table.Rows {
			if err != nil {
				return err
			}
			for i, name := range table.Columns {
				if wanted && name == column {
					columns[table.Name] = append(columns[table.Name], bytes.Clone(row[i].([]byte)))
				}
			}
		}
		return nil
	}))(t)
	return map[string]any{"Leaves": columns["audit_entry"], "Hashes": columns["log_hash"], "Checkpoints": columns["log_checkpoint"]}
}

// The log is what it says it is to the packages of its format, called directly by a program of somebody else.
func TestTheLogVerifiesWithoutOurPackages(t *testing.T) {
	program := mustBuildWitness(t)
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		keys := MustKeys(t)
		q := MustSequence(t, s, keys)
		auditor := s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, "")
		client := meritv1.NewAuditServiceClient(auditor)
		var first int64
		for _, more := range []int{3, 1, 8, 13} {
			MustDo(t, s, more)
			servertest.Must(q.Number(t.Context()))(t)
			if first == 0 {
				first = mustCheckpoint(t, s).GetSize()
			}
		}
		asJSON := func(m proto.Message) json.RawMessage { return servertest.Must(protojson.Marshal(m))(t) }
		log := mustReadLog(t, s)
		log["Verifier"] = keys.Current.Verifier
		entry := MustList(t, auditor, &meritv1.ListEntriesRequest{})[4]
		log["Inclusion"] = asJSON(servertest.Must(client.GetInclusionProof(t.Context(), &meritv1.GetInclusionProofRequest{EntryId: entry.GetId()}))(t))
		log["Consistency"] = asJSON(servertest.Must(client.GetConsistencyProof(t.Context(), &meritv1.GetConsistencyProofRequest{FromSize: first}))(t))
		if out, err := testify(t, program, log); err != nil || !strings.HasSuffix(out, ", 4 checkpoints") {
			t.Errorf("the witness says: %s, %v", out, err)
		}
		log["Leaves"].([][]byte)[2][40]++
		if out, err := testify(t, program, log); err == nil || !strings.Contains(out, "is not what the leaves come to") {
			t.Errorf("after a leaf was changed the witness says: %s, %v", out, err)
		}
	})
}
