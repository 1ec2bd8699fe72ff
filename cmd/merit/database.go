package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/meritindex/merit/client/cli"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/store"
)

// databaseFlags say where the store is.
type databaseFlags struct {
	Database string `env:"MERIT_DATABASE" default:"merit-data/merit.db" placeholder:"FILE|URL" help:"SQLite file, or postgres:// address. ¦ Berkas SQLite, atau alamat postgres://."`
}

// openDatabase opens the database, making the folder of a SQLite file.
func (f databaseFlags) openDatabase(ctx context.Context, log *slog.Logger) (*store.Store, error) {
	return f.open(ctx, log, 0)
}

// open is openDatabase with a number of connections; the store's own when zero.
func (f databaseFlags) open(ctx context.Context, log *slog.Logger, connections int) (*store.Store, error) {
	if err := f.checkAddress(); err != nil {
		return nil, err
	}
	if !f.postgres() {
		path := strings.TrimPrefix(f.Database, "sqlite:")
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
	}
	return store.Open(ctx, store.Options{URL: f.Database, Logger: log, MaxConns: connections})
}

// checkAddress refuses an address that ends within a password, whose rest would be taken for a host and be logged. It does
// not show the address.
func (f databaseFlags) checkAddress() error {
	if !f.postgres() {
		return nil
	}
	address, _, _ := strings.Cut(f.Database, "?")
	_, address, _ = strings.Cut(address, "://")
	_, path, _ := strings.Cut(address, "/")
	if !strings.Contains(f.Database, "#") && strings.Count(address, "@") <= 1 && !strings.Contains(path, "@") {
		return nil
	}
	return cli.Mistake("the address of PostgreSQL has a character that must be percent-encoded, most likely in its password: @ is %%40, # is %%23, / is %%2F, ? is %%3F, %% is %%25 ¦ " +
		"alamat PostgreSQL memuat karakter yang harus dikodekan dengan persen, kemungkinan besar dalam kata sandinya: @ menjadi %%40, # menjadi %%23, / menjadi %%2F, ? menjadi %%3F, %% menjadi %%25")
}

func (f databaseFlags) postgres() bool {
	return strings.HasPrefix(f.Database, "postgres://") || strings.HasPrefix(f.Database, "postgresql://")
}

// exists keeps a mistyped name from becoming an empty database, and what is read of it from looking like the real one.
func (f databaseFlags) exists() error {
	if f.postgres() {
		return nil
	}
	if _, err := os.Stat(strings.TrimPrefix(f.Database, "sqlite:")); errors.Is(err, fs.ErrNotExist) {
		return cli.Mistake("%s: there is no such database; name it with --database ¦ %s: basis data tidak ada; sebutkan dengan --database", f.Database)
	}
	return nil
}

// migrateCmd brings the schema up to date.
type migrateCmd struct{ databaseFlags }

// Run applies the migrations that the database has not had.
func (cmd *migrateCmd) Run(c *cli.Context) error {
	st, err := cmd.openDatabase(c, slog.Default())
	if err != nil {
		return err
	}
	defer st.Close() //nolint:errcheck // the process ends; what was migrated is committed
	if err := st.Migrate(c); err != nil {
		return err
	}
	fmt.Fprintf(c.Out, "schema %d\n", store.SchemaVersion)
	return nil
}

// bootstrapCmd makes the first administrator, or another one in an emergency.
type bootstrapCmd struct {
	databaseFlags
	Email  string `arg:"" help:"E-mail address. ¦ Alamat surel."`
	Name   string `arg:"" help:"Full name. ¦ Nama lengkap."`
	Letter string `name:"second-administrator-lost" placeholder:"LETTER" help:"Make a further administrator whom nobody approves, by this letter: results say so. ¦ Buat admin tambahan tanpa persetujuan, berdasarkan surat ini: hasil mencantumkannya."`
}

// Run makes the administrator, unless one exists or one is said to be lost, and prints the one-time link that sets the
// password.
func (cmd *bootstrapCmd) Run(c *cli.Context) error {
	st, err := cmd.openDatabase(c, slog.Default())
	if err != nil {
		return err
	}
	defer st.Close() //nolint:errcheck // the process ends; what was written is committed
	if !cmd.postgres() {
		if err := st.Migrate(c); err != nil {
			return err
		}
	}
	link, err := cmd.appoint(c, st)
	if err != nil {
		return err
	}
	return c.ShowLink(link)
}

func (cmd *bootstrapCmd) appoint(ctx context.Context, st *store.Store) (*meritv1.OneTimeLink, error) {
	if cmd.Letter != "" {
		return server.AppointInEmergency(ctx, st, cmd.Email, cmd.Name, cmd.Letter)
	}
	return server.Bootstrap(ctx, st, cmd.Email, cmd.Name)
}
