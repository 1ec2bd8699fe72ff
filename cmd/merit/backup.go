package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/backup"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
)

// deploymentFlags say where a deployment keeps what it knows.
type deploymentFlags struct {
	databaseFlags
	Evidence string `env:"MERIT_EVIDENCE" default:"merit-data/evidence" placeholder:"FOLDER|URL" help:"Folder of the evidence files, or s3://bucket/prefix. ¦ Folder berkas bukti dukung, atau s3://bucket/awalan."`
}

// open opens the database and the evidence; the caller closes the store.
func (f deploymentFlags) open(ctx context.Context) (backup.Deployment, error) {
	blobs, err := blob.Open(ctx, f.Evidence)
	if err != nil {
		return backup.Deployment{}, err
	}
	st, err := f.openDatabase(ctx, slog.New(slog.DiscardHandler))
	return backup.Deployment{Store: st, Blobs: blobs}, err
}

// passphraseFlags name a passphrase, never on the command line, where others of the machine can read it.
type passphraseFlags struct {
	PassphraseFile string `env:"MERIT_BACKUP_PASSPHRASE_FILE" predictor:"file" placeholder:"FILE" help:"File whose first line is the passphrase; - reads standard input. ¦ Berkas yang baris pertamanya frasa sandi; - membaca masukan baku."`
}

func (f passphraseFlags) passphrase(c *cli.Context) (string, error) {
	if f.PassphraseFile == "" {
		return "", nil
	}
	text, err := readInput(c, f.PassphraseFile)
	line, _, _ := strings.Cut(text, "\n")
	if line = strings.TrimRight(line, "\r"); err == nil && line == "" {
		err = cli.Mistake("%s holds no passphrase ¦ %s tidak berisi frasa sandi", f.PassphraseFile)
	}
	return line, err
}

func readInput(c *cli.Context, name string) (string, error) {
	if name == "-" {
		text, err := io.ReadAll(c.In)
		return string(text), err
	}
	text, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", cli.Mistake("%s: there is no such file ¦ %s: berkas tidak ada", name)
	}
	return string(text), err
}

// backupCmd makes a backup.
type backupCmd struct {
	deploymentFlags
	passphraseFlags
	Dest      string   `arg:"" help:"Folder of the backups; files of evidence that are in it already are not copied again. ¦ Folder cadangan; berkas bukti yang sudah ada di dalamnya tidak disalin lagi."`
	Recipient []string `env:"MERIT_BACKUP_RECIPIENT" placeholder:"AGE1…" help:"Public key of age (age-keygen); may be repeated. ¦ Kunci publik age (age-keygen); boleh diulang."`
}

// Run makes a backup while the service runs.
func (cmd *backupCmd) Run(c *cli.Context) error {
	o, err := cmd.options(c)
	if err != nil {
		return err
	}
	if err := cmd.exists(); err != nil {
		return err
	}
	from, err := cmd.open(c)
	if err != nil {
		return err
	}
	defer from.Store.Close() //nolint:errcheck // it was only read
	m, err := backup.Write(c, from, o)
	if err != nil {
		return explained(err)
	}
	fmt.Fprintf(c.Out, c.Say("%s: schema %d, %d tables, %d rows, %d files of evidence with %d bytes\n ¦ %s: skema %d, %d tabel, %d baris, %d berkas bukti sebesar %d bita\n"),
		m.Name, m.Schema, len(m.Tables), m.Rows(), m.Evidence.Rows, m.Bytes)
	return nil
}

func (cmd *backupCmd) options(c *cli.Context) (backup.Options, error) {
	passphrase, err := cmd.passphrase(c)
	if err != nil {
		return backup.Options{}, err
	}
	if (passphrase == "") == (len(cmd.Recipient) == 0) {
		return backup.Options{}, cli.Mistake("give either --recipient or --passphrase-file: a backup is always encrypted ¦ berikan --recipient atau --passphrase-file: cadangan selalu dienkripsi")
	}
	return backup.Options{Dir: cmd.Dest, Now: time.Now, Progress: progress(c), Passphrase: passphrase, Recipients: cmd.Recipient}, nil
}

// progress writes a line for each part to who reads along, and none into the journal every night.
func progress(c *cli.Context) func(string, int64) {
	if !c.Watched() {
		return nil
	}
	return func(what string, n int64) { fmt.Fprintf(c.Errs, "%9d  %s\n", n, what) }
}

// sourceFlags name a backup and what opens it.
type sourceFlags struct {
	passphraseFlags
	Source   string `arg:"" name:"src" help:"Folder of the backups. ¦ Folder cadangan."`
	Name     string `placeholder:"NAME" help:"Backup in the folder, such as 20261122T105724Z; the newest when left out. ¦ Cadangan dalam folder, misalnya 20261122T105724Z; yang terbaru bila kosong."`
	Identity string `env:"MERIT_BACKUP_IDENTITY" predictor:"file" placeholder:"FILE" help:"File of the private key, as age-keygen writes it. ¦ Berkas kunci privat, seperti ditulis age-keygen."`
}

func (f sourceFlags) key(c *cli.Context) (k backup.Key, err error) {
	if k.Passphrase, err = f.passphrase(c); err != nil {
		return k, err
	}
	if (k.Passphrase == "") == (f.Identity == "") {
		return k, cli.Mistake("give either --identity or --passphrase-file, as the backup was made ¦ berikan --identity atau --passphrase-file, sesuai pembuatan cadangan")
	}
	if f.Identity != "" {
		k.Identities, err = readInput(c, f.Identity)
	}
	return k, err
}

func (f sourceFlags) options(c *cli.Context) backup.Options {
	return backup.Options{Dir: f.Source, Now: time.Now, Progress: progress(c)}
}

// restoreCmd brings a backup into a new deployment.
type restoreCmd struct {
	deploymentFlags
	sourceFlags
	Key string `env:"MERIT_KEY" placeholder:"FILE" help:"Where the signing key of the transparency log will be; beside a SQLite file when left out. ¦ Tempat kunci penanda tangan log transparansi nanti; di samping berkas SQLite bila kosong."`
}

// Run restores, then compares the rows with the trail.
func (cmd *restoreCmd) Run(c *cli.Context) error {
	k, err := cmd.key(c)
	if err != nil {
		return err
	}
	into, err := cmd.open(c)
	if err != nil {
		return err
	}
	defer into.Store.Close() //nolint:errcheck // what was restored is committed
	got, err := backup.Restore(c, into, cmd.Name, k, cmd.options(c))
	if err != nil {
		return explained(err)
	}
	fmt.Fprintf(c.Out, c.Say("%s is restored: %d rows, %d files of evidence, schema %d\n ¦ %s sudah dipulihkan: %d baris, %d berkas bukti, skema %d\n"),
		got.Manifest.Name, got.Manifest.Rows(), got.Manifest.Evidence.Rows, store.SchemaVersion)
	return errors.Join(cmd.trail(c, got), cmd.missesKey(c, into.Store))
}

// missesKey says where the log's own key belongs, which is in no backup: without it the service does not start.
func (cmd *restoreCmd) missesKey(c *cli.Context, st *store.Store) error {
	head, err := logHead(c, st)
	if err != nil || head.Verifier == "" {
		return err
	}
	file, err := keyFlags{cmd.databaseFlags, cmd.Key}.keyFile()
	if err != nil {
		file = "$MERIT_KEY" // PostgreSQL, and nobody said where
	} else if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	fmt.Fprintf(c.Out, c.Say("Before the service starts, put the log's own signing key, from its copy, at %s. A backup does not hold it, and the log takes no other.\n ¦ "+
		"Sebelum layanan dijalankan, taruh kunci penanda tangan log itu sendiri, dari salinannya, di %s. Cadangan tidak memuatnya, dan log tidak menerima kunci lain.\n"), file)
	return nil
}

// trail says where rows and entries differ.
func (cmd *restoreCmd) trail(c *cli.Context, got *backup.Restored) error {
	for _, d := range got.Found {
		fmt.Fprintf(c.Out, "%s %s: %s (%s)\n", d.Table, d.Key, d.Problem, d.Entry)
	}
	if len(got.Found) > 0 {
		return fmt.Errorf(c.Say("the rows differ from the trail at %d places, as they did when the backup was made ¦ baris berbeda dari jejak audit di %d tempat, seperti saat cadangan dibuat"), len(got.Found))
	}
	return nil
}

// verifyBackupCmd checks a backup without a service.
type verifyBackupCmd struct {
	sourceFlags
	keptFlags
	Scratch string `placeholder:"FOLDER" help:"Folder for a database while it is checked; the system's when left out. ¦ Folder basis data selama pemeriksaan; milik sistem bila kosong."`
}

// Run reads all of a backup and says what is wrong with it.
func (cmd *verifyBackupCmd) Run(c *cli.Context) error {
	k, err := cmd.key(c)
	if err != nil {
		return err
	}
	kept, err := cmd.kept(c)
	if err != nil {
		return err
	}
	log := func(_ context.Context, st *store.Store) error { return cmd.log(c, st, kept) }
	v, err := backup.Verify(c, cmd.Name, k, cmd.options(c), cmd.Scratch, log)
	if err != nil {
		return explained(err)
	}
	for _, problem := range v.Problems {
		fmt.Fprintln(c.Out, problem)
	}
	m := v.Manifest
	if len(v.Problems) > 0 {
		return fmt.Errorf(c.Say("%s has %d problems ¦ %s bermasalah di %d tempat"), m.Name, len(v.Problems))
	}
	c.WriteCompared(c.Out, cmd.compared(kept))
	fmt.Fprintf(c.Out, c.Say("%s is whole: schema %d, %d tables, %d rows, %d files of evidence, and the trail agrees\n ¦ %s utuh: skema %d, %d tabel, %d baris, %d berkas bukti, dan jejak audit cocok\n"),
		m.Name, m.Schema, len(m.Tables), m.Rows(), v.Files)
	return nil
}

// log holds the log in a backup to itself and to what was kept. A deployment that has not served yet has no log.
func (cmd *verifyBackupCmd) log(c *cli.Context, st *store.Store, kept []cli.KeptCheckpoint) error {
	head, err := logHead(c, st)
	if err != nil || head.Size == 0 && len(kept) == 0 && cmd.Verifier == "" {
		return err
	}
	v := &verification{c: c}
	if err := v.log(st, string(cmd.Verifier), kept); err != nil {
		return err
	}
	return v.altered()
}

// explained says what people can do about an error, in the language of the reader.
func explained(err error) error {
	for known, both := range map[error]string{
		backup.ErrNone:       "there is no complete backup in this folder ¦ tidak ada cadangan lengkap dalam folder ini",
		backup.ErrOtherKey:   "this folder was begun with other keys: give them, or use another folder ¦ folder ini dimulai dengan kunci lain: berikan kunci itu, atau pakai folder lain",
		backup.ErrWrongKey:   "the passphrase or the key does not open this backup ¦ frasa sandi atau kunci tidak membuka cadangan ini",
		store.ErrNotEmpty:    "the database is not empty: restore into a new one ¦ basis data tidak kosong: pulihkan ke basis data baru",
		store.ErrSchemaNewer: "this program is older than the backup or the database: install the newer one ¦ program ini lebih lama daripada cadangan atau basis data: pasang yang lebih baru",
	} {
		if errors.Is(err, known) {
			return cli.Mistake(both)
		}
	}
	return err
}
