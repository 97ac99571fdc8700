package access

import (
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// groupPrefix marks the lines of a mapping that are of groups.
const groupPrefix = "groupe:"

// Mapping is a file that gives people and groups their grants: CSV, header
// "qui;acces", "qui" a subject or "groupe:" and the name of a group, "acces"
// grants separated by spaces. It is read again when it changes; while it
// cannot be read, what it last said holds. It is safe for concurrent use.
type Mapping struct {
	path string
	log  *slog.Logger

	mu     sync.Mutex
	seen   stamp
	grants map[string]Grants
}

// stamp tells one state of a file from another.
type stamp struct {
	modified time.Time
	size     int64
}

func stampOf(path string) (stamp, error) {
	info, err := os.Stat(path)
	if err != nil {
		return stamp{}, err
	}
	return stamp{info.ModTime(), info.Size()}, nil
}

// OpenMapping reads the file. The error is Invalid and names the line.
func OpenMapping(path string, log *slog.Logger) (*Mapping, error) {
	m := &Mapping{path: path, log: log}
	seen, err := stampOf(path)
	if err == nil {
		m.grants, err = readMapping(path)
	}
	if err != nil {
		return nil, schemas.WithKind(schemas.Invalid, fmt.Errorf("access mapping: %w", err))
	}
	m.seen = seen
	return m, nil
}

func (m *Mapping) group(name string) Grants { return m.of(groupPrefix + name) }

func (m *Mapping) subject(s string) Grants {
	if strings.HasPrefix(s, groupPrefix) {
		return Grants{} // nobody is a group by their name
	}
	return m.of(s)
}

func (m *Mapping) of(who string) Grants {
	if m == nil {
		return Grants{}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if now, err := stampOf(m.path); err == nil && now != m.seen {
		m.seen = now // a bad file is said once
		if grants, err := readMapping(m.path); err == nil {
			m.grants = grants
		} else {
			m.log.Error("access mapping unreadable, the last one holds", "error", err)
		}
	}
	return m.grants[who]
}

func readMapping(path string) (map[string]Grants, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	r := csv.NewReader(f)
	r.Comma, r.Comment, r.FieldsPerRecord, r.TrimLeadingSpace = ';', '#', 2, true
	header, err := r.Read()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if strings.TrimPrefix(header[0], "\uFEFF") != "qui" || header[1] != "acces" {
		return nil, fmt.Errorf("%s: the header must be qui;acces", path)
	}
	grants := map[string]Grants{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return grants, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		line, _ := r.FieldPos(0)
		g, err := ParseGrants(record[1])
		if err != nil {
			return nil, fmt.Errorf("%s: line %d: %w", path, line, err)
		}
		who := strings.TrimSpace(record[0])
		if who == "" || who == groupPrefix {
			return nil, fmt.Errorf("%s: line %d: nobody is named", path, line)
		}
		all := grants[who]
		all.join(g)
		grants[who] = all
	}
}
