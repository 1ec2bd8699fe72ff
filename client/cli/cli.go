// Package cli is the command line of Merit: nouns, then verbs; tables for people, JSON for programs. Every
// command that is not offline is a client of the service, like the web pages.
package cli

import (
	"bufio"
	"context"
	"io"
	"time"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/bilingual"
)

// Commands are what everybody does from a terminal. The main program adds the commands that open the store.
type Commands struct {
	Globals

	Login  LoginCmd  `cmd:"" group:"session" help:"Sign in and keep the session. ¦ Masuk dan simpan sesi."`
	Logout LogoutCmd `cmd:"" group:"session" help:"Sign out. ¦ Keluar."`
	Whoami WhoamiCmd `cmd:"" group:"session" help:"Show who you are and what you act as. ¦ Tampilkan siapa Anda dan bertindak sebagai apa."`
	Act    ActCmd    `cmd:"" group:"session" help:"Act as another of your memberships. ¦ Bertindak dengan keanggotaan lain."`

	Confirm ConfirmCmd `cmd:"" group:"session" help:"Prove that it is you, for what cannot be taken back. ¦ Buktikan bahwa ini Anda, untuk tindakan yang tidak dapat ditarik kembali."`
	Session SessionCmd `cmd:"" group:"session" help:"Where you are signed in. ¦ Tempat Anda sedang masuk."`
	Factor  FactorCmd  `cmd:"" group:"session" help:"The second factor: an authenticator. ¦ Faktor kedua: autentikator."`

	Work   WorkCmd   `cmd:"" group:"session" help:"What waits for you, what is late, what changed. ¦ Yang menunggu Anda, yang terlambat, dan yang berubah."`
	Notice NoticeCmd `cmd:"" group:"session" help:"What is told to you. ¦ Pemberitahuan untuk Anda."`

	Instrument   InstrumentCmd   `cmd:"" group:"year" help:"Instruments: questionnaires and scoring rules. ¦ Instrumen: kuesioner dan aturan penilaian."`
	Score        ScoreCmd        `cmd:"" group:"year" help:"Score a file of answers, offline. ¦ Hitung nilai dari berkas jawaban, luring."`
	Agency       AgencyCmd       `cmd:"" group:"year" help:"Agencies. ¦ Instansi."`
	Cycle        CycleCmd        `cmd:"" group:"year" help:"Cycles: a year, its calendar and its assessor. ¦ Siklus: tahun, kalender, dan penilainya."`
	Assess       AssessCmd       `cmd:"" group:"year" help:"Self-assessment of an agency. ¦ Penilaian mandiri instansi."`
	Plan         PlanCmd         `cmd:"" group:"year" help:"Improvement plans of an agency. ¦ Rencana perbaikan instansi."`
	Evidence     EvidenceCmd     `cmd:"" group:"year" help:"Evidence: files and links, and what cites them. ¦ Bukti dukung: berkas dan tautan, dan kutipannya."`
	Verification VerificationCmd `cmd:"" group:"year" help:"Verification and clarification. ¦ Verifikasi dan klarifikasi."`
	Plenary      PlenaryCmd      `cmd:"" group:"year" help:"Plenary sessions: determination. ¦ Sidang pleno: penetapan."`
	Result       ResultCmd       `cmd:"" group:"year" help:"Determined and published results. ¦ Hasil yang ditetapkan dan diterbitkan."`
	Proposal     ProposalCmd     `cmd:"" group:"people" help:"What waits for a second administrator. ¦ Yang menunggu administrator kedua."`
	Report       ReportCmd       `cmd:"" group:"year" help:"Files: workbooks, minutes, results, certificates, evidence. ¦ Berkas: kertas kerja, berita acara, hasil, piagam, bukti dukung."`
	Award        AwardCmd        `cmd:"" group:"year" help:"Award lists. ¦ Daftar anugerah."`

	Token TokenCmd `cmd:"" group:"people" help:"Tokens for programs. ¦ Token untuk program."`
	Audit AuditCmd `cmd:"" group:"people" help:"The trail: who did what. ¦ Jejak audit: siapa melakukan apa."`

	Completion CompletionCmd `cmd:"" group:"session" help:"Print what lets a shell complete commands. ¦ Cetak kode pelengkapan perintah untuk shell."`
}

// Globals are the flags of every command.
type Globals struct {
	Server            string `env:"MERIT_SERVER" default:"127.0.0.1:7420" placeholder:"HOST:PORT" help:"Address of the service. ¦ Alamat layanan."`
	Token             string `env:"MERIT_TOKEN" placeholder:"SECRET" help:"API token, in place of the kept session. ¦ Token API, pengganti sesi yang disimpan."`
	CA                string `env:"MERIT_CA" type:"existingfile" placeholder:"FILE" help:"Certificate authority of the service, if it is not the system's. ¦ Otoritas sertifikat layanan, bila bukan milik sistem."`
	InsecurePlaintext bool   `env:"MERIT_INSECURE_PLAINTEXT" help:"Speak without TLS beyond loopback: everybody on the way can read tokens and scores. ¦ Tanpa TLS di luar loopback: siapa pun di jalan dapat membaca token dan nilai."`
	Lang              string `env:"MERIT_LANG" enum:"id,en" default:"${lang}" help:"Language: id or en. ¦ Bahasa: id atau en."`
	Output            string `short:"o" enum:"table,json" default:"table" help:"table for people, json for programs. ¦ table untuk dibaca, json untuk program."`

	Version kong.VersionFlag `help:"Print the version and end. ¦ Cetak versi lalu selesai."`
}

// Streams are where a command reads and writes, and its clock.
type Streams struct {
	In        io.Reader
	Out, Errs io.Writer
	Now       func() time.Time
}

// Main parses the arguments into root (a pointer to a struct that embeds Commands), runs the chosen command and
// returns the exit code.
func Main(ctx context.Context, root any, commands *Commands, args []string, streams Streams) (code int) {
	lang := language(args)
	defer func() {
		if r := recover(); r != nil {
			ended, ok := r.(exited)
			if !ok {
				panic(r)
			}
			code = int(ended)
		}
	}()
	parser := newParser(root, streams, lang)
	complete(parser)
	return run(ctx, parser, commands, args, streams, lang)
}

// exited unwinds with an exit code from where kong would end the process: after --help, and after completions.
type exited int

func newParser(root any, streams Streams, lang string) *kong.Kong {
	parser, err := kong.New(root,
		kong.Name("merit"),
		kong.Description(bilingual.Pick(lang, "Merit: the yearly self-assessment of the merit system, from questionnaire to award. ¦ Merit: penilaian mandiri sistem merit, dari kuesioner sampai anugerah.")),
		kong.Writers(streams.Out, streams.Errs),
		kong.Exit(func(code int) { panic(exited(code)) }),
		kong.Vars{"lang": lang, "version": "merit " + Version()},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Help(helpIn(lang)),
	)
	if err != nil {
		panic(err) // the struct tags are wrong: a fault of ours that every test sees
	}
	translate(parser.Model, lang)
	return parser
}

func run(ctx context.Context, parser *kong.Kong, commands *Commands, args []string, streams Streams, lang string) int {
	c := &Context{Context: ctx, Globals: Globals{Lang: lang}, Streams: streams, lines: bufio.NewReader(streams.In), command: "merit"}
	parsed, err := parser.Parse(args)
	if err != nil {
		return c.usage(err)
	}
	c.Globals, c.command = commands.Globals, parsed.Selected().FullPath()
	if err := c.dial(); err != nil {
		return c.fail(err)
	}
	defer c.api.Close() //nolint:errcheck // the process ends: nothing is left to do about it
	if err := parsed.Run(c); err != nil {
		return c.fail(err)
	}
	return ExitOK
}
