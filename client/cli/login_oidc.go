package cli

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	meritv1 "github.com/meritindex/merit/proto/merit/v1"
)

// oidcWait is how long the browser may take, as the service lets a sign-in take.
const oidcWait = 10 * time.Minute

// loginOidc signs in at the identity provider.
func (c *Context) loginOidc(port int32, membership string) (*meritv1.SignInResponse, error) {
	proof, err := c.atProvider(port, false)
	if err != nil {
		return nil, err
	}
	answer, err := c.api.Accounts.CompleteOidcSignIn(c, &meritv1.CompleteOidcSignInRequest{
		State: proof.GetState(), Code: proof.GetCode(), Handle: proof.GetHandle(), MembershipId: membership,
	})
	return answer.GetSignIn(), err
}

// atProvider has the person sign in at the identity provider: it waits on loopback for the browser, which the person sends
// to the address that is printed (RFC 8252). With fresh they prove themselves there even when they are signed in. What
// other programs of the machine send there is of no use to them: the handle, which completes the sign-in, never leaves
// this process but to the service.
func (c *Context) atProvider(port int32, fresh bool) (*meritv1.OidcProof, error) {
	ctx, cancel := context.WithTimeout(c, oidcWait)
	defer cancel()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(int(port))))
	if err != nil {
		return nil, err
	}
	begun, err := c.api.Accounts.BeginOidcSignIn(c, &meritv1.BeginOidcSignInRequest{
		ReturnTo: meritv1.OidcReturn_OIDC_RETURN_LOOPBACK, Fresh: fresh,
		LoopbackPort: int32(listener.Addr().(*net.TCPAddr).Port), //nolint:gosec // a port
	})
	if err != nil {
		_ = listener.Close()
		return nil, err
	}
	fmt.Fprintf(c.Errs, "%s\n\n  %s\n\n", c.Say("Open this address in the browser of this machine: ¦ Buka alamat ini di peramban mesin ini:"), begun.GetAuthorizationUrl())
	back, err := c.awaitBrowser(ctx, listener)
	if err != nil {
		return nil, err
	}
	if back.Has("error") {
		return nil, Mistake("the identity provider did not sign you in: %s ¦ penyedia identitas tidak memasukkan Anda: %s", clean(back.Get("error")))
	}
	return &meritv1.OidcProof{State: back.Get("state"), Code: back.Get("code"), Handle: begun.GetHandle()}, nil
}

// awaitBrowser returns what the browser comes back with, once, and closes the listener.
func (c *Context) awaitBrowser(ctx context.Context, listener net.Listener) (url.Values, error) {
	came := make(chan url.Values, 1)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /signin/oidc", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(w, c.Say("Go back to the terminal. ¦ Kembalilah ke terminal.")+"\n")
		select {
		case came <- r.URL.Query():
		default:
		}
	})
	door := &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = door.Serve(listener) }()                         // ends with Shutdown
	defer func() { _ = door.Shutdown(context.WithoutCancel(ctx)) }() // after its answer was sent
	select {
	case back := <-came:
		return back, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
