package client_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc/codes"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/store/storetest"
)

func TestExplainNamesReasonAndEachViolation(t *testing.T) {
	s := servertest.New(t)
	c := MustDial(t, s, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "").Secret)
	_, err := c.Agencies.ImportAgencies(t.Context(), &meritv1.ImportAgenciesRequest{
		ValidFrom: "2021-01-01", Csv: []byte("code,kind,name,province_code\n11,PROVINSI,Provinsi Demo,\n11.01,KERAJAAN,Kabupaten Demo,11\n"),
	})
	p := client.Explain(err)
	if p.Code != codes.InvalidArgument || p.Reason != meritv1.Reason_REASON_IMPORT_INVALID || p.Message == "" {
		t.Errorf("got %+v", p)
	}
	if len(p.Violations) != 1 || !strings.Contains(p.Violations[0].Message, "KERAJAAN") {
		t.Errorf("got %+v", p.Violations)
	}
	want := p.Message + "\n  " + p.Violations[0].Field + ": " + p.Violations[0].Message
	if diff := cmp.Diff(want, p.Error()); diff != "" {
		t.Error(diff)
	}
}

func TestExplainSaysWhenToTryAgain(t *testing.T) {
	c := MustDial(t, servertest.New(t), "")
	var p *client.Problem
	for range 20 {
		_, err := c.Accounts.SignIn(t.Context(), &meritv1.SignInRequest{Email: "nobody@example.test", Password: "wrong wrong wrong"})
		if p = client.Explain(err); p.Reason == meritv1.Reason_REASON_SIGN_IN_SLOWED {
			break
		}
	}
	if p.Code != codes.ResourceExhausted || p.RetryAfter < time.Second {
		t.Errorf("got %+v", p)
	}
}

func TestExplainHandsOutTheCurrentRecordOfAStaleOne(t *testing.T) {
	s := servertest.New(t)
	c := MustDial(t, s, s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "").Secret)
	id := s.MustAgency(t, store.Agency{Name: "Kabupaten Demo"})
	_, err := c.Agencies.UpdateAgency(t.Context(), &meritv1.UpdateAgencyRequest{
		AgencyId: id, ValidFrom: "2021-01-01", Code: "10.01", Name: "Kabupaten Demo Baru",
		Kind: meritv1.AgencyKind_AGENCY_KIND_KABUPATEN, Assessed: true, Revision: 99,
	})
	if !client.Is(err, meritv1.Reason_REASON_STALE_REVISION) {
		t.Fatal(err)
	}
	details := client.Explain(err).Details
	if current, ok := details[0].(*meritv1.Agency); !ok || current.GetName() != "Kabupaten Demo" {
		t.Errorf("got %v", details)
	}
}

func TestExplainTellsTheIncidentOfAFaultOfTheService(t *testing.T) {
	url := storetest.SQLiteURL(t)
	broken := storetest.MustOpen(t, url)
	s := servertest.New(t, func(o *server.Options) { o.Store = broken })
	storetest.MustTamper(t, url, "DROP TABLE agency_version")
	c := MustDial(t, s, "")
	_, err := c.Agencies.ListAgencies(t.Context(), &meritv1.ListAgenciesRequest{})
	p := client.Explain(err)
	if p.Code != codes.Internal || p.Reason != meritv1.Reason_REASON_INTERNAL || p.IncidentID == "" {
		t.Fatalf("got %+v", p)
	}
	if !strings.Contains(p.Message, p.IncidentID) || !strings.Contains(s.Log.String(), p.IncidentID) {
		t.Errorf("message and log do not have the incident %s: %s", p.IncidentID, p.Message)
	}
}

func TestExplainOfOtherErrors(t *testing.T) {
	known := &client.Problem{Code: codes.NotFound, Reason: meritv1.Reason_REASON_NOT_FOUND, Message: "no such agency"}
	tests := []struct {
		name string
		err  error
		want *client.Problem
	}{
		{"nil", nil, nil},
		{"of no call", errors.New("disk full"), &client.Problem{Code: codes.Unknown, Message: "disk full"}},
		{"explained already", fmt.Errorf("import: %w", known), known},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, client.Explain(tt.err)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if client.Is(nil, meritv1.Reason_REASON_UNSPECIFIED) {
		t.Error("no error has a reason")
	}
}
