// Merit is the service on which Indonesian government agencies assess their own merit system every year, and its
// command line: the same binary is both.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	// Windows end in Indonesian time on machines without a time zone database too.
	_ "time/tzdata"

	"github.com/meritindex/merit/client/cli"
)

// commands are all commands: those of every client, and those that open the store.
type commands struct {
	cli.Commands

	Serve        serveCmd        `cmd:"" group:"service" help:"Run the service. ¦ Jalankan layanan."`
	Migrate      migrateCmd      `cmd:"" group:"service" help:"Bring the database up to this program. ¦ Sesuaikan basis data dengan program ini."`
	Demo         demoCmd         `cmd:"" group:"service" help:"Play a whole year on a new database, then keep serving. ¦ Mainkan satu tahun penuh pada basis data baru, lalu tetap melayani."`
	Key          keyCmd          `cmd:"" group:"service" help:"The signing key of the transparency log. ¦ Kunci penanda tangan log transparansi."`
	Bench        benchCmd        `cmd:"" group:"service" help:"Measure how the service does, as parts of what the machine does. ¦ Ukur kinerja layanan, sebagai bagian dari kemampuan mesin."`
	Backup       backupCmd       `cmd:"" group:"service" help:"Copy the deployment into an encrypted folder, while the service runs. ¦ Salin data layanan ke folder terenkripsi, selagi layanan berjalan."`
	EvidenceCopy evidenceCopyCmd `cmd:"" group:"service" help:"Copy the files of evidence to another place, from a folder to S3 or back. ¦ Salin berkas bukti dukung ke tempat lain, dari folder ke S3 atau sebaliknya."`
	Restore      restoreCmd      `cmd:"" group:"service" help:"Bring a backup into an empty deployment, on either engine. ¦ Pulihkan cadangan ke tempat kosong, pada mesin basis data mana pun."`
	Verify       verifyCmd       `cmd:"" group:"service" help:"Check what can be checked without the service. ¦ Periksa apa yang dapat diperiksa tanpa layanan."`
	User         userCmd         `cmd:"" group:"people" help:"People and their roles. ¦ Orang dan perannya."`
}

// userCmd adds the one command about people that opens the store.
type userCmd struct {
	cli.UserCmd

	Bootstrap bootstrapCmd `cmd:"" help:"Make the first administrator, in the database itself; another one when the second is lost. ¦ Buat admin pertama, langsung di basis data; satu lagi bila admin kedua hilang."`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var all commands
	os.Exit(cli.Main(ctx, &all, &all.Commands, os.Args[1:], cli.Streams{In: os.Stdin, Out: os.Stdout, Errs: os.Stderr, Now: time.Now}))
}
