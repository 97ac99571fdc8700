package dashboards

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Limits of what one request may ask; a request over them is Invalid. The
// engine would answer, but the file would be of no use to a person.
const (
	maxDays       = 3 * 366 // any period: cells are kept 25 months
	maxDaysByDay  = 400     // grain=jour
	maxDaysEcoles = 31      // grain=jour with detail=ecoles: one line per school and day
)

// anneePrecedente is the one comparison: parameter comparer.
const anneePrecedente = "annee-precedente"

// selection is what a territory's address asks for, before any territory.
type selection struct {
	Period schemas.Period
	// Annee is the school year asked for or taken by default; ok is false when
	// the address gave two dates.
	Annee   schemas.SchoolYear
	ByYear  bool
	Asked   bool // the address gave a period
	Profil  schemas.Profil
	Compare bool     // beside the same school weeks of the year before
	Notices []string // French, what the reader must know of the period taken
}

// readSelection reads annee, or du and au which win over it, and profil. An
// empty parameter, as forms send it, is as good as none. Errors are Invalid.
func (s *Server) readSelection(ctx context.Context, q url.Values) (selection, error) {
	sel := selection{}
	if p := q.Get("profil"); p != "" {
		profil, known := schemas.ParseProfil(p)
		if !known {
			return sel, schemas.Refuse("« %.40s » n'est pas un profil. Profils : %s.", p, profilCodes())
		}
		sel.Profil = profil
	}
	switch c := q.Get("comparer"); c {
	case "":
	case anneePrecedente:
		sel.Compare = true
	default:
		return sel, schemas.Refuse("« %.40s » n'est pas une comparaison : %s.", c, anneePrecedente)
	}
	du, au, annee := q.Get("du"), q.Get("au"), q.Get("annee")
	switch {
	case du != "" || au != "":
		return sel, sel.readDates(du, au)
	case annee != "":
		y, err := schemas.ParseSchoolYear(annee)
		if err != nil {
			return sel, err
		}
		sel.takeYear(y, s.clock())
		sel.Asked = true
		if sel.Period.Days() == 0 {
			return sel, schemas.Refuse("L'année scolaire %s n'a pas encore commencé.", y)
		}
		return sel, nil
	}
	return sel, s.defaultYear(ctx, &sel)
}

func (sel *selection) readDates(du, au string) error {
	if du == "" || au == "" {
		return schemas.Refuse("Une période a deux bornes : il faut « du » et « au », par exemple du=2026-09-07&au=2026-10-18.")
	}
	from, err := schemas.ParseDay(du)
	if err != nil {
		return err
	}
	to, err := schemas.ParseDay(au)
	if err != nil {
		return err
	}
	sel.Period, sel.Asked = schemas.Period{From: from, To: to}, true
	switch days := sel.Period.Days(); {
	case days == 0:
		return schemas.Refuse("La période finit le %s, avant de commencer le %s.", au, du)
	case days > maxDays:
		return schemas.Refuse("La période fait %d jours : demandez-en %d au plus, soit trois ans.", days, maxDays)
	}
	return nil
}

// takeYear takes a school year up to today. Its weeks are those whose Monday
// lies in it.
func (sel *selection) takeYear(y schemas.SchoolYear, now time.Time) {
	sel.Annee, sel.ByYear = y, true
	sel.Period = schemas.Period{From: y.First(), To: min(y.Last(), schemas.DayOf(now))}
}

// defaultYear takes the current school year, or the latest one that has data
// when nothing came yet in the current one, as in August.
func (s *Server) defaultYear(ctx context.Context, sel *selection) error {
	now := s.clock()
	current := schemas.WeekOf(now).SchoolYear()
	extent, ok, err := s.reader.Extent(ctx)
	if err != nil {
		return err
	}
	if last := extent.To.Week().SchoolYear(); ok && last < current {
		sel.takeYear(last, now)
		sel.Notices = append(sel.Notices, "L'année scolaire "+current.String()+
			" n'a encore aucune visite : cette page montre l'année "+last.String()+".")
		return nil
	}
	sel.takeYear(current, now)
	return nil
}

func profilCodes() string {
	var codes []string
	for _, p := range schemas.Profils() {
		codes = append(codes, string(p.Code))
	}
	return strings.Join(codes, ", ")
}

// query is the selection as the parameters of an address.
func (sel selection) query() url.Values {
	q := url.Values{}
	switch {
	case sel.ByYear && sel.Asked:
		q.Set("annee", sel.Annee.String())
	case !sel.ByYear:
		q.Set("du", sel.Period.From.String())
		q.Set("au", sel.Period.To.String())
	}
	if sel.Profil != "" {
		q.Set("profil", string(sel.Profil))
	}
	if sel.Compare {
		q.Set("comparer", anneePrecedente)
	}
	return q
}

// address is a path with parameters.
func address(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

// label is the period in French.
func (sel selection) label() string {
	if sel.ByYear {
		return "année scolaire " + sel.Annee.String()
	}
	return "du " + Jour(sel.Period.From) + " au " + Jour(sel.Period.To)
}
