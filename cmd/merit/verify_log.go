package main

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/meritindex/merit/client/cli"
	"github.com/meritindex/merit/client/proof"
	"github.com/meritindex/merit/server/audit"
	"github.com/meritindex/merit/server/store"
)

// verifyLogCmd checks a whole database.
type verifyLogCmd struct {
	databaseFlags
	keptFlags
}

// keptFlags name what was kept or published elsewhere.
type keptFlags struct {
	Checkpoint []cli.Given `sep:"none" predictor:"file" placeholder:"FILE" help:"A checkpoint that was kept (merit audit checkpoint), or several in one file: the log must begin with it. May be given several times. ¦ Titik periksa yang disimpan (merit audit checkpoint), atau beberapa dalam satu berkas: log harus berawal dengannya. Boleh beberapa kali."`
	Verifier   cli.Given   `placeholder:"KEY" help:"Published verifier key that must be one of the log's. ¦ Kunci pemeriksa yang diumumkan dan harus termasuk kunci log."`
}

// kept reads the checkpoints. That is done before anything is checked: a file that is none is a mistake of the reader,
// and never what is wrong with a log.
func (f keptFlags) kept(c *cli.Context) (all []cli.KeptCheckpoint, err error) {
	for _, file := range f.Checkpoint {
		kept, err := c.Checkpoints(string(file))
		if err != nil {
			return nil, err
		}
		all = append(all, kept...)
	}
	return all, nil
}

// compared is what was held against the log when nothing was found.
func (f keptFlags) compared(kept []cli.KeptCheckpoint) cli.Compared {
	return cli.Compared{Key: f.Verifier != "", Checkpoints: len(kept), Of: len(kept)}
}

// errAltered says that something was found.
var errAltered = errors.New("the database is not as the log says")

// Run walks through the log and prints everything that is not as it should be.
func (cmd *verifyLogCmd) Run(c *cli.Context) error {
	kept, err := cmd.kept(c)
	if err != nil {
		return err
	}
	if err := cmd.exists(); err != nil {
		return err
	}
	st, err := cmd.openDatabase(c, nil)
	if err != nil {
		return err
	}
	defer st.Close() //nolint:errcheck // it was only read
	v := &verification{c: c}
	if err := v.log(st, string(cmd.Verifier), kept); err != nil {
		return err
	}
	if err := v.rows(st); err != nil {
		return err
	}
	fmt.Fprintln(c.Out, c.Say("Everything is as the log says. ¦ Semuanya sesuai dengan log."))
	c.WriteCompared(c.Out, cmd.compared(kept))
	return nil
}

// verification is one check of a database.
type verification struct {
	c     *cli.Context
	keys  *proof.Keys // nil when they do not vouch for one another
	kept  []keptCheckpoint
	found int
}

// keptCheckpoint is a checkpoint of this log that was kept elsewhere.
type keptCheckpoint struct {
	where string
	proof.Checkpoint
}

// log checks the log, its keys and its checkpoints, but no rows of tables.
func (v *verification) log(st *store.Store, trusted string, kept []cli.KeptCheckpoint) error {
	if err := v.readKeys(st, trusted); err != nil {
		return err
	}
	v.readKept(kept)
	return v.walk(st)
}

// report prints a finding.
func (v *verification) report(where string, problem any) {
	fmt.Fprintf(v.c.Out, "%s: %v\n", where, problem)
	v.found++
}

// discrepancies reports what the store found.
func (v *verification) discrepancies(found []audit.Discrepancy) {
	for _, d := range found {
		v.report(strings.TrimSpace(d.Table+" "+d.Key+" "+d.Entry), d.Problem)
	}
}

// altered is errAltered when there were findings.
func (v *verification) altered() error {
	if v.found == 0 {
		return nil
	}
	return fmt.Errorf("%w: findings: %d", errAltered, v.found)
}

func (v *verification) readKeys(st *store.Store, trusted string) error {
	var statements [][]byte
	err := st.View(v.c, func(tx *store.Tx) (err error) {
		statements, err = tx.LogKeys()
		return err
	})
	if err != nil {
		return err
	}
	if v.keys, err = proof.ReadKeys(statements, trusted); err != nil {
		v.report("log_key", err)
	}
	return nil
}

// readKept opens the checkpoints that were kept elsewhere; one that this log's keys did not sign is a finding.
func (v *verification) readKept(all []cli.KeptCheckpoint) {
	if v.keys == nil {
		return
	}
	for _, one := range all {
		opened, err := v.keys.Open(one.Note)
		if err != nil {
			v.report(one.Where, err)
			continue
		}
		v.kept = append(v.kept, keptCheckpoint{one.Where, opened})
	}
}

// signed checks the note of a checkpoint, and that its columns repeat it.
func (v *verification) signed(c store.KeptCheckpoint) error {
	if v.keys == nil {
		return proof.ErrKeys
	}
	said, err := v.keys.Open(c.Note)
	if err == nil && (said.Size != c.Size || said.Root != c.Root) {
		return errors.New("the checkpoint is filed under another size or root than was signed")
	}
	return err
}

// walk computes the log again and holds it to the checkpoints that were kept.
func (v *verification) walk(st *store.Store) error {
	var sizes []int64
	for _, kept := range v.kept {
		sizes = append(sizes, kept.Size)
	}
	log, roots, err := st.CheckLog(v.c, v.signed, sizes...)
	if err != nil {
		return err
	}
	v.discrepancies(log.Found)
	for _, kept := range v.kept {
		root, ok := roots[kept.Size]
		switch {
		case kept.Size > log.Size:
			v.report(kept.where, fmt.Sprintf("%v: the log has %d entries, and had %d", proof.ErrConsistency, log.Size, kept.Size))
		case !ok || root != tlog.Hash(kept.Root):
			v.report(kept.where, proof.ErrConsistency)
		}
	}
	fmt.Fprintf(v.c.Out, v.c.Say("log: %d entries, root %x ¦ log: %d entri, akar %x")+"\n", log.Size, log.Root[:])
	for _, id := range log.Pending {
		fmt.Fprintf(v.c.Out, v.c.Say("entry %s is not under a checkpoint yet, and not protected ¦ entri %s belum di bawah titik periksa, jadi belum terlindungi")+"\n", id)
	}
	return nil
}

// rows holds the rows of all audited tables to the entries.
func (v *verification) rows(st *store.Store) error {
	found, err := st.CheckEntries(v.c)
	if err != nil {
		return err
	}
	v.discrepancies(found)
	return v.altered()
}
