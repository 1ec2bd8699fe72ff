package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/meritindex/merit/client/bench"
	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server"
	"github.com/meritindex/merit/server/store"
)

// benchCountry is how large the made-up country is.
type benchCountry struct {
	Agencies  int `default:"719" help:"How many agencies. ¦ Jumlah instansi."`
	Years     int `default:"2" help:"How many years, the last of them under way. ¦ Jumlah tahun, yang terakhir sedang berjalan."`
	Citations int `default:"40" help:"Citations of each assessment. ¦ Kutipan tiap penilaian."`
}

// benchSeedCmd fills a new database.
type benchSeedCmd struct {
	Folder   string `arg:"" help:"New folder, for bench.json and, unless --database says otherwise, the database. ¦ Folder baru, untuk bench.json dan, kecuali ada --database, basis data."`
	Database string `placeholder:"URL" help:"A new database elsewhere: postgres://…. ¦ Basis data baru di tempat lain: postgres://…."`
	benchCountry
}

// Run seeds.
func (cmd *benchSeedCmd) Run(c *cli.Context) error {
	database := cmd.Database
	if database == "" {
		database = filepath.Join(cmd.Folder, "merit.db")
	}
	return cmd.seed(c, database, cmd.Folder)
}

// seed makes up a country in a new database, and writes who can call into the folder.
func (b *benchCountry) seed(c *cli.Context, database, folder string) error {
	if b.Agencies < 1 || b.Agencies > 99_999 || b.Years < 2 || b.Years > 20 || b.Citations < 0 || b.Citations > 500 {
		return cli.Mistake("--agencies is 1 to 99999, --years 2 to 20, of which the last is under way and the one before is ranked, --citations 0 to 500 ¦ --agencies dari 1 sampai 99999, --years dari 2 sampai 20: yang terakhir sedang berjalan, yang sebelumnya diperingkatkan, --citations dari 0 sampai 500")
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	began, first := time.Now(), time.Now().Year()-b.Years+1
	report, end := c.Count(c.Say("assessments ¦ penilaian"))
	seeded, err := server.Seed(c, server.SeedOptions{
		URL: database, Agencies: b.Agencies, Years: b.Years, Citations: b.Citations, Now: time.Now,
		Told: func(year, done int) { report(int64((year-first)*b.Agencies+done), int64(b.Years*b.Agencies)) },
	})
	end()
	if errors.Is(err, store.ErrNotEmpty) {
		return cli.Mistake("%s has been used already; give a new one ¦ %s sudah pernah dipakai; berikan yang baru", database)
	}
	if err != nil {
		return err
	}
	fmt.Fprintf(c.Errs, c.Say("made up in %.1f s\n ¦ dibuat dalam %.1f detik\n"), time.Since(began).Seconds())
	return castOf(seeded).Write(filepath.Join(folder, bench.CastFile))
}

// castOf are the people of a seeded country, who can call.
func castOf(seeded *server.Seeded) *bench.Cast {
	cast := &bench.Cast{InstrumentID: seeded.InstrumentID, Year: seeded.Year, People: make([]bench.Person, 0, len(seeded.People))}
	for _, p := range seeded.People {
		cast.People = append(cast.People, bench.Person{AssessmentID: p.AssessmentID, Session: p.Secret})
	}
	return cast
}
