package access

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"gopkg.in/natefinch/lumberjack.v2"
)

// Entry is one line of the audit: who did what, and what was decided. It has
// no address of a machine and no query string.
type Entry struct {
	Time     time.Time `json:"time"`
	Who      string    `json:"who"` // subject, "" = nobody known
	What     string    `json:"msg"` // one of the What… below
	Path     string    `json:"path"`
	Decision string    `json:"decision"` // Allowed or Refused
	Why      string    `json:"why"`
}

// What the audit notes.
const (
	WhatPage   = "page" // only those refused
	WhatExport = "national export"
	WhatLogin  = "login"
	WhatLogout = "logout"
	WhatEnd    = "sessions ended"
	WhatNote   = "note"

	WhatHandout = "page for a collectivity"
)

// Decisions of the audit.
const (
	Allowed = "allowed"
	Refused = "refused"
)

// The audit's file: lines are about pilots, so they do not stay for ever.
const (
	auditFile      = "audit.jsonl"
	auditMegabytes = 10
	auditBackups   = 4
	auditDays      = 365
)

// Audit appends entries to a file of its own. It is safe for concurrent use.
type Audit struct {
	path  string
	lines slog.Handler
	clock func() time.Time
	log   *slog.Logger
}

// OpenAudit notes into a file of the folder.
func OpenAudit(folder string, clock func() time.Time, log *slog.Logger) *Audit {
	path := filepath.Join(folder, auditFile)
	file := &lumberjack.Logger{Filename: path, MaxSize: auditMegabytes, MaxBackups: auditBackups, MaxAge: auditDays}
	return &Audit{path: path, lines: slog.NewJSONHandler(file, nil), clock: clock, log: log}
}

// Note adds an entry, stamped now. One that cannot be written is an error of
// the log and stops nobody.
func (a *Audit) Note(e Entry) {
	record := slog.NewRecord(a.clock().UTC(), slog.LevelInfo, e.What, 0)
	record.AddAttrs(slog.String("who", e.Who), slog.String("path", e.Path), slog.String("decision", e.Decision), slog.String("why", e.Why))
	if err := a.lines.Handle(context.Background(), record); err != nil {
		a.log.Error("audit line lost", "what", e.What, "who", e.Who, "path", e.Path, "decision", e.Decision, "error", err)
	}
}

// Tail gives the last n entries of the current file, the newest first.
func (a *Audit) Tail(n int) ([]Entry, error) {
	f, err := os.Open(a.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var last []Entry
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		var e Entry
		if json.Unmarshal(lines.Bytes(), &e) != nil {
			continue // cut by a full disk
		}
		if last = append(last, e); len(last) > 2*n {
			last = append(last[:0], last[len(last)-n:]...)
		}
	}
	last = last[max(0, len(last)-n):]
	for i, j := 0, len(last)-1; i < j; i, j = i+1, j-1 {
		last[i], last[j] = last[j], last[i]
	}
	return last, lines.Err()
}
