package simulate

import "github.com/entaudience/entaudience/schemas"

// app is a page of the ENT: what its tag says, and how often each profile
// opens it.
type app struct {
	page    string // p of the tag
	service string // as sent; "" where the ENT leaves it out
	tool    string // as sent by a click on a third-party tool; "" for a page of the ENT
	weights [profileCount]float64
}

// apps are those of a primary school's ENT, in proportions that are invented:
// nothing national says them for primary schools.
var apps = []app{
	//                                                   elv  par  ens adm col aut
	{"timeline", "ACCUEIL", "", [profileCount]float64{22, 24, 16, 16, 14, 30}},
	{"conversation", "COURRIER_ELECTRONIQUE", "", [profileCount]float64{12, 20, 22, 34, 26, 20}},
	{"actualites", "ACTUALITES", "", [profileCount]float64{4, 9, 6, 12, 18, 14}},
	{"schoolbook", "CAHIER_LIAISON", "", [profileCount]float64{3, 22, 10, 5, 0, 2}},
	{"chat", "MESSAGERIE_INSTANTANEE", "", [profileCount]float64{1.5, 0, 0.5, 0, 0, 0}},
	{"homeworks", "CAHIER_TEXTES", "", [profileCount]float64{14, 9, 12, 2, 0, 2}},
	{"blog", "PRODUCTION_COLLABORATIVE", "", [profileCount]float64{14, 9, 12, 3, 3, 6}},
	{"collaborativewall", "PRODUCTION_COLLABORATIVE", "", [profileCount]float64{5, 0.5, 3, 0.5, 0, 1}},
	{"exercizer", "PARCOURS_PEDAGOGIQUE", "", [profileCount]float64{8, 0.5, 4, 0, 0, 1}},
	{"moodle", "PARCOURS_PEDAGOGIQUE", "MOODLE", [profileCount]float64{0.6, 0, 0.8, 0, 0, 0.5}},
	{"workspace", "STOCKAGE_PARTAGE", "", [profileCount]float64{6, 2, 11, 9, 12, 6}},
	{"nextcloud", "STOCKAGE_PARTAGE", "NEXTCLOUD", [profileCount]float64{0.2, 0, 1.6, 1.5, 0, 0}},
	{"visioconference", "VISIOCONFERENCE", "BIG_BLUE_BUTTON", [profileCount]float64{0.4, 0.1, 0.8, 1.2, 2, 0}},
	{"webconference", "VISIOCONFERENCE", "BBB", [profileCount]float64{0.1, 0, 0.2, 0.2, 0, 0}},
	{"mediacentre", "PAGE_ENT", "", [profileCount]float64{4, 0.5, 3, 1, 0, 6}},
	{"pmb", "DOCUMENTATION_CDI", "PMB", [profileCount]float64{0.5, 0.1, 0.6, 0, 0, 0}},
	{"manuel", "MANUEL_NUMERIQUE", "", [profileCount]float64{1, 0.1, 1.4, 0, 0, 0}},
	{"multimedia", "RESSOURCE_MULTIMEDIA", "", [profileCount]float64{1.6, 0.2, 1.2, 0, 0, 0.5}},
	{"entrainement", "RESSOURCE_ACCOMPAGNEMENT_ENTRAINEMENT", "", [profileCount]float64{2.4, 0.3, 0.8, 0, 0, 0}},
	{"dictionnaire", "RESSOURCE_REFERENCE_DICTIONNAIRE", "", [profileCount]float64{0.8, 0, 0.3, 0, 0, 0}},
	{"encyclopedie", "RESSOURCE_DOCUMENTAIRE", "", [profileCount]float64{1.2, 0.1, 0.8, 0, 0, 0.5}},
	{"calendar", "GESTION_TEMPS", "", [profileCount]float64{0.4, 1.2, 2.5, 3, 3, 1}},
	{"viescolaire", "SERVICES_VIE_SCOLAIRE", "", [profileCount]float64{0.3, 2.5, 2, 5, 0, 1}},
	{"presences", "ABSENCES", "", [profileCount]float64{0, 1.5, 2.5, 4, 0, 0}},
	{"competences", "GESTION_COMPETENCES", "", [profileCount]float64{0.3, 1, 2.2, 0.3, 0, 0}},
	{"rbs", "RESERVATION_SALLES_MATERIELS", "", [profileCount]float64{0, 0, 0.7, 1.5, 4, 0}},
	{"mairie", "SERVICE_COLLECTIVITE", "", [profileCount]float64{0, 1.6, 0.1, 1, 40, 1}},
	{"mon-compte", "", "", [profileCount]float64{1.2, 1.8, 1, 1.6, 3, 8}},
}

// home is the first page after the login, most often.
const home = 0

// appPickers draw a page for a profile; the second set has no third-party
// tools, which the 2012 plan does not know.
var appPickers, nativePickers = func() (all, native [profileCount]picker) {
	for p := range all {
		weights := make([]float64, len(apps))
		for i, a := range apps {
			weights[i] = a.weights[p]
		}
		all[p] = newPicker(weights)
		for i, a := range apps {
			if a.tool != "" {
				weights[i] = 0
			}
		}
		native[p] = newPicker(weights)
	}
	return all, native
}()

// numbers are the services as the 2012 plan numbers them, by rank in apps; one
// without a number is sent as a page outside any service.
var numbers = func() []string {
	all := make([]string, len(apps))
	for i, a := range apps {
		for _, s := range schemas.Services() {
			if string(s.Code) == a.service {
				all[i] = s.Number
			}
		}
	}
	return all
}()
