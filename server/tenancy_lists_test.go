package server_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/servertest"
)

// lists are the RPCs that return many things without being told whose, with the least that they ask for.
var lists = map[string]func(*world) proto.Message{
	"AccountService/ListAccounts":       func(*world) proto.Message { return &meritv1.ListAccountsRequest{IncludeDeactivated: true} },
	"AccountService/ListMySessions":     func(*world) proto.Message { return &meritv1.ListMySessionsRequest{} },
	"AccountService/ListTokens":         func(*world) proto.Message { return &meritv1.ListTokensRequest{} },
	"AgencyService/ListAgencies":        func(*world) proto.Message { return &meritv1.ListAgenciesRequest{} },
	"AssessmentService/GetHistory":      func(w *world) proto.Message { return &meritv1.GetHistoryRequest{AssessmentId: w.own.id} },
	"AssessmentService/ListAssessments": func(*world) proto.Message { return &meritv1.ListAssessmentsRequest{} },
	"AuditService/ListEntries":          func(*world) proto.Message { return &meritv1.ListEntriesRequest{} },
	"AwardService/ListAwards":           func(*world) proto.Message { return &meritv1.ListAwardsRequest{} },
	"CycleService/GetParticipation":     func(w *world) proto.Message { return &meritv1.GetParticipationRequest{CycleId: w.CycleID} },
	"CycleService/ListCycles":           func(*world) proto.Message { return &meritv1.ListCyclesRequest{} },
	"CycleService/ListExtensions":       func(w *world) proto.Message { return &meritv1.ListExtensionsRequest{CycleId: w.CycleID} },
	"EvidenceService/ListEvidence":      func(*world) proto.Message { return &meritv1.ListEvidenceRequest{} },
	"InstrumentService/ListInstruments": func(*world) proto.Message { return &meritv1.ListInstrumentsRequest{} },
	"NoticeService/ListNotices":         func(*world) proto.Message { return &meritv1.ListNoticesRequest{} },
	"PlanService/ListPlans":             func(w *world) proto.Message { return &meritv1.ListPlansRequest{AgencyId: w.draft.agency} },
	"PlenaryService/GetSession":         func(w *world) proto.Message { return &meritv1.GetSessionRequest{SessionId: w.session} },
	"PlenaryService/ListSessions":       func(w *world) proto.Message { return &meritv1.ListSessionsRequest{CycleId: w.CycleID} },
	"ProposalService/ListProposals":     func(*world) proto.Message { return &meritv1.ListProposalsRequest{} },
	"ResultService/ListResults":         listResults,
	"VerificationService/GetLoad":       func(w *world) proto.Message { return &meritv1.GetLoadRequest{CycleId: w.CycleID} },
	"WorkService/GetWork":               func(*world) proto.Message { return &meritv1.GetWorkRequest{} },
	"VerificationService/ListWork":      func(*world) proto.Message { return &meritv1.ListWorkRequest{} },
}

func listResults(*world) proto.Message {
	return &meritv1.ListResultsRequest{InstrumentId: "kasn-2019", Year: 2021, Kind: kabupaten}
}

// TestListsHaveNothingOfOthers lets everybody whose scope is an agency or a region, and nobody, list what they may: none
// of it is of others.
func TestListsHaveNothingOfOthers(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		w := newWorld(t, s)
		for _, method := range slices.Sorted(maps.Keys(lists)) {
			t.Run(method, func(t *testing.T) {
				for _, who := range w.strangers {
					if who.scope == "nation" || method == "InstrumentService/ListInstruments" && w.instrument.to(who) {
						continue
					}
					got := w.call(t, methodOf(t, "/merit.v1."+method), who, lists[method](w), missing)
					if strings.Contains(got.text, rahasia) || strings.Contains(got.text, w.decided) {
						t.Errorf("%s reads %s", who.name, got.text)
					}
					for _, a := range w.assessments {
						if strings.Contains(got.text, a.id) {
							t.Errorf("%s reads of the %s: %s", who.name, a.name, got.text)
						}
					}
				}
			})
		}
	})
}

// TestEveryListIsTried fails for a new RPC that lists and that nobody has added to the lists.
func TestEveryListIsTried(t *testing.T) {
	for method := range servertest.New(t).Rules() {
		paged := methodOf(t, method).Input().Fields().ByName("page_size") != nil
		if _, ok := lists[strings.TrimPrefix(method, "/merit.v1.")]; paged && !ok {
			t.Errorf("%s lists: say in lists with what request to try it", method)
		}
	}
}
