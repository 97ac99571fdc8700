package schemas

// Rate is a taux de fréquentation over several schools, of those whose
// population is known: users ÷ population. Where figures of schools are
// withheld, those that are shown may leave several values possible.
type Rate struct {
	Least, Most Count  // users, from what is shown; Most is unknown where nothing bounds them
	People      Count  // population; unknown where it is of every school
	Schools     uint64 // whose population is known
	Of          uint64 // of how many
}

// widest is how far apart the ends of a rate may be, in points: beyond, they
// say too little of it to be shown.
const widest = 5

// Withheld says that there is a rate, and that what is shown says too little of
// it.
func (r Rate) Withheld() bool {
	people, known := r.People.Get()
	if !known || people == 0 {
		return false
	}
	least, _ := r.Least.Get()
	most, bounded := r.Most.Get()
	return !bounded || 100*(most-least) > widest*people
}

// PerMille gives the two ends of the rate in thousandths, as a percentage with
// one decimal shows them. They are one figure where both round to the same. ok
// is false where there is no rate, or it is withheld.
func (r Rate) PerMille() (least, most uint64, ok bool) {
	if r.Withheld() {
		return 0, 0, false
	}
	least, ok = Ratio{r.Least, r.People}.PerMille()
	most, _ = Ratio{r.Most, r.People}.PerMille()
	return least, most, ok
}

// Attendance is the taux de fréquentation of a profile in the open public
// primary schools of a territory, in one week. A school of unknown population
// counts neither above nor below. use is the users of every establishment of
// the territory that had any, total those of the territory; both as they are
// shown. Of a school whose users are withheld it takes what is shown elsewhere:
// no fewer than in no other profile, no more than in all profiles; and the users
// of those that count are the total less those of the others. So whoever reads
// the pages could have made the rate, and learns nothing from it.
func Attendance(profil Profil, schools []*School, population *Population, use map[UAI]*WeekUse, total *WeekUse) Rate {
	r := Rate{Least: Known(0)}
	rest := unseen(schools, use, total)
	var inside, outside between
	for _, s := range schools {
		n := Count{}
		if s.Primary {
			r.Of++
			n = population.Potential(s, profil)
		}
		u := use[s.UAI]
		least, most := u.Between(profil)
		if !most.IsKnown() {
			most = rest
		}
		if !n.IsKnown() {
			outside.add(least, most)
			continue
		}
		if r.Schools == 0 {
			r.People = Known(0)
		}
		r.Schools++
		r.People = r.People.Plus(n)
		inside.add(least, most)
	}
	low, high := total.Between(profil)
	if most, bounded := outside.high(); bounded && low > most {
		inside.least = max(inside.least, low-most)
	}
	if all, bounded := high.Get(); bounded && all >= outside.least {
		inside.atMost(all - outside.least)
	}
	r.Least = Known(inside.least)
	if most, bounded := inside.high(); bounded {
		r.Most = Known(most)
	}
	return r
}

// unseen is how many users a territory has in the schools whose own number of
// users is withheld; it is unknown when that of the territory is, too.
func unseen(schools []*School, use map[UAI]*WeekUse, total *WeekUse) Count {
	if total == nil {
		return Count{}
	}
	all, shown := total.All.Get()
	if !shown {
		return Count{}
	}
	for _, s := range schools {
		u := use[s.UAI]
		if u == nil {
			continue
		}
		n, _ := u.All.Get()
		all -= min(n, all)
	}
	return Known(all)
}

// between is the sum of numbers of which each has a least and a most.
type between struct {
	least, most uint64
	unbounded   bool
}

func (b *between) add(least uint64, most Count) {
	n, bounded := most.Get()
	b.least, b.most, b.unbounded = b.least+least, b.most+n, b.unbounded || !bounded
}

func (b *between) atMost(n uint64) {
	if b.unbounded || n < b.most {
		b.most, b.unbounded = n, false
	}
}

func (b *between) high() (most uint64, bounded bool) { return b.most, !b.unbounded }
