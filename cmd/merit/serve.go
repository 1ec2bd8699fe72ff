package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/alecthomas/kong"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/client/web"
	"github.com/meritindex/merit/server"
)

// serveCmd runs the service until it is told to stop.
type serveCmd struct{ serveFlags }

// serveFlags are the configuration of the service; docs/configuration.md is made from them.
type serveFlags struct {
	keyFlags
	Evidence      string        `env:"MERIT_EVIDENCE" default:"merit-data/evidence" placeholder:"FOLDER|URL" help:"Folder of the evidence files, or s3://bucket/prefix?endpoint=…&region=…&style=path&sse=s3. ¦ Folder berkas bukti dukung, atau s3://bucket/awalan?endpoint=…&region=…&style=path&sse=s3."`
	EvidenceLimit int64         `env:"MERIT_EVIDENCE_LIMIT" default:"26214400" placeholder:"BYTES" help:"Largest file of evidence. ¦ Ukuran terbesar satu berkas bukti."`
	EvidenceGrace time.Duration `env:"MERIT_EVIDENCE_GRACE" default:"720h" help:"How long files that nobody ever cited are kept; at least 96h. ¦ Lama berkas yang tidak pernah dirujuk disimpan; sedikitnya 96h."`
	Clamd         string        `env:"MERIT_CLAMD" placeholder:"ADDRESS" help:"ClamAV daemon that scans evidence for viruses, unix:/path or tcp:host:port; none when empty. ¦ Daemon ClamAV yang memindai bukti dukung, unix:/path atau tcp:host:port; tanpa pemindaian bila kosong."`
	Listen        string        `env:"MERIT_LISTEN" default:"127.0.0.1:7420" placeholder:"HOST:PORT" help:"Address of the gRPC door. ¦ Alamat pintu gRPC."`
	HTTP          string        `name:"http" env:"MERIT_HTTP" default:"127.0.0.1:7421" placeholder:"HOST:PORT" help:"Address of the pages and of the JSON door, /api/. ¦ Alamat halaman web dan pintu JSON, /api/."`
	Ops           string        `env:"MERIT_OPS" default:"127.0.0.1:7422" placeholder:"HOST:PORT" help:"Address of /healthz, /readyz and /metrics, for operators only. ¦ Alamat /healthz, /readyz, dan /metrics, hanya bagi pengelola layanan."`
	TLSCert       string        `env:"MERIT_TLS_CERT" type:"existingfile" placeholder:"FILE" help:"Certificate chain in PEM. ¦ Rantai sertifikat dalam PEM."`
	TLSKey        string        `env:"MERIT_TLS_KEY" type:"existingfile" placeholder:"FILE" help:"Private key in PEM. ¦ Kunci privat dalam PEM."`
	oidcFlags
	demo              []web.DemoAccount // offered by the demonstration only
	InsecurePlaintext bool              `kong:"-"` // --insecure-plaintext, which clients share
	TrustedProxies    []network         `env:"MERIT_TRUSTED_PROXIES" placeholder:"NETWORK" help:"Networks (10.0.0.0/8) or addresses (10.0.0.1) of reverse proxies whose X-Forwarded-For is believed, over HTTP and gRPC. ¦ Jaringan (10.0.0.0/8) atau alamat (10.0.0.1) proxy balik yang X-Forwarded-For-nya dipercaya, lewat HTTP dan gRPC."`
	DrainTime         time.Duration     `env:"MERIT_DRAIN_TIME" default:"20s" help:"How long calls may take to end at shutdown. ¦ Lama menunggu panggilan selesai saat berhenti."`
	DrainNotice       time.Duration     `env:"MERIT_DRAIN_NOTICE" default:"0s" help:"How long /readyz says no at shutdown before the doors close: as long as the balancer takes to see it. ¦ Lama /readyz menjawab tidak siap sebelum pintu ditutup: selama penyeimbang beban perlu untuk melihatnya."`
	PoolSize          int               `name:"database-connections" env:"MERIT_DATABASE_CONNECTIONS" default:"16" placeholder:"N" help:"Connections to PostgreSQL at once, and one more that listens. ¦ Sambungan sekaligus ke PostgreSQL, ditambah satu yang mendengarkan."`
	MaxConnections    int               `env:"MERIT_MAX_CONNECTIONS" default:"10000" placeholder:"N" help:"Connections at once to one door; 0 for no limit. ¦ Sambungan sekaligus ke satu pintu; 0 tanpa batas."`
	AddressLimit      int               `env:"MERIT_ADDRESS_LIMIT" default:"500" placeholder:"N" help:"Connections at once from one address that is no proxy of ours; 0 for no limit. ¦ Sambungan sekaligus dari satu alamat yang bukan proxy kita; 0 tanpa batas."`
	LimitAccount      server.Rate       `env:"MERIT_LIMIT_ACCOUNT" default:"100:2000" placeholder:"A-SECOND:AT-ONCE" help:"Calls of one account; 0 for no limit. ¦ Panggilan satu akun; 0 tanpa batas."`
	LimitPublic       server.Rate       `env:"MERIT_LIMIT_PUBLIC" default:"100:2000" placeholder:"A-SECOND:AT-ONCE" help:"Calls of one address without an account; 0 for no limit. ¦ Panggilan satu alamat tanpa akun; 0 tanpa batas."`
	LimitSignIn       server.Rate       `env:"MERIT_LIMIT_SIGN_IN" default:"2:200" placeholder:"A-SECOND:AT-ONCE" help:"Tries of one address to sign in; 0 for no limit. ¦ Percobaan masuk satu alamat; 0 tanpa batas."`
	LimitUpload       server.Rate       `env:"MERIT_LIMIT_UPLOAD" default:"20:1000" placeholder:"A-SECOND:AT-ONCE" help:"Uploads begun by one account; 0 for no limit. ¦ Unggahan yang dimulai satu akun; 0 tanpa batas."`
	CallTime          time.Duration     `env:"MERIT_CALL_TIME" default:"2m" help:"How long one call may take; 0 for no limit. ¦ Lama satu panggilan; 0 tanpa batas."`
	AtOnce            int               `env:"MERIT_AT_ONCE" default:"96" placeholder:"N" help:"Calls that are worked on at once; further ones wait a moment or are told to come back. 0 for no limit. ¦ Panggilan yang dikerjakan sekaligus; selebihnya menunggu sebentar atau diminta kembali nanti. 0 tanpa batas."`
	LogFormat         string            `env:"MERIT_LOG_FORMAT" enum:"text,json" default:"text" help:"text or json. ¦ text atau json."`
	LogLevel          slog.Level        `env:"MERIT_LOG_LEVEL" default:"INFO" help:"DEBUG, INFO, WARN or ERROR. ¦ DEBUG, INFO, WARN, atau ERROR."`
	TraceEndpoint     string            `env:"OTEL_EXPORTER_OTLP_ENDPOINT" placeholder:"URL" help:"Where OpenTelemetry traces go; none when empty. ¦ Tujuan jejak OpenTelemetry; tanpa jejak bila kosong."`
	TraceRatio        float64           `env:"MERIT_TRACE_RATIO" default:"0.01" help:"Share of calls that are traced. ¦ Bagian panggilan yang dijejak."`
}

// errPlaintext says how to serve other machines.
var errPlaintext = errors.New("refusing to serve an address beyond loopback in the clear: give --tls-cert and --tls-key, or say --insecure-plaintext")

// Run serves until the context ends, then drains. Told to stop while it begins, it has nothing to drain, and has not failed.
func (cmd *serveCmd) Run(c *cli.Context, all *kong.Kong) error {
	cmd.InsecurePlaintext = c.InsecurePlaintext
	cmd.warnUnread(c, all)
	running, err := cmd.begin(c)
	if c.Err() != nil && errors.Is(err, context.Canceled) {
		cmd.logger(c.Errs).Info("told to stop before it served", "error", err)
		return nil
	}
	if err != nil {
		return err
	}
	return running.wait(c)
}

// begin starts the service, and says so and what its operator should know.
func (cmd *serveCmd) begin(c *cli.Context) (*running, error) {
	running, err := cmd.start(c, c.Errs)
	if err != nil {
		return nil, err
	}
	if err := running.warnSingle(c); err != nil {
		return nil, errors.Join(err, running.stop())
	}
	running.log.Info("serving", "grpc", running.address, "http", running.http, "ops", running.opsAt)
	return running, nil
}
