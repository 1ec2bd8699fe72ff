package main

import "github.com/meritindex/merit/client/cli"

// verifyCmd groups what is checked without trusting a running service.
type verifyCmd struct {
	cli.VerifyCmd

	Log    verifyLogCmd    `cmd:"" help:"Compute the whole log again from the database, and hold the tables to it. ¦ Hitung ulang seluruh log dari basis data, dan cocokkan semua tabel."`
	Backup verifyBackupCmd `cmd:"" help:"Check a backup: hashes, keys, files, and rows against the trail. ¦ Periksa cadangan: hash, kunci, berkas, dan baris terhadap jejak audit."`
}
