package dashboards

import "github.com/entaudience/entaudience/schemas"

// outside says whether it is known that nobody enrolled a school.
func (c *compared) outside(u schemas.UAI) bool {
	_, enrolled := c.enrolments.Of(u)
	return c.enrolments.Known() && !enrolled
}

// leftOut says which schools of a group have no place among its quartiles, in
// French; "" when all have one.
func (c *compared) leftOut(g *group) string {
	n := uint64(0)
	for _, m := range g.Members {
		if m.outside {
			n++
		}
	}
	if n == 0 {
		return ""
	}
	return "Médiane et quartiles sont ceux des écoles inscrites pour " + c.enrolments.Year.String() + " : " +
		Compte(n, "école que personne n'a inscrite n'y est pas comptée.", "écoles que personne n'a inscrites n'y sont pas comptées.")
}
