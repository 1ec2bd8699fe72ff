package server_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"maps"
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/workflow"
	"github.com/meritindex/merit/server/yeartest"
)

var update = flag.Bool("update", false, "write golden files anew")

func minutes(t *testing.T, p *servertest.Person, c *yeartest.Case) (*meritv1.Minutes, error) {
	resp, err := verification(p).GetMinutes(t.Context(), &meritv1.GetMinutesRequest{AssessmentId: c.AssessmentID})
	return resp.GetMinutes(), err
}

func complete(t *testing.T, y *yeartest.Year, p *servertest.Person, c *yeartest.Case) error {
	t.Helper()
	_, err := verification(p).CompleteVerification(t.Context(), &meritv1.CompleteVerificationRequest{
		AssessmentId: c.AssessmentID, Revision: y.Revision(t, c), MinutesNumber: "BA-1/2021",
	})
	return err
}

func TestMinutesAreFrozenAsReleased(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{Name: "Kota Demo", Kind: scoring.Kota}, claims)
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1")
		servertest.Must(answerRound(t, c.Operator, round, "1.1"))(t)
		servertest.Must(closeRound(t, c.Approver, round))(t)
		y.MustDecide(t, c, claims.With(yeartest.Levels{"1.1": 1, "3.2": 4}))
		released := y.MustComplete(t, c)
		y.MustUpdate(t, "agency.update", func(tx *store.Tx) error {
			versions, err := tx.AgencyVersions(c.AgencyID)
			if err != nil {
				return err
			}
			renamed := versions[0]
			renamed.Name = "Kota Berganti Nama"
			return tx.PutAgencyVersion(renamed, versions, "")
		})
		read := servertest.Must(minutes(t, c.Operator, c))(t)
		if diff := cmp.Diff(released, read, protocmp.Transform()); diff != "" {
			t.Errorf("read later (-released +read):\n%s", diff)
		}
		wantGolden(t, "testdata/minutes.golden.json", read)
	})
}

// wantGolden compares a message with a golden file; ids, which differ from run to run, are left out.
func wantGolden(t *testing.T, file string, m *meritv1.Minutes) {
	t.Helper()
	b, err := protojson.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, b, "", "  "); err != nil { // protojson varies its own blanks
		t.Fatal(err)
	}
	text := regexp.MustCompile(`"[0-9A-HJKMNP-TV-Z]{26}"`).ReplaceAllString(got.String(), `"ID"`) + "\n"
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), text); diff != "" {
		t.Errorf("%s (-want +got), write it with -update:\n%s", file, diff)
	}
}

func TestMinutesAreShownToTheAgencyOnceReleased(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{}, claims)
		auditor := y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, c.AgencyID)
		readers := map[string]*servertest.Person{
			"operator": c.Operator, "auditor of the agency": auditor, "commissioner": y.Commissioners[0],
			"verifier": y.Verifier, "lead verifier": y.Lead, "auditor of the nation": y.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""),
		}
		drafts := []string{"auditor of the nation", "lead verifier", "verifier"}
		for name, p := range readers {
			m, err := minutes(t, p, c)
			if slices.Contains(drafts, name) {
				if err != nil || m.GetId() != "" {
					t.Errorf("%s before the release: %v, %v", name, m.GetId(), err)
				}
				continue
			}
			servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		}
		y.MustDecide(t, c, claims)
		y.MustComplete(t, c)
		for name, p := range readers {
			if m, err := minutes(t, p, c); err != nil || m.GetId() == "" {
				t.Errorf("%s after the release: %v", name, err)
			}
		}
	})
}

func TestSigningOffNeedsEveryItemDecided(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{}, claims)
		some := maps.Clone(claims)
		delete(some, "1.1")
		delete(some, "8.1")
		y.MustDecide(t, c, some)
		err := complete(t, y, y.Lead, c)
		servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
		if diff := cmp.Diff([]string{"1.1", "8.1"}, slices.Sorted(maps.Keys(servertest.Violations(err)))); diff != "" {
			t.Errorf("violations (-want +got):\n%s", diff)
		}
		if got := y.Assessment(t, c); got.State != workflow.InVerification || !got.ReleasedAt.IsZero() {
			t.Errorf("after the refusal: %s, released %s", got.State, got.ReleasedAt)
		}
	})
}

func TestSigningOffWaitsForTheOpenRound(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{}, claims)
		y.MustDecide(t, c, claims)
		round := mustOpenRound(t, y, c, clarify, "2021-03-10", "1.1")
		servertest.WantReason(t, complete(t, y, y.Lead, c), meritv1.Reason_REASON_ROUND_OPEN)
		y.Clock.Set(round.GetClosesAt().AsTime())
		if err := complete(t, y, y.Lead, c); err != nil {
			t.Errorf("after the deadline: %v", err)
		}
	})
}

func TestNobodySignsOffWhatTheyVerified(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{}, claims)
		y.MustDecide(t, c, claims)
		both := y.MustAlsoAct(t, y.Verifier, meritv1.Role_ROLE_LEAD_VERIFIER, "")
		servertest.WantReason(t, complete(t, y, both, c), meritv1.Reason_REASON_FOUR_EYES)
		successor := y.MustAccount(t, meritv1.Role_ROLE_VERIFIER, "")
		if _, err := assign(t, y, c, successor.AccountID, "cuti"); err != nil {
			t.Fatal(err)
		}
		servertest.WantReason(t, complete(t, y, both, c), meritv1.Reason_REASON_FOUR_EYES)
		if err := complete(t, y, y.Lead, c); err != nil {
			t.Errorf("the other lead verifier: %v", err)
		}
	})
}

func TestLeadVerifierWithAnInterestDoesNotSignOff(t *testing.T) {
	eachYear(t, func(t *testing.T, y *yeartest.Year) {
		claims := yeartest.All(3)
		c := y.MustInVerification(t, store.Agency{}, claims)
		y.MustDecide(t, c, claims)
		mustDeclare(t, y, y.Lead, c.AgencyID)
		servertest.WantReason(t, complete(t, y, y.Lead, c), meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
	})
}
