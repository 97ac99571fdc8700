package schemas

// Profil is the category of a person in the national plan, as its 2021 code.
type Profil string

// The six profiles. The first four have columns in the national open data;
// Collectivite is this project's own code (the 2021 one is unknown) and, like
// Autre, is counted inside "globales" only.
const (
	Eleve            Profil = "ELEVE"
	Parent           Profil = "PARENT"
	Enseignant       Profil = "ENSEIGNANT"
	AdminVieScolTech Profil = "ADMIN_VIE_SCOL_TECH"
	Collectivite     Profil = "COLLECTIVITE"
	Autre            Profil = "AUTRE"
)

// ProfilInfo is one row of the table of profiles.
type ProfilInfo struct {
	Code   Profil
	Number string // x2 of the 2012 plan
	Label  string // French, plural, for pages
	Suffix string // column suffix in the national open data; "" = not published
}

var profils = []ProfilInfo{
	{Eleve, "1", "Élèves", "eleve"},
	{Parent, "3", "Parents", "parent"},
	{Enseignant, "2", "Enseignants", "enseignant"},
	{AdminVieScolTech, "4", "Personnels administratifs, de vie scolaire et techniques", "admin_vie_scol_tech"},
	{Collectivite, "7", "Personnels de collectivité", ""},
	{Autre, "6", "Autres", ""},
}

// Profils lists the six profiles in the order of the national open data. The
// caller must not change the slice.
func Profils() []ProfilInfo { return profils }

// ParseProfil finds a profile by its 2021 code. Anything else, also the empty
// string, is Autre; known says whether the code was one of the six.
func ParseProfil(code string) (p Profil, known bool) {
	for i := range profils {
		if string(profils[i].Code) == code {
			return profils[i].Code, true
		}
	}
	return Autre, false
}

// ProfilByNumber finds a profile by its 2012 number (x2), as ParseProfil does
// by code.
func ProfilByNumber(x2 string) (p Profil, known bool) {
	for i := range profils {
		if profils[i].Number == x2 {
			return profils[i].Code, true
		}
	}
	return Autre, false
}

// Label is the French name of a profile on pages; an unknown code is its own
// label.
func (p Profil) Label() string {
	for i := range profils {
		if profils[i].Code == p {
			return profils[i].Label
		}
	}
	return string(p)
}
