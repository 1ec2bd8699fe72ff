package cli

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"os"

	"golang.org/x/term"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bilingual"
)

// Context is what a running command has: the flags, the streams and the service.
type Context struct {
	context.Context
	Globals
	Streams

	api     *client.Client
	lines   *bufio.Reader // of In: passwords, or a whole file
	command string        // what runs, as it is typed: merit agency list
}

// Say picks the language of a two-language text "English ¦ Indonesia".
func (c *Context) Say(both string) string { return bilingual.Pick(c.Lang, both) }

// sayf is Say with values put in; both languages take them in the same order.
func (c *Context) sayf(both string, values ...any) string {
	return bilingual.Say(c.Lang, both, values...)
}

// dial prepares the connection, with the token given or the session kept for the server; it connects with the first
// call, so that commands which need no service need none.
func (c *Context) dial() error {
	config, err := c.TLS()
	if err != nil {
		return err
	}
	c.api, err = client.Dial(c.Server, client.Options{
		Token: c.credential, Proof: c.proof, TLS: config, Language: c.Lang, UserAgent: "merit-cli",
		Plaintext:         config == nil && (client.Loopback(c.Server) || c.InsecurePlaintext),
		InsecurePlaintext: c.InsecurePlaintext,
	})
	return err
}

// credential is the token flag, else the session kept for the server, else none.
func (c *Context) credential(context.Context) (string, error) {
	if c.Token != "" {
		return c.Token, nil
	}
	return keptSession(c.Server)
}

// TLS is the configuration that --ca asks for, nil without.
func (c *Context) TLS() (*tls.Config, error) {
	if c.CA == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, err
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s: %s", c.CA, c.Say("no certificate found; give a PEM file ¦ tidak ada sertifikat; berikan berkas PEM"))
	}
	return &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}, nil
}

// terminal reports whether a stream is a terminal, where a person reads along.
func terminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
