package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Checkpoint is the text of a C2SP tlog-checkpoint: which log, how many entries, and the root of the tree over them.
// Publishing it commits to every entry.
func Checkpoint(origin string, size int64, root tlog.Hash) string {
	return fmt.Sprintf("%s\n%d\n%s\n", origin, size, root)
}

// keyHeader begins the statement about a key, which can therefore not be taken for a checkpoint.
const keyHeader = "merit-log-key-v1"

// KeyStatement is the text by which a key is introduced: it signs the checkpoints of a log from a size on, after the key
// before, or "none" for the first. The key before signs the statement, and the key itself, which shows that it is held.
func KeyStatement(origin string, since int64, verifier, before string) string {
	if before == "" {
		before = "none"
	}
	return fmt.Sprintf("%s\n%s\n%d\n%s\n%s\n", keyHeader, origin, since, verifier, before)
}

// Sign signs a text with every key.
func Sign(text string, keys ...*SigningKey) ([]byte, error) {
	signers := make([]note.Signer, len(keys))
	for i, k := range keys {
		signers[i] = k.signer
	}
	signed, err := note.Sign(&note.Note{Text: text}, signers...)
	if err != nil {
		return nil, fmt.Errorf("audit: sign: %w", err)
	}
	return signed, nil
}
