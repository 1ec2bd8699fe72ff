package main

import (
	"fmt"
	"net/url"
	"os"
	"strings"

	"github.com/meritindex/merit/server/access/oidc"
)

// oidcFlags are how people sign in at an OpenID provider.
type oidcFlags struct {
	OIDCIssuer           string `name:"oidc-issuer" env:"MERIT_OIDC_ISSUER" placeholder:"URL" help:"OpenID provider at which people sign in, exactly as it calls itself; none when empty. ¦ Penyedia OpenID tempat orang masuk, persis seperti ia menyebut dirinya; tanpa bila kosong."`
	OIDCName             string `name:"oidc-name" env:"MERIT_OIDC_NAME" placeholder:"NAME" help:"Name of the provider on the sign-in page; its host when empty. ¦ Nama penyedia pada halaman masuk; nama host bila kosong."`
	OIDCClientID         string `name:"oidc-client-id" env:"MERIT_OIDC_CLIENT_ID" placeholder:"ID" help:"Name of this service at the provider. ¦ Nama layanan ini pada penyedia."`
	OIDCClientSecret     string `name:"oidc-client-secret" env:"MERIT_OIDC_CLIENT_SECRET" placeholder:"SECRET" help:"Secret of this service at the provider; better as variable or file, as others see flags. ¦ Rahasia layanan ini pada penyedia; lebih baik sebagai variabel atau berkas, karena flag terlihat."`
	OIDCClientSecretFile string `name:"oidc-client-secret-file" env:"MERIT_OIDC_CLIENT_SECRET_FILE" type:"existingfile" placeholder:"FILE" help:"File with that secret. ¦ Berkas berisi rahasia itu."`
	OIDCRedirect         string `name:"oidc-redirect" env:"MERIT_OIDC_REDIRECT" placeholder:"URL" help:"Public address of the pages with /signin/oidc. ¦ Alamat publik halaman web dengan /signin/oidc."`
	NoPasswords          bool   `env:"MERIT_NO_PASSWORDS" help:"Nobody signs in with a password; needs --oidc-issuer. ¦ Tidak ada yang masuk dengan kata sandi; memerlukan --oidc-issuer."`
}

// options are nil without an issuer.
func (f *oidcFlags) options() (*oidc.Options, error) {
	if f.OIDCIssuer == "" {
		return nil, nil
	}
	secret := f.OIDCClientSecret
	if f.OIDCClientSecretFile != "" {
		text, err := os.ReadFile(f.OIDCClientSecretFile)
		if err != nil {
			return nil, fmt.Errorf("secret of the OpenID client: %w", err)
		}
		secret = strings.TrimSpace(string(text))
	}
	name := f.OIDCName
	if issuer, err := url.Parse(f.OIDCIssuer); name == "" && err == nil {
		name = issuer.Hostname()
	}
	return &oidc.Options{Issuer: f.OIDCIssuer, Name: name, ClientID: f.OIDCClientID, ClientSecret: secret, Redirect: f.OIDCRedirect}, nil
}
