package store

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const (
	insertSchools = "INSERT INTO schools (annee, version, uai, name, commune, code_postal, nature, nature_label, secteur, ministere," +
		" region, academie, dsden, circonscription, pupils, open, public_primary, priority, rpi, latitude, longitude)"
	insertTerritories = "INSERT INTO territories (annee, version, niveau, code, name, parent_niveau, parent_code)"
	publishVersion    = "INSERT INTO reference_versions (kind, annee, version, source, rows)" +
		" SELECT 'annuaire', {annee:UInt16}, {version:UInt64}, {source:String}, {rows:UInt64}"
)

// version is the latest directory of one school year.
type version struct {
	year     schemas.SchoolYear
	number   uint64
	source   string
	imported time.Time
}

// directoryCache keeps the directories last read, and the list of versions
// for a moment: another process may import one.
type directoryCache struct {
	mu       sync.Mutex
	versions []version
	asked    time.Time
	read     map[schemas.SchoolYear]*schemas.Directory
}

// versionsFresh is how long a list of versions serves before it is read again.
const versionsFresh = 5 * time.Second

// ImportDirectory stores a directory as a new version of a school year. The
// version is visible once its last statement is done, whole or not at all;
// earlier versions are kept. source names the file.
func (s *Store) ImportDirectory(ctx context.Context, year schemas.SchoolYear, source string, schools []schemas.School, above []schemas.Territory) error {
	number := uint64(time.Now().UnixMilli())
	versions, err := s.versions(ctx)
	if err != nil {
		return err
	}
	for _, v := range versions {
		number = max(number, v.number+1)
	}
	if err := s.insertRows(ctx, insertTerritories, len(above), func(b driver.Batch, i int) error {
		t := above[i]
		return b.Append(uint16(year), number, string(t.Niveau), t.Code, t.Name, string(t.Parent.Niveau), t.Parent.Code)
	}); err != nil {
		return err
	}
	if err := s.insertRows(ctx, insertSchools, len(schools), func(b driver.Batch, i int) error {
		e := schools[i]
		return b.Append(uint16(year), number, string(e.UAI), e.Name, e.Commune, e.CodePostal, e.Nature, e.NatureLabel,
			e.Secteur, e.Ministere, e.Region, e.Academie, e.DSDEN, e.Circonscription, int32(e.Pupils), e.Open, e.Primary,
			e.Priority, e.RPI, e.Latitude, e.Longitude)
	}); err != nil {
		return err
	}
	err = s.run(ctx, "publish directory", publishVersion, params{
		"annee": uintParam(year), "version": strconv.FormatUint(number, 10), "source": source, "rows": strconv.Itoa(len(schools)),
	})
	s.cache.mu.Lock()
	s.cache.asked = time.Time{}
	s.cache.mu.Unlock()
	return err
}

// Directory is the latest directory of a school year, or of the nearest one
// that has any; use says which. The error is NotFound when none was ever
// imported.
func (s *Store) Directory(ctx context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	use, err := s.directoryUse(ctx, year)
	if err != nil {
		return nil, use, err
	}
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	var latest version
	for _, v := range s.cache.versions {
		if v.year == use.From {
			latest = v
		}
	}
	if d := s.cache.read[use.From]; d != nil && d.Version == latest.number {
		return d, use, nil
	}
	d, err := s.readDirectory(ctx, latest)
	if err != nil {
		return nil, use, err
	}
	if s.cache.read == nil {
		s.cache.read = map[schemas.SchoolYear]*schemas.Directory{}
	}
	s.cache.read[use.From] = d
	return d, use, nil
}

// directoryUse finds the directory of a year, or the nearest one: the closest
// year, the later of two at the same distance.
func (s *Store) directoryUse(ctx context.Context, year schemas.SchoolYear) (schemas.DirectoryUse, error) {
	s.cache.mu.Lock()
	defer s.cache.mu.Unlock()
	if time.Since(s.cache.asked) > versionsFresh {
		versions, err := s.versions(ctx)
		if err != nil {
			return schemas.DirectoryUse{}, err
		}
		s.cache.versions, s.cache.asked = versions, time.Now()
	}
	use := schemas.DirectoryUse{Year: year, From: -1}
	best := 0
	for _, v := range s.cache.versions { // ascending, so the later year wins a tie
		if d := distance(v.year, year); use.From < 0 || d <= best {
			use.From, best = v.year, d
		}
	}
	if use.From < 0 {
		s.cache.asked = time.Time{}
		return use, schemas.Missing("Aucun annuaire n'a encore été importé : lancez « entaudience import annuaire FICHIER ».")
	}
	return use, nil
}

func distance(a, b schemas.SchoolYear) int { return max(int(a-b), int(b-a)) }

func (s *Store) versions(ctx context.Context) ([]version, error) {
	var versions []version
	err := s.each(ctx, "directory_versions", nil, func(r driver.Rows) error {
		var year uint16
		var v version
		err := r.Scan(&year, &v.number, &v.source, &v.imported)
		v.year = schemas.SchoolYear(year)
		versions = append(versions, v)
		return err
	})
	return versions, err
}

func (s *Store) readDirectory(ctx context.Context, v version) (*schemas.Directory, error) {
	p := params{"annee": uintParam(v.year), "version": strconv.FormatUint(v.number, 10)}
	var schools []schemas.School
	err := s.each(ctx, "directory_schools", p, func(r driver.Rows) error {
		var e schemas.School
		var uai string
		var pupils int32
		err := r.Scan(&uai, &e.Name, &e.Commune, &e.CodePostal, &e.Nature, &e.NatureLabel, &e.Secteur, &e.Ministere,
			&e.Region, &e.Academie, &e.DSDEN, &e.Circonscription, &pupils, &e.Open, &e.Primary,
			&e.Priority, &e.RPI, &e.Latitude, &e.Longitude)
		e.UAI, e.Pupils = schemas.UAI(uai), int(pupils)
		schools = append(schools, e)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read directory %s: %w", v.year, err)
	}
	var above []schemas.Territory
	err = s.each(ctx, "directory_territories", p, func(r driver.Rows) error {
		var niveau, parent string
		var t schemas.Territory
		err := r.Scan(&niveau, &t.Code, &t.Name, &parent, &t.Parent.Code)
		t.Niveau, t.Parent.Niveau = schemas.Niveau(niveau), schemas.Niveau(parent)
		above = append(above, t)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read directory %s: %w", v.year, err)
	}
	return schemas.NewDirectory(v.year, v.number, v.imported, schools, above), nil
}
