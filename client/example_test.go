package client_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"

	"github.com/meritindex/merit/client"
	meritv1 "github.com/meritindex/merit/proto/merit/v1"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/access"
	"github.com/meritindex/merit/server/blob"
	"github.com/meritindex/merit/server/store"
)

// Sign in, and keep calling with the session.
func Example() {
	service := start()
	defer service.stop()
	ctx := context.Background()

	var session string
	merit, err := client.Dial(service.address, client.Options{
		Plaintext: true, // the service runs on this machine
		Language:  "en",
		Token:     func(context.Context) (string, error) { return session, nil },
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer merit.Close()

	in, err := merit.Accounts.SignIn(ctx, &meritv1.SignInRequest{Email: service.email, Password: service.password})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	session = in.GetSessionToken()

	me, err := merit.Accounts.WhoAmI(ctx, &meritv1.WhoAmIRequest{})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	fmt.Println(me.GetAccount().GetName(), "acts as", me.GetActing().GetRole())
	// Output: Demo Administrator acts as ROLE_ADMIN
}

// A program that runs unattended uses an API token.
func ExampleStaticToken() {
	service := start()
	defer service.stop()

	merit, err := client.Dial(service.address, client.Options{Plaintext: true, Token: client.StaticToken(service.token)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer merit.Close()

	tokens, err := merit.Accounts.ListTokens(context.Background(), &meritv1.ListTokensRequest{})
	if err != nil {
		fmt.Println(client.Explain(err))
		return
	}
	for _, token := range tokens.GetTokens() {
		fmt.Println(token.GetName())
	}
	// Output: demo export
}

// Every mistake in a file comes back at once, each with its place.
func ExampleExplain() {
	service := start()
	defer service.stop()

	merit, err := client.Dial(service.address, client.Options{Plaintext: true, Language: "en", Token: client.StaticToken(service.token)})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer merit.Close()

	_, err = merit.Agencies.ImportAgencies(context.Background(), &meritv1.ImportAgenciesRequest{
		ValidFrom: "2021-01-01",
		Csv:       []byte("code,kind,name,province_code\n91,PROVINSI,,\n91.01,KABUPATEN,Kabupaten Demo,92\n"),
	})
	problem := client.Explain(err)
	fmt.Println(problem.Reason)
	for _, v := range problem.Violations {
		fmt.Println("-", v.Field)
	}
	// Output:
	// REASON_IMPORT_INVALID
	// - row 2, column name
	// - row 3, column province_code
}

func ExampleIs() {
	service := start()
	defer service.stop()

	merit, err := client.Dial(service.address, client.Options{Plaintext: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer merit.Close()

	_, err = merit.Accounts.WhoAmI(context.Background(), &meritv1.WhoAmIRequest{})
	if client.Is(err, meritv1.Reason_REASON_NOT_SIGNED_IN) {
		fmt.Println("sign in first")
	}
	// Output: sign in first
}

// running is the service that an example calls: on loopback, with a database of its own.
type running struct {
	address         string
	email, password string // of the first administrator
	token           string // of theirs
	stop            func()
}

func start() running {
	dir := must(os.MkdirTemp("", "merit-example-"))
	ctx := context.Background()
	quiet := slog.New(slog.DiscardHandler)
	s := must(store.Open(ctx, store.Options{URL: filepath.Join(dir, "merit.db"), Logger: quiet}))
	check(s.Migrate(ctx))
	bytes := must(blob.OpenDisk(blob.DiskOptions{Dir: filepath.Join(dir, "evidence")}))
	service := must(server.New(server.Options{Store: s, Blobs: bytes, Logger: quiet, PasswordCost: access.Cost{MemoryKiB: 64, Passes: 1}}))
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	go func() { check(service.Serve(listener)) }()
	r := running{address: listener.Addr().String(), email: "admin@demo.example", password: "a long demo password"}
	r.stop = func() {
		service.Shutdown(ctx)
		check(bytes.Close())
		check(s.Close())
		check(os.RemoveAll(dir))
	}
	r.token = r.appoint(ctx, must(server.Bootstrap(ctx, s, r.email, "Demo Administrator")))
	return r
}

// appoint lets the first administrator set the password and make a token.
func (r running) appoint(ctx context.Context, link *meritv1.OneTimeLink) string {
	var session string
	merit := must(client.Dial(r.address, client.Options{Plaintext: true, Token: func(context.Context) (string, error) { return session, nil }}))
	defer merit.Close()
	must(merit.Accounts.AcceptLink(ctx, &meritv1.AcceptLinkRequest{Secret: link.GetSecret(), NewPassword: r.password}))
	session = must(merit.Accounts.SignIn(ctx, &meritv1.SignInRequest{Email: r.email, Password: r.password})).GetSessionToken()
	defer func() { must(merit.Accounts.SignOut(ctx, &meritv1.SignOutRequest{})) }()
	return must(merit.Accounts.CreateToken(ctx, &meritv1.CreateTokenRequest{Name: "demo export"})).GetSecret()
}

func must[T any](value T, err error) T {
	check(err)
	return value
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
