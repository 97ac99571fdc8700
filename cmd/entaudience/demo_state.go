package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// demoState remembers how far each week of a demonstration is in, so that a
// restart goes on from there. It is safe for concurrent use.
type demoState struct {
	path string
	mu   sync.Mutex
	saved
}

// saved is what the file holds.
type saved struct {
	Seed         uint64
	Scale        float64
	Departements []string
	Imported     []schemas.SchoolYear // whose directory, enrolments and accounts are in
	// Weeks gives, by its Monday, the instant before which every hit of a week
	// is in.
	Weeks map[string]time.Time
}

// openDemoState reads the file, or begins a new one. The error is Invalid when
// it is that of another region: their hits must not be mixed.
func openDemoState(path string, f regionFlags) (*demoState, error) {
	s := &demoState{path: path, saved: saved{Seed: f.Seed, Scale: f.Scale, Departements: f.Departements, Weeks: map[string]time.Time{}}}
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return s, s.save()
	}
	var before saved
	if err == nil {
		err = json.Unmarshal(text, &before)
	}
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("%s: %w: delete the folder that holds it", path, err))
	}
	if before.Seed != f.Seed || before.Scale != f.Scale || !slices.Equal(before.Departements, f.Departements) {
		return nil, schemas.Refuse("%s est celui d'une autre démonstration (--seed=%d --scale=%g --departements=%q) : reprenez ses options, ou supprimez son dossier.",
			path, before.Seed, before.Scale, before.Departements)
	}
	if s.Imported = before.Imported; before.Weeks != nil {
		s.Weeks = before.Weeks
	}
	return s, nil
}

// imported records that the reference data of these years is in.
func (s *demoState) imported(years []schemas.SchoolYear) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Imported = years
	return s.save()
}

// upTo is the instant before which every hit of a week is in.
func (s *demoState) upTo(w schemas.Week) time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if t, known := s.Weeks[w.String()]; known {
		return t
	}
	return w.Start()
}

// filled records that every hit of a week before to is in.
func (s *demoState) filled(w schemas.Week, to time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Weeks[w.String()] = to
	return s.save()
}

// live records that hits were sent as they came, from an instant until now. It
// changes nothing while what comes before is still on its way.
func (s *demoState) live(from, now time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := schemas.WeekOf(from)
	for w := first; w <= schemas.WeekOf(now); w = w.Next() {
		if w == first && s.Weeks[w.String()].Before(from) {
			continue
		}
		s.Weeks[w.String()] = earliest(now, w.End())
	}
	return s.save()
}

// save replaces the file, whole.
func (s *demoState) save() error {
	err := writeFile(s.path+".new", func(w io.Writer) error { return json.NewEncoder(w).Encode(s.saved) })
	if err == nil {
		err = os.Rename(s.path+".new", s.path)
	}
	if err != nil {
		return fmt.Errorf("remember how far the demonstration is: %w", err)
	}
	return nil
}

func earliest(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}
