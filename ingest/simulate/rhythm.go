package simulate

import "github.com/entaudience/entaudience/schemas"

// profile is one of the six, as a small number.
type profile int

const (
	eleve profile = iota
	parent
	enseignant
	admin
	collectivite
	autre
	profileCount
)

// profiles gives the codes, and the share of each in all visits: national
// proportions, the rest invented.
var profiles = [profileCount]struct {
	code   schemas.Profil
	number string // of the 2012 plan
	share  float64
}{
	eleve:        {schemas.Eleve, "1", 0.4000},
	parent:       {schemas.Parent, "3", 0.3735},
	enseignant:   {schemas.Enseignant, "2", 0.1920},
	admin:        {schemas.AdminVieScolTech, "4", 0.0300},
	collectivite: {schemas.Collectivite, "7", 0.0015},
	autre:        {schemas.Autre, "6", 0.0030},
}

// dayFactor is how many visits a day of each kind brings, an ordinary school
// day being 1.
var dayFactor = [profileCount][kindCount]float64{
	//            school  wed   sat   sun   holiday summer
	eleve:        {1.00, 0.38, 0.10, 0.22, 0.05, 0.006},
	parent:       {1.00, 0.62, 0.30, 0.66, 0.10, 0.012},
	enseignant:   {1.00, 0.58, 0.20, 0.52, 0.12, 0.015},
	admin:        {1.00, 0.70, 0.06, 0.08, 0.20, 0.030},
	collectivite: {1.00, 0.80, 0.02, 0.02, 0.25, 0.060},
	autre:        {1.00, 0.40, 0.20, 0.25, 0.08, 0.010},
}

// The hours at which visits begin, as weights; index 0 is midnight to one.
type hours [24]float64

var (
	classHours   = hours{0, 0, 0, 0, 0, 0.1, 0.6, 2.5, 8, 13, 16, 11, 3, 6, 12, 10, 6, 6, 5, 4, 2.5, 1.2, 0.4, 0.1}
	eveningHours = hours{0.5, 0.1, 0, 0, 0.1, 0.4, 2, 5, 5, 3, 3, 3, 5, 4, 3, 4, 8, 12, 14, 14, 12, 8, 4, 1.5}
	teacherHours = hours{0.2, 0, 0, 0, 0, 0.3, 2, 7, 17, 14, 15, 11, 6, 7, 7, 6, 8, 7, 6, 5, 5, 4, 2, 0.7}
	officeHours  = hours{0, 0, 0, 0, 0, 0.1, 0.8, 5, 13, 14, 13, 9, 3, 9, 12, 10, 7, 3, 1, 0.4, 0.2, 0.1, 0, 0}
	idleHours    = hours{0.8, 0.2, 0.1, 0, 0, 0.1, 0.4, 1, 3, 6, 9, 9, 6, 6, 8, 8, 8, 9, 8, 7, 6, 5, 3, 1.5}
	sundayHours  = hours{0.6, 0.2, 0, 0, 0, 0.1, 0.3, 0.8, 2, 4, 5, 5, 3, 3, 5, 6, 8, 13, 16, 17, 14, 9, 4, 1.5}
)

// hoursOf gives the rhythm of a profile on a kind of day.
func hoursOf(p profile, k dayKind) *hours {
	switch {
	case k == sunday && (p == eleve || p == parent || p == enseignant):
		return &sundayHours
	case p == parent && (k == schoolDay || k == wednesday):
		return &eveningHours
	case p == admin || p == collectivite:
		return &officeHours
	case k != schoolDay && k != wednesday:
		return &idleHours
	case p == eleve && k == wednesday:
		return &idleHours
	case p == eleve:
		return &classHours
	}
	return &teacherHours
}

// hourPickers draw the hour at which a visit begins.
var hourPickers = func() (all [profileCount][kindCount]picker) {
	for p := range all {
		for k := range all[p] {
			all[p][k] = newPicker(hoursOf(profile(p), dayKind(k))[:])
		}
	}
	return all
}()

// picker draws a rank in proportion to its weight.
type picker struct {
	upTo []float64 // cumulative, ends at 1
	last int       // the last rank with a weight
}

func newPicker(weights []float64) picker {
	p := picker{upTo: make([]float64, len(weights))}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	sum := 0.0
	for i, w := range weights {
		sum += w
		p.upTo[i] = sum / total
		if w > 0 {
			p.last = i
		}
	}
	return p
}

// pick is the rank at u, 0 ≤ u < 1.
func (p *picker) pick(u float64) int {
	for i := range p.last {
		if u < p.upTo[i] {
			return i
		}
	}
	return p.last
}
