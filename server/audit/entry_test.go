package audit_test

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/meritindex/merit/server/audit"
)

// golden is an entry and its leaf. A leaf that is kept is never written anew, so this text never changes:
// another form of leaf gets another first line.
var golden = audit.Entry{
	Action: "AssessmentService.SaveAnswer", Agency: "agency", Subject: "", Actor: "account", Membership: "membership",
	ID: "01KAJ3Y1W0000000000000000A", At: time.Date(2026, 2, 28, 16, 59, 59, 123456000, time.UTC), Salt: [16]byte{0xab, 15: 1},
	Rows: []audit.Row{
		{Table: "decision", Key: "a/CLAIMED/1.1/3", Hash: [32]byte{1, 31: 2}},
		{Table: "assessment_sheet", Key: "a", Revision: 12, Hash: [32]byte{3}},
		{Table: "citation", Key: "c", Revision: 1, Deleted: true},
	},
}

const goldenLeaf = `merit-audit-entry-v1
id 01KAJ3Y1W0000000000000000A
at 1772297999123456
actor account
membership membership
action AssessmentService.SaveAnswer
agency agency
subject 
salt ab000000000000000000000000000001
row decision a/CLAIMED/1.1/3 0 0100000000000000000000000000000000000000000000000000000000000002
row assessment_sheet a 12 0300000000000000000000000000000000000000000000000000000000000000
row citation c 1 deleted
`

func TestLeafIsWrittenAndReadBack(t *testing.T) {
	leaf, err := golden.Leaf()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(goldenLeaf, string(leaf)); diff != "" {
		t.Errorf("leaf (-want +got):\n%s", diff)
	}
	e, err := audit.ParseLeaf(leaf)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(&golden, e); diff != "" {
		t.Errorf("entry (-want +got):\n%s", diff)
	}
}

func TestLeafThatTheServiceWouldNotWriteIsRefused(t *testing.T) {
	replace := func(old, new string) string { return strings.Replace(goldenLeaf, old, new, 1) }
	for name, leaf := range map[string]string{
		"empty":               "",
		"another version":     replace("-v1", "-v2"),
		"a missing line":      replace("agency agency\n", ""),
		"lines exchanged":     replace("actor account\nmembership membership\n", "membership membership\nactor account\n"),
		"no end":              strings.TrimSuffix(goldenLeaf, "\n"),
		"more after the end":  goldenLeaf + "\n",
		"a number with plus":  replace("at 1", "at +1"),
		"a number too large":  replace("at 1", "at 99999999999999999991"),
		"upper case hex":      replace("salt ab", "salt AB"),
		"a short salt":        replace("salt ab", "salt "),
		"a hash that is none": replace("0100", "zz00"),
		"a row of five words": replace("row citation c", "row citation c d"),
		"no actor":            replace("actor account", "actor "),
		"an action of a word": replace("AssessmentService.SaveAnswer", "SaveAnswer"),
	} {
		if e, err := audit.ParseLeaf([]byte(leaf)); !errors.Is(err, audit.ErrMalformedLeaf) {
			t.Errorf("%s: %+v, %v", name, e, err)
		}
	}
}

func FuzzParseLeaf(f *testing.F) {
	f.Add([]byte(goldenLeaf))
	f.Add([]byte("merit-audit-entry-v1\nid "))
	f.Fuzz(func(t *testing.T, leaf []byte) {
		e, err := audit.ParseLeaf(leaf)
		if err != nil {
			return
		}
		again, err := e.Leaf()
		if err != nil || !bytes.Equal(again, leaf) {
			t.Errorf("read back as %q, %v", again, err)
		}
	})
}
