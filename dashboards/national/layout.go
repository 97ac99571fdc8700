// Package national writes the measure of a week in the layouts of the
// national open data (DNMA), and the manifest that says how they were made.
//
// A layout is built from the tables of package schemas: a service added there
// is a column here. The package must not know HTTP, pages or ClickHouse.
package national

import (
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Layout is one of the four files: its name, the axes it reads, and its
// columns. It is immutable.
type Layout struct {
	Name    string        // "profils": the file is profils.csv
	Dataset string        // identifier of the national dataset
	Label   string        // French, for pages
	Axes    []schemas.Axe // the axes whose modalities are columns

	columns []column
	idLast  bool // only debutSemaine and UAI come before the figures
}

// column is a modality and the X of its visites_X, utilisateurs_X, duree_X.
type column struct{ modalite, suffix string }

// Layouts lists the four layouts of the national open data.
func Layouts() []Layout {
	return []Layout{
		{
			Name: "profils", Dataset: "fr-en-dnma-par-uai-profils", Label: "Par profil",
			Axes:    []schemas.Axe{schemas.Globales, schemas.ParProfil},
			columns: append([]column{{"globales", "globales"}}, profilColumns()...),
		},
		{
			Name: "services", Dataset: "fr-en-dnma-par-uai-services", Label: "Par service",
			Axes: []schemas.Axe{schemas.ParService}, columns: serviceColumns(), idLast: true,
		},
		{
			Name: "appareils", Dataset: "fr-en-dnma-par-uai-appareils", Label: "Par appareil, système et navigateur",
			Axes:    []schemas.Axe{schemas.ParAppareil, schemas.ParOS, schemas.ParNavigateur},
			columns: deviceColumns(),
		},
		{
			Name: "profils-appareils", Dataset: "fr-en-dnma-par-uai-profils-appareils", Label: "Par profil et appareil",
			Axes: []schemas.Axe{schemas.ParProfilAppareil}, columns: crossedColumns(),
		},
	}
}

// LayoutNamed finds a layout by its name. The error is NotFound.
func LayoutNamed(name string) (Layout, error) {
	names := make([]string, 0, 4)
	for _, l := range Layouts() {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return Layout{}, schemas.Missing("Il n'y a pas d'export national « %.40s ». Exports : %s.", name, strings.Join(names, ", "))
}

// File is the name of the layout's file.
func (l Layout) File() string { return l.Name + ".csv" }

// The identification columns, as the national files spell them.
var identification = [...]string{
	"debutSemaine", "UAI", "académie", "commune", "département", "région",
	"ministère", "circonscription", "nature_uai", "secteur",
}

// idFirst is how many identification columns come before the figures in a
// layout that puts the others last.
const idFirst = 2

// Header lists the names of the columns in their order.
func (l Layout) Header() []string {
	before, after := identification[:], identification[len(identification):]
	if l.idLast {
		before, after = identification[:idFirst], identification[idFirst:]
	}
	h := make([]string, 0, len(identification)+3*len(l.columns))
	h = append(h, before...)
	for _, c := range l.columns {
		h = append(h, "visites_"+c.suffix, "utilisateurs_"+c.suffix, "duree_"+c.suffix)
	}
	return append(h, after...)
}

func profilColumns() []column {
	var cs []column
	for _, p := range schemas.Profils() {
		if p.Suffix != "" {
			cs = append(cs, column{string(p.Code), p.Suffix})
		}
	}
	return cs
}

func serviceColumns() []column {
	var cs []column
	for _, s := range schemas.Services() {
		if s.Suffix != "" {
			cs = append(cs, column{string(s.Code), s.Suffix})
		}
	}
	return cs
}

func deviceColumns() []column {
	var cs []column
	for _, d := range schemas.Devices() {
		cs = append(cs, column{string(d), string(d)})
	}
	for _, o := range schemas.OSes() {
		cs = append(cs, column{string(o), string(o)})
	}
	for _, b := range schemas.Browsers() {
		cs = append(cs, column{string(b), string(b)})
	}
	return cs
}

func crossedColumns() []column {
	var cs []column
	for _, p := range profilColumns() {
		for _, d := range schemas.Devices() {
			cs = append(cs, column{p.modalite + schemas.Times + string(d), p.suffix + "_" + string(d)})
		}
	}
	return cs
}
