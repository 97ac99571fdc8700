package collect

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"sync"

	"github.com/entaudience/entaudience/schemas"
)

// ReplayKeys is the Keyring of recorded and simulated hits: the key of a week
// is HMAC-SHA-256(K, its Monday as "2006-01-02"). Unlike the live key it can
// make the tokens of any week again, so that the same file replayed twice
// gives the same events; whoever destroys K makes them as safe as live ones.
type ReplayKeys struct {
	key   []byte
	mu    sync.RWMutex
	weeks map[schemas.Week]*tokenizer
}

// NewReplayKeys uses key, which must be secret and have at least 32 bytes.
func NewReplayKeys(key []byte) (*ReplayKeys, error) {
	if len(key) < keySize {
		return nil, fmt.Errorf("a replay key needs at least %d bytes, this one has %d", keySize, len(key))
	}
	return &ReplayKeys{key: append([]byte(nil), key...), weeks: make(map[schemas.Week]*tokenizer)}, nil
}

// OpenReplayKeys uses the whole content of a file as K, byte for byte. A
// missing file is made, with a random key, readable by its owner alone; a file
// that others can read is refused.
func OpenReplayKeys(path string) (*ReplayKeys, error) {
	key, err := readPrivate(path, 4096)
	if errors.Is(err, fs.ErrNotExist) {
		var random [keySize]byte
		rand.Read(random[:])
		key = append(hex.AppendEncode(nil, random[:]), '\n')
		err = writePrivate(path, key)
	}
	if err != nil {
		return nil, fmt.Errorf("replay key: %w", err)
	}
	keys, err := NewReplayKeys(key)
	if err != nil {
		return nil, fmt.Errorf("replay key %s: %w", path, err)
	}
	return keys, nil
}

// Visitor is the token of a person in a school during a week.
func (k *ReplayKeys) Visitor(week schemas.Week, uai schemas.UAI, identifier string) schemas.Visitor {
	k.mu.RLock()
	t := k.weeks[week]
	k.mu.RUnlock()
	if t == nil {
		k.mu.Lock()
		if t = k.weeks[week]; t == nil {
			t = newTokenizer(derive(k.key, week.String()))
			if len(k.weeks) >= 1024 { // twenty years: a file of invented dates
				clear(k.weeks)
			}
			k.weeks[week] = t
		}
		k.mu.Unlock()
	}
	return t.visitor(uai, identifier)
}
