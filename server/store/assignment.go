package store

import "time"

// ItemAssignment asks a colleague to answer an item.
type ItemAssignment struct {
	Item       string
	AccountID  string
	AssignedAt time.Time
	AssignedBy string // account id
}

// ItemAssignments returns who is asked to answer which item of an assessment, in the order they were asked.
func (tx *Tx) ItemAssignments(assessmentID string) ([]ItemAssignment, error) {
	return All(tx, func(row Scanner, a *ItemAssignment) error {
		var at int64
		err := row.Scan(&a.Item, &a.AccountID, &at, &a.AssignedBy)
		a.AssignedAt = Instant(at)
		return err
	}, `SELECT item, account_id, assigned_at, assigned_by FROM item_assignment
		WHERE assessment_id = $1 AND removed_at = 0 ORDER BY item, assigned_at, account_id`, assessmentID)
}

// AssignedItems returns the items that an account is asked to answer.
func (tx *Tx) AssignedItems(assessmentID, accountID string) (map[string]bool, error) {
	items, err := All(tx, func(row Scanner, item *string) error { return row.Scan(item) }, `SELECT item FROM item_assignment
		WHERE assessment_id = $1 AND account_id = $2 AND removed_at = 0`, assessmentID, accountID)
	assigned := make(map[string]bool, len(items))
	for _, item := range items {
		assigned[item] = true
	}
	return assigned, err
}

// IsAssigned reports whether an account is asked to answer an item.
func (tx *Tx) IsAssigned(assessmentID, item, accountID string) (bool, error) {
	items, err := tx.AssignedItems(assessmentID, accountID)
	return items[item], err
}

// AssignItem asks an account to answer an item; asking again changes nothing.
func (tx *Tx) AssignItem(assessmentID, item, accountID, by string) error {
	_, err := tx.Exec(`INSERT INTO item_assignment (assessment_id, item, account_id, assigned_at, assigned_by, revision)
		VALUES ($1, $2, $3, $4, $5, 1)
		ON CONFLICT (assessment_id, item, account_id) DO UPDATE
		SET assigned_at = $4, assigned_by = $5, removed_at = 0, revision = item_assignment.revision + 1
		WHERE item_assignment.removed_at <> 0`, assessmentID, item, accountID, Micros(tx.Now()), by)
	return err
}

// UnassignItem takes the request back; it does nothing where there is none.
func (tx *Tx) UnassignItem(assessmentID, item, accountID string) error {
	_, err := tx.Exec(`UPDATE item_assignment SET removed_at = $4, revision = revision + 1
		WHERE assessment_id = $1 AND item = $2 AND account_id = $3 AND removed_at = 0`,
		assessmentID, item, accountID, Micros(tx.Now()))
	return err
}
