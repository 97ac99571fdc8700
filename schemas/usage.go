package schemas

// WeekUse is what pages may know of the users of one establishment, or of one
// territory, in one week: all of them, those of each profile, and of which
// profiles the figures are withheld. A profile that is in neither had no visit.
type WeekUse struct {
	All      Count // unknown: withheld
	Users    map[Profil]uint64
	Withheld map[Profil]bool
}

// Take adds a cell of the axis globales or profil.
func (u *WeekUse) Take(c Cell) {
	if c.Axe == Globales {
		if !c.Withheld {
			u.All = Known(c.Users)
		}
		return
	}
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

// Between is what the figures that are shown say of the users of a profile: how
// many there were at least and at most, the latter unknown where nothing bounds
// it. No profile has more users than there are in all, and together they have
// no fewer. It follows from what any reader sees, so it gives nothing away.
func (u *WeekUse) Between(p Profil) (least uint64, most Count) {
	if n, shown := u.Of(p).Get(); shown {
		return n, Known(n)
	}
	all, shown := u.All.Get()
	if !shown {
		return 0, Count{}
	}
	others := uint64(0)
	for q, n := range u.Users {
		if q != p {
			others += n
		}
	}
	if len(u.Withheld) == 1 && others < all {
		least = all - others
	}
	return least, Known(all)
}

// Established says whether the use of a school is established in a week: users
// of two profiles at least, and pupils who are percent of the school's or more.
// known is false when the number of pupils is unknown, or a figure that decides
// it is withheld: where those that are shown decide it, whatever the withheld
// ones are, they do.
func (u *WeekUse) Established(pupils Count, percent int) (established, known bool) {
	if u == nil {
		return false, true
	}
	profiles, two := 0, false
	all, _ := u.All.Get()
	for _, n := range u.Users {
		if n > 0 {
			profiles++
			two = two || profiles > 1 || all > n // whoever is not of this one is of another
		}
	}
	if profiles+len(u.Withheld) < 2 {
		return false, true
	}
	least, most := u.Between(Eleve)
	if reached, known := (Ratio{most, pupils}).AtLeast(percent); known && !reached {
		return false, true
	}
	if reached, known := (Ratio{Known(least), pupils}).AtLeast(percent); !known || !reached {
		return false, false
	}
	return two, two
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
