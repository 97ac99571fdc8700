package schemas

import "strings"

// Niveau is a level of territory.
type Niveau string

// The five levels, from the widest.
const (
	Region          Niveau = "region"
	Academie        Niveau = "academie"
	DSDEN           Niveau = "dsden"
	Circonscription Niveau = "circonscription"
	Ecole           Niveau = "ecole"
)

// Niveaux lists the levels from the widest to the narrowest.
func Niveaux() []Niveau { return []Niveau{Region, Academie, DSDEN, Circonscription, Ecole} }

// Label is the French name of the level.
func (n Niveau) Label() string {
	switch n {
	case Region:
		return "Région"
	case Academie:
		return "Académie"
	case DSDEN:
		return "DSDEN"
	case Circonscription:
		return "Circonscription"
	case Ecole:
		return "École"
	}
	return string(n)
}

// Below is the next narrower level; a school has none and gives "".
func (n Niveau) Below() Niveau {
	levels := Niveaux()
	for i, l := range levels[:len(levels)-1] {
		if l == n {
			return levels[i+1]
		}
	}
	return ""
}

// Scope is a territory: a level and a code ("76", "16", "031", the UAI of an
// inspection, the UAI of a school). It is also what a person may see.
type Scope struct {
	Niveau Niveau
	Code   string
}

// ParseScope reads "region:76". The error is Invalid.
func ParseScope(s string) (Scope, error) {
	niveau, code, ok := strings.Cut(s, ":")
	for _, n := range Niveaux() {
		if ok && string(n) == niveau && code != "" {
			return Scope{n, code}, nil
		}
	}
	return Scope{}, Refuse("« %.40s » n'est pas un territoire : il faut la forme niveau:code, par exemple dsden:031.", s)
}

// String is "region:76".
func (s Scope) String() string { return string(s.Niveau) + ":" + s.Code }

// Path is the page of the territory: "/region/76".
func (s Scope) Path() string { return "/" + string(s.Niveau) + "/" + s.Code }
