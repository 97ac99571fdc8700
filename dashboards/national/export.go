package national

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// ManifestFile is the name of the manifest beside the four files.
const ManifestFile = "manifest.json"

// durationRule is said in each manifest because the national documentation
// does not say whether duree_X is a mean or a total.
const durationRule = "duree_X est la durée moyenne, HH:MM:SS, des visites qui ont une durée (deux événements ou plus), arrondie à la seconde ; 00:00:00 quand aucune n'en a."

// Manifest says what the files hold and how they were made. Its JSON is part
// of what is delivered.
type Manifest struct {
	Generated      time.Time       `json:"generated"` // UTC
	From           string          `json:"du"`
	To             string          `json:"au"`
	Weeks          []string        `json:"weeks"`           // Mondays
	UnfinishedWeek string          `json:"unfinished_week"` // Monday of the week still running, "" when none is exported
	EventsPending  *uint64         `json:"events_pending"`  // null: the queue did not answer
	DaysPending    uint64          `json:"days_pending"`    // when not 0, some figures may still grow
	LastEvent      string          `json:"last_event"`      // RFC 3339 UTC, "" = none yet
	Duration       string          `json:"duration"`        // how duree_X is defined, French
	Directories    []DirectoryUsed `json:"directories"`
	UnknownUAI     []schemas.UAI   `json:"unknown_uai"` // have visits, but no row: the directory does not know them
	Notes          []Note          `json:"notes"`       // what pilots wrote on days of the weeks: incidents, closures
	Files          []FileEntry     `json:"files"`
}

// Note is what a pilot wrote on some days of a territory; its author is not
// delivered.
type Note struct {
	From   string           `json:"du"`
	To     string           `json:"au"` // included
	Kind   schemas.NoteKind `json:"sorte"`
	Niveau schemas.Niveau   `json:"niveau"`
	Code   string           `json:"code"`
	Text   string           `json:"texte"`
}

// DirectoryUsed says which directory gave the labels of a school year.
type DirectoryUsed struct {
	Year    string `json:"year"`
	From    string `json:"from"` // year of the directory used: another one when the year has none
	Version uint64 `json:"version"`
}

// FileEntry is one file of the manifest.
type FileEntry struct {
	File   string `json:"file"`
	Rows   int    `json:"rows"` // without the header
	SHA256 string `json:"sha256"`
}

// NewManifest computes the manifest of a period by writing each of the files
// to the writer that create gives for it. The period's weeks are those whose
// Monday lies in it. The error is Invalid when there is none, or when it
// begins after now.
func NewManifest(ctx context.Context, reader Reader, period schemas.Period, now time.Time, create func(file string) (io.Writer, error)) (*Manifest, error) {
	weeks, err := Weeks(period, now)
	if err != nil {
		return nil, err
	}
	// Asked before the figures are read: pending work that ends meanwhile is
	// better announced once too often than once too little.
	state, err := reader.Completeness(ctx)
	if err != nil {
		return nil, fmt.Errorf("completeness: %w", err)
	}
	m := &Manifest{
		Generated: now.UTC().Truncate(time.Second), From: period.From.String(), To: period.To.String(),
		DaysPending: state.DaysPending, Duration: durationRule,
		UnknownUAI: []schemas.UAI{}, Notes: []Note{},
	}
	if !state.Queue.Away() {
		m.EventsPending = &state.EventsPending
	}
	if !state.LastEvent.IsZero() {
		m.LastEvent = state.LastEvent.UTC().Format(time.RFC3339)
	}
	if err := m.describe(ctx, reader, weeks, now); err != nil {
		return nil, err
	}
	notes, err := reader.Notes(ctx, schemas.Period{From: weeks[0].Monday(), To: weeks[len(weeks)-1].Sunday()})
	if err != nil {
		return nil, fmt.Errorf("notes: %w", err)
	}
	for _, n := range notes {
		m.Notes = append(m.Notes, Note{n.Period.From.String(), n.Period.To.String(), n.Kind, n.At.Niveau, n.At.Code, n.Text})
	}
	unknown := map[schemas.UAI]bool{}
	for _, l := range Layouts() {
		entry, err := l.entry(ctx, reader, weeks, create, unknown)
		if err != nil {
			return nil, err
		}
		m.Files = append(m.Files, entry)
	}
	for u := range unknown {
		m.UnknownUAI = append(m.UnknownUAI, u)
	}
	slices.Sort(m.UnknownUAI)
	return m, nil
}

// Weeks lists the weeks of a period that have begun. The error is Invalid
// when there is none.
func Weeks(period schemas.Period, now time.Time) ([]schemas.Week, error) {
	weeks := period.Weeks()
	if len(weeks) == 0 {
		return nil, schemas.Refuse("Aucun lundi entre le %s et le %s : une semaine est exportée quand son lundi est dans la période.", period.From, period.To)
	}
	current := schemas.WeekOf(now)
	if weeks[0] > current {
		return nil, schemas.Refuse("La semaine du %s n'a pas encore commencé.", weeks[0])
	}
	return slices.DeleteFunc(weeks, func(w schemas.Week) bool { return w > current }), nil
}

func (m *Manifest) describe(ctx context.Context, reader Reader, weeks []schemas.Week, now time.Time) error {
	var last schemas.SchoolYear
	for _, w := range weeks {
		m.Weeks = append(m.Weeks, w.String())
		if w.End().After(now) {
			m.UnfinishedWeek = w.String()
		}
		if y := w.SchoolYear(); y != last {
			last = y
			dir, use, err := reader.Directory(ctx, y)
			if err != nil {
				return fmt.Errorf("directory %s: %w", y, err)
			}
			m.Directories = append(m.Directories, DirectoryUsed{use.Year.String(), use.From.String(), dir.Version})
		}
	}
	return nil
}

func (l Layout) entry(ctx context.Context, reader Reader, weeks []schemas.Week, create func(string) (io.Writer, error), unknown map[schemas.UAI]bool) (FileEntry, error) {
	out, err := create(l.File())
	if err != nil {
		return FileEntry{}, err
	}
	sum := sha256.New()
	s, err := l.Write(ctx, reader, weeks, io.MultiWriter(out, sum))
	if err != nil {
		return FileEntry{}, err
	}
	for u := range s.Unknown {
		unknown[u] = true
	}
	return FileEntry{l.File(), s.Rows, hex.EncodeToString(sum.Sum(nil))}, nil
}

// WriteTo writes the manifest as indented JSON.
func (m *Manifest) WriteTo(w io.Writer) (int64, error) {
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return 0, fmt.Errorf("manifest: %w", err)
	}
	n, err := w.Write(append(b, '\n'))
	return int64(n), err
}

// Export writes the four files and the manifest of a period into dir, which
// it makes when missing. Each file appears whole or not at all, and the
// manifest last: a manifest that is there describes the files beside it. An
// error leaves what was there before.
func Export(ctx context.Context, reader Reader, dir string, period schemas.Period, now time.Time) (*Manifest, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	var files partFiles
	defer files.discard()
	m, err := NewManifest(ctx, reader, period, now, func(name string) (io.Writer, error) {
		return files.create(dir, name)
	})
	if err != nil {
		return nil, err
	}
	f, err := files.create(dir, ManifestFile)
	if err != nil {
		return nil, err
	}
	if _, err := m.WriteTo(f); err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	if err := files.publish(dir); err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	return m, nil
}

// partFiles are files written under a temporary name until all are whole.
type partFiles []*os.File

const partSuffix = ".part"

func (p *partFiles) create(dir, name string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, name+partSuffix), os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, fmt.Errorf("export to %s: %w", dir, err)
	}
	*p = append(*p, f)
	return f, nil
}

// publish syncs all, then removes the old manifest, renames in order of
// creation, and syncs the folder.
func (p *partFiles) publish(dir string) error {
	for _, f := range *p {
		if err := errors.Join(f.Sync(), f.Close()); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(dir, ManifestFile)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	for _, f := range *p {
		if err := os.Rename(f.Name(), f.Name()[:len(f.Name())-len(partSuffix)]); err != nil {
			return err
		}
	}
	*p = nil
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}

// discard removes what publish did not rename.
func (p *partFiles) discard() {
	for _, f := range *p {
		f.Close() // may be closed already
		os.Remove(f.Name())
	}
}
