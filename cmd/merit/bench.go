package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/meritindex/merit/client"
	"github.com/meritindex/merit/client/bench"
	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/store"
)

// benchCmd measures a service.
type benchCmd struct {
	Run  benchRunCmd  `cmd:"" default:"withargs" help:"Drive a service with the calls of the last evening of the window. ¦ Jalankan panggilan malam terakhir jendela pada layanan."`
	Seed benchSeedCmd `cmd:"" help:"Fill a new database with a made-up country to measure with. ¦ Isi basis data baru dengan negara contoh untuk pengukuran."`
}

// benchRunCmd drives a service: one that runs, one that it starts on a seeded folder, or one on a folder of its own.
type benchRunCmd struct {
	Address string `placeholder:"HOST:PORT" help:"A running service, on a database that merit bench seed filled; without one, one is started on this machine. ¦ Layanan yang berjalan, pada basis data dari merit bench seed; tanpa ini satu layanan dijalankan di mesin ini."`
	Cast    string `placeholder:"FILE" help:"With --address: the bench.json that merit bench seed wrote. ¦ Bersama --address: bench.json yang ditulis merit bench seed."`
	Metrics string `placeholder:"HOST:PORT" help:"With --address: the service's operations door, for its processor time and memory. ¦ Bersama --address: pintu operasi layanan, untuk waktu prosesor dan memorinya."`
	Folder  string `type:"existingdir" placeholder:"FOLDER" help:"Start a service on this folder, filled by merit bench seed; without one, on a new folder that is removed afterwards. ¦ Jalankan layanan pada folder dari merit bench seed; tanpa ini pada folder baru yang lalu dihapus."`

	Callers        int            `default:"64" help:"How many call at once, each after the answer to the call before. ¦ Berapa yang memanggil bersamaan, masing-masing setelah jawaban panggilan sebelumnya."`
	Rate           float64        `placeholder:"N" help:"Calls a second that come whether others are answered or not, in place of --callers. ¦ Panggilan per detik yang datang tanpa menunggu jawaban, pengganti --callers."`
	Connections    int            `default:"8" help:"How many connections they share. ¦ Berapa sambungan yang dipakai bersama."`
	Duration       time.Duration  `default:"20s" help:"How long to measure. ¦ Lama pengukuran."`
	Timeout        time.Duration  `default:"30s" help:"Deadline of each call. ¦ Tenggat tiap panggilan."`
	Mix            map[string]int `default:"save=60;read=25;rank=10;upload=5" help:"How often each call is made, as parts of their sum. ¦ Seberapa sering tiap panggilan, sebagai bagian dari jumlahnya."`
	WithoutUploads bool           `help:"The same without uploads. ¦ Sama, tanpa unggahan."`
	UploadSize     int            `default:"1000000" placeholder:"BYTES" help:"Size of each file. ¦ Ukuran tiap berkas."`
	Limits         bool           `help:"Also measure this machine: single commits, files hashed, written and synced. ¦ Ukur juga mesin ini: commit tunggal, serta berkas yang di-hash, ditulis, dan disinkronkan."`
	Check          bool           `help:"Read in the end whether every answer that was acknowledged is there. ¦ Periksa di akhir apakah setiap jawaban yang dinyatakan tersimpan memang ada."`
	benchCountry
}

// Run measures and prints the report.
func (cmd *benchRunCmd) Run(c *cli.Context) (err error) {
	o, err := cmd.options(c)
	if err != nil {
		return err
	}
	folder, remove, err := cmd.workFolder(c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	child := &benchService{}
	if cmd.Address == "" {
		if child, err = startBenchService(c, folder); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, child.stop()) }()
		o.Address, o.Metrics = child.address, child.ops
		cmd.Cast = filepath.Join(folder, bench.CastFile)
	}
	if o.Cast, err = bench.ReadCast(cmd.Cast); err != nil {
		return err
	}
	if cmd.Limits {
		beside, err := os.MkdirTemp(folder, "limits-") // on the same disk
		if err != nil {
			return err
		}
		defer os.RemoveAll(beside) //nolint:errcheck // what stays is a file of measurements
		raw, err := store.OpenRaw(c, filepath.Join(beside, "limit.db"))
		if err != nil {
			return err
		}
		defer raw.Close() //nolint:errcheck // it is removed
		o.Limits = &bench.LimitTargets{Folder: beside, Time: 2 * time.Second, Commit: raw.Commit}
	}
	report, err := bench.Run(c, *o)
	if err != nil {
		return err
	}
	report.StartMS = child.startMS
	return cmd.show(c, report)
}

func (cmd *benchRunCmd) options(c *cli.Context) (*bench.Options, error) {
	switch {
	case cmd.Address != "" && cmd.Cast == "":
		return nil, cli.Mistake("--address needs --cast: the bench.json that merit bench seed wrote; a service that was not seeded is not driven, because what is measured writes ¦ " +
			"--address perlu --cast: bench.json yang ditulis merit bench seed; layanan yang tidak diisi olehnya tidak diukur, karena pengukuran ini menulis")
	case cmd.Callers < 1 || cmd.Connections < 1 || cmd.Rate < 0 || cmd.UploadSize < 100:
		return nil, cli.Mistake("--callers and --connections are 1 or more, --rate 0 or more, --upload-size 100 or more ¦ --callers dan --connections sedikitnya 1, --rate sedikitnya 0, --upload-size sedikitnya 100")
	}
	mix, err := bench.ParseMix(cmd.Mix)
	if err != nil {
		return nil, cli.Mistake("%v ¦ %v", err)
	}
	if cmd.WithoutUploads {
		mix[bench.Upload] = 0
	}
	config, err := c.TLS()
	plain := cmd.Address == "" || config == nil && (client.Loopback(cmd.Address) || c.InsecurePlaintext)
	return &bench.Options{
		Address: cmd.Address, Metrics: cmd.Metrics, Mix: mix, Callers: cmd.Callers, Rate: cmd.Rate, Connections: cmd.Connections,
		Duration: cmd.Duration, Timeout: cmd.Timeout, UploadSize: cmd.UploadSize, Check: cmd.Check, Now: time.Now,
		Dial: client.Options{Plaintext: plain, InsecurePlaintext: c.InsecurePlaintext, TLS: config},
	}, err
}

// workFolder is the seeded folder; a new one is seeded unless a running service is driven.
func (cmd *benchRunCmd) workFolder(c *cli.Context) (folder string, remove func() error, err error) {
	if cmd.Folder != "" {
		return cmd.Folder, func() error { return nil }, nil
	}
	if folder, err = os.MkdirTemp("", "merit-bench-"); err != nil {
		return "", nil, err
	}
	remove = func() error { return os.RemoveAll(folder) }
	if cmd.Address == "" {
		err = cmd.seed(c, filepath.Join(folder, "merit.db"), folder)
	}
	if err != nil {
		return "", nil, errors.Join(err, remove())
	}
	return folder, remove, nil
}

func (cmd *benchRunCmd) show(c *cli.Context, r *bench.Report) error {
	if c.Output == "json" {
		encoder := json.NewEncoder(c.Out)
		encoder.SetIndent("", "  ")
		return encoder.Encode(r)
	}
	r.Write(c.Out, c.Lang)
	if load, err := os.ReadFile("/proc/loadavg"); err == nil { // of Linux
		fmt.Fprintln(c.Out, c.Say("load of the machine: ¦ beban mesin:"), string(load[:len(load)-1]))
	}
	return nil
}
