package store

import (
	"errors"
	"time"

	"github.com/meritindex/merit/server/calendar"
)

// RoundKind says what a clarification round opens to the agency.
type RoundKind string

// The kinds of rounds.
const (
	RoundClarification RoundKind = "CLARIFICATION" // words and further evidence
	RoundRepair        RoundKind = "REPAIR"        // also a new claim
)

// Clarification is a round of questions about named items of an assessment, with its own deadline.
type Clarification struct {
	ID           string
	AssessmentID string
	Number       int // 1, 2, 3, … of the assessment
	Kind         RoundKind
	LastDay      string // to 24:00 WIB
	OpenedAt     time.Time
	OpenedBy     string
	ClosedAt     time.Time // zero while nobody and nothing has closed it
	ClosedBy     string    // account id; audit.System when the deadline did
	Revision     int64
	Items        []ClarificationItem // in the order they were asked
}

// ClarificationItem is a question on one item and what the agency answered.
type ClarificationItem struct {
	Item     string
	Question string
	Answers  []ClarificationAnswer // oldest first; the last counts
}

// ClarificationAnswer is one answer of the agency. Answers are added, never edited.
type ClarificationAnswer struct {
	Answer     string
	AnsweredAt time.Time
	AnsweredBy string
}

// ClosesAt is the first instant after the round: 24:00 WIB of its last day.
func (c *Clarification) ClosesAt() time.Time { return calendar.Window{LastDay: c.LastDay}.Closes() }

// OpenAt reports whether the agency may answer at that instant. A round is over at its deadline, also before
// anything has recorded that.
func (c *Clarification) OpenAt(now time.Time) bool {
	return c.ClosedAt.IsZero() && now.Before(c.ClosesAt())
}

// Overdue reports whether the deadline has passed and the closing is not recorded yet.
func (c *Clarification) Overdue(now time.Time) bool {
	return c.ClosedAt.IsZero() && !now.Before(c.ClosesAt())
}

// Item returns the question on an item, or nil when the round does not name it.
func (c *Clarification) Item(code string) *ClarificationItem {
	for i := range c.Items {
		if c.Items[i].Item == code {
			return &c.Items[i]
		}
	}
	return nil
}

const clarificationColumns = `id, assessment_id, number, kind, last_day, opened_at, opened_by, closed_at, closed_by, revision`

func scanClarification(row Scanner, c *Clarification) error {
	var opened, closed int64
	err := row.Scan(&c.ID, &c.AssessmentID, &c.Number, &c.Kind, &c.LastDay, &opened, &c.OpenedBy, &closed, &c.ClosedBy, &c.Revision)
	c.OpenedAt, c.ClosedAt = Instant(opened), Instant(closed)
	return err
}

// Clarification returns a round with its questions and answers, or ErrNotFound.
func (tx *Tx) Clarification(id string) (Clarification, error) {
	return tx.oneRound("clarification "+id, "WHERE id = $1", id)
}

// AssessmentOfRound returns the id of the assessment of a round; empty when there is no such round.
func (tx *Tx) AssessmentOfRound(id string) (assessment string, err error) {
	err = tx.QueryRow("SELECT assessment_id FROM clarification WHERE id = $1", id).Scan(&assessment)
	if errors.Is(err, ErrNotFound) {
		err = nil
	}
	return assessment, err
}

// PendingRound returns the round of an assessment whose closing is not recorded yet, with its questions and
// answers, or ErrNotFound. There is at most one; whether it is still open is told by OpenAt.
func (tx *Tx) PendingRound(assessmentID string) (Clarification, error) {
	return tx.oneRound("open clarification", "WHERE assessment_id = $1 AND closed_at = 0", assessmentID)
}

func (tx *Tx) oneRound(what, where string, arg string) (Clarification, error) {
	c, err := One(tx, what, scanClarification, "SELECT "+clarificationColumns+" FROM clarification "+where, arg)
	if err != nil {
		return c, err
	}
	rounds := []Clarification{c}
	err = tx.fillRounds(rounds)
	return rounds[0], err
}

// Clarifications returns the rounds of an assessment with questions and answers, oldest first.
func (tx *Tx) Clarifications(assessmentID string) ([]Clarification, error) {
	rounds, err := All(tx, scanClarification,
		"SELECT "+clarificationColumns+" FROM clarification WHERE assessment_id = $1 ORDER BY number", assessmentID)
	if err != nil {
		return nil, err
	}
	return rounds, tx.fillRounds(rounds)
}

// PendingRounds returns, without questions, the rounds of those assessments whose closing is not recorded
// yet, by assessment.
func (tx *Tx) PendingRounds(assessmentIDs ...string) (map[string]Clarification, error) {
	pending := map[string]Clarification{}
	if len(assessmentIDs) == 0 {
		return pending, nil
	}
	rounds, err := All(tx, scanClarification, `SELECT `+clarificationColumns+` FROM clarification
		WHERE closed_at = 0 AND assessment_id IN `+In(1, len(assessmentIDs)), anys(assessmentIDs)...)
	for _, c := range rounds {
		pending[c.AssessmentID] = c
	}
	return pending, err
}

// OverdueRounds returns the assessments with a round whose last day lies before today, oldest deadline first.
func (tx *Tx) OverdueRounds(today string, limit int) ([]string, error) {
	return All(tx, func(row Scanner, id *string) error { return row.Scan(id) },
		`SELECT assessment_id FROM clarification WHERE closed_at = 0 AND last_day < $1 ORDER BY last_day, id LIMIT $2`, today, limit)
}

func (tx *Tx) fillRounds(rounds []Clarification) error {
	for i := range rounds {
		c := &rounds[i]
		var err error
		if c.Items, err = All(tx, scanQuestion, `SELECT item, question FROM clarification_item
			WHERE clarification_id = $1 ORDER BY position`, c.ID); err != nil {
			return err
		}
		if err := tx.fillAnswers(c); err != nil {
			return err
		}
	}
	return nil
}

func scanQuestion(row Scanner, q *ClarificationItem) error { return row.Scan(&q.Item, &q.Question) }

func (tx *Tx) fillAnswers(c *Clarification) error {
	rows, err := tx.Query(`SELECT item, answer, answered_at, answered_by FROM clarification_answer
		WHERE clarification_id = $1 ORDER BY item, seq`, c.ID)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var a ClarificationAnswer
		var item string
		var at int64
		if err := rows.Scan(&item, &a.Answer, &at, &a.AnsweredBy); err != nil {
			return err
		}
		a.AnsweredAt = Instant(at)
		if q := c.Item(item); q != nil {
			q.Answers = append(q.Answers, a)
		}
	}
	return rows.Err()
}

// InsertClarification opens a round with its questions; Number and Revision are set by the store. ErrUnique
// says that another round was opened at the same time.
func (tx *Tx) InsertClarification(c Clarification) error {
	_, err := tx.Exec(`INSERT INTO clarification (id, assessment_id, number, kind, last_day, opened_at, opened_by, revision)
		SELECT $1, $2, count(*) + 1, $3, $4, $5, $6, 1 FROM clarification WHERE assessment_id = $2`,
		c.ID, c.AssessmentID, string(c.Kind), c.LastDay, Micros(c.OpenedAt), c.OpenedBy)
	if err != nil {
		return err
	}
	for i, q := range c.Items {
		if _, err := tx.Exec(`INSERT INTO clarification_item (clarification_id, item, position, question)
			VALUES ($1, $2, $3, $4)`, c.ID, q.Item, i, q.Question); err != nil {
			return err
		}
	}
	return nil
}

// InsertClarificationAnswer adds an answer to one question of a round.
func (tx *Tx) InsertClarificationAnswer(clarificationID, item string, a ClarificationAnswer) error {
	_, err := tx.Exec(`INSERT INTO clarification_answer (clarification_id, item, seq, answer, answered_at, answered_by)
		SELECT $1, $2, count(*) + 1, $3, $4, $5 FROM clarification_answer WHERE clarification_id = $1 AND item = $2`,
		clarificationID, item, a.Answer, Micros(a.AnsweredAt), a.AnsweredBy)
	return err
}

// CloseClarification records that a round is over since an instant, and who closed it. It changes nothing
// and returns false when that is recorded already.
func (tx *Tx) CloseClarification(id string, at time.Time, by string) (bool, error) {
	n, err := tx.Exec(`UPDATE clarification SET closed_at = $2, closed_by = $3, revision = revision + 1
		WHERE id = $1 AND closed_at = 0`, id, Micros(at), by)
	return n == 1, err
}

// ReleasedItems returns the items of an assessment that a round named, each with the instant of the newest
// such round: what was verified of an item until then is known to the agency, before the minutes are released.
func (tx *Tx) ReleasedItems(assessmentID string) (map[string]time.Time, error) {
	rows, err := tx.Query(`SELECT i.item, max(c.opened_at) FROM clarification c
		JOIN clarification_item i ON i.clarification_id = c.id WHERE c.assessment_id = $1 GROUP BY i.item`, assessmentID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	released := map[string]time.Time{}
	for rows.Next() {
		var item string
		var at int64
		if err := rows.Scan(&item, &at); err != nil {
			return nil, err
		}
		released[item] = Instant(at)
	}
	return released, rows.Err()
}
