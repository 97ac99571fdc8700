package collect

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"github.com/entaudience/entaudience/schemas"
)

// keySize is the length of a week key, in bytes.
const keySize = sha256.Size

// A tokenizer makes the visitor tokens of one week. It is safe for concurrent
// use and does not allocate once warm.
type tokenizer struct {
	pool sync.Pool // of *tokenState
}

type tokenState struct {
	mac     hash.Hash
	message []byte
	sum     []byte
}

func newTokenizer(key [keySize]byte) *tokenizer {
	t := &tokenizer{}
	t.pool.New = func() any {
		return &tokenState{mac: hmac.New(sha256.New, key[:])}
	}
	return t
}

// visitor is the first 8 bytes, big-endian, of HMAC-SHA-256(key, UAI ‖ 0 ‖
// identifier). 0 means "no visitor" elsewhere, so that one value in 2⁶⁴ is
// moved to 1.
func (t *tokenizer) visitor(uai schemas.UAI, identifier string) schemas.Visitor {
	s := t.pool.Get().(*tokenState)
	s.message = append(s.message[:0], uai...)
	s.message = append(s.message, 0)
	s.message = append(s.message, identifier...)
	s.mac.Reset()
	s.mac.Write(s.message) // a hash never fails
	s.sum = s.mac.Sum(s.sum[:0])
	v := binary.BigEndian.Uint64(s.sum)
	clear(s.message) // the identifier does not outlive the hit
	t.pool.Put(s)
	if v == 0 {
		v = 1
	}
	return schemas.Visitor(v)
}

// derive is HMAC-SHA-256(key, message): the step to the next week, and the key
// of a week of replayed hits.
func derive(key []byte, message string) (out [keySize]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(message))
	mac.Sum(out[:0])
	return out
}

// readPrivate reads a key file of at most limit bytes and refuses one that
// anybody but its owner can read. The error never holds what was read; it is
// fs.ErrNotExist when there is no file.
func readPrivate(path string, limit int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		return nil, fmt.Errorf("%s can be read by others (mode %04o): run chmod 600 %s", path, mode, path)
	}
	if info.Size() > limit {
		return nil, fmt.Errorf("%s is not a key file: it has %d bytes", path, info.Size())
	}
	return os.ReadFile(path)
}

// writePrivate replaces a key file atomically and durably, readable by its
// owner alone. What the file held before is overwritten on disk as far as the
// file system allows.
func writePrivate(path string, content []byte) error {
	tmp := path + ".new" // always the same name, so that a crash leaves one key behind at most until the next write
	if err := os.Remove(tmp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := writeNew(tmp, content); err != nil {
		os.Remove(tmp)
		return err
	}
	old, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := errors.Join(os.Rename(tmp, path), syncDir(filepath.Dir(path))); err != nil {
		if old != nil {
			old.Close()
		}
		return err
	}
	if old == nil {
		return nil
	}
	return errors.Join(erase(old), old.Close())
}

// writeNew writes and syncs a file that must not exist yet.
func writeNew(path string, content []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(content)
	if err == nil {
		err = f.Sync()
	}
	return errors.Join(err, f.Close())
}

// erase writes zeros over a file that no longer has a name.
func erase(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return f.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
