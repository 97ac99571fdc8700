package schemas

import "fmt"

// measured gives the measure of a cell that an indicator counts.
var measured = map[string]func(Measures) uint64{
	"visites":                         func(m Measures) uint64 { return m.Visits },
	"visites_service":                 func(m Measures) uint64 { return m.Visits },
	"visites_avec_duree":              func(m Measures) uint64 { return m.VisitsWithDuration },
	"rebonds":                         func(m Measures) uint64 { return m.Visits - m.VisitsWithDuration },
	"evenements":                      func(m Measures) uint64 { return m.Events },
	"utilisateurs":                    func(m Measures) uint64 { return m.Users },
	"utilisateurs_cumul_hebdomadaire": func(m Measures) uint64 { return m.Users },
	"frequence":                       func(m Measures) uint64 { return m.Users },
}

// Sum adds an indicator over cells that differ in what over says: schools,
// periods or profiles. The error is Internal when the indicator is not additive
// so: the weekly users of several weeks are no users, but a "cumul
// hebdomadaire", and have to be asked under that name. Withheld cells have no
// figure to add; Sum does not say how many there were.
func Sum(code string, over Additivity, cells []Cell) (uint64, error) {
	value, ok := measured[code]
	if !ok {
		return 0, fmt.Errorf("sum %s: it is not counted in cells", code)
	}
	if a := IndicatorByCode(code).Additivity; a&over != over {
		return 0, fmt.Errorf("sum %s: %s", code, a)
	}
	var n uint64
	for _, c := range cells {
		n += value(c.Measures)
	}
	return n, nil
}

// Total adds the measures of cells that differ in what over says. Over periods
// its Users are a "cumul hebdomadaire". The error is Internal when one of the
// measures is not additive so: users of several profiles are not.
func Total(over Additivity, all ...Measures) (Measures, error) {
	users := "utilisateurs"
	if over&OverPeriods != 0 {
		users = "utilisateurs_cumul_hebdomadaire"
	}
	for _, code := range []string{"visites", "visites_avec_duree", "evenements", users} {
		if a := IndicatorByCode(code).Additivity; a&over != over {
			return Measures{}, fmt.Errorf("sum %s: %s", code, a)
		}
	}
	var sum Measures
	for _, m := range all {
		sum.Add(m)
	}
	return sum, nil
}
