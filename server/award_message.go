package server

import (
	"google.golang.org/protobuf/proto"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/store"
)

// awardHeads says awards as lists have them. People are named to those who work on awards only.
func awardHeads(tx *store.Tx, c *access.Caller, awards []store.Award) ([]*meritv1.Award, error) {
	var named people
	if worksOnAwards(c) {
		var ids []string
		for _, a := range awards {
			ids = append(ids, a.DraftedBy, a.DecidedBy)
		}
		var err error
		if named, err = readPeople(tx, ids...); err != nil {
			return nil, err
		}
	}
	heads := make([]*meritv1.Award, len(awards))
	for i, a := range awards {
		rule := &meritv1.AwardRule{}
		if err := proto.Unmarshal(a.Rule, rule); err != nil {
			return nil, err
		}
		heads[i] = &meritv1.Award{
			Id: a.ID, Title: a.Title, Year: int32(a.Year), InstrumentId: a.InstrumentID, Rule: rule,
			State:     meritv1.AwardState(meritv1.AwardState_value["AWARD_STATE_"+string(a.State)]),
			DraftedBy: named.of(a.DraftedBy), DraftedAt: timestamp(a.DraftedAt), DecidedBy: named.of(a.DecidedBy),
			DecidedAt: timestamp(a.DecidedAt), PublishedAt: timestamp(a.PublishedAt), LetterNumber: a.LetterNumber, Revision: a.Revision,
		}
	}
	return heads, nil
}

// awardMessage says an award whole, as far as the caller may see it.
func (s *core) awardMessage(tx *store.Tx, c *access.Caller, a *store.Award) (*meritv1.Award, error) {
	heads, err := awardHeads(tx, c, []store.Award{*a})
	if err != nil {
		return nil, err
	}
	m := heads[0]
	if worksOnAwards(c) {
		if m.Exclusions, err = exclusionMessages(tx, a.ID); err != nil {
			return nil, err
		}
	}
	if c.Acts(meritv1.Role_ROLE_AWARD_COMMITTEE) && a.State != store.AwardPublished {
		if m.Conflict, err = awardConflict(tx, c, a); err != nil {
			return nil, err
		}
	}
	if m.Recipients, err = s.recipientMessages(tx, a); err != nil {
		return nil, err
	}
	documents, err := tx.Documents(store.DocumentOfAward, a.ID)
	m.Documents = documentMessages(documents)
	return m, err
}

func exclusionMessages(tx *store.Tx, awardID string) ([]*meritv1.Exclusion, error) {
	exclusions, err := tx.Exclusions(awardID)
	if err != nil || len(exclusions) == 0 {
		return nil, err
	}
	agencyIDs, accountIDs := make([]string, len(exclusions)), make([]string, len(exclusions))
	for i, e := range exclusions {
		agencyIDs[i], accountIDs[i] = e.AgencyID, e.ExcludedBy
	}
	agencies, err := tx.AgenciesByID(calendar.Day(tx.Now()), agencyIDs...)
	if err != nil {
		return nil, err
	}
	named, err := readPeople(tx, accountIDs...)
	if err != nil {
		return nil, err
	}
	all := make([]*meritv1.Exclusion, len(exclusions))
	for i, e := range exclusions {
		all[i] = &meritv1.Exclusion{
			AgencyId: e.AgencyID, AgencyName: agencies[e.AgencyID].Name, Reason: e.Reason, ExcludedBy: named.of(e.ExcludedBy),
			ExcludedAt: timestamp(e.ExcludedAt),
		}
	}
	return all, nil
}

func (s *core) recipientMessages(tx *store.Tx, a *store.Award) ([]*meritv1.Recipient, error) {
	recipients, err := tx.Recipients(a.ID)
	if err != nil || len(recipients) == 0 {
		return nil, err
	}
	in, err := s.instruments.Published(tx, a.InstrumentID)
	if err != nil {
		return nil, err
	}
	ids := make([]string, len(recipients))
	for i, r := range recipients {
		ids[i] = r.ResultID
	}
	results, err := tx.ResultsByID(ids...)
	if err != nil {
		return nil, err
	}
	all := make([]*meritv1.Recipient, len(recipients))
	for i, r := range recipients {
		all[i] = &meritv1.Recipient{
			Group: int32(r.Group), Place: int32(r.Place), Result: resultMessage(results[r.ResultID], in), Reason: r.Reason,
		}
	}
	return all, nil
}
