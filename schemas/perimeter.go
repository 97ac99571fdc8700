package schemas

// Perimeter is how the open public primary schools of a territory changed
// from one directory to a later one.
type Perimeter struct {
	Opened  []UAI // the earlier directory does not have them, or not open
	Arrived []UAI // were in another territory
	Closed  []UAI // closed, merged into another, or gone from the directory
	Left    []UAI // are now in another territory
	Before  int   // how many schools there were
	After   int   // and how many there are
}

// ComparePerimeter compares the schools of a territory in two directories.
func ComparePerimeter(before, after *Directory, scope Scope) Perimeter {
	var p Perimeter
	counted := func(d *Directory, u UAI) (open, inside bool) {
		s, ok := d.School(u)
		open = ok && s.Primary
		return open, open && s.In(scope)
	}
	for i := range after.Schools {
		u := after.Schools[i].UAI
		if _, inside := counted(after, u); !inside {
			continue
		}
		p.After++
		switch open, inside := counted(before, u); {
		case !open:
			p.Opened = append(p.Opened, u)
		case !inside:
			p.Arrived = append(p.Arrived, u)
		}
	}
	for i := range before.Schools {
		u := before.Schools[i].UAI
		if _, inside := counted(before, u); !inside {
			continue
		}
		p.Before++
		switch open, inside := counted(after, u); {
		case !open:
			p.Closed = append(p.Closed, u)
		case !inside:
			p.Left = append(p.Left, u)
		}
	}
	return p
}

// Same says whether both directories have the same schools in the territory.
func (p Perimeter) Same() bool {
	return len(p.Opened)+len(p.Arrived)+len(p.Closed)+len(p.Left) == 0
}
