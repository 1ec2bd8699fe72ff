package store

import "time"

// LinkKind is how two agencies are related in time.
type LinkKind string

// The kinds of links.
const (
	SplitFrom  LinkKind = "SPLIT_FROM"  // the agency came out of the other, which goes on
	MergedInto LinkKind = "MERGED_INTO" // the agency went into the other and ended
	Renamed    LinkKind = "RENAMED"     // the agency became the other
)

// AgencyLink is one relation in the lineage of an agency.
type AgencyLink struct {
	AgencyID   string
	Kind       LinkKind
	OtherID    string
	OnDate     string // the first day on which it is so
	LegalBasis string
	RecordedAt time.Time
	RecordedBy string // account id
}

// Passage says which of the two agencies went before and which came after.
func (l AgencyLink) Passage() (before, after string) {
	if l.Kind == SplitFrom {
		return l.OtherID, l.AgencyID
	}
	return l.AgencyID, l.OtherID
}

// Lineage is what an agency came from and what came of it, transitively. Others that came from the same agency are no
// part of it.
type Lineage struct {
	ID     string
	Before []string     // ids of what it came from, the nearest first
	After  []string     // ids of what came of it, the nearest first
	Links  []AgencyLink // that lead from one to another, by day
}

// All returns the agency itself, what it came from and what came of it.
func (l Lineage) All() []string {
	return append(append([]string{l.ID}, l.Before...), l.After...)
}

// Lineage returns the lineage of an agency in one query; an agency without links has itself only.
func (tx *Tx) Lineage(id string) (Lineage, error) {
	const query = `WITH RECURSIVE related (id) AS (
			SELECT CAST($1 AS TEXT)
			UNION
			SELECT CASE WHEN l.agency_id = r.id THEN l.other_id ELSE l.agency_id END
			FROM agency_link AS l JOIN related AS r ON l.agency_id = r.id OR l.other_id = r.id
		)
		SELECT agency_id, kind, other_id, on_date, legal_basis, recorded_at, recorded_by
		FROM agency_link WHERE agency_id IN (SELECT id FROM related)
		ORDER BY on_date, agency_id, other_id, kind`
	links, err := All(tx, scanLink, query, id)
	return lineageOf(id, links), err
}

// Lineages returns the lineage of every agency that has a link, in one query, by its id.
func (tx *Tx) Lineages() (map[string]Lineage, error) {
	links, err := All(tx, scanLink, `SELECT agency_id, kind, other_id, on_date, legal_basis, recorded_at, recorded_by
		FROM agency_link ORDER BY on_date, agency_id, other_id, kind`)
	lineages := map[string]Lineage{}
	for _, link := range links {
		for _, id := range []string{link.AgencyID, link.OtherID} {
			if _, ok := lineages[id]; !ok {
				lineages[id] = lineageOf(id, links)
			}
		}
	}
	return lineages, err
}

// lineageOf follows links, which may lead elsewhere too, from an agency both ways.
func lineageOf(id string, links []AgencyLink) Lineage {
	l := Lineage{ID: id}
	onPath := make([]bool, len(links))
	l.Before = follow(links, id, onPath, func(l AgencyLink) (from, to string) { before, after := l.Passage(); return after, before })
	l.After = follow(links, id, onPath, AgencyLink.Passage)
	for i, on := range onPath {
		if on {
			l.Links = append(l.Links, links[i])
		}
	}
	return l
}

// follow walks links in one direction from an agency and returns whom it met, the nearest first; it marks the links
// it took.
func follow(links []AgencyLink, id string, onPath []bool, direction func(AgencyLink) (from, to string)) (met []string) {
	seen := map[string]bool{id: true}
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		for i, l := range links {
			from, to := direction(l)
			if from != queue[0] {
				continue
			}
			onPath[i] = true
			if !seen[to] {
				seen[to] = true
				met, queue = append(met, to), append(queue, to)
			}
		}
	}
	return met
}

func scanLink(s Scanner, l *AgencyLink) error {
	var at int64
	err := s.Scan(&l.AgencyID, &l.Kind, &l.OtherID, &l.OnDate, &l.LegalBasis, &at, &l.RecordedBy)
	l.RecordedAt = Instant(at)
	return err
}

// AddAgencyLink records a link. A second one of the same kind between the same agencies is an ErrUnique.
func (tx *Tx) AddAgencyLink(l AgencyLink) error {
	_, err := tx.Exec(`INSERT INTO agency_link (agency_id, kind, other_id, on_date, legal_basis, recorded_at, recorded_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.AgencyID, string(l.Kind), l.OtherID, l.OnDate, l.LegalBasis, Micros(tx.Now()), l.RecordedBy)
	return err
}
