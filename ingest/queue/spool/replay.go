package spool

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// recover lists the segments that an earlier process left.
func (s *Spool) recover() error {
	names, err := filepath.Glob(filepath.Join(s.config.Folder, "*"+suffix))
	if err != nil {
		return err
	}
	slices.Sort(names) // by number: they have the same length
	for _, path := range names {
		number, err := strconv.ParseUint(strings.TrimSuffix(filepath.Base(path), suffix), 10, 64)
		if err != nil {
			return err
		}
		s.next = number + 1
		found, err := s.recoverSegment(path)
		if err != nil {
			return err
		}
		if found == nil {
			continue
		}
		s.segments = append(s.segments, found)
		s.bytes += found.bytes
		s.values += found.values
	}
	return nil
}

// recoverSegment reads a segment and cuts its torn tail; one without a value
// is removed, and nil.
func (s *Spool) recoverSegment(path string) (*segment, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := parse(data)
	if torn := int64(len(data)) - c.intact; torn > 0 {
		s.metrics.damaged.Add(float64(torn))
		s.logger.Warn("a crash left the end of a segment of the spool unfinished; it is cut", "segment", filepath.Base(path), "bytes", torn)
		if err := os.Truncate(path, c.intact); err != nil {
			return nil, err
		}
	}
	if len(c.values) == 0 {
		return nil, os.Remove(path)
	}
	if c.begun.IsZero() {
		c.begun = s.modified(path)
	}
	return &segment{path: path, begun: c.begun, bytes: c.intact, values: len(c.values)}, nil
}

func (s *Spool) modified(path string) time.Time {
	if info, err := os.Stat(path); err == nil {
		return info.ModTime()
	}
	return s.clock()
}

// oldest gives the oldest segment and its values, all of them intact; nil when
// nothing waits. A segment that is being written is sealed first. One that
// cannot be read is set aside and the next one is given.
func (s *Spool) oldest() (*segment, [][]byte) {
	for {
		found := s.first()
		if found == nil {
			return nil, nil
		}
		data, err := os.ReadFile(found.path)
		if err != nil {
			s.setAside(found, err)
			continue
		}
		c := parse(data)
		if c.damaged > 0 || len(c.values) < found.values {
			s.metrics.damaged.Add(float64(c.damaged))
			s.metrics.errors[stepRead].Inc()
			s.logger.Error("a segment of the spool was damaged on disk", "segment", filepath.Base(found.path),
				"bytes", c.damaged, "lost", found.values-len(c.values))
		}
		return found, c.values
	}
}

// first is the oldest segment, sealed.
func (s *Spool) first() *segment {
	s.writing.Lock()
	defer s.writing.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.segments) == 0 {
		return nil
	}
	if len(s.segments) == 1 {
		s.seal()
	}
	return s.segments[0]
}

// setAside leaves a segment to the operator, under another name.
func (s *Spool) setAside(found *segment, cause error) {
	s.metrics.errors[stepRead].Inc()
	err := os.Rename(found.path, found.path+".damaged")
	s.logger.Error("a segment of the spool cannot be read; it is left in its folder as .damaged",
		"segment", filepath.Base(found.path), "values", found.values, "error", errors.Join(cause, err))
	s.forget(found)
}

// done removes a segment whose values, so many, the queue has.
func (s *Spool) done(found *segment, values int) {
	if err := os.Remove(found.path); err != nil {
		s.metrics.errors[stepRemove].Inc()
		s.logger.Error("a replayed segment of the spool cannot be removed; a restart will replay it again",
			"segment", filepath.Base(found.path), "error", err)
	}
	s.metrics.replayed.Add(float64(values))
	s.forget(found)
}

func (s *Spool) forget(found *segment) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.segments = slices.DeleteFunc(s.segments, func(other *segment) bool { return other == found })
	s.bytes -= found.bytes
	s.values -= found.values
}

// syncFolder makes the names in a folder durable.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
