package demo

import (
	"context"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// deliberate opens a session; all commissioners attend and vote, one with a dissent that is kept.
func (y *year) deliberate(ctx context.Context) (string, error) {
	chair := y.people[commissioners[0]].Plenary
	opened, err := chair.OpenSession(ctx, &meritv1.OpenSessionRequest{
		CycleId: y.cycleID, Title: "Pleno penetapan (demo)", HeldOn: decreeDate, AssessmentIds: []string{y.result.AssessmentID},
	})
	if err != nil {
		return "", err
	}
	y.sessionID = opened.GetSession().GetId()
	attendance := &meritv1.RecordAttendanceRequest{SessionId: y.sessionID}
	for _, name := range commissioners {
		attendance.Attendance = append(attendance.Attendance, &meritv1.CommissionerPresence{AccountId: y.people[name].accountID, Present: true})
	}
	if _, err := chair.RecordAttendance(ctx, attendance); err != nil {
		return "", err
	}
	return y.vote(ctx)
}

func (y *year) vote(ctx context.Context) (string, error) {
	inFavour := 0
	for i, name := range commissioners {
		vote := &meritv1.VoteRequest{SessionId: y.sessionID, AssessmentId: y.result.AssessmentID, Vote: meritv1.VoteKind_VOTE_KIND_IN_FAVOUR}
		if i == len(commissioners)-1 {
			vote.Vote, vote.Dissent = meritv1.VoteKind_VOTE_KIND_AGAINST, "Butir 3.4 seharusnya tingkat 2 (contoh)."
		} else {
			inFavour++
		}
		if _, err := y.people[name].Plenary.Vote(ctx, vote); err != nil {
			return name, err
		}
	}
	return y.sayf("%d of %d in favour ¦ %d dari %d setuju", inFavour, len(commissioners)), nil
}

// determine adopts the verified levels, acknowledging that item weights are reconstructed, and closes under a decree.
func (y *year) determine(ctx context.Context) (string, error) {
	chair := y.people[commissioners[0]].Plenary
	_, err := chair.Decide(ctx, &meritv1.DecideRequest{
		SessionId: y.sessionID, AssessmentId: y.result.AssessmentID, Outcome: meritv1.Outcome_OUTCOME_ADOPTED, AcknowledgeReconstructed: true,
	})
	if err != nil {
		return "", err
	}
	current, err := chair.GetSession(ctx, &meritv1.GetSessionRequest{SessionId: y.sessionID})
	if err != nil {
		return "", err
	}
	closed, err := chair.CloseSession(ctx, &meritv1.CloseSessionRequest{
		SessionId: y.sessionID, Revision: current.GetSession().GetRevision(), DecreeNumber: "DEMO/KEP/2021", DecreeDate: decreeDate,
	})
	if err != nil {
		return "", err
	}
	result := closed.GetResults()[0]
	return y.sayf("%s, %s ¦ %s, %s", result.GetTotal(), result.GetCategoryName()), nil
}

// award writes the rule down, looks at the candidates, decides and publishes.
func (y *year) award(ctx context.Context) (string, error) {
	committee := y.people["committee"].Awards
	drafted, err := committee.DraftAward(ctx, &meritv1.DraftAwardRequest{
		Title: "Anugerah Meritokrasi 2021 (demo)", Year: Year, InstrumentId: InstrumentID,
		Rule: &meritv1.AwardRule{Groups: []*meritv1.AwardGroup{{
			Name: "Lembaga negara", Kinds: []meritv1.AgencyKind{meritv1.AgencyKind_AGENCY_KIND_LEMBAGA_NEGARA},
			Categories: []string{"sangat_baik"}, Places: 3,
		}}},
	})
	if err != nil {
		return "", err
	}
	id := drafted.GetAward().GetId()
	candidates, err := committee.ListCandidates(ctx, &meritv1.ListCandidatesRequest{AwardId: id})
	if err != nil {
		return "", err
	}
	decided, err := committee.DecideAward(ctx, &meritv1.DecideAwardRequest{AwardId: id, Revision: drafted.GetAward().GetRevision()})
	if err != nil {
		return "", err
	}
	published, err := committee.PublishAward(ctx, &meritv1.PublishAwardRequest{
		AwardId: id, Revision: decided.GetAward().GetRevision(), LetterNumber: "DEMO/ANUGERAH/2021",
	})
	y.result.Award = published.GetAward()
	return y.sayf("%d candidate, %d recipient ¦ %d calon, %d penerima",
		len(candidates.GetGroups()[0].GetCandidates()), len(published.GetAward().GetRecipients())), err
}

// read fetches the card and the ranking as a caller without an account would.
func (y *year) read(ctx context.Context) (string, error) {
	anyone, err := y.anyone()
	if err != nil {
		return "", err
	}
	defer anyone.Close() //nolint:errcheck // two reads were made; nothing depends on the end of the connection
	y.result.Card, err = anyone.Results.GetResult(ctx, &meritv1.GetResultRequest{AgencyId: y.agencyID, Year: Year})
	if err != nil {
		return "", err
	}
	y.result.Ranking, err = anyone.Results.ListResults(ctx, &meritv1.ListResultsRequest{
		InstrumentId: InstrumentID, Year: Year, Kind: y.result.Card.GetResult().GetAgencyKind(),
	})
	return y.sayf("total %s, index %s ¦ nilai %s, indeks %s", y.result.Card.GetResult().GetTotal(), y.result.Card.GetResult().GetIndex()), err
}
