package schemas

import (
	"cmp"
	"slices"
	"time"
)

// School is one establishment of the national directory in one school year.
// Every establishment that the directory knows is one, so that none of its
// events is lost; Primary marks those the ENT is offered to.
type School struct {
	UAI             UAI
	Name            string
	Commune         string
	CodePostal      string // five digits
	Nature          string // code of the national nomenclature: 151, 101, …
	NatureLabel     string // "ECOLE DE NIVEAU ELEMENTAIRE"
	Secteur         string // "PU" or "PR"
	Ministere       string // label of the ministry in charge
	Region          string // code, "76"
	Academie        string // code, "16"
	DSDEN           string // code of the département, "031"
	Circonscription string // UAI of the inspection; "" when the directory has none
	Pupils          int    // directory's count; -1 = unknown
	Open            bool   // false once the directory says it closed
	Primary         bool   // open public primary school: what denominators count
	Priority        string // "REP", "REP+" or ""
	RPI             bool   // member of a regroupement pédagogique intercommunal
	Latitude        float64
	Longitude       float64 // both 0 when unknown
}

// Scope is the school as a territory.
func (s *School) Scope() Scope { return Scope{Ecole, string(s.UAI)} }

// In says whether the school lies in the territory.
func (s *School) In(t Scope) bool { return s.Code(t.Niveau) == t.Code }

// Code is the code of the school's territory at a level, "" when it has none.
func (s *School) Code(n Niveau) string {
	switch n {
	case Region:
		return s.Region
	case Academie:
		return s.Academie
	case DSDEN:
		return s.DSDEN
	case Circonscription:
		return s.Circonscription
	case Ecole:
		return string(s.UAI)
	}
	return ""
}

// Territory is a named territory and the one that holds it.
type Territory struct {
	Scope
	Name   string
	Parent Scope // zero for a region
}

// Directory is one version of the national directory for one school year. It
// is immutable after NewDirectory and safe for concurrent use; callers must
// not change what its methods return.
type Directory struct {
	Year     SchoolYear
	Version  uint64    // grows with each import
	Imported time.Time // UTC
	Schools  []School  // by UAI

	territories map[Scope]Territory
	children    map[Scope][]Territory
	schools     map[UAI]int
	within      map[Scope][]*School // establishments by UAI
	primary     map[Scope]int
}

// NewDirectory indexes schools and the territories above them. The slices
// belong to the directory afterwards.
func NewDirectory(year SchoolYear, version uint64, imported time.Time, schools []School, above []Territory) *Directory {
	slices.SortFunc(schools, func(a, b School) int { return cmp.Compare(a.UAI, b.UAI) })
	d := &Directory{
		Year: year, Version: version, Imported: imported, Schools: schools,
		territories: make(map[Scope]Territory, len(above)+len(schools)),
		children:    make(map[Scope][]Territory),
		schools:     make(map[UAI]int, len(schools)),
		within:      make(map[Scope][]*School),
		primary:     make(map[Scope]int),
	}
	add := func(t Territory) {
		d.territories[t.Scope] = t
		if t.Parent != (Scope{}) {
			d.children[t.Parent] = append(d.children[t.Parent], t)
		}
	}
	for _, t := range above {
		add(t)
	}
	for i := range schools {
		s := &schools[i]
		d.schools[s.UAI] = i
		parent := Scope{Circonscription, s.Circonscription}
		if _, ok := d.territories[parent]; !ok {
			parent = Scope{DSDEN, s.DSDEN}
		}
		add(Territory{Scope: s.Scope(), Name: s.Name, Parent: parent})
		for _, n := range Niveaux() {
			t := Scope{n, s.Code(n)}
			d.within[t] = append(d.within[t], s)
			if s.Primary {
				d.primary[t]++
			}
		}
	}
	for _, c := range d.children {
		slices.SortFunc(c, func(a, b Territory) int {
			return cmp.Or(cmp.Compare(a.Niveau, b.Niveau), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code))
		})
	}
	return d
}

// School finds a school.
func (d *Directory) School(u UAI) (*School, bool) {
	i, ok := d.schools[u]
	if !ok {
		return nil, false
	}
	return &d.Schools[i], true
}

// Territory finds a territory of any level.
func (d *Directory) Territory(s Scope) (Territory, bool) {
	t, ok := d.territories[s]
	return t, ok
}

// Children lists the territories directly below, by name: académies of a
// region, DSDEN of an académie, circonscriptions of a DSDEN followed by its
// establishments that have none, establishments of a circonscription.
func (d *Directory) Children(s Scope) []Territory { return d.children[s] }

// Ancestors lists the territories above, widest first, without s itself.
func (d *Directory) Ancestors(s Scope) []Territory {
	var up []Territory
	for t, ok := d.territories[s]; ok && t.Parent != (Scope{}); {
		if t, ok = d.territories[t.Parent]; ok {
			up = append(up, t)
		}
	}
	slices.Reverse(up)
	return up
}

// SchoolsIn lists the establishments of a territory, by UAI.
func (d *Directory) SchoolsIn(s Scope) []*School { return d.within[s] }

// PrimaryIn counts the open public primary schools of a territory.
func (d *Directory) PrimaryIn(s Scope) int { return d.primary[s] }

// Regions lists the regions of the directory, by name.
func (d *Directory) Regions() []Territory {
	var regions []Territory
	for s, t := range d.territories {
		if s.Niveau == Region {
			regions = append(regions, t)
		}
	}
	slices.SortFunc(regions, func(a, b Territory) int { return cmp.Compare(a.Name, b.Name) })
	return regions
}

// All lists every territory, widest level first, then by name.
func (d *Directory) All() []Territory {
	all := make([]Territory, 0, len(d.territories))
	for _, t := range d.territories {
		all = append(all, t)
	}
	level := func(n Niveau) int { return slices.Index(Niveaux(), n) }
	slices.SortFunc(all, func(a, b Territory) int {
		return cmp.Or(cmp.Compare(level(a.Niveau), level(b.Niveau)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Code, b.Code))
	})
	return all
}
