package access

import (
	"encoding/binary"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"
)

// files keeps sessions in a folder, one file each, named by the hash of its
// token: they outlive a restart, and processes that share the folder share
// the sessions. A file is the instant it expires, in Unix seconds, then what
// scs encoded.
type files struct{ folder string }

var (
	_ scs.Store         = files{}
	_ scs.IterableStore = files{}
)

const sessionSuffix = ".session"

// path is the file of a token; the manager hashes tokens, so that a name is
// base64 for addresses. Anything else could leave the folder.
func (f files) path(token string) (string, error) {
	if token == "" || len(token) > 128 || strings.ContainsAny(token, `/\.`) {
		return "", errors.New("not a session token")
	}
	return filepath.Join(f.folder, token+sessionSuffix), nil
}

// Find gives what was committed, until it expires.
func (f files) Find(token string) (b []byte, found bool, err error) {
	path, err := f.path(token)
	if err != nil {
		return nil, false, nil
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, false, nil
	case err != nil:
		return nil, false, err
	case len(text) < 8 || !time.Now().Before(expiry(text)):
		return nil, false, nil
	}
	return text[8:], true, nil
}

func expiry(text []byte) time.Time { return time.Unix(int64(binary.BigEndian.Uint64(text)), 0) }

// Commit writes a session whole, and takes away those that expired.
func (f files) Commit(token string, b []byte, expires time.Time) error {
	path, err := f.path(token)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.folder, 0o700); err != nil {
		return err
	}
	if err := f.sweep(); err != nil {
		return err
	}
	return replaceFile(path, append(binary.BigEndian.AppendUint64(nil, uint64(expires.Unix())), b...))
}

// Delete forgets a session.
func (f files) Delete(token string) error {
	path, err := f.path(token)
	if err != nil {
		return nil
	}
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// All gives every session by its hashed token.
func (f files) All() (map[string][]byte, error) {
	all := map[string][]byte{}
	tokens, err := f.tokens()
	for _, token := range tokens {
		b, found, err := f.Find(token)
		if err != nil {
			return nil, err
		}
		if found {
			all[token] = b
		}
	}
	return all, err
}

func (f files) tokens() ([]string, error) {
	entries, err := os.ReadDir(f.folder)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var tokens []string
	for _, e := range entries {
		if token, ok := strings.CutSuffix(e.Name(), sessionSuffix); ok {
			tokens = append(tokens, token)
		}
	}
	return tokens, err
}

func (f files) sweep() error {
	tokens, err := f.tokens()
	for _, token := range tokens {
		if _, found, _ := f.Find(token); !found {
			if err := f.Delete(token); err != nil {
				return err
			}
		}
	}
	return err
}

// replaceFile writes a file of the owner's alone, whole or not at all.
func replaceFile(path string, text []byte) error {
	t, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return err
	}
	defer os.Remove(t.Name())
	_, err = t.Write(text)
	if err == nil {
		err = t.Sync()
	}
	if err = errors.Join(err, t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), path)
}
