package indicatortest

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/ingest/reference"
	"github.com/entaudience/entaudience/schemas"
)

// departements are those of Occitanie: name and académie.
var departements = map[string][2]string{
	"009": {"Ariège", "16"}, "011": {"Aude", "11"}, "012": {"Aveyron", "16"}, "030": {"Gard", "11"},
	"031": {"Haute-Garonne", "16"}, "032": {"Gers", "16"}, "034": {"Hérault", "11"}, "046": {"Lot", "16"},
	"048": {"Lozère", "11"}, "065": {"Hautes-Pyrénées", "16"}, "066": {"Pyrénées-Orientales", "11"},
	"081": {"Tarn", "16"}, "082": {"Tarn-et-Garonne", "16"},
}

// directory is an annuaire block.
type directory struct {
	year    schemas.SchoolYear
	schools []schemas.School
	above   map[schemas.Scope]schemas.Territory
}

func newDirectory(year string) (*directory, error) {
	y, err := schemas.ParseSchoolYear(year)
	region := schemas.Scope{Niveau: schemas.Region, Code: "76"}
	return &directory{year: y, above: map[schemas.Scope]schemas.Territory{region: {Scope: region, Name: "Occitanie"}}}, err
}

// add reads one line: the UAI of a school, and its fields.
func (d *directory) add(plain []string, f fields) error {
	if len(plain) != 1 {
		return fmt.Errorf("expected a UAI and fields key=value")
	}
	uai, err := schemas.ParseUAI(plain[0])
	if err != nil {
		return err
	}
	s := schemas.School{
		UAI: uai, Name: f.take("nom", "École "+plain[0]), Commune: f.take("commune", "Toulouse"), CodePostal: "31000",
		Nature: f.take("nature", "151"), NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE", Secteur: "PU",
		Ministere: "MINISTERE DE L'EDUCATION NATIONALE", Region: "76", DSDEN: f.take("dsden", uai.Departement()),
		Circonscription: f.take("circonscription", ""), Open: true, Pupils: -1,
	}
	if s.Pupils, err = strconv.Atoi(f.take("eleves", "-1")); err != nil {
		return fmt.Errorf("eleves=: expected a number")
	}
	switch etat := f.take("etat", "ouvert"); etat {
	case "ouvert":
	case "ferme":
		s.Open = false
	default:
		return fmt.Errorf("etat=%s: expected ouvert or ferme", etat)
	}
	place, ok := departements[s.DSDEN]
	if !ok {
		return fmt.Errorf("dsden=%s is not in Occitanie", s.DSDEN)
	}
	s.Academie = place[1]
	dsden := schemas.Scope{Niveau: schemas.DSDEN, Code: s.DSDEN}
	academie := schemas.Scope{Niveau: schemas.Academie, Code: s.Academie}
	d.put(academie, map[string]string{"16": "Toulouse", "11": "Montpellier"}[s.Academie], schemas.Scope{Niveau: schemas.Region, Code: "76"})
	d.put(dsden, place[0], academie)
	if s.Circonscription != "" {
		if _, err := schemas.ParseUAI(s.Circonscription); err != nil {
			return err
		}
		d.put(schemas.Scope{Niveau: schemas.Circonscription, Code: s.Circonscription}, "Circonscription "+s.Circonscription, dsden)
	}
	d.schools = append(d.schools, s)
	return f.done()
}

func (d *directory) put(s schemas.Scope, name string, parent schemas.Scope) {
	d.above[s] = schemas.Territory{Scope: s, Name: name, Parent: parent}
}

// load imports the directory as an operator does: as a file of the national
// layout. Every school must have been read back.
func (d *directory) load(ctx context.Context, store reference.Store) error {
	above := make([]schemas.Territory, 0, len(d.above))
	for _, t := range d.above {
		above = append(above, t)
	}
	var file bytes.Buffer
	if err := reference.WriteAnnuaire(&file, d.schools, above); err != nil {
		return err
	}
	read, err := reference.ImportAnnuaire(ctx, store, d.year, "script", &file)
	if err != nil {
		return err
	}
	if got, want := len(read.Schools), len(d.schools); got != want {
		return fmt.Errorf("the directory was read back with %d schools of %d: %s", got, want, strings.TrimSpace(read.Summary.Text()))
	}
	return nil
}
