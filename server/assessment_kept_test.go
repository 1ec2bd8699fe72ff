package server_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/testing/protocmp"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/calendar"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// keeping is the year of one assessment, with everybody who may look at it and some who may not.
type keeping struct {
	*draft
	c         *yeartest.Case
	other     *draft
	viewers   map[string]*servertest.Person
	forgetful *servertest.Server // on the same store; it keeps nothing
	chance    *rand.Rand
	cited     []string        // citations
	round     string          // the newest
	read      map[string]bool // tables
}

func newKeeping(t *testing.T, s *servertest.Server) *keeping {
	t.Helper()
	y := yeartest.MustBegin(t, s, yeartest.Setup{Windows: yeartest.Phased()})
	k := &keeping{draft: MustStart(t, y, store.Agency{Region: "I"}), chance: rand.New(rand.NewPCG(2026, 22)), read: map[string]bool{}}
	k.forgetful = servertest.New(t, func(o *server.Options) { o.Store, o.Now = s.Store, s.Clock.Now })
	k.forgetful.KeepNoSheets()
	k.other = MustStart(t, y, store.Agency{Region: "II"})
	k.c = &yeartest.Case{AgencyID: k.agency, AssessmentID: k.id, Operator: k.operator, Approver: k.approver}
	k.viewers = map[string]*servertest.Person{
		"operator": k.operator, "operator in another language": k.operator.In("id"), "contributor": k.contributor, "approver": k.approver,
		"contributor with nothing assigned": k.MustAccount(t, meritv1.Role_ROLE_CONTRIBUTOR, k.agency),
		"auditor of the agency":             k.MustAccount(t, meritv1.Role_ROLE_AUDITOR, k.agency),
		"auditor":                           k.MustAccount(t, meritv1.Role_ROLE_AUDITOR, ""),
		"verifier":                          k.Verifier,
		"verifier of region I":              k.MustRegional(t, meritv1.Role_ROLE_VERIFIER, "I"),
		"lead verifier of region II":        k.MustRegional(t, meritv1.Role_ROLE_LEAD_VERIFIER, "II"),
		"commissioner":                      k.Commissioners[0],
		"operator of another agency":        k.other.operator,
		"operator as a verifier":            k.MustAlsoAct(t, k.operator, meritv1.Role_ROLE_VERIFIER, ""),
	}
	return k
}

// After every change of a random history through the whole year, everybody is told by the server that keeps sheets what one
// that keeps none tells them; and a change of any table that was read for it makes the kept ones be read anew.
func TestKeptSheetsAreThoseOfTheTables(t *testing.T) {
	k := newKeeping(t, servertest.New(t))
	for _, step := range k.year() {
		for range 2 {
			k.wantAsRead(t, k.change(t))
		}
		step.take(t)
		k.wantAsRead(t, step.name)
		k.wantKept(t, step.name)
	}
	if a := k.MustGet(t, k.operator); a.GetState() != meritv1.AssessmentState_ASSESSMENT_STATE_DETERMINED {
		t.Errorf("the year ended in %v", a.GetState())
	}
	for _, table := range slices.Sorted(maps.Keys(k.read)) {
		k.wantCounted(t, table)
	}
	if len(k.read) < 12 {
		t.Errorf("only the tables %v were read", k.read)
	}
}

type taken struct {
	name string
	take func(*testing.T)
}

// year are the steps of the year in their order.
func (k *keeping) year() []taken {
	open := func(kind meritv1.RoundKind, lastDay string) func(*testing.T) {
		return func(t *testing.T) { k.round = mustOpenRound(t, k.Year, k.c, kind, lastDay, "1.1", "1.2").GetId() }
	}
	shut := func(t *testing.T) {
		for _, item := range []string{"1.1", "1.2"} {
			servertest.Must(answerRound(t, k.operator, &meritv1.Clarification{Id: k.round}, item))(t)
		}
		servertest.Must(closeRound(t, k.approver, &meritv1.Clarification{Id: k.round, Revision: 1}))(t)
	}
	until := func(day int, month time.Month) func(*testing.T) {
		return func(*testing.T) { k.Clock.Set(time.Date(2021, month, day, 10, 0, 0, 0, time.UTC)) }
	}
	var session *yeartest.Session
	return []taken{
		{"answered", func(t *testing.T) { k.MustAnswer(t, yeartest.All(2)) }},
		{"assigned and cited", func(t *testing.T) {
			if err := errors.Join(k.assign(t, "1.1", false), k.assign(t, "1.2", false), k.cite(t, "1.1"), k.cite(t, "1.3")); err != nil {
				t.Fatal(err)
			}
		}},
		{"submitted", func(t *testing.T) { k.MustSubmit(t) }},
		{"recalled", func(t *testing.T) {
			servertest.Must(assessments(k.approver).Recall(t.Context(), &meritv1.RecallRequest{AssessmentId: k.id, Revision: k.Revision(t, k.c), Reason: "Keliru"}))(t)
		}},
		{"too late", until(2, time.March)},
		{"granted a week", func(t *testing.T) {
			servertest.Must(meritv1.NewCycleServiceClient(k.Lead).GrantExtension(t.Context(), &meritv1.GrantExtensionRequest{
				CycleId: k.CycleID, Phase: meritv1.Phase_PHASE_SELF_ASSESSMENT, AgencyIds: []string{k.agency}, LastDay: "2021-03-09", Reason: "Banjir",
			}))(t)
		}},
		{"submitted again, and verification began", func(t *testing.T) { k.MustVerifying(t) }},
		{"decided", func(t *testing.T) { k.MustDecide(t, k.c, yeartest.Levels{"1.1": 1, "1.2": 3}) }},
		{"asked", open(clarify, "2021-04-20")},
		{"decided anew", func(t *testing.T) { k.MustDecide(t, k.c, yeartest.Levels{"1.1": 2}) }},
		{"answered what was asked", shut},
		{"in repair", func(t *testing.T) { k.Phase(t, calendar.Repair); open(repair, "2021-05-28")(t) }},
		{"claimed anew", func(t *testing.T) { k.MustAnswer(t, yeartest.Levels{"1.1": 4}) }},
		{"at the end of the round", until(29, time.May)},
		{"verified", func(t *testing.T) { k.MustDecide(t, k.c, yeartest.All(2)); k.MustComplete(t, k.c) }},
		{"in plenary", func(t *testing.T) { session = k.MustOpenSession(t, k.c); k.MustAdopt(t, session, k.c) }},
		{"determined", func(t *testing.T) { k.MustClose(t, session, "Nomor 1 Tahun 2021") }},
	}
}

// change does something that may be refused, by chance, and says what. Whatever it leads to is compared.
func (k *keeping) change(t *testing.T) string {
	t.Helper()
	n := k.chance.IntN(100)
	item := fmt.Sprint("1.", 1+n%3)
	switch k.chance.IntN(10) {
	case 0:
		_ = claim(t, k.c, item, 1+n%4)
		return "answer"
	case 1:
		_ = k.assign(t, item, n%2 == 0)
		return "assign"
	case 2:
		_ = k.cite(t, item)
		return "cite"
	case 3:
		if len(k.cited) > 0 {
			_, _ = evidence(k.operator).Uncite(t.Context(), &meritv1.UnciteRequest{CitationId: k.cited[0]})
			k.cited = k.cited[1:]
		}
		return "take a citation back"
	case 4:
		k.mustSet(t, fmt.Sprintf("UPDATE agency_version SET name = 'Kabupaten %d', region = '%s' WHERE agency_id = $1", n, []string{"I", "II"}[n%2]), k.agency)
		return "rename the agency, and move it to a region"
	case 5:
		who := []*servertest.Person{k.operator, k.contributor, k.Verifier}[n%3]
		servertest.Must(accounts(who).UpdateProfile(t.Context(), &meritv1.UpdateProfileRequest{Name: fmt.Sprint("Demo ", n), Language: "en"}))(t)
		return "rename a person"
	case 6:
		k.mustSet(t, fmt.Sprintf("UPDATE cycle SET name = 'Siklus %d' WHERE id = $1", n), k.CycleID)
		return "rename the cycle"
	case 7:
		k.Clock.Add(time.Duration(n) * 4 * time.Minute)
		return fmt.Sprint("let time pass until ", k.Clock.Now())
	case 8:
		_, _ = decide(t, k.Year, k.c, item, yeartest.Answer(1+n%4), "bukti demo")
		return "verify"
	default:
		_, _ = k.other.save(t.Context(), k.other.operator, item, yeartest.Answer(1+n%4))
		return "answer of another agency"
	}
}

func (k *keeping) assign(t *testing.T, item string, remove bool) error {
	_, err := assessments(k.operator).AssignItems(t.Context(), &meritv1.AssignItemsRequest{
		AssessmentId: k.id, Items: []string{item}, AccountId: k.contributor.AccountID, Remove: remove,
	})
	return err
}

func (k *keeping) cite(t *testing.T, item string) error {
	e := MustLink(t, k.operator, "Perbup")
	resp, err := evidence(k.operator).Cite(t.Context(), &meritv1.CiteRequest{AssessmentId: k.id, EvidenceId: e.GetId(), Items: []string{item}})
	for _, c := range resp.GetCitations() {
		k.cited = append(k.cited, c.GetId())
	}
	return err
}

func (k *keeping) mustSet(tb testing.TB, statement string, args ...any) {
	tb.Helper()
	k.MustUpdate(tb, "demo.set", func(tx *store.Tx) error {
		_, err := tx.Exec(statement, args...)
		return err
	})
}

// wantAsRead compares what everybody is told with what a server tells that keeps nothing.
func (k *keeping) wantAsRead(t *testing.T, after string) {
	t.Helper()
	for who, p := range k.viewers {
		want, wantErr := k.get(t, k.forgetful.Bearer(p.Secret))
		got, err := k.get(t, p)
		if servertest.Reason(err) != servertest.Reason(wantErr) {
			t.Fatalf("%s, %s: %v, but read %v", after, who, err, wantErr)
		}
		k.wantSame(t, after+", "+who, want, got)
	}
}

func (k *keeping) wantSame(t *testing.T, when string, read, kept *meritv1.GetAssessmentResponse) {
	t.Helper()
	if !proto.Equal(read, kept) { // which is quicker than to look for what differs
		t.Fatalf("%s (-read +kept):\n%s", when, cmp.Diff(read, kept, protocmp.Transform()))
	}
}

func (k *keeping) get(t *testing.T, p *servertest.Person) (*meritv1.GetAssessmentResponse, error) {
	return assessments(p).GetAssessment(t.Context(), &meritv1.GetAssessmentRequest{AssessmentId: k.id})
}

// wantKept wants what was just read for everybody who may see it to be kept, and notes from which tables it was read.
func (k *keeping) wantKept(t *testing.T, after string) {
	t.Helper()
	for who, p := range k.viewers {
		want, err := k.get(t, p)
		var got *meritv1.GetAssessmentResponse
		if work := k.Work(func() { got, _ = k.get(t, p) }); err == nil && len(work) > 0 {
			t.Fatalf("%s, %s: what was just read is not kept, as %s", after, who, work)
		}
		k.wantSame(t, after+", "+who, want, got)
		there := k.forgetful.Bearer(p.Secret)
		for range 2 { // it reads who it is, and notes that
			_ = servertest.Must(accounts(there).WhoAmI(t.Context(), &meritv1.WhoAmIRequest{}))(t)
		}
		k.note(k.Work(func() { _, _ = k.get(t, there) }))
	}
}

var readFrom = regexp.MustCompile(`\b(?:FROM|JOIN)\s+([a-z_]+)`)

// note remembers which tables statements read.
func (k *keeping) note(statements []string) {
	for _, statement := range statements {
		for _, m := range readFrom.FindAllStringSubmatch(statement, -1) {
			k.read[m[1]] = true
		}
	}
}

// wantCounted changes nothing in the rows of a table and wants that to count.
func (k *keeping) wantCounted(t *testing.T, table string) {
	t.Helper()
	var column string
	err := k.Store.Peek(t.Context(), func(tx *store.Tx) error {
		return tx.QueryRow("SELECT name FROM pragma_table_info($1) LIMIT 1", table).Scan(&column)
	})
	if err != nil {
		t.Fatal(err)
	}
	before, _ := k.Store.AssessmentVersion(k.id)
	k.mustSet(t, fmt.Sprintf("UPDATE %s SET %s = %[2]s", table, column))
	if after, _ := k.Store.AssessmentVersion(k.id); after == before {
		t.Errorf("what is told of an assessment is read from %s, whose changes do not count", table)
	}
}

// However many read at the same time, nobody who was told that an answer is saved reads an older one.
func TestWhatWasSavedIsReadBackWhileOthersRead(t *testing.T) {
	d := MustStart(t, yeartest.MustBegin(t, servertest.New(t), yeartest.Setup{}), store.Agency{})
	req := &meritv1.GetAssessmentRequest{AssessmentId: d.id}
	var others sync.WaitGroup
	done := make(chan struct{})
	for range 3 {
		others.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					if _, err := assessments(d.operator).GetAssessment(t.Context(), req); err != nil {
						t.Error(err)
						return
					}
				}
			}
		})
	}
	for n := range 40 {
		saved := servertest.Must(d.save(t.Context(), d.operator, "1.1", yeartest.Answer(1+n%4)))(t).GetClaimed().GetSequence()
		read := itemOf(servertest.Must(assessments(d.operator).GetAssessment(t.Context(), req))(t).GetAssessment(), "1.1").GetClaimed().GetSequence()
		if read != saved {
			t.Errorf("read answer %d after %d was saved", read, saved)
		}
	}
	close(done)
	others.Wait()
}
