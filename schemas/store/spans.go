package store

import (
	"context"

	"github.com/entaudience/entaudience/schemas"
)

// span is a part of a period that one directory serves.
type span struct {
	schemas.Period
	directory schemas.SchoolYear
	version   uint64 // of that directory
}

// params are those of a read of a territory, with what its decisions must stand
// on.
func (s span) params(t schemas.Scope) params {
	return params{
		"from": dayParam(s.From), "to": dayParam(s.To), "annuaire": uintParam(s.directory), "version": uintParam(s.version),
		"niveau": string(t.Niveau), "code": t.Code,
	}
}

// spans cuts a period where the directory changes.
func (s *Store) spans(ctx context.Context, p schemas.Period) ([]span, error) {
	var spans []span
	for _, y := range p.SchoolYears() {
		use, v, err := s.directoryUse(ctx, y)
		if err != nil {
			return nil, err
		}
		part := schemas.Period{From: max(p.From, y.First()), To: min(p.To, y.Last())}
		if n := len(spans); n > 0 && spans[n-1].directory == use.From {
			spans[n-1].To = part.To
			continue
		}
		spans = append(spans, span{part, use.From, v.number})
	}
	return spans, nil
}
