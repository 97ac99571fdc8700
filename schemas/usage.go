package schemas

// WeekUse is what pages may know of the users of one establishment, or of one
// territory, in one week: by profile, and of which profiles the figures are
// withheld. A profile that is in neither had no visit.
type WeekUse struct {
	Users    map[Profil]uint64
	Withheld map[Profil]bool
}

// Take adds a cell of the axis profil.
func (u *WeekUse) Take(c Cell) {
	if u.Users == nil {
		u.Users, u.Withheld = map[Profil]uint64{}, map[Profil]bool{}
	}
	if c.Withheld {
		u.Withheld[Profil(c.Modalite)] = true
		return
	}
	u.Users[Profil(c.Modalite)] = c.Users
}

// Of is the users of a profile: 0 when it had no visit, unknown when withheld.
func (u *WeekUse) Of(p Profil) Count {
	if u == nil {
		return Known(0)
	}
	if u.Withheld[p] {
		return Count{}
	}
	return Known(u.Users[p])
}

// Established says whether the use of a school is established in a week: users
// of two profiles at least, and pupils who are percent of the school's or more.
// known is false when the number of pupils is unknown, or a figure that decides
// it is withheld: the answer would give it away.
func (u *WeekUse) Established(pupils Count, percent int) (established, known bool) {
	if u == nil {
		return false, true
	}
	if len(u.Withheld) > 0 {
		return false, false
	}
	profiles := 0
	for _, n := range u.Users {
		if n > 0 {
			profiles++
		}
	}
	if profiles < 2 {
		return false, true
	}
	return Ratio{u.Of(Eleve), pupils}.AtLeast(percent)
}

// Rate is a taux de fréquentation over several schools: of those whose
// population is known, users and population.
type Rate struct {
	Ratio
	Schools  uint64 // whose population is known
	Of       uint64 // of how many
	Withheld bool   // it would give away a figure that may not be shown
}

// Attendance is the taux de fréquentation of a profile in the open public
// primary schools of a territory, in one week. A school of unknown population
// counts neither above nor below. use is the users of every establishment of
// the territory that had any, total those of the territory as they are shown:
// where a school's users are withheld they are part of the difference of the
// two, or the rate is withheld too.
func Attendance(profil Profil, schools []*School, population *Population, use map[UAI]*WeekUse, total *WeekUse) Rate {
	var r Rate
	users, people, outside := Known(0), Known(0), Known(0)
	for _, s := range schools {
		n := Count{}
		if s.Primary {
			r.Of++
			n = population.Potential(s, profil)
		}
		if !n.IsKnown() {
			outside = outside.Plus(use[s.UAI].Of(profil))
			continue
		}
		r.Schools++
		people = people.Plus(n)
		users = users.Plus(use[s.UAI].Of(profil))
	}
	if r.Schools == 0 {
		return r
	}
	if !users.IsKnown() {
		all, known := total.Of(profil).Get()
		rest, known2 := outside.Get()
		if !known || !known2 || rest > all {
			r.Withheld = true
			return r
		}
		users = Known(all - rest)
	}
	r.Ratio = Ratio{users, people}
	return r
}

// Activation is the taux d'activation over schools: of the accounts of a
// profile, or of all when it is empty, of which both numbers are known.
func Activation(profil Profil, schools []*School, population *Population) Ratio {
	r := Ratio{}
	for _, s := range schools {
		for _, p := range profils {
			if profil != "" && p.Code != profil {
				continue
			}
			loaded, activated := population.Accounts(s.UAI, p.Code)
			if !loaded.IsKnown() || !activated.IsKnown() {
				continue
			}
			if !r.Whole.IsKnown() {
				r = Ratio{Known(0), Known(0)}
			}
			r.Part, r.Whole = r.Part.Plus(activated), r.Whole.Plus(loaded)
		}
	}
	return r
}
