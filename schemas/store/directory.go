package store

import (
	"context"
	"fmt"
	"strconv"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/entaudience/entaudience/schemas"
)

const (
	insertSchools = "INSERT INTO schools (annee, version, uai, name, commune, code_postal, nature, nature_label, secteur, ministere," +
		" region, academie, dsden, circonscription, pupils, open, public_primary, priority, rpi, latitude, longitude)"
	insertTerritories = "INSERT INTO territories (annee, version, niveau, code, name, parent_niveau, parent_code)"
)

// ImportDirectory stores a directory as a new version of a school year. The
// version is visible once its last statement is done, whole or not at all;
// earlier versions are kept. source names the file.
func (s *Store) ImportDirectory(ctx context.Context, year schemas.SchoolYear, source string, schools []schemas.School, above []schemas.Territory) error {
	number, err := s.nextVersion(ctx)
	if err != nil {
		return err
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
	if err := s.exec(ctx, "record_parts", params{"annee": uintParam(year), "version": strconv.FormatUint(number, 10)}); err != nil {
		return err
	}
	return s.publish(ctx, kindDirectory, number, source, map[schemas.SchoolYear]int{year: len(schools)})
}

// Directory is the latest directory of a school year, or of the nearest one
// that has any; use says which. The error is NotFound when none was ever
// imported.
func (s *Store) Directory(ctx context.Context, year schemas.SchoolYear) (*schemas.Directory, schemas.DirectoryUse, error) {
	use, _, err := s.directoryUse(ctx, year)
	if err != nil {
		return nil, use, err
	}
	d, ok, err := s.cache.get(ctx, s, kindDirectory, use.From, ofYear(use.From), s.readDirectory)
	if err == nil && !ok {
		err = errNoDirectory
	}
	return d, use, err
}

var errNoDirectory = schemas.Missing("Aucun annuaire n'a encore été importé : lancez « entaudience import annuaire FICHIER ».")

// directoryUse finds the directory of a year, or the nearest one: the closest
// year, the later of two at the same distance.
func (s *Store) directoryUse(ctx context.Context, year schemas.SchoolYear) (schemas.DirectoryUse, version, error) {
	use := schemas.DirectoryUse{Year: year, From: -1}
	v, ok, err := s.imported(ctx, kindDirectory, nearest(year))
	if err != nil {
		return use, version{}, err
	}
	if !ok {
		return use, version{}, errNoDirectory
	}
	use.From = v.year
	return use, v, nil
}

// nearest chooses the version of the closest school year.
func nearest(year schemas.SchoolYear) func([]version) (version, bool) {
	return func(list []version) (best version, ok bool) {
		for _, v := range list { // ascending, so the later year wins a tie
			if !ok || distance(v.year, year) <= distance(best.year, year) {
				best, ok = v, true
			}
		}
		return best, ok
	}
}

func distance(a, b schemas.SchoolYear) int { return max(int(a-b), int(b-a)) }

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
