// Package cli is the command line of Merit: nouns, then verbs; tables for people, JSON for programs. Every
// command that is not offline is a client of the service, like the web pages.
package cli

import (
	"context"
	"io"
	"os"
	"strings"

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

	Instrument   InstrumentCmd   `cmd:"" group:"year" help:"Instruments: questionnaires and scoring rules. ¦ Instrumen: kuesioner dan aturan penilaian."`
	Score        ScoreCmd        `cmd:"" group:"year" help:"Score a file of answers, offline. ¦ Hitung nilai dari berkas jawaban, luring."`
	Agency       AgencyCmd       `cmd:"" group:"year" help:"Agencies. ¦ Instansi."`
	Cycle        CycleCmd        `cmd:"" group:"year" help:"Cycles: a year, its calendar and its assessor. ¦ Siklus: tahun, kalender, dan penilainya."`
	Assess       AssessCmd       `cmd:"" group:"year" help:"Self-assessment of an agency. ¦ Penilaian mandiri instansi."`
	Verification VerificationCmd `cmd:"" group:"year" help:"Verification and clarification. ¦ Verifikasi dan klarifikasi."`
	Plenary      PlenaryCmd      `cmd:"" group:"year" help:"Plenary sessions: determination. ¦ Sidang pleno: penetapan."`
	Result       ResultCmd       `cmd:"" group:"year" help:"Determined and published results. ¦ Hasil yang ditetapkan dan diterbitkan."`
	Award        AwardCmd        `cmd:"" group:"year" help:"Award lists. ¦ Daftar anugerah."`

	Token TokenCmd `cmd:"" group:"people" help:"Tokens for programs. ¦ Token untuk program."`
	Audit AuditCmd `cmd:"" group:"people" help:"The trail: who did what. ¦ Jejak audit: siapa melakukan apa."`
}

// Globals are the flags of every command.
type Globals struct {
	Server            string `env:"MERIT_SERVER" default:"127.0.0.1:7420" placeholder:"HOST:PORT" help:"Address of the service. ¦ Alamat layanan."`
	Token             string `env:"MERIT_TOKEN" placeholder:"SECRET" help:"API token, in place of the kept session. ¦ Token API, pengganti sesi yang disimpan."`
	CA                string `env:"MERIT_CA" type:"existingfile" placeholder:"FILE" help:"Certificate authority of the service, if it is not the system's. ¦ Otoritas sertifikat layanan, bila bukan milik sistem."`
	InsecurePlaintext bool   `env:"MERIT_INSECURE_PLAINTEXT" help:"Speak without TLS beyond loopback: everybody on the way can read tokens and scores. ¦ Tanpa TLS di luar loopback: siapa pun di jalan dapat membaca token dan nilai."`
	Lang              string `env:"MERIT_LANG" enum:"id,en,${lang}" default:"${lang}" help:"Language: id or en. ¦ Bahasa: id atau en."`
	Output            string `short:"o" enum:"table,json" default:"table" help:"table for people, json for programs. ¦ table untuk dibaca, json untuk program."`
}

// Streams are where a command reads and writes.
type Streams struct {
	In        io.Reader
	Out, Errs io.Writer
}

// Main parses the arguments into root (a pointer to a struct that embeds Commands), runs the chosen command and
// returns the exit code. The root's own commands get the bound values too.
func Main(ctx context.Context, root any, commands *Commands, args []string, streams Streams, bind ...any) int {
	lang := language(args)
	exit := -1
	parser, err := kong.New(root,
		kong.Name("merit"),
		kong.Description(bilingual.Pick(lang, "Merit: the yearly self-assessment of the merit system, from questionnaire to award. ¦ Merit: penilaian mandiri sistem merit, dari kuesioner sampai anugerah.")),
		kong.Writers(streams.Out, streams.Errs),
		kong.Exit(func(code int) { exit = code; panic(exited{}) }),
		kong.Vars{"lang": lang},
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
		kong.Bind(append(bind, &streams)...),
	)
	if err != nil {
		panic(err) // the struct tags are wrong: a fault of ours that every test sees
	}
	translate(parser.Model.Node, lang)
	return run(ctx, parser, commands, args, streams, lang, &exit)
}

// exited unwinds from kong's --help, which would otherwise end the process.
type exited struct{}

func run(ctx context.Context, parser *kong.Kong, commands *Commands, args []string, streams Streams, lang string, exit *int) (code int) {
	defer func() {
		if r := recover(); r != nil {
			if _, ok := r.(exited); !ok {
				panic(r)
			}
			code = *exit
		}
	}()
	parsed, err := parser.Parse(args)
	if err != nil {
		return usage(streams.Errs, err, lang)
	}
	c := &Context{Context: ctx, Globals: commands.Globals, Streams: streams}
	if err := c.dial(); err != nil {
		return c.fail(err)
	}
	defer c.api.Close() //nolint:errcheck // the process ends: nothing is left to do about it
	if err := parsed.Run(c); err != nil {
		return c.fail(err)
	}
	return ExitOK
}

// language finds the language before the flags are parsed, for the help texts: --lang, MERIT_LANG, LANG.
func language(args []string) string {
	lang := os.Getenv("MERIT_LANG")
	for i, arg := range args {
		if value, ok := strings.CutPrefix(arg, "--lang="); ok {
			lang = value
		} else if arg == "--lang" && i+1 < len(args) {
			lang = args[i+1]
		}
	}
	if lang == "" && strings.HasPrefix(os.Getenv("LANG"), "en") {
		lang = "en"
	}
	if lang != "en" {
		return "id"
	}
	return lang
}
