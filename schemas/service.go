package schemas

// Service is what a page of the ENT is for, as its code in the 2021 plan. An
// unknown code is kept as it came.
type Service string

// PageENT is the service of a page outside any service; it has no column in
// the national open data.
const PageENT Service = "PAGE_ENT"

// ServiceInfo is one row of the table of services.
type ServiceInfo struct {
	Code    Service
	Number  string // x1 of the 2012 plan; "" = none of its own
	Label   string // French, for pages
	Famille string // French, groups services on pages
	Suffix  string // column suffix in the national open data; "" = not published
}

// In the order of the 2021 plan. Number 13 of the 2012 plan stands for six
// codes and is kept as RESSOURCE_DOCUMENTAIRE.
var services = []ServiceInfo{
	{"ACCUEIL", "", "Accueil", "Général", "accueil"},
	{"ACTUALITES", "11", "Actualités", "Général", "actualites"},
	{"PAGE_ENT", "", "Page ENT (hors service)", "Général", ""},
	{"COURRIER_ELECTRONIQUE", "10", "Courrier électronique", "Communication", "courrier_electronique"},
	{"MESSAGERIE_INSTANTANEE", "", "Messagerie instantanée", "Communication", "messagerie_instantanee"},
	{"CAHIER_LIAISON", "", "Cahier de liaison", "Communication", "cahier_liaison"},
	{"VISIOCONFERENCE", "19", "Visioconférence", "Communication", "visioconference"},
	{"CAHIER_TEXTES", "9", "Cahier de textes", "Pédagogie", "cahier_textes"},
	{"PARCOURS_PEDAGOGIQUE", "17", "Parcours pédagogique", "Pédagogie", "parcours_pedagogique"},
	{"PRODUCTION_COLLABORATIVE", "2", "Production collaborative", "Collaboration", "production_collaborative"},
	{"STOCKAGE_PARTAGE", "1", "Stockage et partage", "Collaboration", "stockage_partage"},
	{"DOCUMENTATION_CDI", "15", "Documentation CDI", "Documentation", "documentation_cdi"},
	{"SERVICES_VIE_SCOLAIRE", "5", "Services de vie scolaire", "Vie scolaire", "services_vie_scolaire"},
	{"NOTES", "3", "Notes", "Vie scolaire", "notes"},
	{"ABSENCES", "4", "Absences", "Vie scolaire", "absences"},
	{"GESTION_COMPETENCES", "6", "Gestion des compétences", "Vie scolaire", "gestion_competences"},
	{"GESTION_TEMPS", "7", "Gestion du temps", "Vie scolaire", "gestion_temps"},
	{"RESERVATION_SALLES_MATERIELS", "12", "Réservation de salles et matériels", "Gestion", "reservation_salles_materiels"},
	{"SERVICE_COLLECTIVITE", "18", "Services des collectivités", "Gestion", "service_collectivite"},
	{"MANUEL_NUMERIQUE", "", "Manuel numérique", "Ressources", "manuel_numerique"},
	{"RESSOURCE_MULTIMEDIA", "", "Ressource multimédia", "Ressources", "ressource_multimedia"},
	{"RESSOURCE_ORIENTATION", "16", "Ressource orientation", "Ressources", "ressource_orientation"},
	{"RESSOURCE_PRODUCTION", "", "Ressource de production", "Ressources", "ressource_production"},
	{"RESSOURCE_ACCOMPAGNEMENT_ENTRAINEMENT", "", "Accompagnement et entraînement", "Ressources", "ressource_accompagnement_entrainement"},
	{"RESSOURCE_REFERENCE_DICTIONNAIRE", "", "Référence et dictionnaire", "Ressources", "ressource_reference_dictionnaire"},
	{"RESSOURCE_DOCUMENTAIRE", "13", "Ressource documentaire", "Ressources", "ressource_documentaire"},
}

// Services lists the 26 services of the 2021 plan. The caller must not change
// the slice.
func Services() []ServiceInfo { return services }

// ParseService normalises a 2021 service code: empty is PAGE_ENT. known says
// whether the plan has the code; an unknown one is returned as it came.
func ParseService(code string) (s Service, known bool) {
	if code == "" {
		return PageENT, true
	}
	for i := range services {
		if string(services[i].Code) == code {
			return services[i].Code, true
		}
	}
	return Service(code), false
}

// ServiceByNumber finds a service by its 2012 number (x1): empty is PAGE_ENT;
// an unknown number n is kept as "N°n" and known is false.
func ServiceByNumber(x1 string) (s Service, known bool) {
	if x1 == "" {
		return PageENT, true
	}
	for i := range services {
		if services[i].Number == x1 {
			return services[i].Code, true
		}
	}
	return Service("N°" + x1), false
}

// Label is the French name of a service on pages; an unknown code is its own
// label.
func (s Service) Label() string {
	for i := range services {
		if services[i].Code == s {
			return services[i].Label
		}
	}
	return string(s)
}
