package cli_test

import (
	"bufio"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"
	"github.com/rogpeppe/go-internal/testscript"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/scoring"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/servertest"
	"github.com/meritindex/merit/server/store"
	"github.com/meritindex/merit/server/yeartest"
)

// TestOnline runs the scripts of commands against a real service, a new one for each script. Besides exits they have:
//
//	agency CODE KIND NAME     makes an agency
//	person NAME ROLE [SCOPE]  makes an account that is signed in: $NAME is its token, $NAME_ID its account; the scope is
//	                          an agency's code, or region:NAME; the nation when left out
//	as NAME                   lets the following commands be NAME's
//	year [wide]               publishes kecil.yaml and opens the cycle 2021 on it, its windows as in a real year; wide
//	                          lets all of them be open all year
//	verified NAME CODE KIND AGENCY ITEM=LEVEL...    makes an agency whose claims are verified: $NAME is its assessment,
//	                          $NAME_OPERATOR the token of its operator
//	determined NAME CODE KIND AGENCY ITEM=LEVEL...  makes one whose claims are determined too: $NAME is its result
//	day YYYY-MM-DD            lets it be 10:00 WIB of that day at the service
//	numbered NAME             puts all entries under a checkpoint: $NAME is the verifier key of the log
//	later DURATION            lets time pass at the service
//	enrolled SESSIONS FILE    enrols an authenticator for the session kept in the file SESSIONS, and writes what it shows
//	                          a minute later, which it then is, to FILE
//	enrols                    runs merit factor enrol, and types what an authenticator shows that has the key it prints
//	keep NAME REGEXP          keeps the first group of what the last command printed as $NAME
func TestOnline(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/online",
		UpdateScripts: *update,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "agency": agency, "person": person, "year": year, "verified": verified, "determined": determined,
			"as": as, "day": day, "keep": keep,
			"numbered": numbered, "later": later, "enrolled": enrolled, "enrols": enrols,
		},
		Setup: func(env *testscript.Env) error {
			tb := env.T().(testing.TB)
			s := servertest.New(tb)
			env.Values["service"] = &service{Server: s, tb: tb, agencies: map[string]string{}}
			env.Setenv("MERIT_LANG", "en")
			env.Setenv("MERIT_CONFIG", filepath.Join(env.WorkDir, "config"))
			env.Setenv("MERIT_SERVER", s.Listen(tb))
			kecil, err := os.ReadFile("testdata/kecil.yaml")
			return errors.Join(err, os.WriteFile(filepath.Join(env.WorkDir, "kecil.yaml"), kecil, 0o600))
		},
	})
}

// service is what a script runs against.
type service struct {
	*servertest.Server
	tb       testing.TB
	agencies map[string]string // code → id
	year     *yeartest.Year

	sequencer *server.Sequencer // nil before numbered
	key       *audit.SigningKey // of the log
}

func of(ts *testscript.TestScript, args []string, least int) *service {
	if len(args) < least {
		ts.Fatalf("%d arguments are too few", len(args))
	}
	return ts.Value("service").(*service)
}

func agency(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 3)
	s.agencies[args[0]] = s.MustAgency(s.tb, store.Agency{
		Code: args[0], Kind: scoring.AgencyKind(args[1]), Name: args[2], Region: "I",
	})
}

func person(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 2)
	role, ok := meritv1.Role_value["ROLE_"+strings.ToUpper(strings.ReplaceAll(args[1], "-", "_"))]
	if !ok {
		ts.Fatalf("there is no role %s", args[1])
	}
	scope := strings.Join(args[2:], "")
	var p *servertest.Person
	if region, ok := strings.CutPrefix(scope, "region:"); ok {
		p = s.MustRegional(s.tb, meritv1.Role(role), region)
	} else {
		p = s.MustAccount(s.tb, meritv1.Role(role), s.agencies[scope])
	}
	ts.Setenv(args[0], p.Secret)
	ts.Setenv(args[0]+"_ID", p.AccountID)
}

func year(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 0)
	admin := s.MustAccount(s.tb, meritv1.Role_ROLE_ADMIN, "")
	instruments := meritv1.NewInstrumentServiceClient(admin)
	draft := servertest.Must(instruments.SaveInstrumentDraft(s.tb.Context(), &meritv1.SaveInstrumentDraftRequest{
		FileName: "kecil.yaml", Source: []byte(ts.ReadFile("kecil.yaml")),
	}))(s.tb).GetInstrument()
	servertest.Must(instruments.PublishInstrument(s.tb.Context(), &meritv1.PublishInstrumentRequest{
		InstrumentId: draft.GetId(), Digest: draft.GetDigest(),
	}))(s.tb)
	request := &meritv1.CreateCycleRequest{
		Name: "2021", Year: 2021, InstrumentId: draft.GetId(), Assessor: "Lembaga Penilai Demo", Quorum: 2, MajorityPercent: 50,
	}
	windows := yeartest.Phased()
	if slices.Contains(args, "wide") {
		windows = yeartest.Wide()
	}
	for _, w := range windows {
		request.Windows = append(request.Windows, &meritv1.Window{
			Phase: meritv1.Phase(meritv1.Phase_value["PHASE_"+string(w.Phase)]), FirstDay: w.FirstDay, LastDay: w.LastDay,
		})
	}
	cycle := servertest.Must(meritv1.NewCycleServiceClient(admin).CreateCycle(s.tb.Context(), request))(s.tb).GetCycle()
	s.year = &yeartest.Year{
		Server: s.Server, CycleID: cycle.GetId(),
		Lead: s.MustAccount(s.tb, meritv1.Role_ROLE_LEAD_VERIFIER, ""), Verifier: s.MustAccount(s.tb, meritv1.Role_ROLE_VERIFIER, ""),
	}
	for range request.GetQuorum() {
		s.year.Commissioners = append(s.year.Commissioners, s.MustAccount(s.tb, meritv1.Role_ROLE_COMMISSIONER, ""))
	}
}

func verified(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 5)
	c := s.year.MustVerified(s.tb, s.claimant(ts, args), claims(ts, args), nil)
	s.agencies[args[1]] = c.AgencyID
	ts.Setenv(args[0], c.AssessmentID)
	ts.Setenv(args[0]+"_OPERATOR", c.Operator.Secret)
}

func determined(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 5)
	c, result := s.year.MustDetermined(s.tb, s.claimant(ts, args), claims(ts, args))
	s.agencies[args[1]] = c.AgencyID
	ts.Setenv(args[0], result.GetId())
}

func numbered(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 1)
	if s.sequencer == nil {
		s.key = servertest.Must(audit.NewKey("merit.example.test"))(s.tb)
		s.sequencer = servertest.Must(s.NewSequencer(s.tb.Context(), audit.KeyRing{Current: s.key}))(s.tb)
	}
	servertest.Must(s.sequencer.Number(s.tb.Context()))(s.tb)
	ts.Setenv(args[0], s.key.Verifier)
}

// claimant is the agency of the arguments NAME CODE KIND AGENCY.
func (s *service) claimant(ts *testscript.TestScript, args []string) store.Agency {
	if s.year == nil {
		ts.Fatalf("no year has begun")
	}
	return store.Agency{Code: args[1], Kind: scoring.AgencyKind(args[2]), Name: args[3], Region: "I"}
}

// claims are the arguments ITEM=LEVEL after those of claimant.
func claims(ts *testscript.TestScript, args []string) yeartest.Levels {
	levels := yeartest.Levels{}
	for _, claim := range args[4:] {
		item, level, _ := strings.Cut(claim, "=")
		n, err := strconv.Atoi(level)
		ts.Check(err)
		levels[item] = n
	}
	return levels
}

func as(ts *testscript.TestScript, _ bool, args []string) {
	of(ts, args, 1)
	ts.Setenv("MERIT_TOKEN", ts.Getenv(args[0]))
}

func day(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 1)
	start, err := time.Parse(time.DateOnly, args[0])
	ts.Check(err)
	s.Clock.Set(start.Add(3 * time.Hour)) // 10:00 in WIB
}

func later(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 1)
	d, err := time.ParseDuration(args[0])
	ts.Check(err)
	s.Clock.Add(d)
}

func enrolled(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 2)
	secret := regexp.MustCompile(`merit_s_[\w-]+`).FindString(ts.ReadFile(args[0]))
	accounts := meritv1.NewAccountServiceClient(s.Bearer(secret))
	made := servertest.Must(accounts.EnrolSecondFactor(s.tb.Context(), &meritv1.EnrolSecondFactorRequest{}))(s.tb)
	show := func() string {
		code, err := totp.GenerateCode(made.GetSecret(), s.Clock.Now())
		ts.Check(err)
		return code
	}
	servertest.Must(accounts.ConfirmSecondFactor(s.tb.Context(), &meritv1.ConfirmSecondFactorRequest{Code: show()}))(s.tb)
	s.Clock.Add(time.Minute)
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(show()+"\n"), 0o600))
}

func enrols(ts *testscript.TestScript, _ bool, args []string) {
	s := of(ts, args, 0)
	cmd := exec.CommandContext(s.tb.Context(), "merit", "factor", "enrol")
	for _, name := range []string{"PATH", "MERIT_LANG", "MERIT_CONFIG", "MERIT_SERVER"} {
		cmd.Env = append(cmd.Env, name+"="+ts.Getenv(name))
	}
	typed, err := cmd.StdinPipe()
	ts.Check(err)
	shown, err := cmd.StderrPipe()
	ts.Check(err)
	var printed strings.Builder
	cmd.Stdout = &printed
	ts.Check(cmd.Start())
	first, err := bufio.NewReader(shown).ReadString('\n')
	ts.Check(err)
	_, key, _ := strings.Cut(strings.TrimSpace(first), "Key for your authenticator: ")
	code, err := totp.GenerateCode(key, s.Clock.Now())
	ts.Check(err)
	_, err = typed.Write([]byte(code + "\n"))
	ts.Check(errors.Join(err, typed.Close()))
	_, _ = io.Copy(io.Discard, shown)
	ts.Check(cmd.Wait())
	ts.Check(os.WriteFile(ts.MkAbs("recovery.txt"), []byte(printed.String()), 0o600))
	s.Clock.Add(time.Minute)
}

func keep(ts *testscript.TestScript, _ bool, args []string) {
	of(ts, args, 2)
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	found := pattern.FindStringSubmatch(ts.ReadFile("stdout"))
	if len(found) < 2 {
		ts.Fatalf("%s is not in what was printed", args[1])
	}
	ts.Setenv(args[0], found[1])
}
