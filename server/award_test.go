package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
)

// awards is a server with results and a member of the award committee.
type awards struct {
	results
	member  *servertest.Person
	awards  meritv1.AwardServiceClient // of the member
	outside meritv1.AwardServiceClient // of anyone
}

func newAwards(tb testing.TB, s *servertest.Server) awards {
	tb.Helper()
	a := awards{results: newResults(tb, s), member: s.MustAccount(tb, meritv1.Role_ROLE_AWARD_COMMITTEE, "")}
	a.awards, a.outside = meritv1.NewAwardServiceClient(a.member), meritv1.NewAwardServiceClient(s.Anyone())
	return a
}

// group is a group of very good regencies.
func group(places int32) *meritv1.AwardGroup {
	return &meritv1.AwardGroup{Name: "Kabupaten", Kinds: []meritv1.AgencyKind{kabupaten}, Categories: []string{"sangat_baik"}, Places: places}
}

func (a awards) MustDraft(tb testing.TB, groups ...*meritv1.AwardGroup) *meritv1.Award {
	tb.Helper()
	req := &meritv1.DraftAwardRequest{Title: "Anugerah", Year: 2026, InstrumentId: "kasn-2019", Rule: &meritv1.AwardRule{Groups: groups}}
	return servertest.Must(a.awards.DraftAward(tb.Context(), req))(tb).GetAward()
}

// MustHave makes regencies A, B, C, … with determined results and returns the result ids by name.
func (a awards) MustHave(tb testing.TB, totals ...scoring.Points) map[string]string {
	tb.Helper()
	ids := map[string]string{}
	for i, total := range totals {
		name := string(rune('A' + i))
		ids[name] = a.MustDetermine(tb, a.MustAgency(tb, store.Agency{Name: name, Code: "10.0" + name}), 2026, total)
	}
	return ids
}

// MustCompete writes the candidates of the first group one a line: "1 A within", "2 B tied", "3 C", "- D excluded".
func (a awards) MustCompete(tb testing.TB, award *meritv1.Award) (lines []string) {
	tb.Helper()
	resp := servertest.Must(a.awards.ListCandidates(tb.Context(), &meritv1.ListCandidatesRequest{AwardId: award.GetId()}))(tb)
	for _, c := range resp.GetGroups()[0].GetCandidates() {
		line := fmt.Sprintf("%d %s", c.GetPlace(), c.GetResult().GetAgencyName())
		switch {
		case c.GetExcluded() != "":
			line = "- " + c.GetResult().GetAgencyName() + " " + c.GetExcluded()
		case c.GetWithinPlaces():
			line += " within"
		case c.GetTiedForLast():
			line += " tied"
		}
		lines = append(lines, line)
	}
	return lines
}

func (a awards) Decide(tb testing.TB, award *meritv1.Award, choices ...*meritv1.TieChoice) (*meritv1.Award, error) {
	tb.Helper()
	req := &meritv1.DecideAwardRequest{AwardId: award.GetId(), Revision: award.GetRevision(), TieChoices: choices}
	resp, err := a.awards.DecideAward(tb.Context(), req)
	return resp.GetAward(), err
}

func (a awards) Publish(tb testing.TB, award *meritv1.Award) (*meritv1.Award, error) {
	tb.Helper()
	req := &meritv1.PublishAwardRequest{AwardId: award.GetId(), Revision: award.GetRevision(), LetterNumber: "7/2026"}
	resp, err := a.awards.PublishAward(tb.Context(), req)
	return resp.GetAward(), err
}

// recipients writes who gets an award: "2 B 300 because".
func recipients(award *meritv1.Award) (lines []string) {
	for _, r := range award.GetRecipients() {
		lines = append(lines, strings.TrimSpace(fmt.Sprintf("%d %s %s %s", r.GetPlace(), r.GetResult().GetAgencyName(), r.GetResult().GetTotal(), r.GetReason())))
	}
	return lines
}

func TestPlacesAreGivenOutAndEqualsForTheLastAreTied(t *testing.T) {
	tests := []struct {
		name   string
		places int32
		totals []scoring.Points
		want   []string
	}{
		{"enough places", 5, []scoring.Points{340_000, 330_000}, []string{"1 A within", "2 B within"}},
		{"too few places", 1, []scoring.Points{330_000, 340_000}, []string{"1 B within", "2 A"}},
		{"no limit", 0, []scoring.Points{340_000, 330_000, 330_000}, []string{"1 A within", "2 B within", "2 C within"}},
		{"equals who all fit", 3, []scoring.Points{340_000, 330_000, 330_000, 327_000}, []string{"1 A within", "2 B within", "2 C within", "4 D"}},
		{"equals at the last place", 2, []scoring.Points{340_000, 330_000, 330_000, 327_000}, []string{"1 A within", "2 B tied", "2 C tied", "4 D"}},
		{"equals at the only place", 1, []scoring.Points{340_000, 340_000}, []string{"1 A tied", "1 B tied"}},
		{"another category", 2, []scoring.Points{340_000, 324_500}, []string{"1 A within"}},
		{"nobody", 2, nil, nil},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a := newAwards(t, servertest.New(t))
			award := a.MustDraft(t, group(test.places))
			a.MustHave(t, test.totals...)
			if diff := cmp.Diff(test.want, a.MustCompete(t, award)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOnlyDeterminedResultsInForceOfTheYearAndKindCompete(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newAwards(t, s)
		determined := s.MustAgency(t, store.Agency{Name: "Determined", Code: "10.01"})
		first := a.MustDetermine(t, determined, 2026, 330_000)
		a.MustDetermine(t, determined, 2026, 327_000, func(r *store.Result) { r.Corrects = first })
		a.MustDetermine(t, s.MustAgency(t, store.Agency{Name: "Of 2025"}), 2025, 330_000)
		a.MustDetermine(t, s.MustAgency(t, store.Agency{Name: "City", Kind: scoring.Kota}), 2026, 330_000)
		s.MustAgency(t, store.Agency{Name: "Imported", Code: "10.02"})
		a.MustImport(t, resultHeader+"10.02,2026,400,,s\n")
		if diff := cmp.Diff([]string{"1 Determined within"}, a.MustCompete(t, a.MustDraft(t, group(3)))); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestAnExcludedAgencyMakesRoomForTheNext(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newAwards(t, s)
		ids := a.MustHave(t, 350_000, 340_000, 330_000)
		award := a.MustDraft(t, group(2))
		agency := servertest.Must(a.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: ids["A"]}))(t).GetResult().GetAgencyId()
		req := &meritv1.ExcludeAgencyRequest{AwardId: award.GetId(), AgencyId: agency}
		for _, nothing := range []string{"", " ", "\t \n"} {
			req.Reason = nothing
			_, err := a.awards.ExcludeAgency(t.Context(), req)
			servertest.WantReason(t, err, meritv1.Reason_REASON_REASON_REQUIRED)
		}

		req.Reason = "corruption"
		excluded := servertest.Must(a.awards.ExcludeAgency(t.Context(), req))(t).GetAward()
		if len(excluded.GetExclusions()) != 1 || excluded.GetExclusions()[0].GetAgencyName() != "A" || excluded.GetRevision() != 2 {
			t.Errorf("excluded: %v", excluded)
		}
		if diff := cmp.Diff([]string{"- A corruption", "1 B within", "2 C within"}, a.MustCompete(t, award)); diff != "" {
			t.Errorf("without A (-want +got):\n%s", diff)
		}
		_, err := a.awards.ExcludeAgency(t.Context(), req)
		servertest.WantReason(t, err, meritv1.Reason_REASON_ALREADY_EXISTS)

		back := &meritv1.ExcludeAgencyRequest{AwardId: award.GetId(), AgencyId: agency, TakeBack: true}
		servertest.Must(a.awards.ExcludeAgency(t.Context(), back))(t)
		_, err = a.awards.ExcludeAgency(t.Context(), back)
		servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
		current := servertest.Must(a.awards.ExcludeAgency(t.Context(), req))(t).GetAward()
		decided := servertest.Must(a.Decide(t, current))(t)
		if diff := cmp.Diff([]string{"1 B 340", "2 C 330"}, recipients(decided)); diff != "" {
			t.Errorf("recipients (-want +got):\n%s", diff)
		}
		_, err = a.awards.ExcludeAgency(t.Context(), back)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
	})
}

func TestATieIsDecidedWithAReason(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newAwards(t, s)
		ids := a.MustHave(t, 350_000, 330_000, 330_000, 330_000, 327_000)
		award := a.MustDraft(t, group(3))
		choice := func(name string) *meritv1.TieChoice {
			return &meritv1.TieChoice{Group: 0, ResultId: ids[name], Reason: "because of " + name}
		}
		undecided := map[string][]*meritv1.TieChoice{
			"nobody chosen": nil, "too few chosen": {choice("B")}, "the same chosen twice": {choice("B"), choice("B")},
			"too many chosen": {choice("B"), choice("C"), choice("D")},
		}
		for name, choices := range undecided {
			_, err := a.Decide(t, award, choices...)
			servertest.WantReason(t, err, meritv1.Reason_REASON_TIE_UNDECIDED)
			if says := servertest.Violations(err)["rule.groups[0]"]; !strings.Contains(says, "2 places for B, C, D") {
				t.Errorf("%s: %q", name, says)
			}
		}
		for name, wrong := range map[string]*meritv1.TieChoice{
			"a place of its own": choice("A"), "no place": choice("E"), "another group": {Group: 1, ResultId: ids["B"], Reason: "r"},
		} {
			_, err := a.Decide(t, award, choice("B"), wrong)
			servertest.WantReason(t, err, meritv1.Reason_REASON_INVALID_REQUEST)
			if _, named := servertest.Violations(err)["tie_choices[1].result_id"]; !named {
				t.Errorf("chosen was one with %s: %v", name, servertest.Violations(err))
			}
		}
		decided := servertest.Must(a.Decide(t, award, choice("D"), choice("B")))(t)
		if diff := cmp.Diff([]string{"1 A 350", "2 B 330 because of B", "2 D 330 because of D"}, recipients(decided)); diff != "" {
			t.Errorf("recipients (-want +got):\n%s", diff)
		}
		again := servertest.Must(a.Decide(t, decided, choice("C"), choice("B")))(t)
		if diff := cmp.Diff([]string{"1 A 350", "2 B 330 because of B", "2 C 330 because of C"}, recipients(again)); diff != "" {
			t.Errorf("decided again (-want +got):\n%s", diff)
		}
	})
}

func TestWhoIsTiedToACandidateDoesNotDraftExcludeDecideNorPublish(t *testing.T) {
	s := servertest.New(t)
	a := newAwards(t, s)
	ids := a.MustHave(t, 350_000, 340_000)
	award := a.MustDraft(t, group(1))
	agencyOf := func(name string) string {
		return servertest.Must(a.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: ids[name]}))(t).GetResult().GetAgencyId()
	}
	other := s.MustAgency(t, store.Agency{})
	colleague := s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, agencyOf("B"))
	declared := s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")
	interest := &meritv1.DeclareInterestRequest{AgencyId: agencyOf("B"), Relation: "spouse"}
	servertest.Must(meritv1.NewAccountServiceClient(declared).DeclareInterest(t.Context(), interest))(t)
	free := s.MustAccount(t, meritv1.Role_ROLE_AWARD_COMMITTEE, "")
	servertest.Must(meritv1.NewAccountServiceClient(free).DeclareInterest(t.Context(), &meritv1.DeclareInterestRequest{AgencyId: other, Relation: "spouse"}))(t)

	for name, person := range map[string]*servertest.Person{
		"a colleague": s.MustAlsoAct(t, colleague, meritv1.Role_ROLE_AWARD_COMMITTEE, ""), "one with a declared interest": declared,
	} {
		t.Run(name, func(t *testing.T) {
			client := meritv1.NewAwardServiceClient(person)
			_, err := client.DecideAward(t.Context(), &meritv1.DecideAwardRequest{AwardId: award.GetId(), Revision: award.GetRevision()})
			servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
			_, err = client.ExcludeAgency(t.Context(), &meritv1.ExcludeAgencyRequest{AwardId: award.GetId(), AgencyId: agencyOf("A"), Reason: "r"})
			servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
			_, err = client.DraftAward(t.Context(), &meritv1.DraftAwardRequest{
				Title: "Demo", Year: award.GetYear(), InstrumentId: award.GetInstrumentId(), Rule: award.GetRule(),
			})
			servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
			if read := servertest.Must(client.GetAward(t.Context(), &meritv1.GetAwardRequest{AwardId: award.GetId()}))(t); read.GetAward().GetConflict() == "" {
				t.Error("the award does not say to whom they are tied")
			}
		})
	}
	a.awards = meritv1.NewAwardServiceClient(free)
	decided, err := a.Decide(t, award)
	if err != nil {
		t.Fatalf("one tied to an agency that is no candidate: %v", err)
	}
	_, err = meritv1.NewAwardServiceClient(declared).PublishAward(t.Context(), &meritv1.PublishAwardRequest{
		AwardId: decided.GetId(), Revision: decided.GetRevision(), LetterNumber: "1/2021",
	})
	servertest.WantReason(t, err, meritv1.Reason_REASON_CONFLICT_OF_INTEREST)
}

func TestAnAwardIsPublicOnceItIsPublished(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newAwards(t, s)
		ids := a.MustHave(t, 350_000, 340_000)
		excluded := servertest.Must(a.public.GetResult(t.Context(), &meritv1.GetResultRequest{ResultId: ids["A"]}))(t).GetResult().GetAgencyId()
		award := a.MustDraft(t, group(1))
		award = servertest.Must(a.awards.ExcludeAgency(t.Context(), &meritv1.ExcludeAgencyRequest{AwardId: award.GetId(), AgencyId: excluded, Reason: "r"}))(t).GetAward()
		get := &meritv1.GetAwardRequest{AwardId: award.GetId()}
		auditor := meritv1.NewAwardServiceClient(s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""))
		hidden := map[string]meritv1.AwardServiceClient{
			"anyone":               a.outside,
			"operator":             meritv1.NewAwardServiceClient(s.MustAccount(t, meritv1.Role_ROLE_OPERATOR, excluded)),
			"administrator":        meritv1.NewAwardServiceClient(s.MustAccount(t, meritv1.Role_ROLE_ADMIN, "")),
			"auditor of an agency": meritv1.NewAwardServiceClient(s.MustAccount(t, meritv1.Role_ROLE_AUDITOR, excluded)),
		}
		unseen := func(when string) {
			for name, client := range hidden {
				_, err := client.GetAward(t.Context(), get)
				servertest.WantReason(t, err, meritv1.Reason_REASON_NOT_FOUND)
				if listed := servertest.Must(client.ListAwards(t.Context(), &meritv1.ListAwardsRequest{}))(t).GetAwards(); len(listed) != 0 {
					t.Errorf("%s, %s sees %v in the list", when, name, listed)
				}
			}
			if listed := servertest.Must(auditor.ListAwards(t.Context(), &meritv1.ListAwardsRequest{}))(t).GetAwards(); len(listed) != 1 {
				t.Errorf("%s, the auditor sees %v in the list", when, listed)
			}
		}
		unseen("in draft")
		_, err := a.Publish(t, award)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		decided := servertest.Must(a.Decide(t, award))(t)
		unseen("decided")
		if _, err = a.Publish(t, award); servertest.Reason(err) != meritv1.Reason_REASON_STALE_REVISION {
			t.Errorf("published at an old revision: %v", err)
		} else if current, ok := servertest.Detail[*meritv1.Award](err); !ok || current.GetRevision() != decided.GetRevision() {
			t.Errorf("the refusal shows %v", current)
		}
		published := servertest.Must(a.Publish(t, decided))(t)
		for name, client := range hidden {
			got := servertest.Must(client.GetAward(t.Context(), get))(t).GetAward()
			if diff := cmp.Diff([]string{"1 B 340"}, recipients(got)); diff != "" {
				t.Errorf("%s reads (-want +got):\n%s", name, diff)
			}
			if got.GetLetterNumber() != "7/2026" || got.GetDraftedBy() != nil || got.GetDecidedBy() != nil || len(got.GetExclusions()) != 0 {
				t.Errorf("%s reads %v", name, got)
			}
			if listed := servertest.Must(client.ListAwards(t.Context(), &meritv1.ListAwardsRequest{Year: 2026}))(t).GetAwards(); len(listed) != 1 {
				t.Errorf("%s sees %v in the list", name, listed)
			}
		}
		if published.GetDecidedBy().GetAccountId() != a.member.AccountID || len(published.GetExclusions()) != 1 {
			t.Errorf("the committee reads %v", published)
		}
		_, err = a.Publish(t, published)
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
		_, err = a.Decide(t, published)
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
		_, err = a.awards.ExcludeAgency(t.Context(), &meritv1.ExcludeAgencyRequest{AwardId: award.GetId(), AgencyId: excluded, TakeBack: true})
		servertest.WantReason(t, err, meritv1.Reason_REASON_IMMUTABLE)
	})
}

func TestAnAwardIsNotPublishedOnACorrectedResult(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newAwards(t, s)
		agency := s.MustAgency(t, store.Agency{Name: "A"})
		result := a.MustDetermine(t, agency, 2026, 350_000)
		decided := servertest.Must(a.Decide(t, a.MustDraft(t, group(1))))(t)
		a.MustDetermine(t, agency, 2026, 326_000, func(r *store.Result) { r.Corrects = result })
		_, err := a.Publish(t, decided)
		servertest.WantReason(t, err, meritv1.Reason_REASON_WRONG_STATE)
		published := servertest.Must(a.Publish(t, servertest.Must(a.Decide(t, decided))(t)))(t)
		if diff := cmp.Diff([]string{"1 A 326"}, recipients(published)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestARuleThatCannotBeMetIsRefused(t *testing.T) {
	s := servertest.New(t)
	a := newAwards(t, s)
	MustPublish(t, a.instruments, MustSource(t, "panrb-2026"))
	tests := []struct {
		name   string
		change func(*meritv1.DraftAwardRequest)
		reason meritv1.Reason
		field  string
	}{
		{"unknown category", func(r *meritv1.DraftAwardRequest) { r.Rule.Groups[0].Categories[0] = "istimewa" }, meritv1.Reason_REASON_INVALID_REQUEST, "rule.groups[0].categories[0]"},
		{"no kind", func(r *meritv1.DraftAwardRequest) { r.Rule.Groups[0].Kinds[0] = 0 }, meritv1.Reason_REASON_INVALID_REQUEST, "rule.groups[0].kinds[0]"},
		{"no group", func(r *meritv1.DraftAwardRequest) { r.Rule.Groups = nil }, meritv1.Reason_REASON_INVALID_REQUEST, "rule.groups"},
		{"no categories to rank by", func(r *meritv1.DraftAwardRequest) { r.InstrumentId = "panrb-2026" }, meritv1.Reason_REASON_NO_TOTAL, ""},
		{"unknown instrument", func(r *meritv1.DraftAwardRequest) { r.InstrumentId = "none" }, meritv1.Reason_REASON_NOT_FOUND, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			req := &meritv1.DraftAwardRequest{Title: "A", Year: 2026, InstrumentId: "kasn-2019", Rule: &meritv1.AwardRule{Groups: []*meritv1.AwardGroup{group(1)}}}
			test.change(req)
			_, err := a.awards.DraftAward(t.Context(), req)
			servertest.WantReason(t, err, test.reason)
			if _, named := servertest.Violations(err)[test.field]; !named && test.field != "" {
				t.Errorf("violations %v, want %s", servertest.Violations(err), test.field)
			}
		})
	}
	_, err := a.Decide(t, a.MustDraft(t, group(1)))
	servertest.WantReason(t, err, meritv1.Reason_REASON_INCOMPLETE)
}

func TestAwardsAreListedNewestFirstInPages(t *testing.T) {
	servertest.Each(t, func(t *testing.T, s *servertest.Server) {
		a := newAwards(t, s)
		var want []string
		for range 3 {
			want = append([]string{a.MustDraft(t, group(1)).GetId()}, want...)
			s.Clock.Add(time.Second)
		}
		var got []string
		req := &meritv1.ListAwardsRequest{Year: 2026, PageSize: 2}
		for {
			page := servertest.Must(a.awards.ListAwards(t.Context(), req))(t)
			for _, award := range page.GetAwards() {
				got = append(got, award.GetId())
			}
			if req.PageToken = page.GetNextPageToken(); req.PageToken == "" {
				break
			}
			other := proto.CloneOf(req)
			other.Year = 2025
			_, err := a.awards.ListAwards(t.Context(), other)
			servertest.WantReason(t, err, meritv1.Reason_REASON_PAGE_TOKEN_INVALID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}
