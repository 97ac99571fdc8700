package simulate

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/entaudience/entaudience/schemas"
)

// The first seven-digit numbers given in a département, after its three
// digits. Real UAIs of these départements stay below 4,000, so no generated
// figure can be taken for that of a real school.
const (
	firstPrimary   = 5_000
	firstOther     = 7_000
	firstInspector = 8_000
)

// commune is a place with some schools.
type commune struct {
	name     string
	lat, lon float64
	angle    float64 // around the centre of the département
	weight   float64 // of the draw of schools
	schools  int
	postal   int
}

// uai is the n-th number of the département.
func (d *departement) uai(n int) schemas.UAI {
	number, err := strconv.Atoi(d.code)
	if err != nil {
		panic("simulate: " + err.Error())
	}
	return schemas.MakeUAI(number*10_000 + n)
}

// generate makes the schools of a département and the territories above them.
func (d *departement) generate(rng *rand.Rand, n *namer) ([]schemas.School, []schemas.Territory) {
	communes := d.communes(rng, n)
	var schools []schemas.School
	var of []int // of each school: rank of its commune
	for c := range communes {
		for i := range communes[c].schools {
			schools = append(schools, d.school(rng, n, &communes[c], i))
			of = append(of, c)
		}
	}
	d.sizes(rng, schools, communes, of)
	for i := range schools {
		schools[i].UAI = d.uai(firstPrimary + i)
		small := schools[i].Pupils < 60
		schools[i].RPI = small && rng.Float64() < 0.42
		if !small && rng.IntN(1000) < d.priorityPerMil*3/2 {
			schools[i].Priority = []string{"REP", "REP", "REP+"}[rng.IntN(3)]
		}
	}
	above := append([]schemas.Territory{{
		Scope: schemas.Scope{Niveau: schemas.DSDEN, Code: d.code}, Name: d.name,
		Parent: schemas.Scope{Niveau: schemas.Academie, Code: d.academie},
	}}, d.circonscriptions(rng, n, schools, communes, of)...)
	d.exceptions(schools)
	return append(schools, d.others(rng, n, communes)...), above
}

// communes spreads the schools over communes: most have one, a few have many.
// They are ordered by their angle around the centre.
func (d *departement) communes(rng *rand.Rand, n *namer) []commune {
	count := d.schools * 37 / 100
	all := make([]commune, count)
	total := 0.0
	for i := range all {
		angle, r := 2*math.Pi*rng.Float64(), math.Sqrt(rng.Float64())
		all[i] = commune{
			name: n.commune(), angle: angle, schools: 1, weight: 1 / math.Pow(float64(i+1), 0.85), postal: d.postal + 10*(1+rng.IntN(95)),
			lat: d.lat + d.latR*r*math.Sin(angle), lon: d.lon + d.lonR*r*math.Cos(angle),
		}
		total += all[i].weight
	}
	for range d.schools - count {
		x := rng.Float64() * total
		i := 0
		for x > all[i].weight && i < count-1 {
			x -= all[i].weight
			i++
		}
		all[i].schools++
	}
	slices.SortFunc(all, func(a, b commune) int { return cmp.Compare(a.angle, b.angle) })
	return all
}

func (d *departement) school(rng *rand.Rand, n *namer, c *commune, rank int) schemas.School {
	s := schemas.School{
		Commune: c.name, CodePostal: fmt.Sprintf("%05d", c.postal), Secteur: "PU", Ministere: "MINISTERE DE L'EDUCATION NATIONALE",
		Region: regionCode, Academie: d.academie, DSDEN: d.code, Open: true, Primary: true,
		Nature: "151", NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE",
		Latitude: round5(c.lat + 0.02*(rng.Float64()-0.5)), Longitude: round5(c.lon + 0.02*(rng.Float64()-0.5)),
	}
	kind := "École primaire"
	switch {
	case rank == 0 && c.schools == 1:
	case rng.Float64() < 0.37:
		kind, s.Nature, s.NatureLabel = "École maternelle", "101", "ECOLE MATERNELLE"
		if rng.Float64() < 0.002 {
			s.Nature, s.NatureLabel = "103", "ECOLE MATERNELLE D APPLICATION"
		}
	default:
		kind = "École élémentaire"
		if rng.Float64() < 0.002 {
			s.Nature, s.NatureLabel = "153", "ECOLE ELEMENTAIRE D APPLICATION"
		}
	}
	s.Name = n.school(kind, c.name)
	return s
}

// sizes gives each school its pupils, so that the département has exactly
// those of the real one: quantiles of sizeShape, dealt out so that larger
// communes have larger schools, then scaled.
func (d *departement) sizes(rng *rand.Rand, schools []schemas.School, communes []commune, of []int) {
	order := make([]int, len(schools))
	score := make([]float64, len(schools))
	for i := range schools {
		order[i] = i
		score[i] = math.Log(float64(communes[of[i]].schools)) + 1.1*rng.NormFloat64()
		if schools[i].Nature == "101" || schools[i].Nature == "103" {
			score[i] -= 0.6
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(score[a], score[b]) })
	mean := float64(d.pupils) / float64(len(schools))
	raw := make([]float64, len(schools))
	for rank, i := range order {
		raw[i] = mean * shapeAt((float64(rank)+rng.Float64())/float64(len(schools)))
	}
	total := func(f float64) int {
		sum := 0
		for i := range schools {
			schools[i].Pupils = min(maxPupils, max(minPupils, int(math.Round(raw[i]*f))))
			sum += schools[i].Pupils
		}
		return sum
	}
	low, high := 0.3, 3.0
	for range 60 {
		if mid := (low + high) / 2; total(mid) < d.pupils {
			low = mid
		} else {
			high = mid
		}
	}
	rest := d.pupils - total(low)
	for i := 0; rest > 0; i = (i + 1) % len(schools) {
		if schools[i].Pupils < maxPupils-1 {
			schools[i].Pupils++
			rest--
		}
	}
}

// shapeAt interpolates sizeShape.
func shapeAt(q float64) float64 {
	for i := 1; i < len(sizeShape); i++ {
		a, b := sizeShape[i-1], sizeShape[i]
		if q <= b.q {
			return a.x * math.Pow(b.x/a.x, (q-a.q)/(b.q-a.q))
		}
	}
	return sizeShape[len(sizeShape)-1].x
}

// circonscriptions cuts the département, commune after commune around its
// centre, into inspections of uneven size, and names each after its largest
// commune.
func (d *departement) circonscriptions(rng *rand.Rand, n *namer, schools []schemas.School, communes []commune, of []int) []schemas.Territory {
	weights := make([]float64, d.circos)
	sum := 0.0
	for i := range weights {
		weights[i] = 0.6 + 0.8*rng.Float64()
		sum += weights[i]
	}
	above := make([]schemas.Territory, d.circos)
	next := 0
	reach := 0.0
	for c := range d.circos {
		reach += weights[c] / sum * float64(len(schools))
		u := string(d.uai(firstInspector + c))
		first := next
		largest := of[first]
		left := d.circos - 1 - c
		for next < len(schools)-left && (c == d.circos-1 || next == first || float64(next) < reach) {
			schools[next].Circonscription = u
			if communes[of[next]].schools > communes[largest].schools {
				largest = of[next]
			}
			next++
		}
		name := "Circonscription de " + communes[largest].name
		for i := 2; n.taken[name]; i++ {
			name = "Circonscription de " + communes[largest].name + " " + strconv.Itoa(i)
		}
		n.taken[name] = true
		above[c] = schemas.Territory{
			Scope: schemas.Scope{Niveau: schemas.Circonscription, Code: u}, Name: name,
			Parent: schemas.Scope{Niveau: schemas.DSDEN, Code: d.code},
		}
	}
	return above
}

// exceptions are the schools that a real directory has too: one without
// circonscription nor place, five whose pupils are unknown.
func (d *departement) exceptions(schools []schemas.School) {
	unknown := map[string]int{"030": 1, "031": 2, "034": 2}[d.code]
	if d.code == "034" {
		schools[0].Circonscription, schools[0].Latitude, schools[0].Longitude = "", 0, 0
	}
	moved := 0 // the pupils of the département stay what they are
	for i := range unknown {
		moved += schools[i].Pupils
		schools[i].Pupils = -1
	}
	for i := unknown; moved > 0; i = unknown + (i+1-unknown)%(len(schools)-unknown) {
		if schools[i].Pupils < maxPupils {
			schools[i].Pupils++
			moved--
		}
	}
}

// others are establishments that are not open public primary schools.
func (d *departement) others(rng *rand.Rand, n *namer, communes []commune) []schemas.School {
	var others []schemas.School
	add := func(kind, nature, label, secteur string, open bool, pupils int) {
		c := &communes[rng.IntN(len(communes))]
		s := d.school(rng, n, c, 0)
		s.UAI = d.uai(firstOther + len(others))
		s.Name, s.Nature, s.NatureLabel, s.Secteur = n.school(kind, c.name), nature, label, secteur
		s.Open, s.Pupils, s.Primary = open, pupils, false
		others = append(others, s)
	}
	for range d.schools / 70 {
		add("École privée", "151", "ECOLE DE NIVEAU ELEMENTAIRE", "PR", true, 40+rng.IntN(160))
	}
	add("École élémentaire", "151", "ECOLE DE NIVEAU ELEMENTAIRE", "PU", false, 0)
	add("Collège", "340", "COLLEGE", "PU", true, 300+rng.IntN(400))
	return others
}

func round5(x float64) float64 { return math.Round(x*1e5) / 1e5 }
