package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
)

// keyCmd groups the signing key of the transparency log.
type keyCmd struct {
	Init   keyInitCmd   `cmd:"" help:"Make the signing key of a new deployment. ¦ Buat kunci penanda tangan untuk layanan baru."`
	Show   keyShowCmd   `cmd:"" help:"Print the public half of the key, to be published. ¦ Cetak paruh publik kunci, untuk diumumkan."`
	Rotate keyRotateCmd `cmd:"" help:"Replace the key; the service hands over when it starts again. ¦ Ganti kunci; layanan melakukan serah terima saat dijalankan lagi."`
}

// keyFlags say where the key and the store are.
type keyFlags struct {
	databaseFlags
	Key string `env:"MERIT_KEY" placeholder:"FILE" help:"Signing key of the transparency log; beside a SQLite file when left out. ¦ Kunci penanda tangan log transparansi; di samping berkas SQLite bila kosong."`
}

// errNoKey says what PostgreSQL needs.
var errNoKey = cli.Mistake("PostgreSQL needs the signing key that all replicas share: make it once with merit key init --key FILE --origin NAME, copy it to every replica, and give --key FILE or MERIT_KEY ¦ " +
	"PostgreSQL memerlukan kunci penanda tangan bersama semua replika: buat sekali dengan merit key init --key BERKAS --origin NAMA, salin ke setiap replika, lalu berikan --key BERKAS atau MERIT_KEY")

// keyFile is where the key is.
func (f keyFlags) keyFile() (string, error) {
	switch {
	case f.Key != "":
		return f.Key, nil
	case f.postgres():
		return "", errNoKey
	}
	return filepath.Join(filepath.Dir(strings.TrimPrefix(f.Database, "sqlite:")), "log.key"), nil
}

// readKeys reads a key file, which not everybody on the machine may read.
func readKeys(file string) (r audit.KeyRing, err error) {
	info, err := os.Stat(file)
	if err != nil {
		return r, err
	}
	if info.Mode().Perm()&0o007 != 0 {
		return r, cli.Mistake("everybody on this machine can read the signing key: chmod 600 %s ¦ siapa pun di mesin ini dapat membaca kunci penanda tangan: chmod 600 %s", file)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return r, err
	}
	if r, err = audit.ParseKeyRing(text); err != nil {
		return r, fmt.Errorf("%s: %w", file, err)
	}
	return r, nil
}

// writeKeys writes a key file, which is there whole or not at all.
func writeKeys(file string, r audit.KeyRing) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(filepath.Dir(file), ".merit-*.part") // mode 0600
	if err != nil {
		return err
	}
	_, err = temporary.Write(r.Format())
	if err := errors.Join(err, keepOwner(temporary, file), temporary.Sync(), temporary.Close()); err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return os.Rename(temporary.Name(), file)
}

// keepOwner gives a file to who owns the one it replaces: root may rotate the key, and the service must read it.
func keepOwner(f *os.File, replaced string) error {
	info, err := os.Stat(replaced)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	owner := info.Sys().(*syscall.Stat_t)
	return errors.Join(f.Chown(int(owner.Uid), int(owner.Gid)), f.Chmod(info.Mode().Perm()))
}

// makeKeys makes the key of a new log and its file.
func makeKeys(file, origin string) (r audit.KeyRing, err error) {
	if r.Current, err = audit.NewKey(origin); err != nil {
		return r, cli.Mistake("%s: not a name for a log: one word without +, such as merit.example.go.id ¦ %s: bukan nama log: satu kata tanpa +, misalnya merit.example.go.id", origin)
	}
	return r, writeKeys(file, r)
}

// keyInitCmd makes a key.
type keyInitCmd struct {
	keyFlags
	Origin string `required:"" placeholder:"NAME" help:"Name of the deployment, for ever: the first line of its checkpoints, such as merit.example.go.id. ¦ Nama layanan, untuk selamanya: baris pertama titik periksanya, misalnya merit.example.go.id."`
}

// Run makes the key file, unless it is there, or the log has another.
func (cmd *keyInitCmd) Run(c *cli.Context) error {
	file, err := cmd.keyFile()
	if err != nil {
		return err
	}
	if _, err := os.Lstat(file); err == nil {
		return cli.Mistake("%s is there already; a new key takes over with merit key rotate ¦ %s sudah ada; kunci baru menggantikannya dengan merit key rotate", file)
	}
	if err := cmd.unsigned(c, file); err != nil {
		return err
	}
	keys, err := makeKeys(file, cmd.Origin)
	if err != nil {
		return err
	}
	showKeys(c.Out, file, keys)
	return nil
}

// unsigned refuses a log that another key signed: the service would not start with a new one. The key may be made before
// the database and its tables are.
func (cmd *keyInitCmd) unsigned(c *cli.Context, file string) error {
	if cmd.exists() != nil {
		return nil
	}
	verifier, err := cmd.newestVerifier(c)
	switch {
	case errors.Is(err, store.ErrSchemaOlder), errors.Is(err, store.ErrSchemaEmpty):
	case err != nil:
		fmt.Fprintf(c.Errs, c.Say("the database could not be asked whether its log has a key already: %v\n ¦ "+
			"basis data tidak dapat ditanya apakah lognya sudah punya kunci: %v\n"), err)
	case verifier != "":
		return cli.Mistake("the log in this database has checkpoints, and takes no key but its own: bring that back to %s from its copy ¦ "+
			"log dalam basis data ini sudah punya titik periksa dan hanya menerima kuncinya sendiri: kembalikan kunci itu ke %s dari salinannya", file)
	}
	return nil
}

func showKeys(w io.Writer, file string, r audit.KeyRing) {
	fmt.Fprintf(w, "file      %s\norigin    %s\nverifier  %s\n", file, r.Current.Origin(), r.Current.Verifier)
	if r.Previous != nil {
		fmt.Fprintf(w, "before    %s\n", r.Previous.Verifier)
	}
}

// keyShowCmd prints the public half.
type keyShowCmd struct{ keyFlags }

// Run prints file, origin and verifier key.
func (cmd *keyShowCmd) Run(c *cli.Context) error {
	file, err := cmd.keyFile()
	if err != nil {
		return err
	}
	keys, err := readKeys(file)
	if err != nil {
		return err
	}
	showKeys(c.Out, file, keys)
	return nil
}

// keyRotateCmd replaces the key.
type keyRotateCmd struct{ keyFlags }

// Run puts a new key into the file before the one that signs now, which stays for the hand-over.
func (cmd *keyRotateCmd) Run(c *cli.Context) error {
	file, err := cmd.keyFile()
	if err != nil {
		return err
	}
	keys, err := readKeys(file)
	if err != nil {
		return err
	}
	verifier, err := cmd.newestVerifier(c)
	if err != nil {
		return err
	}
	if verifier != keys.Current.Verifier {
		return cli.Mistake("the log is not signed with the key in %s yet: the service signs a checkpoint when next something is done that the trail records; let it run until then, and rotate after that ¦ "+
			"log belum ditandatangani dengan kunci dalam %s: layanan menandatangani titik periksa begitu ada kegiatan berikutnya yang tercatat di jejak audit; biarkan berjalan sampai saat itu, lalu ganti kuncinya", file)
	}
	next, err := audit.NewKey(keys.Current.Origin())
	if err != nil {
		return err
	}
	keys = audit.KeyRing{Current: next, Previous: keys.Current}
	if err := writeKeys(file, keys); err != nil {
		return err
	}
	showKeys(c.Out, file, keys)
	fmt.Fprintln(c.Out, c.Say("Copy the file to every replica and restart them; the next checkpoint is signed with both keys. ¦ "+
		"Salin berkas ini ke setiap replika lalu jalankan ulang; titik periksa berikutnya ditandatangani kedua kunci."))
	return nil
}

// newestVerifier reads which key signs the log.
func (f keyFlags) newestVerifier(ctx context.Context) (string, error) {
	st, err := f.openDatabase(ctx, nil)
	if err != nil {
		return "", err
	}
	defer st.Close() //nolint:errcheck // it was only read
	head, err := logHead(ctx, st)
	return head.Verifier, err
}

func logHead(ctx context.Context, st *store.Store) (head store.LogHead, err error) {
	err = st.View(ctx, func(tx *store.Tx) (err error) { head, err = tx.LogHead(); return err })
	return head, err
}

// serviceKeys reads the keys of a service. On a SQLite file without a log the first start makes one, with a name at
// random; a log whose key is gone is refused, never signed with another.
func (f *serveFlags) serviceKeys(ctx context.Context, st *store.Store) (audit.KeyRing, bool, error) {
	file, err := f.keyFile()
	if err != nil {
		return audit.KeyRing{}, false, err
	}
	keys, err := readKeys(file)
	if !errors.Is(err, fs.ErrNotExist) {
		return keys, false, err
	}
	head, err := logHead(ctx, st)
	if err != nil {
		return keys, false, err
	}
	switch {
	case head.Verifier == "" && f.postgres():
		return keys, false, cli.Mistake("there is no signing key at %s, and the log has no checkpoint yet: make the key once with merit key init --origin NAME, and copy it to every replica ¦ "+
			"belum ada kunci penanda tangan di %s, dan log belum punya titik periksa: buat kuncinya sekali dengan merit key init --origin NAMA, lalu salin ke setiap replika", file)
	case head.Verifier != "":
		return keys, false, cli.Mistake("the signing key %s is missing: bring it back from its copy, or give --key FILE; a log that has checkpoints takes no other ¦ "+
			"kunci penanda tangan %s tidak ada: kembalikan dari salinannya, atau berikan --key BERKAS; log yang sudah punya titik periksa tidak menerima kunci lain", file)
	}
	var random [4]byte
	_, _ = rand.Read(random[:]) // never fails
	keys, err = makeKeys(file, "merit-"+hex.EncodeToString(random[:]))
	return keys, true, err
}
