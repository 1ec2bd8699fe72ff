package store

// VerifierShift sums up what one account decided as a verifier, beside what was claimed.
type VerifierShift struct {
	AccountID   string
	Assessments int // with at least one of the decisions
	Decided     int
	Lowered     int // verified below the claim
	Raised      int
	Shift       int // verified minus claimed, added up, in levels
}

// Add adds the decisions of somebody else.
func (v *VerifierShift) Add(other VerifierShift, sign int) {
	v.Assessments += sign * other.Assessments
	v.Decided += sign * other.Decided
	v.Lowered += sign * other.Lowered
	v.Raised += sign * other.Raised
	v.Shift += sign * other.Shift
}

// VerifierShifts compares, in one query, the newest verified decision of each of those items with the claim that it
// judged, by the account that decided: of the assessments of a cycle whose agency lies in a region on a day, or in the
// nation when it is empty. A missing claim and a level not proven count as 0.
func (tx *Tx) VerifierShifts(cycleID, region, day string, items []string) ([]VerifierShift, error) {
	return All(tx, func(s Scanner, v *VerifierShift) error {
		return s.Scan(&v.AccountID, &v.Assessments, &v.Decided, &v.Lowered, &v.Raised, &v.Shift)
	}, `SELECT v.decided_by, count(DISTINCT v.assessment_id), count(*),
			sum(CASE WHEN v.level < coalesce(c.level, 0) THEN 1 ELSE 0 END),
			sum(CASE WHEN v.level > coalesce(c.level, 0) THEN 1 ELSE 0 END),
			sum(v.level - coalesce(c.level, 0))
		FROM assessment AS s
		JOIN agency_version AS g ON g.agency_id = s.agency_id AND g.valid_from <= $3 AND g.valid_until >= $3
		JOIN decision AS v ON v.assessment_id = s.id AND v.stage = 'VERIFIED'
		LEFT JOIN decision AS c ON c.assessment_id = s.id AND c.stage = 'CLAIMED' AND c.item = v.item AND c.seq = v.claim_seq
		WHERE s.cycle_id = $1 AND ($2 = '' OR g.region = $2) AND v.kind IN ('LEVEL', 'NOT_PROVEN')
			AND v.seq = (SELECT max(w.seq) FROM decision AS w WHERE w.assessment_id = s.id AND w.stage = 'VERIFIED' AND w.item = v.item)
			AND v.item IN `+In(4, len(items))+`
		GROUP BY v.decided_by ORDER BY v.decided_by`, append([]any{cycleID, region, day}, anys(items)...)...)
}
