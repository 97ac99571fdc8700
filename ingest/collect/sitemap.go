package collect

import (
	"bufio"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

const (
	// sitePoll is how often the file is looked at. A change is read once the
	// file has looked the same twice, so as not to take half of a copy.
	sitePoll = 2 * time.Second
	// maxSiteMap is the largest file read, in bytes.
	maxSiteMap = 16 << 20
	// maxSiteErrors is how many wrong lines an error names.
	maxSiteErrors = 5
)

// SiteMap finds the school that a project of the 2012 plan numbers s2 in the
// collectivity s. It reads a CSV file with the header s;s2;uai, again each time
// the file changes. It is safe for concurrent use.
type SiteMap struct {
	path    string
	log     *slog.Logger
	metrics *Metrics
	rows    atomic.Pointer[map[siteKey]schemas.UAI]
	seen    fileState // of the rows in use; Run's own
}

type siteKey struct{ site, site2 string }

type fileState struct {
	modified time.Time
	size     int64
}

// OpenSiteMap reads the file. The error is Invalid and names wrong lines by
// their number; a missing file is an error too.
func OpenSiteMap(path string, m *Metrics, log *slog.Logger) (*SiteMap, error) {
	s := &SiteMap{path: path, log: log, metrics: m}
	state, err := s.stat()
	if err == nil {
		err = s.load(state)
	}
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("site map %s: %w", path, err))
	}
	return s, nil
}

// UAI is the school of a hit of the 2012 plan.
func (s *SiteMap) UAI(site, site2 string) (schemas.UAI, bool) {
	u, ok := (*s.rows.Load())[siteKey{canonicalNumber(site), canonicalNumber(site2)}]
	return u, ok
}

// Run reads the file again when it changes, until ctx is done. A file that
// cannot be read leaves the rows in use as they are; that is logged and
// counted once per change.
func (s *SiteMap) Run(ctx context.Context) error {
	ticker := time.NewTicker(sitePoll)
	defer ticker.Stop()
	previous, missing := s.seen, false
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		now, err := s.stat()
		if err != nil {
			if !missing {
				missing = true
				s.failed(err)
			}
			continue
		}
		settled := now == previous
		missing, previous = false, now
		if !settled || now == s.seen {
			continue
		}
		if err := s.load(now); err != nil {
			s.seen = now // the same content will not be better
			s.failed(err)
			continue
		}
		s.log.Info("site map read again", "rows", len(*s.rows.Load()))
	}
}

func (s *SiteMap) failed(err error) {
	s.metrics.mapErrors.Inc()
	s.log.Error("the site map was not read again; the one before stays in use", "error", err)
}

func (s *SiteMap) stat() (fileState, error) {
	info, err := os.Stat(s.path)
	if err != nil {
		return fileState{}, err
	}
	if info.IsDir() {
		return fileState{}, errors.New("it is a directory")
	}
	return fileState{info.ModTime(), info.Size()}, nil
}

func (s *SiteMap) load(state fileState) error {
	if state.size > maxSiteMap {
		return fmt.Errorf("it has %d bytes, more than %d", state.size, maxSiteMap)
	}
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer f.Close()
	rows, err := readSites(io.LimitReader(f, maxSiteMap))
	if err != nil {
		return err
	}
	s.rows.Store(&rows)
	s.seen = state
	s.metrics.mapLoads.Inc()
	s.metrics.mapRows.Set(float64(len(rows)))
	return nil
}

// readSites reads the whole file or gives an error that names the first wrong
// lines: a map with holes would refuse a school's hits without a word.
func readSites(r io.Reader) (map[siteKey]schemas.UAI, error) {
	buffered := bufio.NewReader(r)
	if bom, _ := buffered.Peek(3); string(bom) == "\ufeff" {
		buffered.Discard(3) //nolint:errcheck // just peeked
	}
	in := csv.NewReader(buffered)
	in.Comma = ';'
	in.FieldsPerRecord = -1
	in.ReuseRecord = true

	header, err := in.Read()
	if err != nil && err != io.EOF {
		return nil, err
	}
	site, site2, uai := -1, -1, -1
	for i, name := range header {
		switch strings.ToLower(strings.TrimSpace(name)) {
		case "s":
			site = i
		case "s2":
			site2 = i
		case "uai":
			uai = i
		}
	}
	if site < 0 || site2 < 0 || uai < 0 {
		return nil, errors.New("line 1: the header must be s;s2;uai")
	}

	rows := make(map[siteKey]schemas.UAI)
	lines := make(map[siteKey]int)
	var wrong []error
	for len(wrong) < maxSiteErrors {
		record, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, errors.Join(append(wrong, err)...) // a *csv.ParseError names its line
		}
		line, _ := in.FieldPos(0)
		if len(record) <= max(site, site2, uai) {
			wrong = append(wrong, fmt.Errorf("line %d: too few columns", line))
			continue
		}
		key := siteKey{
			strings.Clone(canonicalNumber(strings.TrimSpace(record[site]))),
			strings.Clone(canonicalNumber(strings.TrimSpace(record[site2]))),
		}
		u := schemas.UAI(upper(strings.TrimSpace(record[uai])))
		switch {
		case key.site == "" || key.site2 == "":
			wrong = append(wrong, fmt.Errorf("line %d: s or s2 is empty", line))
		case !schemas.ValidUAI(string(u)):
			wrong = append(wrong, fmt.Errorf("line %d: %.20q is not a UAI", line, u))
		case rows[key] != "" && rows[key] != u:
			wrong = append(wrong, fmt.Errorf("line %d: this s and s2 already have another UAI on line %d", line, lines[key]))
		default:
			rows[key], lines[key] = schemas.UAI(strings.Clone(string(u))), line
		}
	}
	if len(wrong) > 0 {
		return nil, errors.Join(wrong...)
	}
	return rows, nil
}
