package dashboards

import (
	"context"
	"sync"

	"github.com/entaudience/entaudience/schemas"
)

// territories are the directories that serve a period, the last year's first:
// its names are the ones shown; the others know what closed since.
type territories struct {
	last schemas.DirectoryUse
	dirs []*schemas.Directory
}

func (s *Server) territories(ctx context.Context, p schemas.Period) (*territories, error) {
	return territoriesOf(ctx, s.reader, p)
}

func territoriesOf(ctx context.Context, r Directories, p schemas.Period) (*territories, error) {
	years := p.SchoolYears()
	t := &territories{}
	for i := len(years) - 1; i >= 0; i-- {
		d, use, err := r.Directory(ctx, years[i])
		if err != nil {
			return nil, err
		}
		if len(t.dirs) == 0 {
			t.last = use
		}
		if n := len(t.dirs); n == 0 || t.dirs[n-1] != d {
			t.dirs = append(t.dirs, d)
		}
	}
	return t, nil
}

// find gives a territory and the directory that knows it. The error is
// NotFound.
func (t *territories) find(scope schemas.Scope) (schemas.Territory, *schemas.Directory, error) {
	for _, d := range t.dirs {
		if found, ok := d.Territory(scope); ok {
			return found, d, nil
		}
	}
	return schemas.Territory{}, nil, schemas.Missing("L'annuaire %s ne connaît pas « %s %.40s ».", t.last.From, scope.Niveau.Label(), scope.Code)
}

// part gives the child, or the school, of a territory that a cell names by
// its code alone; "" has no name.
func (t *territories) part(niveau schemas.Niveau, detail schemas.Detail, code string) schemas.Territory {
	levels := []schemas.Niveau{schemas.Ecole}
	if detail == schemas.ParEnfants && niveau.Below() != "" {
		levels = []schemas.Niveau{niveau.Below(), schemas.Ecole}
	}
	for _, n := range levels {
		if found, _, err := t.find(schemas.Scope{Niveau: n, Code: code}); err == nil {
			return found
		}
	}
	return schemas.Territory{Scope: schemas.Scope{Niveau: levels[0], Code: code}}
}

// notice says when the last year is served by another year's directory.
func (t *territories) notice() []string {
	if t.last.Year == t.last.From {
		return nil
	}
	return []string{"Aucun annuaire n'a été importé pour " + t.last.Year.String() +
		" : les territoires et les noms sont ceux de " + t.last.From.String() + "."}
}

// searchCache keeps the index of the directory last searched.
type searchCache struct {
	mu  sync.Mutex
	dir *schemas.Directory
	idx *Search
}

func (c *searchCache) of(d *schemas.Directory) *Search {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.dir != d {
		c.dir, c.idx = d, NewSearch(d)
	}
	return c.idx
}
