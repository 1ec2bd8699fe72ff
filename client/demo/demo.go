// Package demo plays a whole year on a running service, through the client library and with separate logins: from a
// blank questionnaire to a determined index and a published award. Journeys and benchmarks reuse it.
package demo

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

//go:embed data
var files embed.FS

// The agency, the cycle and the instrument of the demo.
const (
	AgencyCode   = "N-03" // Sekretariat Jenderal Mahkamah Konstitusi
	CycleName    = "2021"
	Year         = 2021
	InstrumentID = "kasn-2019"
	// VisitorsCycle stays open, on the instrument of the current year, for whoever wants to try the service.
	VisitorsCycle      = "2026"
	VisitorsInstrument = "panrb-2026"
)

// ErrNotLoopback is returned by Play for an address that other machines can reach: the demo's passwords are printed.
var ErrNotLoopback = errors.New("demo: only for an address of this machine (loopback)")

// Options say where and how to play.
type Options struct {
	Address   string           // host:port of the service, on loopback
	AdminLink string           // secret of the one-time link of the service's first administrator
	Out       io.Writer        // gets one line for every step
	Language  string           // of the lines: id or en
	Now       func() time.Time // measures the steps and dates the windows
}

// Result is what came out of the year.
type Result struct {
	AssessmentID string
	Card         *meritv1.GetResultResponse   // the determined result, explained
	Ranking      *meritv1.ListResultsResponse // of its kind and year
	Award        *meritv1.Award
	Logins       []Login
}

// Play plays the year and returns what came out of it. It stops at the first step that fails.
func Play(ctx context.Context, o Options) (*Result, error) {
	if !client.Loopback(o.Address) {
		return nil, fmt.Errorf("%w: %s", ErrNotLoopback, o.Address)
	}
	y := &year{Options: o, today: o.Now().In(bilingual.WIB)}
	defer y.close()
	steps := []struct {
		text string // English ¦ Indonesia
		do   func(context.Context) (detail string, err error)
	}{
		{"The administrator signs in ¦ Admin masuk", y.signInAdmin},
		{"Both instruments are published ¦ Kedua instrumen diterbitkan", y.publishInstruments},
		{"The agencies are imported ¦ Instansi diimpor", y.importAgencies},
		{"The published results are imported ¦ Hasil terbitan diimpor", y.importResults},
		{"Two cycles are opened ¦ Dua siklus dibuka", y.createCycles},
		{"Everybody is invited and sets a password ¦ Semua diundang dan memasang kata sandi", y.invitePeople},
		{"The operator starts the assessment ¦ Petugas memulai penilaian", y.start},
		{"The operator answers 38 items ¦ Petugas menjawab 38 butir", y.answer},
		{"The operator uploads evidence ¦ Petugas mengunggah bukti dukung", y.upload},
		{"The operator cites it for every item ¦ Petugas mengutipnya untuk tiap butir", y.cite},
		{"The approver submits ¦ Pejabat yang berwenang mengajukan", y.submit},
		{"The lead verifier assigns a verifier ¦ Koordinator pokja menugaskan verifikator", y.assign},
		{"The verifier asks for clarification ¦ Verifikator meminta klarifikasi", y.ask},
		{"The operator answers, the verifier closes the round ¦ Petugas menjawab, verifikator menutup putaran", y.clarify},
		{"The verifier decides 38 items ¦ Verifikator memutuskan 38 butir", y.verify},
		{"The lead verifier completes and releases the minutes ¦ Koordinator pokja mengesahkan dan merilis berita acara", y.complete},
		{"The plenary opens, attends and votes ¦ Pleno dibuka, hadir, dan memberi suara", y.deliberate},
		{"The plenary determines by decree ¦ Pleno menetapkan dengan keputusan", y.determine},
		{"The award committee publishes its list ¦ Panitia anugerah mengumumkan daftar", y.award},
		{"The public reads the result ¦ Masyarakat membaca hasil", y.read},
	}
	for i, step := range steps {
		began := o.Now()
		detail, err := step.do(ctx)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", y.say(step.text), explained(err))
		}
		fmt.Fprintf(o.Out, "%3d  %-58s %-44s %8s\n", i+1, y.say(step.text), detail, o.Now().Sub(began).Round(time.Millisecond))
	}
	y.result.Logins = Logins()
	return &y.result, nil
}

// year is a demo under way.
type year struct {
	Options
	today     time.Time
	people    map[string]*person // by the name before the @ of their login
	agencyID  string
	cycleID   string
	evidence  map[string]string // evidence id by file name
	sessionID string
	result    Result
}

func (y *year) say(text string) string { return bilingual.Pick(y.Language, text) }

func (y *year) sayf(text string, values ...any) string { return fmt.Sprintf(y.say(text), values...) }

// day is today and some days more or less, as a date in WIB.
func (y *year) day(offset int) string { return y.today.AddDate(0, 0, offset).Format(time.DateOnly) }

// explained turns the error of a call into one that shows every violation.
func explained(err error) error {
	if problem := client.Explain(err); problem.Reason != meritv1.Reason_REASON_UNSPECIFIED {
		return problem
	}
	return err
}
