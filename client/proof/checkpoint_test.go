package proof_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/meritindex/merit/client/proof"
)

// checkpointNote is a checkpoint as it is kept; who signed it is not looked at.
func checkpointNote(size string) string {
	return "merit.example.test\n" + size + "\nBFj61MLHkeKOgjTFYeF+Q927ejsjiVBDsPdX27EUmus=\n\n" +
		"\u2014 merit.example.test AAAAAAAAAAAA\n"
}

func TestCheckpointsThatWereKeptInOneFileAreReadOneByOne(t *testing.T) {
	handedOver := checkpointNote("2") + "\u2014 merit.example.test BBBBBBBBBBBB\n"
	all := []string{checkpointNote("1"), handedOver, checkpointNote("3")}
	got, err := proof.SplitCheckpoints([]byte(strings.Join(all, "")))
	if err != nil || len(got) != len(all) {
		t.Fatalf("%d checkpoints, %v; want %d", len(got), err, len(all))
	}
	for i, want := range all {
		if string(got[i]) != want {
			t.Errorf("checkpoint %d is %q, want %q", i+1, got[i], want)
		}
	}
}

// However far the last line to be kept came before the disk was full, the file is not taken for one of another log.
func TestACheckpointThatIsCutOffIsNoCheckpoint(t *testing.T) {
	whole := checkpointNote("12")
	for cut := 1; cut < len(whole); cut++ {
		signed, err := proof.SplitCheckpoints([]byte(checkpointNote("11") + whole[:cut]))
		if !errors.Is(err, proof.ErrCheckpoint) || len(signed) != 1 {
			t.Errorf("cut after %q: %d checkpoints, %v; want the one before and ErrCheckpoint", whole[:cut], len(signed), err)
		}
	}
	for name, file := range map[string]string{
		"nothing": "", "a page": "<!doctype html>\n", "another program's": "{\"checkpoint\"",
		"only a key": "merit.example.test+00000000+AbCd\n",
		"one cut off before its signature, and the next": strings.SplitAfter(whole, "\n\n")[0] + whole,
		"one cut off after its root, and the next":       strings.TrimSuffix(strings.SplitAfter(whole, "\n\n")[0], "\n") + whole,
	} {
		if _, err := proof.SplitCheckpoints([]byte(file)); !errors.Is(err, proof.ErrCheckpoint) {
			t.Errorf("%s: %v, want ErrCheckpoint", name, err)
		}
	}
}
