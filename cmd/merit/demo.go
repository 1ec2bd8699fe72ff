package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/client/demo"
	"github.com/meritindex/merit/client/web"
	"github.com/meritindex/merit/server"
)

// demoCmd plays a year on a new service.
type demoCmd struct {
	Folder string `default:"demo-data" placeholder:"FOLDER" help:"New folder for the demo's data; an earlier demo's is replaced. ¦ Folder baru bagi data demo; milik demo sebelumnya diganti."`
	Listen string `default:"127.0.0.1:7420" placeholder:"HOST:PORT" help:"Address of the gRPC door, on loopback. ¦ Alamat pintu gRPC, pada loopback."`
	HTTP   string `name:"http" default:"127.0.0.1:7421" placeholder:"HOST:PORT" help:"Address of the pages and the JSON door, on loopback. ¦ Alamat halaman web dan pintu JSON, pada loopback."`
	Ops    string `default:"127.0.0.1:7422" placeholder:"HOST:PORT" help:"Address of /healthz, /readyz and /metrics, on loopback. ¦ Alamat /healthz, /readyz, dan /metrics, pada loopback."`
	Exit   bool   `help:"End after the year instead of serving on. ¦ Berakhir setelah satu tahun, tanpa terus melayani."`
}

// marker is the file by which the demo knows its own folders again.
const marker = ".merit-demo"

// Run starts a service in a new folder, plays the year, prints the card and serves on.
func (cmd *demoCmd) Run(c *cli.Context) error {
	for _, address := range []string{cmd.Listen, cmd.HTTP, cmd.Ops} {
		if !client.Loopback(address) {
			return fmt.Errorf("%w: %s", demo.ErrNotLoopback, address)
		}
	}
	if err := newFolder(cmd.Folder); err != nil {
		return err
	}
	serve := cmd.flags()
	link, err := cmd.bootstrap(c, serve)
	if err != nil {
		return err
	}
	running, err := serve.start(c, os.Stderr)
	if err != nil {
		return err
	}
	if err := cmd.play(c, running, link); err != nil {
		return errors.Join(err, running.stop())
	}
	if cmd.Exit {
		return running.stop()
	}
	return running.wait(c)
}

func (cmd *demoCmd) flags() *serveFlags {
	return &serveFlags{
		keyFlags: keyFlags{databaseFlags: databaseFlags{filepath.Join(cmd.Folder, "merit.db")}},
		Evidence: filepath.Join(cmd.Folder, "evidence"), EvidenceLimit: 25 << 20,
		Listen: cmd.Listen, HTTP: cmd.HTTP, Ops: cmd.Ops,
		demo:      demoAccounts(),
		DrainTime: 5 * time.Second, LogFormat: "text", LogLevel: slog.LevelWarn,
	}
}

// demoAccounts are offered on a page.
func demoAccounts() []web.DemoAccount {
	var accounts []web.DemoAccount
	for _, login := range demo.Logins() {
		accounts = append(accounts, web.DemoAccount{Email: login.Email, Password: login.Password, Role: login.Role, Does: login.Does})
	}
	return accounts
}

// bootstrap makes the demo's administrator before anybody is let in.
func (cmd *demoCmd) bootstrap(ctx context.Context, serve *serveFlags) (secret string, err error) {
	st, err := serve.openDatabase(ctx, serve.logger(os.Stderr))
	if err != nil {
		return "", err
	}
	defer st.Close() //nolint:errcheck // what was written is committed
	if err := st.Migrate(ctx); err != nil {
		return "", err
	}
	link, err := server.Bootstrap(ctx, st, demo.AdminLogin().Email, "Demo admin")
	return link.GetSecret(), err
}

func (cmd *demoCmd) play(c *cli.Context, running *running, adminLink string) error {
	o := demo.Options{Address: running.address, AdminLink: adminLink, Out: c.Out, Language: c.Lang, Now: time.Now}
	result, err := demo.Play(c, o)
	if err != nil {
		return err
	}
	result.WriteCard(o)
	if cmd.Exit {
		return nil
	}
	fmt.Fprintln(c.Out, c.Say("\nThe service goes on until Ctrl-C. ¦ \nLayanan berjalan terus sampai Ctrl-C."))
	fmt.Fprintf(c.Out, "  %s http://%s/\n  gRPC    %s\n  JSON    http://%s/api/\n  ops     http://%s/metrics\n\n", c.Say("pages  ¦ halaman"), running.http, running.address, running.http, running.opsAt)
	result.WriteLogins(o)
	fmt.Fprintln(c.Out, c.Say("\nTry: ¦ \nCoba:"))
	fmt.Fprintf(c.Out, "  export MERIT_SERVER=%s\n  bin/merit login operator@demo.invalid\n  bin/merit assess start %s\n", running.address, demo.VisitorsCycle)
	return nil
}

// newFolder makes the folder, replacing one that an earlier demo made and refusing any other that has something in it.
func newFolder(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if len(entries) > 0 {
		if _, err := os.Stat(filepath.Join(folder, marker)); err != nil {
			return fmt.Errorf("%s: this folder was not made by the demo; give another with --folder", folder)
		}
		if err := os.RemoveAll(folder); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, marker), nil, 0o600)
}
