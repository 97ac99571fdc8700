package schemas

// Reason says why a hit was not counted. The hit itself is answered like an
// accepted one.
type Reason string

// The reasons of refusal.
const (
	UAIInvalide   Reason = "uai_invalide"   // pattern or key; or a 2012 (s, s2) without a mapping
	SansVisiteur  Reason = "sans_visiteur"  // neither at nor idclient
	HorsPerimetre Reason = "hors_perimetre" // site not in the accepted list
	Robot         Reason = "robot"          // User-Agent of a known robot
	TropLong      Reason = "trop_long"      // query string, or one value of it, over the limit
	JourClos      Reason = "jour_clos"      // the raw events of its day are already deleted
	Illisible     Reason = "illisible"      // the query string cannot be read
)

// Reasons lists every reason, for counters that exist from the start.
func Reasons() []Reason {
	return []Reason{UAIInvalide, SansVisiteur, HorsPerimetre, Robot, TropLong, JourClos, Illisible}
}

// Label is what a page says of a reason, in French.
func (r Reason) Label() string {
	switch r {
	case UAIInvalide:
		return "Établissement inconnu : UAI mal formé, ou couple site et numéro sans correspondance"
	case SansVisiteur:
		return "Ni identifiant de personne ni identifiant de navigateur"
	case HorsPerimetre:
		return "Collectivité hors du périmètre accepté"
	case Robot:
		return "Robot déclaré"
	case TropLong:
		return "Marqueur trop long"
	case JourClos:
		return "Jour clos : ses événements bruts sont déjà effacés"
	case Illisible:
		return "Marqueur illisible"
	}
	return string(r)
}

// Short names a reason where there is little room, in French.
func (r Reason) Short() string {
	switch r {
	case UAIInvalide:
		return "UAI invalide"
	case SansVisiteur:
		return "Sans visiteur"
	case HorsPerimetre:
		return "Hors périmètre"
	case Robot:
		return "Robot"
	case TropLong:
		return "Trop long"
	case JourClos:
		return "Jour clos"
	case Illisible:
		return "Illisible"
	}
	return string(r)
}

// Todo is what someone can do about refusals of a reason, in French.
func (r Reason) Todo() string {
	switch r {
	case UAIInvalide:
		return "Plan 2021 : faire corriger le paramètre uai, sept chiffres et la lettre de contrôle de l'école. Plan 2012 : ajouter la ligne s;s2;uai au fichier collect.site_map."
	case SansVisiteur:
		return "Faire envoyer at, l'identifiant de la personne, ou idclient ; vérifier que la balise n'est posée que sur des pages où la personne est connectée."
	case HorsPerimetre:
		return "Le numéro de collectivité (s) n'est pas dans collect.sites : l'y ajouter si la collectivité fait partie du projet, sinon faire retirer notre adresse de sa balise."
	case Robot:
		return "Rien : surveillance ou indexation. Si le nombre monte avec celui des visites, le navigateur d'un équipement d'école se déclare peut-être robot."
	case TropLong:
		return "Faire raccourcir l'adresse de la page ou la valeur en cause : le tableau par collectivité nomme le paramètre."
	case JourClos:
		return "Marqueurs rejoués ou importés après l'effacement des événements bruts de leur jour (retention.raw_weeks) : importer l'historique plus tôt. Ceux-là sont perdus pour la mesure."
	case Illisible:
		return "Faire corriger la balise : aucun paramètre n'y est reconnu. Sans collectivité ni plan, c'est un message de la file qui ne se lit pas : à signaler à l'exploitant."
	}
	return ""
}

// Refusal is what is kept of a refused hit: facts in which no person can hide.
// It crosses Kafka as JSON on ent.refused.
type Refusal struct {
	Reason   Reason `json:"reason"`
	Received int64  `json:"received"`         // UTC ms
	Site     string `json:"site,omitempty"`   // s when it is a number of at most ten digits, else ""
	Plan     uint8  `json:"plan,omitempty"`   // generation of the tagging plan, 0 = unknown
	Detail   string `json:"detail,omitempty"` // which parameter or limit; never its value
}
