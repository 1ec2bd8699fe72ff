package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/server/blob"
)

// evidenceCopyCmd copies the files of evidence to where the service is to keep them.
type evidenceCopyCmd struct {
	From   string `arg:"" help:"Folder, or s3://bucket/prefix, with the files. ¦ Folder, atau s3://bucket/awalan, tempat berkas."`
	To     string `arg:"" help:"Folder, or s3://bucket/prefix, for the files; what is there already is not copied again. ¦ Folder, atau s3://bucket/awalan, tujuan berkas; yang sudah ada tidak disalin lagi."`
	AtOnce int    `default:"8" help:"How many files are copied at once. ¦ Berapa berkas disalin bersamaan."`
}

// Run copies every file, hashed where it arrives. It removes nothing, and may run beside the service.
func (cmd *evidenceCopyCmd) Run(c *cli.Context) error {
	if cmd.AtOnce < 1 {
		return cli.Mistake("--at-once is 1 or more ¦ --at-once sedikitnya 1")
	}
	// A mistyped folder must not look like one without evidence.
	if _, err := os.Stat(cmd.From); !strings.Contains(cmd.From, "://") && errors.Is(err, fs.ErrNotExist) {
		return cli.Mistake("%s: there is no such folder ¦ %s: folder tidak ada", cmd.From)
	}
	from, err := blob.Open(c, cmd.From)
	if err != nil {
		return err
	}
	defer from.Close() //nolint:errcheck // it was only read
	to, err := blob.Open(c, cmd.To)
	if err != nil {
		return err
	}
	report, end := c.Bar(c.Say("evidence ¦ bukti dukung"))
	copied, err := blob.CopyAll(c, from, to, blob.CopyOptions{AtOnce: cmd.AtOnce, Progress: report})
	end()
	fmt.Fprintf(c.Out, c.Say("%d files with %d bytes copied, %d there already\n ¦ %d berkas sebesar %d bita disalin, %d sudah ada\n"),
		copied.Files, copied.Bytes, copied.There)
	return errors.Join(err, to.Close())
}
