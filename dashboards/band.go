package dashboards

import (
	"context"

	"github.com/entaudience/entaudience/schemas"
)

// viewBand is where a school lies among its neighbours, by the end of its address.
const viewBand = "/voisinage"

// band is the spread of the schools of a circonscription, of which one is looked at.
type band struct {
	above schemas.Territory
	own   Value
	quartiles
	leftOut string // French, schools that have no place in it, "" = none
}

// neighbours are what the schools of a territory did, for whoever compares with
// it: only to make a spread of, never to show one of them.
func (g guarded) neighbours(ctx context.Context, q schemas.SchoolQuery) ([]schemas.SchoolFigures, error) {
	if err := g.may(ctx, q.Scope, schemas.Ensemble); err != nil {
		return nil, err
	}
	return g.all.SchoolFigures(ctx, q)
}

// loadBand reads the spread around a school. A school without circonscription,
// or a period without a complete week, has none.
func (d *territoryData) loadBand(ctx context.Context, r Reader) error {
	if _, ok := d.lastComplete(); !ok || d.Niveau != schemas.Ecole {
		return nil
	}
	up := d.dir.Ancestors(d.Scope)
	if len(up) == 0 || up[len(up)-1].Niveau != schemas.Circonscription {
		return nil
	}
	b := &band{above: up[len(up)-1]}
	axe, modalite := schoolQuery(d.sel.Profil, "")
	lines, err := d.neighbours(ctx, schemas.SchoolQuery{Scope: b.above.Scope, Period: d.mondays(), Running: schemas.WeekOf(d.now), Axe: axe, Modalite: modalite})
	if schemas.KindOf(err) == schemas.Forbidden {
		return nil // the school was in another's circonscription then
	}
	if err != nil {
		return err
	}
	c := &compared{at: place{Territory: b.above, dir: d.dir, names: d.names}}
	if c.population, err = r.Population(ctx, d.year()); err != nil {
		return err
	}
	if c.enrolments, err = r.Enrolments(ctx, d.year()); err != nil {
		return err
	}
	c.place(lines, d.names, true)
	whole := c.whole()
	b.quartiles, b.leftOut = spread(whole.Members), c.leftOut(whole)
	for _, m := range whole.Members {
		if string(m.UAI) == d.Code {
			b.own = m.rate()
		}
	}
	d.band = b
	return nil
}

// bandView is the band as a page of its own, for its files.
func bandView() detailView {
	return detailView{
		path: viewBand, title: "Voisinage",
		load: func(d *territoryData) []func(context.Context, Reader) error {
			return []func(context.Context, Reader) error{d.loadBand}
		},
		build: func(d *territoryData) (string, []part, error) {
			if d.Niveau != schemas.Ecole {
				return "", nil, schemas.Refuse("Le voisinage est celui d'une école.")
			}
			return "", []part{d.bandPart()}, nil
		},
	}
}

// bandPart says where the school lies, without naming or ranking anyone.
func (d *territoryData) bandPart() part {
	s := Sheet{
		Code: "voisinage", Title: "Voisinage", Caption: "Utilisateurs par semaine pour 100 élèves",
		Columns: []Column{{Code: "repere", Label: "Code", Files: true}, {Code: "libelle", Label: "Repère"}, {Code: colRate, Label: "Pour 100 élèves", Kind: kindTenths, Bar: true}},
	}
	p := part{d.block("voisinage", "Dans sa circonscription", nil, "utilisateurs_pour_100_eleves", "quartiles"), s}
	switch {
	case d.band == nil:
		p.Empty = "Cette école n'a pas de circonscription dans l'annuaire, elle était alors dans une autre que la vôtre, ou aucune semaine de la période n'est finie : il n'y a pas de voisinage à montrer."
		return p
	case !d.band.Median.Known:
		p.Empty = "Trop peu d'écoles de la circonscription ont un chiffre qui peut être montré : une comparaison désignerait l'une d'elles."
		return p
	}
	p.Notes = append(p.Notes, "Les écoles de « "+nameOf(d.band.above)+" » dont le chiffre est connu ("+Entier(uint64(d.band.Schools))+"), sans les nommer ni les classer. La moitié d'entre elles est entre les deux quartiles.")
	if d.band.leftOut != "" {
		p.Notes = append(p.Notes, d.band.leftOut)
	}
	for _, l := range []struct {
		code, label string
		v           Value
	}{
		{"ecole", "Cette école", d.band.own},
		{"minimum", "Minimum", d.band.Min},
		{"premier_quartile", "1er quartile", d.band.Q1},
		{"mediane", "Médiane", d.band.Median},
		{"troisieme_quartile", "3e quartile", d.band.Q3},
		{"maximum", "Maximum", d.band.Max},
	} {
		v := l.v
		if v.Known && d.band.Max.N > 0 {
			v.Share = min(1, float64(v.N)/float64(d.band.Max.N))
		}
		p.Sheet.Rows = append(p.Sheet.Rows, Line{Values: []Value{word(l.code), word(l.label), v}})
	}
	return p
}

// bandBlock is the band on the school's own page.
func (d *territoryData) bandBlock() (Block, error) {
	p := d.bandPart()
	p.Block.Table = p.Sheet.table(nil)
	p.Block.Files = d.document(viewBand, head{}, p.Sheet).links(p.Sheet.Code)
	return p.Block, nil
}
