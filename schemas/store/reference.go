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

// imports is the latest version of every kind of reference data, oldest year
// first.
type imports map[kind][]version

// versionsFresh is how long imports serve before they are read again: another
// process may import something. What is missing is looked for sooner.
const versionsFresh = 5 * time.Second

func (s *Store) readImports(ctx context.Context) (imports, error) {
	all := imports{}
	err := s.each(ctx, "reference_versions", nil, func(r driver.Rows) error {
		var k string
		var year uint16
		var v version
		err := r.Scan(&k, &year, &v.number, &v.source, &v.imported)
		v.year = schemas.SchoolYear(year)
		all[kind(k)] = append(all[kind(k)], v)
		return err
	})
	return all, err
}

// imported gives the version of a kind that choose takes; ok is false when it
// takes none.
func (s *Store) imported(ctx context.Context, k kind, choose func([]version) (version, bool)) (v version, ok bool, err error) {
	for _, age := range []time.Duration{versionsFresh, listFresh} {
		all, err := s.imports.within(age, func() (imports, error) { return s.readImports(ctx) })
		if err != nil {
			return version{}, false, err
		}
		if v, ok = choose(all[k]); ok {
			break
		}
	}
	return v, ok, nil
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
	s.imports.forget()
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

// versioned keeps what was last read of one kind of reference data, by some key.
type versioned[K comparable, V any] struct {
	mu   sync.Mutex
	read map[K]reading[V]
}

type reading[V any] struct {
	number uint64
	value  V
}

// get gives the value under key of the version that choose takes; ok is false
// when it takes none. read is called only when the version is another one than
// last time.
func (c *versioned[K, V]) get(ctx context.Context, s *Store, k kind, key K, choose func([]version) (version, bool),
	read func(context.Context, version) (V, error),
) (value V, ok bool, err error) {
	v, ok, err := s.imported(ctx, k, choose)
	if err != nil || !ok {
		return value, false, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
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
