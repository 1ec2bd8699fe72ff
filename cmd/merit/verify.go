package main

// verifyCmd groups what is checked without trusting a running service.
type verifyCmd struct {
	Backup verifyBackupCmd `cmd:"" help:"Check a backup: hashes, keys, files, and rows against the trail. ¦ Periksa cadangan: hash, kunci, berkas, dan baris terhadap jejak audit."`
}
