package dashboards

import (
	"slices"

	"github.com/entaudience/entaudience/schemas"
)

func (g *tagging) parts() ([]part, error) {
	reasons := part{g.block("motifs", "Marqueurs refusés, par motif"), g.reasonSheet()}
	days := part{g.block("jours", "Marqueurs refusés, par jour"), g.daySheet()}
	sites := part{g.block("sites", "D'où viennent les marqueurs refusés"), g.siteSheet()}
	if len(g.Days) == 0 {
		days.Empty, sites.Empty = "Aucun marqueur refusé dans cette période.", "Aucun marqueur refusé dans cette période."
	} else if err := g.drawDays(&days); err != nil {
		return nil, err
	}
	sites.Notes = append(sites.Notes, "La collectivité est le paramètre s de la balise ; sans numéro, le marqueur n'en portait pas de lisible. Aucune valeur d'un autre paramètre n'est gardée.")
	services := part{g.block("services", "Codes de service que le plan de marquage ne connaît pas"), g.serviceSheet()}
	services.Notes = append(services.Notes, "Ils sont comptés sous leur propre code sur les pages des services. Faire envoyer un code du plan de 2021 par l'ENT ; son tableau de correspondance dit quelle application envoie lequel.")
	if len(services.Sheet.Rows) == 0 {
		services.Empty = "Aucun : tous les codes reçus sont ceux du plan."
	}
	profils := part{g.block("profils", "Visites sans profil connu, pages sans service", "visites", "visites_service"), g.profilSheet()}
	profils.Notes = append(profils.Notes,
		"Un profil absent ou inconnu compte comme « Autres » ; une page sans service comme « Page ENT ». Une part qui monte d'une semaine à l'autre est une balise qui a perdu ce paramètre : la faire corriger.")
	if len(profils.Sheet.Rows) == 0 {
		profils.Empty = noVisits
	}
	stopped := part{g.block("arrets", "Profils et services qui ne sont plus reçus", "visites", "visites_service"), g.stoppedSheet()}
	stopped.Notes = append(stopped.Notes,
		"Vus dans deux semaines de la période au moins, et plus du tout dans la dernière semaine entière, alors que l'ENT reste visité : un marqueur a sans doute été retiré d'une application. Les écoles qui se taisent sont sur la page « Écoles silencieuses » de leur territoire.")
	if len(stopped.Sheet.Rows) == 0 {
		stopped.Empty = "Aucun : tout ce qui était reçu l'est encore, ou la période est trop courte pour le dire."
	}
	corrected := part{g.block("corrections", "Marqueurs acceptés et corrigés"), g.correctionSheet()}
	corrected.Period = "depuis le début de la mesure"
	corrected.Notes = append(corrected.Notes, "Comptes des collecteurs depuis le début de la mesure, quelle que soit la période demandée ; un marqueur importé n'y est pas.")
	if g.ledger.Cut > 0 {
		corrected.Notes = append(corrected.Notes, "Au moins : un collecteur arrêté brutalement perd ses cinq dernières secondes de compte.")
	}
	parts := []part{reasons, days, sites, corrected, services, profils, stopped}
	if !g.hidden {
		parts = append(parts, g.unknownPart())
	}
	return parts, nil
}

func (g *tagging) block(id, title string, indicators ...string) Block {
	return Block{ID: id, Title: title, Indicators: indicatorsOf(indicators...), Period: "du " + Jour(g.period.From) + " au " + Jour(g.period.To), AsOf: g.asOf}
}

// reasonSheet has every reason, also those of which there is none.
func (g *tagging) reasonSheet() Sheet {
	s := Sheet{
		Code: "motifs", Title: "Motifs de refus", Caption: "Marqueurs refusés par motif",
		Columns: []Column{
			{Code: "motif", Label: "Code", Files: true},
			{Code: "libelle", Label: "Motif, et que faire"},
			{Code: "marqueurs", Label: "Marqueurs", Kind: kindCount},
			{Code: "a_faire", Label: "Que faire", Files: true},
		},
	}
	found := g.ByReason()
	for _, r := range schemas.Reasons() {
		if !slices.ContainsFunc(found, func(f schemas.Refusals) bool { return f.Reason == r }) {
			found = append(found, schemas.Refusals{Reason: r})
		}
	}
	for _, f := range found {
		label := word(f.Reason.Label())
		label.Note = f.Reason.Todo()
		s.Rows = append(s.Rows, Line{Values: []Value{word(string(f.Reason)), label, number(f.Count), word(f.Reason.Todo())}, Muted: f.Count == 0})
	}
	return s
}

// daySheet is a line per day and a column per reason, that of most hits first.
func (g *tagging) daySheet() Sheet {
	s := Sheet{
		Code: "jours", Title: "Refus par jour", Caption: "Marqueurs refusés par jour et par motif",
		Columns: []Column{{Code: "jour", Label: "Jour", Files: true}, {Code: "libelle", Label: "Jour"}},
	}
	counts := map[schemas.RefusedDay]uint64{}
	for _, d := range g.Days {
		counts[schemas.RefusedDay{Day: d.Day, Refusals: schemas.Refusals{Reason: d.Reason}}] = d.Count
	}
	reasons := g.ByReason()
	for _, r := range reasons {
		s.Columns = append(s.Columns, Column{Code: string(r.Reason), Label: r.Reason.Short(), Kind: kindCount})
	}
	for day := g.period.From; day <= g.period.To; day++ {
		l := Line{Values: []Value{word(day.String()), word(Jour(day))}, Muted: true}
		for _, r := range reasons {
			n := counts[schemas.RefusedDay{Day: day, Refusals: schemas.Refusals{Reason: r.Reason}}]
			l.Muted = l.Muted && n == 0
			l.Values = append(l.Values, number(n))
		}
		s.Rows = append(s.Rows, l)
	}
	return s
}

// drawDays draws the reasons of most refusals, as many as lines can be told apart.
func (g *tagging) drawDays(p *part) (err error) {
	if len(p.Sheet.Rows) < 2 {
		return nil
	}
	drawn := p.Sheet
	drawn.Columns = drawn.Columns[:min(len(drawn.Columns), 2+len(lineColors))]
	var labels []string
	for day := g.period.From; day <= g.period.To; day++ {
		labels = append(labels, JourCourt(day))
	}
	most := g.ByReason()[0]
	p.Chart, err = linesChart(labels, &drawn, drawn.Rows, nil,
		"Marqueurs refusés par jour et par motif. Le motif le plus fréquent : "+most.Reason.Label()+", "+Compte(most.Count, "marqueur", "marqueurs")+".")
	return err
}

func (g *tagging) siteSheet() Sheet {
	s := Sheet{
		Code: "sites", Title: "Refus par collectivité", Caption: "Marqueurs refusés par collectivité, motif et paramètre",
		Columns: []Column{
			{Code: "site", Label: "Collectivité (s)"},
			{Code: "plan", Label: "Plan", Kind: kindText},
			{Code: "motif", Label: "Code du motif", Files: true},
			{Code: "libelle", Label: "Motif"},
			{Code: "parametre", Label: "Paramètre"},
			{Code: "marqueurs", Label: "Marqueurs", Kind: kindCount},
		},
	}
	s.Columns = append(s.Columns, firstAndLast("jour", "Premier jour", "Dernier jour")...)
	for _, d := range g.Sites {
		s.Rows = append(s.Rows, Line{Values: append([]Value{
			wordIf(d.Site), wordIf(planYear(d.Plan)), word(string(d.Reason)), word(d.Reason.Short()), wordIf(d.Detail), number(d.Count),
		}, days(d.First, d.Last)...)})
	}
	return s
}

// firstAndLast are the columns of two days or Mondays: in files by their code, on
// the page in French.
func firstAndLast(what, first, last string) []Column {
	premier, dernier := "premier_"+what, "dernier_"+what
	if what == "semaine" {
		premier, dernier = "premiere_"+what, "derniere_"+what
	}
	return []Column{{Code: premier, Label: first, Files: true}, {Code: dernier, Label: last, Files: true}, {Label: first, Page: true}, {Label: last, Page: true}}
}

// days are the values of firstAndLast.
func days(first, last schemas.Day) []Value {
	return []Value{word(first.String()), word(last.String()), word(JourCourt(first)), word(JourCourt(last))}
}

// correctionSheet is what had to be put right in accepted hits.
func (g *tagging) correctionSheet() Sheet {
	s := Sheet{
		Code: "corrections", Title: "Corrections", Caption: "Marqueurs acceptés dans lesquels quelque chose était faux",
		Columns: []Column{
			{Code: "correction", Label: "Code", Files: true},
			{Code: "libelle", Label: "Correction, et que faire"},
			{Code: "marqueurs", Label: "Marqueurs", Kind: kindCount},
			{Code: "part", Label: "Part des acceptés", Kind: kindPercent, Bar: true},
			{Code: "a_faire", Label: "Que faire", Files: true},
		},
	}
	for _, c := range []struct {
		code, label, todo string
		n                 uint64
	}{
		{"horloges_corrigees", "Horloge fausse de plus de 10 minutes : l'heure de réception est comptée", "Remettre à l'heure les tablettes et les postes ; sans effet sur les chiffres tant que le marqueur arrive aussitôt.", g.ledger.Corrected},
		{"profils_inconnus", "Profil absent ou hors du plan : compté « Autres »", "Faire envoyer un des codes du plan par l'ENT.", g.ledger.UnknownProfiles},
		{"services_inconnus", "Service hors du plan : gardé sous son propre code", "Les codes reçus sont plus bas.", g.ledger.UnknownServices},
	} {
		label := word(c.label)
		label.Note = c.todo
		s.Rows = append(s.Rows, Line{Values: []Value{word(c.code), label, number(c.n), percentOf(c.n, g.ledger.Accepted()), word(c.todo)}, Muted: c.n == 0})
	}
	return s
}

// wordIf is a text, unknown when it is empty.
func wordIf(s string) Value { return Value{Text: s, Known: s != ""} }

// planYear names a generation of the tagging plan, "" = unknown.
func planYear(plan uint8) string {
	return map[uint8]string{uint8(schemas.Plan2012): "2012", uint8(schemas.Plan2021): "2021"}[plan]
}

// unknownServices are the codes that the plan does not have, by their order.
func (g *tagging) unknownServices() []string {
	var codes []string
	for k := range g.cells {
		if _, known := schemas.ParseService(k.code); k.axe == schemas.ParService && !known && !slices.Contains(codes, k.code) {
			codes = append(codes, k.code)
		}
	}
	slices.Sort(codes)
	return codes
}

func (g *tagging) serviceSheet() Sheet {
	s := Sheet{
		Code: "services", Title: "Services inconnus", Caption: "Codes de service hors du plan de marquage",
		Columns: []Column{
			{Code: "code", Label: "Code reçu"},
			{Code: "visites", Label: "Visites", Kind: kindCount},
			{Code: "ecoles", Label: "Écoles, au plus en une semaine", Kind: kindCount},
		},
	}
	s.Columns = append(s.Columns, firstAndLast("semaine", "Première semaine", "Dernière semaine")...)
	for _, code := range g.unknownServices() {
		seen := g.seen(schemas.ParService, code)
		visits, schools := number(seen.visits), number(seen.schools)
		if seen.hidden > 0 {
			visits.Note = withheldWeeks(seen.hidden)
		}
		if seen.hidden == uint64(len(seen.weeks)) {
			visits, schools = withheld(), withheld()
		}
		s.Rows = append(s.Rows, Line{Values: append([]Value{word(code), visits, schools}, days(seen.weeks[0].Monday(), seen.weeks[len(seen.weeks)-1].Monday())...)})
	}
	return s
}

// seenWeeks is what is known of a modality over the weeks of the period.
type seenWeeks struct {
	weeks           []schemas.Week // in which it has visits
	visits, schools uint64         // of those that may be shown; schools of the week that has most
	hidden          uint64         // weeks that may not be shown
}

func (g *tagging) seen(a schemas.Axe, code string) seenWeeks {
	var s seenWeeks
	for _, w := range g.weeks {
		c, ok := g.cells[cellKey{w, a, code}]
		switch {
		case !ok:
			continue
		case c.withheld:
			s.hidden++
		default:
			s.visits, s.schools = s.visits+c.visits, max(s.schools, c.schools)
		}
		s.weeks = append(s.weeks, w)
	}
	return s
}

// profilSheet is a line per week: the visits that say neither who nor what.
func (g *tagging) profilSheet() Sheet {
	s := Sheet{
		Code: "profils", Title: "Profils et pages inconnus", Caption: "Visites de profil « Autres » et visites de « Page ENT », par semaine",
		Columns: []Column{
			{Code: "semaine", Label: "Lundi", Files: true},
			{Code: "libelle", Label: "Semaine du"},
			{Code: "visites", Label: "Visites", Kind: kindCount},
			{Code: "visites_autre", Label: "Profil Autres", Kind: kindCount},
			{Code: "part_autre", Label: "Part", Kind: kindPercent, Bar: true},
			{Code: "visites_page_ent", Label: "Page ENT", Kind: kindCount},
			{Code: "part_page_ent", Label: "Part", Kind: kindPercent, Bar: true},
		},
	}
	for _, w := range g.weeks {
		whole, ok := g.cells[cellKey{w, schemas.Globales, string(schemas.Globales)}]
		if !ok {
			continue
		}
		other, page := g.cells[cellKey{w, schemas.ParProfil, string(schemas.Autre)}], g.cells[cellKey{w, schemas.ParService, string(schemas.PageENT)}]
		first := word(Jour(w.Monday()))
		if w > g.whole {
			first.Note = "semaine en cours, inachevée"
		}
		s.Rows = append(s.Rows, Line{Values: []Value{word(w.String()), first, whole.value(), other.value(), shareOf(other, whole), page.value(), shareOf(page, whole)}})
	}
	return s
}

// shareOf is part of whole, where both may be shown.
func shareOf(part, whole weekCell) Value {
	if part.withheld || whole.withheld {
		return withheld()
	}
	return percentOf(part.visits, whole.visits)
}

// stoppedSheet lists what was seen in two weeks at least and no more in the last
// whole one, while that had half the visits of those weeks at least.
func (g *tagging) stoppedSheet() Sheet {
	s := Sheet{
		Code: "arrets", Title: "Plus reçus", Caption: "Profils et services vus plus tôt et absents de la dernière semaine entière",
		Columns: []Column{
			{Code: "axe", Label: "Axe", Files: true},
			{Code: "code", Label: "Code", Files: true},
			{Code: "libelle", Label: "Profil ou service"},
			{Code: "visites_par_semaine", Label: "Visites par semaine, avant", Kind: kindTenths},
		},
	}
	s.Columns = append(s.Columns, firstAndLast("semaine", "Première semaine", "Dernière semaine")...)
	last := g.cells[cellKey{g.whole, schemas.Globales, string(schemas.Globales)}]
	for _, a := range []schemas.Axe{schemas.ParProfil, schemas.ParService} {
		for _, code := range g.modalities(a) {
			var before, all uint64
			var weeks []schemas.Week
			for _, w := range g.weeks {
				c, ok := g.cells[cellKey{w, a, code}]
				if !ok || w >= g.whole || c.withheld {
					continue
				}
				weeks, before = append(weeks, w), before+c.visits
				all += g.cells[cellKey{w, schemas.Globales, string(schemas.Globales)}].visits
			}
			if _, still := g.cells[cellKey{g.whole, a, code}]; still || len(weeks) < 2 || 2*last.visits*uint64(len(weeks)) < all {
				continue
			}
			s.Rows = append(s.Rows, Line{Values: append([]Value{
				word(string(a)), word(code), word(a.Label(code)), ratio(before, uint64(len(weeks)), 10),
			}, days(weeks[0].Monday(), weeks[len(weeks)-1].Monday())...)})
		}
	}
	return s
}

// modalities are those of an axis that have a visit, by their code.
func (g *tagging) modalities(a schemas.Axe) []string {
	var codes []string
	for k := range g.cells {
		if k.axe == a && !slices.Contains(codes, k.code) {
			codes = append(codes, k.code)
		}
	}
	slices.Sort(codes)
	return codes
}

func (g *tagging) unknownPart() part {
	p := part{g.block("uai_inconnus", "Établissements inconnus de l'annuaire"), Sheet{
		Code: "uai_inconnus", Title: "UAI inconnus", Caption: "UAI valides qui envoient des événements et que l'annuaire ne connaît pas",
		Columns: []Column{
			{Code: "uai", Label: "UAI"},
			{Code: "evenements", Label: "Événements", Kind: kindCount},
		},
	}}
	p.Sheet.Columns = append(p.Sheet.Columns, firstAndLast("jour", "Premier jour", "Dernier jour")...)
	for _, u := range g.Unknown {
		p.Sheet.Rows = append(p.Sheet.Rows, Line{Values: append([]Value{word(string(u.UAI)), number(u.Events)}, days(u.First, u.Last)...)})
	}
	p.Notes = append(p.Notes, "Leurs événements sont conservés ; ils entreront dans tous les chiffres dès que l'annuaire les connaîtra : importer un annuaire plus récent, ou faire corriger l'UAI de la balise.")
	if len(g.Unknown) == 0 {
		p.Empty = "Aucun : tous les UAI reçus sont dans l'annuaire."
	}
	return p
}
