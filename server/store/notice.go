package store

import (
	"slices"
	"strings"
	"time"

	"github.com/meritindex/merit/server/calendar"
)

// NoticeKind is what a notice tells of: a meritv1.NoticeKind without its prefix.
type NoticeKind string

// The kinds of notices.
const (
	NoticeClarificationOpened    NoticeKind = "CLARIFICATION_OPENED"
	NoticeClarificationAnswered  NoticeKind = "CLARIFICATION_ANSWERED"
	NoticeClarificationClosed    NoticeKind = "CLARIFICATION_CLOSED"
	NoticeReturned               NoticeKind = "RETURNED"
	NoticeSubmitted              NoticeKind = "SUBMITTED"
	NoticeRecalled               NoticeKind = "RECALLED"
	NoticeVerifierAssigned       NoticeKind = "VERIFIER_ASSIGNED"
	NoticeVerifierReplaced       NoticeKind = "VERIFIER_REPLACED"
	NoticeItemsAssigned          NoticeKind = "ITEMS_ASSIGNED"
	NoticeMinutesReleased        NoticeKind = "MINUTES_RELEASED"
	NoticeDetermined             NoticeKind = "DETERMINED"
	NoticeWindowClosing          NoticeKind = "WINDOW_CLOSING"
	NoticeProposalMade           NoticeKind = "PROPOSAL_MADE"
	NoticeProposalApproved       NoticeKind = "PROPOSAL_APPROVED"
	NoticeProposalRejected       NoticeKind = "PROPOSAL_REJECTED"
	NoticeRolesChanged           NoticeKind = "ROLES_CHANGED"
	NoticeCredentialsChanged     NoticeKind = "CREDENTIALS_CHANGED"
	NoticeEmergencyAdministrator NoticeKind = "EMERGENCY_ADMINISTRATOR"
)

// SubjectKind says which record a notice is about: a meritv1.SubjectKind without its prefix.
type SubjectKind string

// The kinds of subjects that notices have.
const (
	SubjectAssessment    SubjectKind = "ASSESSMENT"
	SubjectClarification SubjectKind = "CLARIFICATION"
	SubjectCycle         SubjectKind = "CYCLE"
	SubjectResult        SubjectKind = "RESULT"
	SubjectProposal      SubjectKind = "PROPOSAL"
	SubjectAccount       SubjectKind = "ACCOUNT"
)

// Notice tells one person of one thing that happened.
type Notice struct {
	ID           string
	AccountID    string
	Kind         NoticeKind
	Once         string // what it tells of; telling the same person of it again renews the notice. Its id when empty
	SubjectKind  SubjectKind
	SubjectID    string
	AssessmentID string // optional, like all that follows but for CycleID
	CycleID      string
	AgencyID     string
	Item         string
	Count        int // of items or sheets
	LastDay      string
	Phase        calendar.Phase
	DaysLeft     int
	CreatedAt    time.Time // set by the store
	ReadAt       time.Time // zero while unread
}

const noticeColumns = `id, account_id, kind, once, subject_kind, subject_id, assessment_id, cycle_id, agency_id, item, amount,
	last_day, phase, days_left, created_at, read_at`

func scanNotice(s Scanner, n *Notice) error {
	var created, read int64
	err := s.Scan(&n.ID, &n.AccountID, &n.Kind, &n.Once, &n.SubjectKind, &n.SubjectID, &n.AssessmentID, &n.CycleID, &n.AgencyID,
		&n.Item, &n.Count, &n.LastDay, &n.Phase, &n.DaysLeft, &created, &read)
	n.CreatedAt, n.ReadAt = Instant(created), Instant(read)
	return err
}

// Notify tells people of one thing: a notice each, and mail that waits to be sent. Somebody who was told of the same
// before has that notice renewed: it is as if made now, and unread.
func (tx *Tx) Notify(n Notice, accounts ...string) error {
	all := make([]Notice, len(accounts))
	for i, account := range accounts {
		all[i] = n
		all[i].AccountID = account
	}
	return tx.notify(all, `ON CONFLICT (account_id, once) DO UPDATE SET item = excluded.item, amount = excluded.amount,
		last_day = excluded.last_day, created_at = excluded.created_at, read_at = 0`)
}

// NotifyOnce keeps those notices that their people do not have yet: of what each one's Once says, nobody is told twice.
func (tx *Tx) NotifyOnce(all ...Notice) error {
	return tx.notify(all, "ON CONFLICT (account_id, once) DO NOTHING")
}

// noticesAtOnce keeps a statement far below the number of arguments that both engines take.
const noticesAtOnce = 200

func (tx *Tx) notify(all []Notice, again string) error {
	for some := range slices.Chunk(all, noticesAtOnce) {
		args := make([]any, 0, len(some)*16)
		var people, things []string
		for _, n := range some {
			n.ID = tx.NewID()
			if n.Once == "" {
				n.Once = n.ID
			}
			args = append(args, n.ID, n.AccountID, string(n.Kind), n.Once, string(n.SubjectKind), n.SubjectID, n.AssessmentID, n.CycleID,
				n.AgencyID, n.Item, n.Count, n.LastDay, string(n.Phase), n.DaysLeft, Micros(tx.Now()), 0)
			people, things = append(people, n.AccountID), append(things, n.Once)
		}
		if _, err := tx.Exec(`INSERT INTO notice (`+noticeColumns+`) VALUES `+tuples(len(some), 16)+" "+again, args...); err != nil {
			return err
		}
		if err := tx.queueMail(people, things); err != nil {
			return err
		}
	}
	return nil
}

// queueMail lets mail wait for the notices that those people were given of those things just now.
func (tx *Tx) queueMail(people, things []string) error {
	args := append(append([]any{Micros(tx.Now())}, anys(people)...), anys(things)...)
	_, err := tx.Exec(`INSERT INTO outbox (notice_id, state, since)
		SELECT n.id, 'WAITING', n.created_at FROM notice AS n
		WHERE n.account_id IN `+In(2, len(people))+` AND n.once IN `+In(2+len(people), len(things))+` AND n.created_at = $1
		ON CONFLICT (notice_id) DO UPDATE SET state = excluded.state, since = excluded.since`, args...)
	return err
}

// NoticeKey is the place of a notice in a list. The zero NoticeKey is its beginning.
type NoticeKey struct {
	CreatedAt int64 // microseconds
	ID        string
}

// Notices lists the notices of an account after a place, newest first; with unread those only that were not read.
func (tx *Tx) Notices(accountID string, unread bool, after NoticeKey, limit int) ([]Notice, error) {
	c := conditions{args: []any{accountID}}
	c.text.WriteString(`SELECT ` + noticeColumns + ` FROM notice WHERE account_id = $1`)
	if unread {
		c.text.WriteString(" AND read_at = 0")
	}
	if after.ID != "" {
		c.add("created_at <= %s AND (created_at < %s OR id < %s)", after.CreatedAt, after.CreatedAt, after.ID)
	}
	c.text.WriteString(" ORDER BY created_at DESC, id DESC LIMIT " + c.place(limit))
	return All(tx, scanNotice, c.text.String(), c.args...)
}

// CountUnread counts the notices of an account that were not read.
func (tx *Tx) CountUnread(accountID string) (n int, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM notice WHERE account_id = $1 AND read_at = 0`, accountID).Scan(&n)
	return n, err
}

// MarkRead marks notices of an account as read. It returns ErrNotFound, having marked none, unless all are of the account.
func (tx *Tx) MarkRead(accountID string, ids ...string) error {
	ids = slices.Compact(slices.Sorted(slices.Values(ids)))
	if len(ids) == 0 {
		return nil
	}
	var found int
	err := tx.QueryRow(`SELECT count(*) FROM notice WHERE account_id = $1 AND id IN `+In(2, len(ids)),
		append([]any{accountID}, anys(ids)...)...).Scan(&found)
	if err != nil || found < len(ids) {
		return errOr(err, ErrNotFound)
	}
	_, err = tx.Exec(`UPDATE notice SET read_at = $1 WHERE account_id = $2 AND read_at = 0 AND id IN `+In(3, len(ids)),
		append([]any{Micros(tx.Now()), accountID}, anys(ids)...)...)
	return err
}

// MarkAllRead marks every notice of an account as read.
func (tx *Tx) MarkAllRead(accountID string) error {
	_, err := tx.Exec(`UPDATE notice SET read_at = $1 WHERE account_id = $2 AND read_at = 0`, Micros(tx.Now()), accountID)
	return err
}

// errOr is err, or what else went wrong when there is none.
func errOr(err, otherwise error) error {
	if err != nil {
		return err
	}
	return otherwise
}

// Audience says whom a notice reaches: people with an account in use and a membership in force on Day. Each field that
// is set adds some.
type Audience struct {
	Day        string
	AgencyID   string // its operators, approvers and administrators
	AnswersIn  string // contributors of the agency who are asked to answer items of this assessment
	VerifierID string // this account as verifier
	Leads      bool   // the lead verifiers of Region and of the nation
	Region     string
	Colleague  string // this account in the agency, whatever its role there
	But        string // not who did it
}

// Audience returns the accounts that a notice reaches, by id.
func (tx *Tx) Audience(a Audience) ([]string, error) {
	c := conditions{args: []any{a.Day, a.But}}
	var groups []string
	if a.AgencyID != "" && a.Colleague == "" {
		groups = append(groups, "(m.agency_id = "+c.place(a.AgencyID)+" AND m.role IN ('OPERATOR', 'APPROVER', 'AGENCY_ADMIN'))")
	}
	if a.AnswersIn != "" {
		groups = append(groups, "(m.agency_id = "+c.place(a.AgencyID)+` AND m.role = 'CONTRIBUTOR' AND EXISTS (SELECT 1 FROM item_assignment AS i
			WHERE i.account_id = m.account_id AND i.assessment_id = `+c.place(a.AnswersIn)+" AND i.removed_at = 0))")
	}
	if a.VerifierID != "" {
		groups = append(groups, "(m.role = 'VERIFIER' AND m.agency_id = '' AND m.account_id = "+c.place(a.VerifierID)+")")
	}
	if a.Leads {
		groups = append(groups, "(m.role = 'LEAD_VERIFIER' AND m.agency_id = '' AND (m.region = '' OR m.region = "+c.place(a.Region)+"))")
	}
	if a.Colleague != "" {
		groups = append(groups, "(m.agency_id = "+c.place(a.AgencyID)+" AND m.account_id = "+c.place(a.Colleague)+")")
	}
	if len(groups) == 0 {
		return nil, nil
	}
	return All(tx, func(s Scanner, id *string) error { return s.Scan(id) },
		`SELECT DISTINCT m.account_id FROM membership AS m JOIN account AS u ON u.id = m.account_id
		WHERE u.state = 'ACTIVE' AND m.ended_at = 0 AND m.valid_from <= $1 AND (m.valid_until = '' OR m.valid_until >= $1)
			AND m.account_id <> $2 AND (`+strings.Join(groups, " OR ")+`) ORDER BY m.account_id`, c.args...)
}
