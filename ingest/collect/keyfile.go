package collect

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// WeekKeyFile is the name of the week key in the data directory.
const WeekKeyFile = "week.key"

// maxKeyFile bounds what is read of a key file, in bytes.
const maxKeyFile = 1024

// KeyState is what may be said of a week key: never the key.
type KeyState struct {
	Path        string
	Week        schemas.Week // of the key in the file
	Current     schemas.Week // whose key it gives now
	Overwritten time.Time    // when a running collector steps the file next
	// Fingerprint is a one-way function of the key of the current week: the
	// same for collectors that give the same tokens.
	Fingerprint string
}

// InitWeekKey puts a week key into a data directory that has none: that of the
// file from, made by ExportWeekKey on another collector, or a random one when
// from is empty. A random key is reported as an incident, for it parts the
// users of the week from those that were counted before.
func InitWeekKey(dir, from string, now time.Time) (KeyState, error) {
	path := filepath.Join(dir, WeekKeyFile)
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		if err == nil {
			err = fmt.Errorf("%s exists: stop the collector and remove it first, if its week's users may be counted twice", path)
		}
		return KeyState{}, fmt.Errorf("week key: %w", err)
	}
	var held *heldKeys
	var err error
	if from == "" {
		held, err = makeWeekKey(dir, now)
	} else if held, err = readWeekKey(from); err == nil {
		held = held.stepped(now)
		err = storeWeekKey(dir, held)
	}
	if err != nil {
		return KeyState{}, fmt.Errorf("week key: %w", err)
	}
	return held.state(path, now), nil
}

// WeekKeyState says what the key of a data directory is good for.
func WeekKeyState(dir string, now time.Time) (KeyState, error) {
	path := filepath.Join(dir, WeekKeyFile)
	held, err := readWeekKey(path)
	if err != nil {
		return KeyState{}, fmt.Errorf("week key: %w", err)
	}
	return held.state(path, now), nil
}

// ExportWeekKey writes the starting state of other collectors to a new file,
// readable by its owner alone: the key of the current week, and of none before.
// Whoever has the file can make the tokens of this week and of all that follow:
// destroy it once it is where it has to be.
func ExportWeekKey(dir, to string, now time.Time) (KeyState, error) {
	held, err := readWeekKey(filepath.Join(dir, WeekKeyFile))
	if err != nil {
		return KeyState{}, fmt.Errorf("week key: %w", err)
	}
	held = held.steppedTo(schemas.WeekOf(now))
	if err := errors.Join(writeNew(to, held.encode()), syncDir(filepath.Dir(to))); err != nil {
		return KeyState{}, fmt.Errorf("week key: %w", err)
	}
	return held.state(to, now), nil
}

// state is what may be told of h.
func (h *heldKeys) state(path string, now time.Time) KeyState {
	s := KeyState{Path: path, Week: h.oldest, Current: max(h.oldest, schemas.WeekOf(now))}
	s.Overwritten = h.oldest.End().Add(weekGrace).In(schemas.Paris)
	current := h.steppedTo(s.Current)
	mark := derive(current.key[:], "fingerprint")
	s.Fingerprint = hex.EncodeToString(mark[:4])
	return s
}

// stepped is h without the keys of the weeks that are over, grace included.
func (h *heldKeys) stepped(now time.Time) *heldKeys { return h.steppedTo(oldestNeeded(now)) }

// steppedTo is h from a week on; h itself when it starts no earlier.
func (h *heldKeys) steppedTo(w schemas.Week) *heldKeys {
	if w <= h.oldest {
		return h
	}
	next := &heldKeys{oldest: w, key: h.key}
	for range int(w-h.oldest) / 7 {
		next.key = derive(next.key[:], "next week")
	}
	return next
}

// makeWeekKey stores a random key for the current week and reports that.
func makeWeekKey(dir string, now time.Time) (*heldKeys, error) {
	held := &heldKeys{oldest: oldestNeeded(now)}
	rand.Read(held.key[:])
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	// The report comes first: a key without one would hide the break.
	incident := schemas.Incident{Kind: schemas.NewWeekKey, Week: schemas.WeekOf(now), At: now.UnixMilli()}
	if err := (&incidentFile{dir: dir}).add(incident); err != nil {
		return nil, err
	}
	return held, storeWeekKey(dir, held)
}

func storeWeekKey(dir string, held *heldKeys) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	if err := private(dir); err != nil {
		return err
	}
	return writePrivate(filepath.Join(dir, WeekKeyFile), held.encode())
}

// readWeekKey reads a key file; the error is fs.ErrNotExist when there is none.
func readWeekKey(path string) (*heldKeys, error) {
	content, err := readPrivate(path, maxKeyFile)
	if err != nil {
		return nil, err
	}
	held, err := decodeKey(content)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return held, nil
}

// private refuses a folder in which anybody could put another key.
func private(dir string) error {
	info, err := os.Stat(dir)
	if err != nil {
		return err
	}
	if mode := info.Mode().Perm(); mode&0o002 != 0 {
		return fmt.Errorf("%s can be written by anybody (mode %04o): run chmod o-w %s", dir, mode, dir)
	}
	return nil
}

// The file has one line: the Monday of the week and its key in hexadecimal.
func (h *heldKeys) encode() []byte {
	b := append([]byte(h.oldest.String()), ' ')
	return append(hex.AppendEncode(b, h.key[:]), '\n')
}

// decodeKey reads a key file. The error never holds what was read.
func decodeKey(content []byte) (*heldKeys, error) {
	monday, key, ok := strings.Cut(strings.TrimSpace(string(content)), " ")
	if !ok {
		return nil, errors.New("not a week key: want a Monday, a space and 64 hexadecimal digits")
	}
	h := &heldKeys{}
	var err error
	if h.oldest, err = schemas.ParseWeek(monday); err != nil {
		return nil, errors.New("not a week key: it does not start with a Monday")
	}
	if n, err := hex.Decode(h.key[:], []byte(cut(key, 2*keySize))); err != nil || n != keySize || len(key) != 2*keySize {
		return nil, errors.New("not a week key: its key is not 64 hexadecimal digits")
	}
	return h, nil
}
