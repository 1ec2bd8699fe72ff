package backup

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
)

var (
	// ErrNoKey says that neither a passphrase nor a key was given.
	ErrNoKey = errors.New("backup: a passphrase or a key of age is needed")
	// ErrOtherKey says that a folder was begun for other keys, so that its files of evidence could not be read with these.
	ErrOtherKey = errors.New("backup: this folder was begun with other keys; give them, or use another folder")
	// ErrWrongKey says that what is in the folder cannot be decrypted with the passphrase or the keys given.
	ErrWrongKey = errors.New("backup: the passphrase or the key does not open this backup")
)

const (
	keysName = "keys.txt"
	keyName  = "key.age"
)

// lock encrypts.
type lock struct{ recipients []age.Recipient }

// openLock prepares to encrypt into a folder. A passphrase protects a key of the folder's own, made when the folder is
// begun: deriving a key from a passphrase takes about a second, too long for every file of evidence.
func openLock(o Options) (*lock, error) {
	if err := os.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	names := slices.Clone(o.Recipients)
	if o.Passphrase != "" {
		identity, err := folderKey(o)
		if err != nil {
			return nil, err
		}
		names = []string{identity.Recipient().String()}
	}
	if len(names) == 0 {
		return nil, ErrNoKey
	}
	slices.Sort(names)
	text := strings.Join(slices.Compact(names), "\n") + "\n"
	recipients, err := age.ParseRecipients(strings.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return &lock{recipients}, o.begin(text)
}

// begin notes for whom the folder is encrypted, or checks that it is for the same.
func (o *Options) begin(keys string) error {
	name := filepath.Join(o.Dir, keysName)
	before, err := os.ReadFile(name)
	if errors.Is(err, fs.ErrNotExist) {
		return writeFile(name, []byte(keys))
	}
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	if string(before) != keys {
		return ErrOtherKey
	}
	return nil
}

// folderKey reads the private key of the folder, or makes one when the folder is new.
func folderKey(o Options) (*age.X25519Identity, error) {
	identity, err := readFolderKey(o)
	if !errors.Is(err, fs.ErrNotExist) {
		return identity, err
	}
	if _, err := os.Stat(filepath.Join(o.Dir, keysName)); err == nil {
		return nil, ErrOtherKey
	}
	if identity, err = age.GenerateX25519Identity(); err != nil {
		return nil, err
	}
	recipient, err := age.NewScryptRecipient(o.Passphrase)
	if err != nil {
		return nil, err
	}
	var sealed bytes.Buffer
	w, err := age.Encrypt(&sealed, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := io.WriteString(w, identity.String()); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return identity, writeFile(filepath.Join(o.Dir, keyName), sealed.Bytes())
}

func readFolderKey(o Options) (*age.X25519Identity, error) {
	sealed, err := os.ReadFile(filepath.Join(o.Dir, keyName))
	if err != nil {
		return nil, err
	}
	passphrase, err := age.NewScryptIdentity(o.Passphrase)
	if err != nil {
		return nil, err
	}
	r, err := age.Decrypt(bytes.NewReader(sealed), passphrase)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrongKey, err)
	}
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrWrongKey, err)
	}
	return age.ParseX25519Identity(string(text))
}

// Key opens a backup: a passphrase, or private keys of age in the form that age-keygen writes.
type Key struct {
	Passphrase string
	Identities string
}

// openKey prepares to decrypt.
func (o *Options) openKey(k Key) ([]age.Identity, error) {
	if k.Passphrase != "" {
		identity, err := readFolderKey(Options{Dir: o.Dir, Passphrase: k.Passphrase})
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("%w: it was made for public keys, not with a passphrase", ErrWrongKey)
		}
		return []age.Identity{identity}, err
	}
	if k.Identities == "" {
		return nil, ErrNoKey
	}
	identities, err := age.ParseIdentities(strings.NewReader(k.Identities))
	if err != nil {
		return nil, fmt.Errorf("backup: %w", err)
	}
	return identities, nil
}
