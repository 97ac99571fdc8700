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

// Refusal is what is kept of a refused hit: facts in which no person can hide.
// It crosses Kafka as JSON on ent.refused.
type Refusal struct {
	Reason   Reason `json:"reason"`
	Received int64  `json:"received"`         // UTC ms
	Site     string `json:"site,omitempty"`   // s when it is a number of at most ten digits, else ""
	Plan     uint8  `json:"plan,omitempty"`   // generation of the tagging plan, 0 = unknown
	Detail   string `json:"detail,omitempty"` // which parameter or limit; never its value
}
