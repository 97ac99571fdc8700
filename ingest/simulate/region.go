package simulate

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/entaudience/entaudience/schemas"
)

// Options are the choices of a region. The zero value is the whole region of
// seed 0 with all its traffic.
type Options struct {
	Seed uint64
	// Scale is how much of the traffic of a real region comes: 1, and 0 too, is
	// the national mean of visits per school (domain §4), some five million
	// hits a week of classes; 0.1 suits a demonstration.
	Scale float64
	// Sparse makes what Scale leaves of the traffic that of fewer schools and of
	// shorter visits. Otherwise every enrolled school has its share of it, and at
	// a tenth none has a figure that may be shown.
	Sparse bool
	// Departements keeps only these ("048"), for small regions in tests; nil
	// = all thirteen.
	Departements []string
}

// How a sparse region saves: at a tenth of the traffic it has two thirds of the
// schools, with a third of the visits, of less than half the hits. A third of
// the national mean, which is of larger establishments, is what a primary
// school of a hundred pupils may have: three pupils in ten, every week.
const (
	sparseSchools = 0.19
	sparseVisits  = 0.46
)

// Region is a generated region: its directory and its life. It is immutable
// and safe for concurrent use; callers must not change what it returns.
type Region struct {
	Schools []schemas.School    // by UAI; like a real directory, more than those enrolled
	Above   []schemas.Territory // région, académies, DSDEN, circonscriptions

	seed    uint64
	share   float64 // of the enrolled schools
	scale   float64 // of the visits of each
	hits    float64 // of the hits of each
	members []member
}

// NewRegion generates a region. The error is Invalid: it has no such
// département.
func NewRegion(o Options) (*Region, error) {
	for _, code := range o.Departements {
		if !slices.ContainsFunc(departements, func(d departement) bool { return d.code == code }) {
			return nil, schemas.Refuse("« %.20s » n'est pas un département de la région simulée : 009, 011, 012, 030, 031, 032, 034, 046, 048, 065, 066, 081, 082.", code)
		}
	}
	r := &Region{seed: o.Seed, share: 1, scale: o.Scale, hits: 1}
	if r.scale == 0 {
		r.scale = 1
	}
	if o.Sparse && r.scale < 1 {
		r.share, r.scale, r.hits = math.Pow(o.Scale, sparseSchools), math.Pow(o.Scale, sparseVisits), math.Pow(o.Scale, 1-sparseSchools-sparseVisits)
	}
	n := &namer{taken: map[string]bool{}}
	r.Above = append(r.Above, schemas.Territory{Scope: schemas.Scope{Niveau: schemas.Region, Code: regionCode}, Name: regionName})
	for _, code := range []string{"11", "16"} {
		if slices.ContainsFunc(departements, func(d departement) bool { return d.academie == code && o.keeps(d.code) }) {
			r.Above = append(r.Above, schemas.Territory{
				Scope: schemas.Scope{Niveau: schemas.Academie, Code: code}, Name: academies[code],
				Parent: schemas.Scope{Niveau: schemas.Region, Code: regionCode},
			})
		}
	}
	for i := range departements { // also those left out: a school does not depend on the choice
		d := &departements[i]
		rng := newRNG(o.Seed, "departement "+d.code)
		n.rng = rng
		schools, above := d.generate(rng, n)
		if o.keeps(d.code) {
			r.Schools = append(r.Schools, schools...)
			r.Above = append(r.Above, above...)
		}
	}
	slices.SortFunc(r.Schools, func(a, b schemas.School) int { return cmp.Compare(a.UAI, b.UAI) })
	level := func(n schemas.Niveau) int { return slices.Index(schemas.Niveaux(), n) }
	slices.SortFunc(r.Above, func(a, b schemas.Territory) int {
		return cmp.Or(cmp.Compare(level(a.Niveau), level(b.Niveau)), cmp.Compare(a.Code, b.Code))
	})
	r.enrol()
	return r, nil
}

func (o *Options) keeps(code string) bool {
	return len(o.Departements) == 0 || slices.Contains(o.Departements, code)
}

// newRNG gives the random numbers of one purpose.
func newRNG(seed uint64, purpose string) *rand.Rand {
	h := seed
	for _, c := range []byte(purpose) {
		h = mix(h ^ uint64(c))
	}
	return rand.New(rand.NewPCG(seed, h))
}

// mix is the finalizer of splitmix64: a bijection without visible pattern.
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
