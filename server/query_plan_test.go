package server_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store/storetest"
	"github.com/meritindex/merit/server/yeartest"
)

func TestNoHotCallReadsAWholeTableThatGrows(t *testing.T) {
	storetest.EachURL(t, func(t *testing.T, url string) {
		seeded := mustSeed(t, url, 120)
		statements := hotStatements(t, servertest.At(t, url), seeded)
		if len(statements) < 20 {
			t.Fatalf("only %d statements were seen", len(statements))
		}
		p := mustPlan(t, url)
		for _, statement := range statements {
			for _, table := range p.wholeTables(t, statement) {
				if n := p.rows(t, table); n >= 100 {
					t.Errorf("all of %s (%d rows here) is read by\n%s", table, n, statement)
				}
			}
		}
	})
}

// hotStatements are those of the calls of which there are most, each once.
func hotStatements(t *testing.T, s *servertest.Server, seeded *server.Seeded) []string {
	t.Helper()
	me := s.Bearer(seeded.People[7].Secret)
	id := seeded.People[7].AssessmentID
	public := meritv1.NewResultServiceClient(s.Anyone())
	work := s.Work(func() {
		must := func(_ any, err error) {
			if err != nil {
				t.Error(err)
			}
		}
		ctx := t.Context()
		must(accounts(me).WhoAmI(ctx, &meritv1.WhoAmIRequest{}))
		must(assessments(me).SaveAnswer(ctx, &meritv1.SaveAnswerRequest{AssessmentId: id, Item: "1.1", Answer: yeartest.Answer(2), RequestId: "one"}))
		must(assessments(me).SaveAnswer(ctx, &meritv1.SaveAnswerRequest{AssessmentId: id, Item: "1.1", RequestId: "two"}))
		for _, view := range []meritv1.AssessmentView{meritv1.AssessmentView_ASSESSMENT_VIEW_BASIC, meritv1.AssessmentView_ASSESSMENT_VIEW_FULL} {
			must(assessments(me).GetAssessment(ctx, &meritv1.GetAssessmentRequest{AssessmentId: id, View: view}))
		}
		must(meritv1.NewWorkServiceClient(me).GetWork(ctx, &meritv1.GetWorkRequest{}))
		must(meritv1.NewNoticeServiceClient(me).ListNotices(ctx, &meritv1.ListNoticesRequest{}))
		must(evidence(me).ListEvidence(ctx, &meritv1.ListEvidenceRequest{AssessmentId: id}))
		MustAdd(t, me, "sk.txt", []byte("SK 12/2021"))
		year := int32(seeded.Year)
		list := &meritv1.ListResultsRequest{InstrumentId: seeded.InstrumentID, Year: year, Kind: kabupaten, PageSize: 5}
		page, err := public.ListResults(ctx, list)
		must(page, err)
		must(public.GetResult(ctx, &meritv1.GetResultRequest{ResultId: page.GetResults()[0].GetResult().GetId()}))
		list.PageToken = page.GetNextPageToken()
		must(public.ListResults(ctx, list))
	})
	unique := map[string]bool{}
	for _, what := range work {
		if _, after, ok := strings.Cut(what, ": "); ok && !strings.Contains(what, " ") {
			what = after
		}
		if statementBegin.MatchString(what) {
			unique[what] = true
		}
	}
	return slices.Sorted(maps.Keys(unique))
}

var statementBegin = regexp.MustCompile(`^\s*(SELECT|WITH|INSERT|UPDATE|DELETE) `)

// planner asks an engine how it would run statements, whatever their arguments.
type planner struct {
	conn     *sql.Conn
	postgres bool
}

func mustPlan(t *testing.T, url string) *planner {
	t.Helper()
	p := &planner{
		conn: servertest.Must(storetest.MustConnect(t, url).Conn(t.Context()))(t), postgres: !strings.HasPrefix(url, "sqlite:"),
	}
	if p.postgres {
		// The tables are small here, and PostgreSQL rightly reads some of them whole, index or not. Told to avoid that, it does
		// so only where no index helps.
		p.exec(t, "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off")
	}
	return p
}

func (p *planner) exec(t *testing.T, statement string) {
	t.Helper()
	if _, err := p.conn.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%v in %s", err, statement)
	}
}

func (p *planner) rows(t *testing.T, table string) (n int) {
	t.Helper()
	if err := p.conn.QueryRowContext(t.Context(), "SELECT count(*) FROM "+table).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

// wholeTables are the tables that a statement reads from one end to the other.
func (p *planner) wholeTables(t *testing.T, statement string) []string {
	t.Helper()
	if p.postgres {
		return p.postgresTables(t, statement)
	}
	return p.sqliteTables(t, statement)
}

var (
	argument   = regexp.MustCompile(`\$(\d+)`)
	sqliteScan = regexp.MustCompile(`^SCAN (\w+)$`)
)

// sqliteTables reads what SQLite says of a plan: SCAN and a table, or what the statement calls it, and no index.
func (p *planner) sqliteTables(t *testing.T, statement string) (tables []string) {
	t.Helper()
	args := make([]any, strings.Count(statement, "?"))
	rows, err := p.conn.QueryContext(t.Context(), "EXPLAIN QUERY PLAN "+statement, args...)
	if err != nil {
		t.Fatalf("%v in %s", err, statement)
	}
	defer rows.Close()
	for rows.Next() {
		var detail string
		if err := rows.Scan(new(int), new(int), new(int), &detail); err != nil {
			t.Fatal(err)
		}
		if m := sqliteScan.FindStringSubmatch(detail); m != nil {
			tables = append(tables, called(statement, m[1]))
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return tables
}

// called is the table that a statement calls by a name.
func called(statement, name string) string {
	m := regexp.MustCompile(`(?:FROM|JOIN) (\w+) (?:AS )?` + name + `\b`).FindStringSubmatch(statement)
	if m == nil {
		return name
	}
	return m[1]
}

// node is a step of a plan of PostgreSQL.
type node struct {
	Type     string `json:"Node Type"`
	Relation string `json:"Relation Name"`
	Cond     string `json:"Index Cond"`
	Plans    []node
}

func (p *planner) postgresTables(t *testing.T, statement string) []string {
	t.Helper()
	p.exec(t, "PREPARE hot AS "+statement)
	defer p.exec(t, "DEALLOCATE hot")
	most := 0
	for _, m := range argument.FindAllStringSubmatch(statement, -1) {
		var n int
		_, _ = fmt.Sscan(m[1], &n)
		most = max(most, n)
	}
	call := "EXPLAIN (FORMAT JSON) EXECUTE hot"
	if most > 0 {
		call += "(NULL" + strings.Repeat(", NULL", most-1) + ")"
	}
	var text []byte
	var plans []struct{ Plan node }
	if err := p.conn.QueryRowContext(context.WithoutCancel(t.Context()), call).Scan(&text); err != nil {
		t.Fatalf("%v in %s", err, statement)
	}
	if err := json.Unmarshal(text, &plans); err != nil {
		t.Fatal(err)
	}
	return plans[0].Plan.wholeTables(false)
}

// wholeTables are the tables read whole at or below the node: in the order of their rows, or, with no condition on it and
// no limit above it, in the order of an index.
func (n *node) wholeTables(limited bool) (tables []string) {
	limited = limited || n.Type == "Limit"
	if n.Type == "Seq Scan" || strings.HasPrefix(n.Type, "Index") && n.Cond == "" && !limited {
		tables = append(tables, n.Relation)
	}
	for i := range n.Plans {
		tables = append(tables, n.Plans[i].wholeTables(limited)...)
	}
	return tables
}
