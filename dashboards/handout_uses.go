package dashboards

import "github.com/entaudience/entaudience/schemas"

// shownUse is a profile or a service of a collectivity's schools, over the weeks
// of schools that may be shown.
type shownUse struct {
	visits uint64 // of the weeks in which its visits may be shown
	hidden uint64 // weeks of schools in which they may not
	// part of whole is its share: both of the weeks of schools in which its visits
	// and all visits may be shown, so that neither is of weeks that the other lacks.
	part, whole uint64
}

// takeUses sums the weekly cells of the schools, all visits among them.
func (h *handout) takeUses(cells []schemas.Cell) {
	type schoolWeek struct {
		code string
		week schemas.Day
	}
	all := map[schoolWeek]uint64{} // visits, where they may be shown
	var whole uint64
	for _, c := range cells {
		if c.Axe == schemas.Globales && !c.Withheld {
			all[schoolWeek{c.Code, c.Debut}] = c.Visits
			whole += c.Visits
		}
	}
	for _, c := range cells {
		into := h.profils
		switch c.Axe {
		case schemas.ParProfil:
		case schemas.ParService:
			into = h.services
		default:
			continue
		}
		u := into[c.Modalite]
		if u == nil {
			u = &shownUse{whole: whole}
			into[c.Modalite] = u
		}
		visits, shown := all[schoolWeek{c.Code, c.Debut}]
		switch {
		case c.Withheld:
			u.hidden++
			h.hidden++
			u.whole -= visits
		default:
			u.visits += c.Visits
			if shown {
				u.part += c.Visits
			}
		}
	}
}
