package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

// kind is one kind of reference data.
type kind string

const (
	kindDirectory  kind = "annuaire"
	kindCalendar   kind = "calendrier"
	kindPupils     kind = "effectifs"
	kindAccounts   kind = "comptes"
	kindEnrolments kind = "inscriptions"
)

// noYear stands for the school year of data that holds many.
const noYear schemas.SchoolYear = 0

// version is the latest import of one kind for one school year.
type version struct {
	year     schemas.SchoolYear
	number   uint64
	source   string
	imported time.Time
}

// versionsFresh is how long a list of versions serves before it is read again:
// another process may import one.
const versionsFresh = 5 * time.Second

func (s *Store) versions(ctx context.Context, k kind) ([]version, error) {
	var versions []version
	err := s.each(ctx, "reference_versions", params{"kind": string(k)}, func(r driver.Rows) error {
		var year uint16
		var v version
		err := r.Scan(&year, &v.number, &v.source, &v.imported)
		v.year = schemas.SchoolYear(year)
		versions = append(versions, v)
		return err
	})
	return versions, err
}

// nextVersion is a number above every version stored. Imports are an
// operator's commands, one at a time: two at once may get the same number, and
// then the rows of both are one version.
func (s *Store) nextVersion(ctx context.Context) (uint64, error) {
	number := uint64(time.Now().UnixMilli())
	err := s.each(ctx, "reference_last", nil, func(r driver.Rows) error {
		var last uint64
		err := r.Scan(&last)
		number = max(number, last+1)
		return err
	})
	return number, err
}

// publishVersion makes the rows of a version visible, for every school year it
// holds, in one insert: whole or not at all.
const publishVersion = "INSERT INTO reference_versions (kind, annee, version, source, rows)" +
	" SELECT {kind:String}, year.1, {version:UInt64}, {source:String}, year.2" +
	" FROM (SELECT arrayJoin(arrayZip({annees:Array(UInt16)}, {rows:Array(UInt64)})) AS year)"

func (s *Store) publish(ctx context.Context, k kind, number uint64, source string, rows map[schemas.SchoolYear]int) error {
	years := slices.Sorted(maps.Keys(rows))
	counts := make([]int, len(years))
	for i, y := range years {
		counts[i] = rows[y]
	}
	err := s.run(ctx, "publish "+string(k), publishVersion, params{
		"kind": string(k), "version": strconv.FormatUint(number, 10), "source": source,
		"annees": numberArray(years), "rows": numberArray(counts),
	})
	for _, c := range []interface{ forget() }{&s.cache, &s.calendars, &s.pupils, &s.accounts, &s.enrolments} {
		c.forget()
	}
	return err
}

// numberArray writes an Array(UInt…) parameter.
func numberArray[T ~int](values []T) string {
	b := []byte{'['}
	for i, v := range values {
		if i > 0 {
			b = append(b, ',')
		}
		b = strconv.AppendInt(b, int64(v), 10)
	}
	return string(append(b, ']'))
}

// versioned keeps what was last read of one kind of reference data, by some
// key, and the list of its versions for a moment.
type versioned[K comparable, V any] struct {
	mu    sync.Mutex
	list  []version
	asked time.Time
	read  map[K]reading[V]
}

type reading[V any] struct {
	number uint64
	value  V
}

// forget makes the next reader ask for the versions again.
func (c *versioned[K, V]) forget() {
	c.mu.Lock()
	c.asked = time.Time{}
	c.mu.Unlock()
}

// version gives the version that choose takes from the list, oldest year
// first; ok is false when it takes none.
func (c *versioned[K, V]) version(ctx context.Context, s *Store, k kind, choose func([]version) (version, bool)) (version, bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.chosen(ctx, s, k, choose)
}

func (c *versioned[K, V]) chosen(ctx context.Context, s *Store, k kind, choose func([]version) (version, bool)) (version, bool, error) {
	if time.Since(c.asked) > versionsFresh {
		list, err := s.versions(ctx, k)
		if err != nil {
			return version{}, false, err
		}
		c.list, c.asked = list, time.Now()
	}
	v, ok := choose(c.list)
	if !ok {
		c.asked = time.Time{} // a first import is seen at once
	}
	return v, ok, nil
}

// get gives the value under key of the version that choose takes; ok is false
// when it takes none. read is called only when the version is another one than
// last time.
func (c *versioned[K, V]) get(ctx context.Context, s *Store, k kind, key K, choose func([]version) (version, bool),
	read func(context.Context, version) (V, error),
) (value V, ok bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	v, ok, err := c.chosen(ctx, s, k, choose)
	if err != nil || !ok {
		return value, false, err
	}
	if r, known := c.read[key]; known && r.number == v.number {
		return r.value, true, nil
	}
	if value, err = read(ctx, v); err != nil {
		return value, false, err
	}
	if c.read == nil {
		c.read = map[K]reading[V]{}
	}
	c.read[key] = reading[V]{v.number, value}
	return value, true, nil
}

// ofYear chooses the version of one school year.
func ofYear(y schemas.SchoolYear) func([]version) (version, bool) {
	return func(list []version) (version, bool) {
		for _, v := range list {
			if v.year == y {
				return v, true
			}
		}
		return version{}, false
	}
}
