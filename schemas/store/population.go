package store

import (
	"context"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const (
	insertPopulation = "INSERT INTO population (annee, version, source, uai, profil, day, persons, activated)"
	insertEnrolments = "INSERT INTO enrolments (annee, version, uai, collectivite, enrolled_on)"
)

// ImportPupils stores the effectifs of some rentrées as a new version of each,
// visible together, whole or not at all; earlier versions are kept. source
// names the file.
func (s *Store) ImportPupils(ctx context.Context, source string, years map[schemas.SchoolYear][]schemas.PupilCount) error {
	return importYears(ctx, s, kindPupils, source, insertPopulation, years,
		func(b driver.Batch, number uint64, year schemas.SchoolYear, c schemas.PupilCount) error {
			return b.Append(uint16(year), number, string(kindPupils), string(c.UAI), string(schemas.Eleve), year.First().UTC(), int32(c.Pupils), int32(-1))
		})
}

// ImportAccounts stores the accounts of some school years, as ImportPupils
// does.
func (s *Store) ImportAccounts(ctx context.Context, source string, years map[schemas.SchoolYear][]schemas.AccountCount) error {
	return importYears(ctx, s, kindAccounts, source, insertPopulation, years,
		func(b driver.Batch, number uint64, year schemas.SchoolYear, c schemas.AccountCount) error {
			return b.Append(uint16(year), number, string(kindAccounts), string(c.UAI), string(c.Profil), c.Day.UTC(), int32(c.Loaded), int32(c.Activated))
		})
}

// ImportEnrolments stores the enrolments of some school years, as ImportPupils
// does.
func (s *Store) ImportEnrolments(ctx context.Context, source string, years map[schemas.SchoolYear][]schemas.Enrolment) error {
	return importYears(ctx, s, kindEnrolments, source, insertEnrolments, years,
		func(b driver.Batch, number uint64, year schemas.SchoolYear, e schemas.Enrolment) error {
			return b.Append(uint16(year), number, string(e.UAI), e.Collectivite, e.On.UTC())
		})
}

// importYears inserts rows of several school years under one version number
// and publishes it.
func importYears[R any](ctx context.Context, s *Store, k kind, source, statement string, years map[schemas.SchoolYear][]R,
	row func(driver.Batch, uint64, schemas.SchoolYear, R) error,
) error {
	number, err := s.nextVersion(ctx)
	if err != nil {
		return err
	}
	counts := map[schemas.SchoolYear]int{}
	for year, rows := range years {
		counts[year] = len(rows)
		err := s.insertRows(ctx, statement, len(rows), func(b driver.Batch, i int) error {
			return row(b, number, year, rows[i])
		})
		if err != nil {
			return err
		}
	}
	return s.publish(ctx, k, number, source, counts)
}

// Pupils lists the effectifs of a rentrée, and of which it is: the latest one
// not after it. None was imported when the year is 0.
func (s *Store) Pupils(ctx context.Context, year schemas.SchoolYear) ([]schemas.PupilCount, schemas.SchoolYear, error) {
	v, ok, err := s.imported(ctx, kindPupils, notAfter(year))
	if err != nil || !ok {
		return nil, 0, err
	}
	pupils, _, err := s.pupils.get(ctx, s, kindPupils, v.year, ofYear(v.year), func(ctx context.Context, v version) ([]schemas.PupilCount, error) {
		var rows []schemas.PupilCount
		err := s.each(ctx, "population_pupils", v.params(), func(r driver.Rows) error {
			var uai string
			var persons int32
			err := r.Scan(&uai, &persons)
			rows = append(rows, schemas.PupilCount{UAI: schemas.UAI(uai), Pupils: int(persons)})
			return err
		})
		return rows, err
	})
	return pupils, v.year, err
}

// Accounts lists the accounts of a school year, every day that was imported;
// none when nothing was.
func (s *Store) Accounts(ctx context.Context, year schemas.SchoolYear) ([]schemas.AccountCount, error) {
	accounts, _, err := s.accounts.get(ctx, s, kindAccounts, year, ofYear(year), func(ctx context.Context, v version) ([]schemas.AccountCount, error) {
		var rows []schemas.AccountCount
		err := s.each(ctx, "population_accounts", v.params(), func(r driver.Rows) error {
			var uai, profil string
			var day time.Time
			var loaded, activated int32
			err := r.Scan(&uai, &profil, &day, &loaded, &activated)
			rows = append(rows, schemas.AccountCount{
				UAI: schemas.UAI(uai), Profil: schemas.Profil(profil), Day: schemas.DayFromUTC(day), Loaded: int(loaded), Activated: int(activated),
			})
			return err
		})
		return rows, err
	})
	return accounts, err
}

// populationCache keeps the populations last made, by school year.
type populationCache struct {
	mu   sync.Mutex
	made map[schemas.SchoolYear]madePopulation
}

type madePopulation struct {
	pupils, accounts uint64 // the versions it is made of
	*schemas.Population
}

// Population is who could use the ENT in a school year.
func (s *Store) Population(ctx context.Context, year schemas.SchoolYear) (*schemas.Population, error) {
	ofPupils, _, err := s.imported(ctx, kindPupils, notAfter(year))
	if err != nil {
		return nil, err
	}
	ofAccounts, _, err := s.imported(ctx, kindAccounts, ofYear(year))
	if err != nil {
		return nil, err
	}
	c := &s.populations
	c.mu.Lock()
	defer c.mu.Unlock()
	if m, ok := c.made[year]; ok && m.pupils == ofPupils.number && m.accounts == ofAccounts.number {
		return m.Population, nil
	}
	pupils, rentree, err := s.Pupils(ctx, year)
	if err != nil {
		return nil, err
	}
	accounts, err := s.Accounts(ctx, year)
	if err != nil {
		return nil, err
	}
	p := schemas.NewPopulation(year, rentree, pupils, accounts)
	if c.made == nil {
		c.made = map[schemas.SchoolYear]madePopulation{}
	}
	c.made[year] = madePopulation{ofPupils.number, ofAccounts.number, p}
	return p, nil
}

// Enrolments are the schools enrolled in a school year; nothing is known of a
// year that was not imported. They are never nil without an error.
func (s *Store) Enrolments(ctx context.Context, year schemas.SchoolYear) (*schemas.Enrolments, error) {
	e, ok, err := s.enrolments.get(ctx, s, kindEnrolments, year, ofYear(year), func(ctx context.Context, v version) (*schemas.Enrolments, error) {
		var rows []schemas.Enrolment
		err := s.each(ctx, "enrolments", v.params(), func(r driver.Rows) error {
			var uai string
			var e schemas.Enrolment
			var on time.Time
			err := r.Scan(&uai, &e.Collectivite, &on)
			e.UAI, e.On = schemas.UAI(uai), schemas.DayFromUTC(on)
			rows = append(rows, e)
			return err
		})
		return schemas.NewEnrolments(year, v.number, v.imported, rows), err
	})
	if err == nil && !ok {
		e = schemas.NewEnrolments(year, 0, time.Time{}, nil)
	}
	return e, err
}

// notAfter chooses the version of the latest school year up to one.
func notAfter(year schemas.SchoolYear) func([]version) (version, bool) {
	return func(list []version) (best version, ok bool) {
		for _, v := range list { // ascending
			if v.year <= year {
				best, ok = v, true
			}
		}
		return best, ok
	}
}

// params name a version in a statement.
func (v version) params() params {
	return params{"annee": uintParam(v.year), "version": strconv.FormatUint(v.number, 10)}
}
