package access

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/entaudience/entaudience/schemas"
)

// Secret is what this installation signs with: random, in a file of the data
// folder that its owner alone may read.
type Secret struct{ bytes []byte }

const (
	secretFile  = "secret"
	secretBytes = 32
)

// OpenSecret reads the secret of a folder, and makes it the first time.
// Processes that share the folder share it. The error is Invalid when others
// than the owner may read the file.
func OpenSecret(folder string) (Secret, error) {
	path := filepath.Join(folder, secretFile)
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		if err = os.MkdirAll(folder, 0o755); err == nil {
			err = makeSecret(folder, path)
		}
		if err == nil {
			text, err = os.ReadFile(path)
		}
	}
	if err != nil {
		return Secret{}, fmt.Errorf("session secret: %w", err)
	}
	info, err := os.Stat(path)
	if err != nil {
		return Secret{}, fmt.Errorf("session secret: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return Secret{}, schemas.WithKind(schemas.Invalid, fmt.Errorf("session secret: others may read %s: chmod 600 %s", path, path))
	}
	if len(text) != secretBytes {
		return Secret{}, schemas.WithKind(schemas.Invalid, fmt.Errorf("session secret: %s has %d bytes, not %d: remove it, a new one is made and everybody logs in again", path, len(text), secretBytes))
	}
	return Secret{text}, nil
}

// makeSecret writes a new secret unless another process was faster.
func makeSecret(folder, path string) error {
	t, err := os.CreateTemp(folder, ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(t.Name())
	fresh := make([]byte, secretBytes)
	rand.Read(fresh) // never fails
	_, err = t.Write(fresh)
	if err = errors.Join(err, t.Sync(), t.Close()); err != nil {
		return err
	}
	if err = os.Link(t.Name(), path); errors.Is(err, fs.ErrExist) {
		return nil
	}
	return err
}

// Key derives a key of 32 bytes for one purpose.
func (s Secret) Key(purpose string) []byte {
	key, err := hkdf.Key(sha256.New, s.bytes, nil, "entaudience "+purpose, 32)
	if err != nil {
		panic(err) // 32 bytes are never too many
	}
	return key
}
