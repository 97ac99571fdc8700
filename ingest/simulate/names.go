package simulate

import "math/rand/v2"

// Names are composed, so that none is copied from a list of real ones. A
// composed name may by chance be that of a real village; its school's UAI is
// not (see firstPrimary).

var communeStart = []string{
	"Aubre", "Valse", "Roquel", "Castel", "Fontar", "Puymo", "Montal", "Sauvé", "Cabri", "Lauzi", "Peyra", "Ribau",
	"Grama", "Vernio", "Escar", "Tarbo", "Cazel", "Mirau", "Belga", "Orbi", "Combré", "Sérig", "Ginou", "Durfa",
	"Alzo", "Breno", "Canté", "Drulha", "Espéra", "Falgue", "Garri", "Huguo", "Issen", "Juvil", "Laval", "Maure",
	"Nissa", "Olmeu", "Pradi", "Quiers",
}

var communeEnd = []string{
	"gnac", "mont", "dour", "rac", "ssac", "lens", "vignes", "nède", "zargues", "lède", "rolles", "sclaux", "tière",
	"gues", "nouze", "bessac", "drac", "ville", "lières", "castre", "fage", "zens", "blanque", "sserre", "vane",
	"gnargues", "rive", "longue", "tols", "nac",
}

var communeTail = []string{
	"", "", "", "", "", "", "", "-le-Haut", "-le-Bas", "-les-Bains", "-la-Forêt", "-sur-Ance", "-sur-Ribe", "-sous-Bois",
	"-le-Vieux", "-les-Vignes", "-en-Causse", "-d'Ourbe",
}

var schoolNames = []string{
	"les Tilleuls", "la Clairière", "les Hirondelles", "le Pré Vert", "la Fontaine aux Oiseaux", "les Coquelicots",
	"le Grand Chêne", "les Micocouliers", "la Garrigue", "les Genêts", "le Moulin à Vent", "les Platanes", "la Rivière",
	"les Cigales", "l'Amandier", "les Remparts", "le Petit Bois", "la Prairie", "les Lavandes", "le Belvédère",
	"les Oliviers", "la Source", "les Mésanges", "le Verger", "les Noisetiers", "la Passerelle", "l'Arc-en-Ciel",
	"les Grands Champs", "le Lavoir", "la Colline", "les Marronniers", "l'Écluse", "les Roseaux", "le Viaduc",
	"les Sablières", "la Tour", "les Acacias", "le Clos des Pins", "la Bastide", "les Jardins", "l'Étang", "le Chemin Creux",
}

// namer gives names that were not given before.
type namer struct {
	rng   *rand.Rand
	taken map[string]bool
}

func pick(rng *rand.Rand, from []string) string { return from[rng.IntN(len(from))] }

// commune composes a name that no other commune of the region has.
func (n *namer) commune() string {
	for {
		name := pick(n.rng, communeStart) + pick(n.rng, communeEnd) + pick(n.rng, communeTail)
		if !n.taken[name] {
			n.taken[name] = true
			return name
		}
	}
}

// school composes a name that no other school of the commune has.
func (n *namer) school(kind, commune string) string {
	for i := 0; ; i++ {
		name := kind + " " + pick(n.rng, schoolNames)
		if i > 40 {
			name += " " + string(rune('A'+n.rng.IntN(26)))
		}
		if key := commune + "\x00" + name; !n.taken[key] {
			n.taken[key] = true
			return name
		}
	}
}
