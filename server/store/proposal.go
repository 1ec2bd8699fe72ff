package store

import (
	"time"

	"github.com/meritindex/merit/server/audit"
)

// The states of a proposal.
const (
	ProposalOpen     = "OPEN" // until ExpiresAt
	ProposalApproved = "APPROVED"
	ProposalRejected = "REJECTED"
)

// Proposal is what one administrator asks for and another has to approve.
type Proposal struct {
	ID             string
	Kind           string // a meritv1.ProposalKind without its prefix
	Request        []byte // the request of the RPC that was called, as protobuf
	SubjectID      string // account whose rights or credentials it is about; empty when there is none
	ProposedAt     time.Time
	ProposedBy     string
	MembershipID   string // in which the proposer acted
	ExpiresAt      time.Time
	State          string
	DecidedAt      time.Time // zero while open
	DecidedBy      string
	DecisionReason string
	Revision       int64
}

// Open reports whether the proposal can still be decided.
func (p *Proposal) Open(now time.Time) bool {
	return p.State == ProposalOpen && now.Before(p.ExpiresAt)
}

const proposalColumns = `id, kind, request, subject_id, proposed_at, proposed_by, membership_id, expires_at, state,
	decided_at, decided_by, decision_reason, revision`

func scanProposal(s Scanner, p *Proposal) error {
	var proposed, expires, decided int64
	err := s.Scan(&p.ID, &p.Kind, &p.Request, &p.SubjectID, &proposed, &p.ProposedBy, &p.MembershipID, &expires, &p.State,
		&decided, &p.DecidedBy, &p.DecisionReason, &p.Revision)
	p.ProposedAt, p.ExpiresAt, p.DecidedAt = Instant(proposed), Instant(expires), Instant(decided)
	return err
}

// InsertProposal adds an open proposal with revision 1.
func (tx *Tx) InsertProposal(p Proposal) error {
	_, err := tx.Exec(`INSERT INTO proposal (id, kind, request, subject_id, proposed_at, proposed_by, membership_id, expires_at, state, revision)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'OPEN', 1)`,
		p.ID, p.Kind, p.Request, p.SubjectID, Micros(p.ProposedAt), p.ProposedBy, p.MembershipID, Micros(p.ExpiresAt))
	return err
}

// Proposal returns the proposal with the id, or ErrNotFound.
func (tx *Tx) Proposal(id string) (Proposal, error) {
	return One(tx, "proposal "+id, scanProposal, `SELECT `+proposalColumns+` FROM proposal WHERE id = $1`, id)
}

// OpenProposal returns the proposal of the kind and request that can still be decided, or ErrNotFound.
func (tx *Tx) OpenProposal(kind string, request []byte) (Proposal, error) {
	return One(tx, "proposal", scanProposal, `SELECT `+proposalColumns+` FROM proposal
		WHERE state = 'OPEN' AND kind = $1 AND request = $2 AND expires_at > $3 ORDER BY id DESC LIMIT 1`, kind, request, Micros(tx.Now()))
}

// Proposals lists proposals, newest first, after an id (empty: from the start); with open those only that can still be
// decided.
func (tx *Tx) Proposals(open bool, after string, limit int) ([]Proposal, error) {
	return All(tx, scanProposal, `SELECT `+proposalColumns+` FROM proposal
		WHERE ($1 = '' OR id < $1) AND ($2 = 0 OR state = 'OPEN' AND expires_at > $3) ORDER BY id DESC LIMIT $4`,
		after, flag(open), Micros(tx.Now()), limit)
}

// DecideProposal closes an open proposal with p's state, decider and reason. It returns ErrNotFound unless the stored
// revision is p's.
func (tx *Tx) DecideProposal(p Proposal) error {
	return changedOne(tx.Exec(`UPDATE proposal SET state = $3, decided_at = $4, decided_by = $5, decision_reason = $6, revision = revision + 1
		WHERE id = $1 AND revision = $2 AND state = 'OPEN'`, p.ID, p.Revision, p.State, Micros(tx.Now()), p.DecidedBy, p.DecisionReason))
}

// Administrators returns the accounts in use, by id, that hold ADMIN on the day: those who can act as it.
func (tx *Tx) Administrators(day string) ([]string, error) {
	return All(tx, func(s Scanner, id *string) error { return s.Scan(id) },
		`SELECT DISTINCT a.id FROM membership AS m JOIN account AS a ON a.id = m.account_id
		WHERE m.role = 'ADMIN' AND m.ended_at = 0 AND m.valid_from <= $1 AND (m.valid_until = '' OR m.valid_until >= $1)
			AND a.state = 'ACTIVE' ORDER BY a.id`, day)
}

// EmergencyAdministrators reports whether an account in use holds ADMIN on the day that nobody granted and that is not
// the first one's: see server.AppointInEmergency.
func (tx *Tx) EmergencyAdministrators(day string) (found bool, err error) {
	err = tx.QueryRow(`SELECT count(*) > 0 FROM membership AS m JOIN account AS a ON a.id = m.account_id
		WHERE m.role = 'ADMIN' AND m.granted_by = $2 AND m.ended_at = 0 AND m.valid_from <= $1 AND (m.valid_until = '' OR m.valid_until >= $1)
			AND a.state = 'ACTIVE'`, day, audit.System).Scan(&found)
	return found, err
}
