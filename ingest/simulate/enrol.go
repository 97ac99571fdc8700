package simulate

import (
	"encoding/csv"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strconv"

	"github.com/entaudience/entaudience/schemas"
)

// meanVisits is the national mean of visits per establishment and week
// (domain §4), and meanPupils the region's mean of pupils per school.
const (
	meanVisits = 440
	meanPupils = 112
)

// newest is the school year in which the last schools joined.
const newest = schemas.SchoolYear(2026)

// member is a school that is enrolled in the ENT.
type member struct {
	school *schemas.School
	since  schemas.SchoolYear // 0 = always
	pupils int                // never unknown
	visits float64            // in an ordinary week of classes
	site   string             // number of the collectivity, s of the tag
	number string             // in its 2012 project; "" for a school on the 2021 plan
	hash   uint64             // of the seed and the UAI
}

// Enrolments lists the schools enrolled in a school year, by UAI. Not all of
// them send hits: some never started, some stopped.
func (r *Region) Enrolments(y schemas.SchoolYear) []schemas.Enrolment {
	var all []schemas.Enrolment
	for i := range r.members {
		if m := &r.members[i]; m.since <= y {
			all = append(all, schemas.Enrolment{UAI: m.school.UAI, Collectivite: m.site, On: y.First()})
		}
	}
	return all
}

// Accounts lists what the ENT says of the accounts of the enrolled schools at
// the beginning of a school year.
func (r *Region) Accounts(y schemas.SchoolYear) []schemas.AccountCount {
	var all []schemas.AccountCount
	for i := range r.members {
		m := &r.members[i]
		if m.since > y {
			continue
		}
		for p := range collectivite { // the four published profiles
			loaded := m.people(p)
			used := 0.4 + 0.55*unit(mix(m.hash+uint64(p))) // of teachers, more
			if p == enseignant {
				used = 1 - (1-used)/3
			}
			all = append(all, schemas.AccountCount{
				UAI: m.school.UAI, Profil: profiles[p].code, Day: y.First(), Loaded: loaded, Activated: int(used * float64(loaded)),
			})
		}
	}
	return all
}

// enrol decides which schools are enrolled, since when, how much they use the
// ENT, and which plan their tags speak. A school's fate hangs on the seed and
// its UAI alone.
func (r *Region) enrol() {
	numbers := map[string]int{} // of the 2012 project of each département
	for i := range r.Schools {
		s := &r.Schools[i]
		if !s.Primary {
			continue
		}
		d := departementOf(s.DSDEN)
		rng := newRNG(r.seed, "member "+string(s.UAI))
		// Inspections are won one after the other.
		wave := 0.3 + 1.4*newRNG(r.seed, "wave "+s.Circonscription).Float64()
		if rng.Float64() >= d.enrolled*wave*r.share {
			continue
		}
		m := member{school: s, pupils: s.Pupils, site: "365" + s.DSDEN, hash: rng.Uint64()}
		if m.pupils < 0 {
			m.pupils = meanPupils
		}
		switch x := rng.Float64(); {
		case x < 0.12:
			m.since = newest
		case x < 0.25:
			m.since = newest - 1
		}
		m.visits = meanVisits * math.Pow(float64(m.pupils)/meanPupils, 0.9) * d.eagerness *
			spread(newRNG(r.seed, "inspection "+s.Circonscription), 0.25) * spread(rng, 0.75)
		if rng.Float64() < 0.04 {
			m.visits *= 2.5 // a school to learn from
		}
		if rng.Float64() < 0.12 {
			numbers[s.DSDEN]++
			m.number = strconv.Itoa(numbers[s.DSDEN])
		}
		r.members = append(r.members, m)
	}
}

func departementOf(code string) *departement {
	for i := range departements {
		if departements[i].code == code {
			return &departements[i]
		}
	}
	panic("simulate: no département " + code)
}

// spread is a positive factor of mean 1, log-normal.
func spread(rng *rand.Rand, sigma float64) float64 {
	return math.Exp(sigma*rng.NormFloat64() - sigma*sigma/2)
}

// life is the span of days, [from, to), in which a school sends hits in a
// school year; it is empty for one that never starts.
func (m *member) life(y schemas.SchoolYear) (from, to schemas.Day) {
	if m.since > y {
		return 0, 0
	}
	rng := rand.New(rand.NewPCG(m.hash, uint64(y)))
	from, to = y.First(), y.Last()+1
	classes := from + 31 // 1 September, near enough
	never, starts := 0.05, 0.06
	if m.since == y {
		never, starts = 0.15, 0.60
	}
	switch x := rng.Float64(); {
	case x < never:
		return 0, 0
	case x < never+starts: // begins within the year, rather early
		from = classes + 7 + schemas.Day(100*math.Pow(rng.Float64(), 1.5))
	case x < never+starts+0.06: // falls silent
		to = classes + 14 + schemas.Day(240*math.Pow(rng.Float64(), 1.5))
	}
	return from, to
}

// level is how much of its ordinary traffic a school has at a day: more from
// year to year and from the rentrée to summer, and not the same every week.
func (m *member) level(d schemas.Day) float64 {
	y := d.SchoolYear()
	if from, to := m.life(y); d < from || d >= to {
		return 0
	}
	years := math.Pow(1.12, float64(y-newest))
	season := 0.85 + 0.3*float64(d-y.First())/365
	week := rand.New(rand.NewPCG(m.hash, uint64(d.Week())<<16))
	return years * season * spread(week, 0.22)
}

// WriteSiteMap writes the schools of the 2012 plan as the collector reads them:
// CSV with the header s;s2;uai.
func (r *Region) WriteSiteMap(w io.Writer) error {
	out := csv.NewWriter(w)
	out.Comma = ';'
	_ = out.Write([]string{"s", "s2", "uai"}) // csv.Writer keeps its first error for Error
	for i := range r.members {
		if m := &r.members[i]; m.number != "" {
			_ = out.Write([]string{m.site, m.number, string(m.school.UAI)})
		}
	}
	out.Flush()
	if err := out.Error(); err != nil {
		return fmt.Errorf("write the site map: %w", err)
	}
	return nil
}
