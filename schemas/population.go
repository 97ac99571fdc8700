package schemas

import (
	"cmp"
	"slices"
	"time"
)

// PupilCount is how many pupils a school has at a rentrée.
type PupilCount struct {
	UAI    UAI
	Pupils int
}

// AccountCount is what the ENT says on one day of the accounts of one profile
// in one school.
type AccountCount struct {
	UAI       UAI
	Profil    Profil
	Day       Day
	Loaded    int // accounts that exist (chargés)
	Activated int // of which their person has used once (activés); -1 = not said
}

// Enrolment is a school that a collectivity enrolled by convention for one
// school year.
type Enrolment struct {
	UAI          UAI
	Collectivite string // its number, as the convention writes it
	On           Day    // 0 = not said
}

// Population is who could use the ENT in one school year: pupils of the
// effectifs and accounts of the ENT. It is immutable and safe for concurrent
// use.
type Population struct {
	Year   SchoolYear
	Pupils SchoolYear // the rentrée of the effectifs used; 0 = none was imported

	pupils   map[UAI]uint64
	accounts map[accountKey]AccountCount
}

type accountKey struct {
	uai    UAI
	profil Profil
}

// NewPopulation makes the population of a school year from the effectifs of a
// rentrée, which may be an earlier one, and the year's accounts, of which the
// latest day of each school and profile counts.
func NewPopulation(year, rentree SchoolYear, pupils []PupilCount, accounts []AccountCount) *Population {
	p := &Population{Year: year, Pupils: rentree, pupils: make(map[UAI]uint64, len(pupils)), accounts: make(map[accountKey]AccountCount, len(accounts))}
	for _, c := range pupils {
		p.pupils[c.UAI] = uint64(c.Pupils)
	}
	for _, a := range accounts {
		k := accountKey{a.UAI, a.Profil}
		if old, ok := p.accounts[k]; !ok || old.Day < a.Day {
			p.accounts[k] = a
		}
	}
	return p
}

// Potential is the potential population of a profile in a school: pupils from
// the effectifs of the year, else from the directory, else from the effectifs
// of an earlier rentrée; other profiles from the accounts that the ENT loaded.
// It is unknown where none of these says it.
func (p *Population) Potential(s *School, profil Profil) Count {
	if profil != Eleve {
		loaded, _ := p.Accounts(s.UAI, profil)
		return loaded
	}
	n, counted := p.pupils[s.UAI]
	switch {
	case counted && p.Pupils == p.Year:
		return Known(n)
	case s.Pupils >= 0:
		return Known(uint64(s.Pupils))
	case counted:
		return Known(n)
	}
	return Count{}
}

// Accounts is how many accounts of a profile the ENT loaded in a school, and
// how many were activated.
func (p *Population) Accounts(u UAI, profil Profil) (loaded, activated Count) {
	a, ok := p.accounts[accountKey{u, profil}]
	if !ok {
		return Count{}, Count{}
	}
	if a.Activated < 0 {
		return Known(uint64(a.Loaded)), Count{}
	}
	return Known(uint64(a.Loaded)), Known(uint64(a.Activated))
}

// Enrolments are the schools enrolled in one school year. They are immutable
// and safe for concurrent use; in nil ones, and in those of a year without an
// import, nothing is known.
type Enrolments struct {
	Year     SchoolYear
	Version  uint64 // 0 = nothing was imported for the year
	Imported time.Time

	schools map[UAI]Enrolment
}

// NewEnrolments makes the enrolments of a school year.
func NewEnrolments(year SchoolYear, version uint64, imported time.Time, list []Enrolment) *Enrolments {
	e := &Enrolments{Year: year, Version: version, Imported: imported, schools: make(map[UAI]Enrolment, len(list))}
	for _, n := range list {
		e.schools[n.UAI] = n
	}
	return e
}

// Known says whether the year's enrolments were imported.
func (e *Enrolments) Known() bool { return e != nil && e.Version > 0 }

// Of finds the enrolment of a school.
func (e *Enrolments) Of(u UAI) (Enrolment, bool) {
	if e == nil {
		return Enrolment{}, false
	}
	n, ok := e.schools[u]
	return n, ok
}

// Conventions lists the collectivities by number, shorter ones first, each with
// its schools by UAI.
func (e *Enrolments) Conventions() []Convention {
	if e == nil {
		return nil
	}
	by := map[string][]Enrolment{}
	for _, n := range e.schools {
		by[n.Collectivite] = append(by[n.Collectivite], n)
	}
	all := make([]Convention, 0, len(by))
	for number, schools := range by {
		slices.SortFunc(schools, func(a, b Enrolment) int { return cmp.Compare(a.UAI, b.UAI) })
		all = append(all, Convention{number, schools})
	}
	slices.SortFunc(all, func(a, b Convention) int {
		return cmp.Or(cmp.Compare(len(a.Collectivite), len(b.Collectivite)), cmp.Compare(a.Collectivite, b.Collectivite))
	})
	return all
}

// Convention is a collectivity and the schools it enrolled in one school year.
type Convention struct {
	Collectivite string      // its number
	Schools      []Enrolment // by UAI
}

// Convention finds what one collectivity enrolled.
func (e *Enrolments) Convention(collectivite string) (Convention, bool) {
	for _, c := range e.Conventions() {
		if c.Collectivite == collectivite {
			return c, true
		}
	}
	return Convention{}, false
}
