package dashboards

import (
	"context"
	"net/http"

	"github.com/entaudience/entaudience/schemas"
)

// loadSide reads what the first screen of each role begins with: the schools
// to look at of a circonscription, the circonscriptions of a DSDEN side by
// side, the schools of a wider territory on a map.
func (d *territoryData) loadSide(ctx context.Context, r Reader) error {
	switch d.Niveau {
	case schemas.Circonscription:
		return d.loadWatch(ctx, r)
	case schemas.DSDEN, schemas.Academie, schemas.Region:
		q, err := readCompare(nil, d.Scope)
		if err != nil {
			return err
		}
		d.side, err = d.loadCompared(ctx, r, q)
		return err
	}
	return nil
}

// sideBlock is the children of a territory side by side: rate, evolution and
// equity, as its comparison has them.
func (d *territoryData) sideBlock() (Block, error) {
	if d.side == nil {
		return Block{}, nil
	}
	c := d.side
	rows := c.groups(c.query.Level)
	whole, above := c.whole(), c.over()
	sheet := c.sheet(rows, whole, above, func(t schemas.Territory) string {
		if t.Niveau == "" || t.Code == "" {
			return ""
		}
		return d.link(t.Scope)
	})
	title := map[schemas.Niveau]string{schemas.Circonscription: "Circonscriptions côte à côte", schemas.DSDEN: "DSDEN côte à côte"}[c.query.Level]
	b := d.block("comparaison", title, d.document(viewCompare, head{}, sheet).links(sheet.Code),
		"utilisateurs_pour_100_eleves", "utilisateurs_semaine_moyenne", "evolution", "ecoles_actives", "quartiles")
	if len(sheet.Rows) == 0 {
		b.Empty = "L'annuaire ne connaît aucun territoire ici."
		return b, nil
	}
	if !c.known && c.last != 0 {
		b.Notes = append(b.Notes, "Pas d'évolution : la période de même longueur qui précède n'a pas été mesurée en entier.")
	} else if c.known {
		b.Notes = append(b.Notes, "Évolution par rapport à la période de même longueur qui précède, du "+Jour(c.before.From)+" au "+Jour(c.before.To+6)+".")
	}
	if out := c.leftOut(whole); out != "" {
		b.Notes = append(b.Notes, out)
	}
	b.Table, b.Open = sheet.table(nil), true
	b.Table.Caption = title + ", " + c.orderWords()
	return b, c.chart(&b, sheet, whole, above)
}

// viewPage is a page of a territory made of blocks.
type viewPage struct {
	Layout
	head
	Lead   string // French, what the page answers
	Blocks []Block
}

// viewWatch is the list of the schools to look at, by the end of its address.
const viewWatch = "/attention"

// attention answers the schools of a circonscription that deserve a look.
func (s *Server) attention(w http.ResponseWriter, r *http.Request) error {
	d, err := s.territoryOf(r)
	if err != nil {
		return err
	}
	if d.Niveau != schemas.Circonscription {
		return schemas.Refuse("La liste des écoles à regarder est celle d'une circonscription.")
	}
	for _, load := range []func(context.Context, Reader) error{d.loadState, d.loadSide} {
		if err := d.load(r.Context(), s.reader, load); err != nil {
			return err
		}
	}
	h := d.head(viewWatch)
	b, err := d.watchBlock()
	if err != nil {
		return err
	}
	if formatOf(r) != formatHTML {
		return s.files(w, r, d.document(viewWatch, h, d.watchSheet()))
	}
	h.Files = b.Files
	p := viewPage{Layout: s.layout(r, "À regarder – "+nameOf(d.Territory), "/"), head: h, Blocks: []Block{b}}
	p.Layout.Alt = h.Files
	return s.html(w, r, "vue", p)
}

// dotmap answers the map of a territory's schools.
func (s *Server) dotmap(w http.ResponseWriter, r *http.Request) error {
	d, err := s.territoryOf(r)
	if err != nil {
		return err
	}
	if d.Niveau == schemas.Ecole || d.Niveau == schemas.Circonscription {
		return schemas.Refuse("La carte est celle d'une région, d'une académie ou d'une DSDEN.")
	}
	for _, load := range []func(context.Context, Reader) error{d.loadState, d.loadSide} {
		if err := d.load(r.Context(), s.reader, load); err != nil {
			return err
		}
	}
	h := d.head(viewMap)
	b, err := d.mapBlock()
	if err != nil {
		return err
	}
	if formatOf(r) != formatHTML {
		groups := d.side.groups(d.side.query.Level)
		var all []*schoolUse
		for _, g := range groups {
			all = append(all, g.Members...)
		}
		return s.files(w, r, d.document(viewMap, h, d.side.mapSheet(groups, spreadVisited(all))))
	}
	h.Files = b.Files
	p := viewPage{Layout: s.layout(r, "Carte – "+nameOf(d.Territory), "/"), head: h, Blocks: []Block{b}}
	p.Layout.Alt = h.Files
	return s.html(w, r, "vue", p)
}
