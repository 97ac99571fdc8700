package disclosure

import (
	"math/rand/v2"

	"github.com/entaudience/entaudience/schemas"
)

// visit is one visit of a random week; pages are its events.
type visit struct {
	school, person int
	profil         schemas.Profil
	device, os, br string
	pages          []page
}

type page struct {
	service, outil string
	ms             uint64
}

// shape is what random weeks are drawn from.
type shape struct {
	circonscriptions, schools int // at most
	profils                   []schemas.Profil
	devices, systems, browser []string
	services, outils          []string
	persons, visits, pages    int // at most, of a profile in a school, of a person, of a visit
}

var smallShape = shape{
	3, 5,
	[]schemas.Profil{schemas.Eleve, schemas.Enseignant, schemas.Parent},
	[]string{"ordinateur", "smartphone"},
	[]string{"windows", "android"},
	[]string{"chrome", "firefox"},
	[]string{"NOTES", "ACTUALITES", "PAGE_ENT"},
	[]string{"", "", "PRONOTE"},
	12, 5, 4,
}

// directory draws one or two DSDEN of a region, their circonscriptions and
// their schools, some of which have none.
func (s shape) directory(r *rand.Rand) []schemas.School {
	var schools []schemas.School
	number := 310001
	for d := range 1 + r.IntN(2) {
		dsden := []string{"031", "034"}[d]
		academie := []string{"16", "11"}[d*r.IntN(2)]
		for c := range 1 + r.IntN(s.circonscriptions) {
			circo := string(schemas.MakeUAI(319000 + 10*d + c))
			if r.IntN(6) == 0 {
				circo = ""
			}
			for range 1 + r.IntN(s.schools) {
				schools = append(schools, schemas.School{
					UAI: schemas.MakeUAI(number), Region: "76", Academie: academie, DSDEN: dsden, Circonscription: circo,
					Pupils: []int{-1, s.persons + r.IntN(3*s.persons)}[r.IntN(2)],
				})
				number++
			}
		}
	}
	return schools
}

// week draws the visits of the schools: some have many persons of a profile,
// some have one, some none.
func (s shape) week(r *rand.Rand, schools int) []visit {
	var visits []visit
	person := 0
	for school := range schools {
		if r.IntN(8) == 0 {
			continue
		}
		for _, profil := range s.profils {
			n := r.IntN(s.persons + 1)
			switch r.IntN(4) {
			case 0:
				n = r.IntN(4)
			case 1:
				n = 0
			}
			for range n {
				person++
				for range 1 + r.IntN(1+r.IntN(s.visits)) {
					v := visit{school: school, person: person, profil: profil}
					if r.IntN(15) == 0 {
						v.profil = s.profils[r.IntN(len(s.profils))]
					}
					v.device = s.devices[min(r.IntN(len(s.devices)), r.IntN(len(s.devices)))]
					v.os, v.br = s.systems[r.IntN(len(s.systems))], s.browser[r.IntN(len(s.browser))]
					for range 1 + r.IntN(s.pages) {
						v.pages = append(v.pages, page{s.services[r.IntN(len(s.services))], s.outils[r.IntN(len(s.outils))], uint64(r.IntN(3) * 1000)})
					}
					visits = append(visits, v)
				}
			}
		}
	}
	return visits
}

// count turns visits into cells as the recompute does.
func count(visits []visit, schools []schemas.School) []schemas.WeekCell {
	type key struct {
		school int
		place
	}
	sums := map[key]*schemas.Measures{}
	persons := map[key]map[int]bool{}
	add := func(school, person int, axe schemas.Axe, modalite string, m schemas.Measures) {
		k := key{school, place{axe, modalite}}
		if sums[k] == nil {
			sums[k], persons[k] = &schemas.Measures{}, map[int]bool{}
		}
		sums[k].Add(m)
		persons[k][person] = true
	}
	type frequent struct {
		n int
		m schemas.Measures
	}
	weekly := map[[2]int]*frequent{}
	for _, v := range visits {
		m := schemas.Measures{Visits: 1, Events: uint64(len(v.pages))}
		services, outils := map[string]*schemas.Measures{}, map[string]*schemas.Measures{}
		for i, p := range v.pages {
			last := i == len(v.pages)-1
			if !last {
				m.DurationMS += p.ms
				m.VisitsWithDuration = 1
			}
			for code, of := range map[string]map[string]*schemas.Measures{p.service: services, p.outil: outils} {
				if code == "" {
					continue
				}
				if of[code] == nil {
					of[code] = &schemas.Measures{Visits: 1}
				}
				of[code].Events++
				if !last {
					of[code].DurationMS += p.ms
					of[code].VisitsWithDuration = 1
				}
			}
		}
		add(v.school, v.person, schemas.Globales, "globales", m)
		add(v.school, v.person, schemas.ParProfil, string(v.profil), m)
		add(v.school, v.person, schemas.ParAppareil, v.device, m)
		add(v.school, v.person, schemas.ParOS, v.os, m)
		add(v.school, v.person, schemas.ParNavigateur, v.br, m)
		add(v.school, v.person, schemas.ParProfilAppareil, string(v.profil)+schemas.Times+v.device, m)
		for code, sm := range services {
			add(v.school, v.person, schemas.ParService, code, *sm)
			add(v.school, v.person, schemas.ParProfilService, string(v.profil)+schemas.Times+code, *sm)
		}
		for code, sm := range outils {
			add(v.school, v.person, schemas.ParOutil, code, *sm)
		}
		k := [2]int{v.school, v.person}
		if weekly[k] == nil {
			weekly[k] = &frequent{}
		}
		weekly[k].n++
		weekly[k].m.Add(m)
	}
	for k, f := range weekly {
		band := "5+"
		switch {
		case f.n == 1:
			band = "1"
		case f.n < 5:
			band = "2-4"
		}
		add(k[0], k[1], schemas.ParFrequence, band, f.m)
	}
	var cells []schemas.WeekCell
	for k, m := range sums {
		m.Users = uint64(len(persons[k]))
		cells = append(cells, schemas.WeekCell{UAI: schools[k.school].UAI, Axe: k.axe, Modalite: k.modalite, Measures: *m})
	}
	return cells
}

// full has hardly more pupils in the schools than came in the week.
func full(r *rand.Rand, cells []schemas.WeekCell, schools []schemas.School) {
	came := map[schemas.UAI]int{}
	for i := range cells {
		if c := &cells[i]; c.Axe == schemas.ParProfil && c.Modalite == string(schemas.Eleve) {
			came[c.UAI] = int(c.Users)
		}
	}
	for i := range schools {
		schools[i].Pupils = max(8, came[schools[i].UAI]+r.IntN(4))
	}
}
