package schemas

import (
	"fmt"
	"slices"
)

// Additivity says over what an indicator may be summed.
type Additivity uint8

// Additivities; a set of flags.
const (
	OverSchools Additivity = 1 << iota // a territory's figure is the sum of its schools'
	OverPeriods                        // a month's figure is the sum of its days'
	OverProfils                        // the total is the sum of the profiles' (all six)
)

// String is the additivity in French, for the definitions.
func (a Additivity) String() string {
	switch a {
	case 0:
		return "ne s'additionne pas"
	case OverSchools:
		return "s'additionne entre écoles, pas entre périodes"
	case OverSchools | OverPeriods:
		return "s'additionne entre écoles et entre périodes"
	case OverSchools | OverPeriods | OverProfils:
		return "s'additionne entre écoles, périodes et profils"
	}
	return fmt.Sprintf("additivité %d", uint8(a))
}

// Indicator is one figure that pages and exports show: what it is called, in
// which unit, and how it is counted. The definitions page and the table of the
// README are made from the registry.
type Indicator struct {
	Code       string // stable, in URLs and JSON
	Label      string
	Unit       string // "visites", "utilisateurs", "s", "%", …
	Definition string
	Formula    string
	Source     string // who defined the rule
	Additivity Additivity
}

const (
	nationalRule = "Plan de marquage national (DNMA)"
	projectRule  = "Décision du projet"
)

// indicators is the registry, in the order of the definitions page.
var indicators = slices.Concat(useIndicators, deploymentIndicators)

// useIndicators are counted in the hits alone.
var useIndicators = []Indicator{
	{
		"visites", "Visites", "visites",
		"Suite d'événements d'une même personne dans une même école. Une visite se termine quand l'événement suivant arrive 30 minutes ou plus après, et dans tous les cas à minuit, heure de Paris.",
		"nombre de visites commencées dans la période", nationalRule, OverSchools | OverPeriods | OverProfils,
	},
	{
		"utilisateurs", "Utilisateurs de la semaine", "utilisateurs",
		"Personnes distinctes ayant fait au moins une visite dans la semaine, comptées dans une école. Une personne présente dans deux écoles compte deux fois : le nombre d'un territoire est exactement la somme de ses écoles.",
		"nombre de pseudonymes distincts de la semaine", nationalRule, OverSchools,
	},
	{
		"utilisateurs_semaine_moyenne", "Utilisateurs par semaine, en moyenne", "utilisateurs",
		"Moyenne, sur les semaines de la période, du nombre d'utilisateurs de la semaine. Le pseudonyme change chaque semaine : il n'existe pas d'utilisateurs distincts sur une période plus longue.",
		"somme des utilisateurs hebdomadaires ÷ nombre de semaines complètes de la période ayant au moins une visite", projectRule, OverSchools,
	},
	{
		"utilisateurs_cumul_hebdomadaire", "Cumul hebdomadaire d'utilisateurs", "utilisateurs-semaines",
		"Somme, sur les semaines de la période, du nombre d'utilisateurs de la semaine. Une personne active trois semaines y compte trois fois.",
		"somme des utilisateurs hebdomadaires", "Données ouvertes du DNMA", OverSchools | OverPeriods,
	},
	{
		"duree_moyenne", "Durée moyenne d'une visite", "s",
		"Durée entre le premier et le dernier événement, en moyenne sur les seules visites qui ont une durée, c'est-à-dire au moins deux événements.",
		"somme des durées ÷ nombre de visites ayant une durée", nationalRule, 0,
	},
	{
		"visites_avec_duree", "Visites entrantes", "visites",
		"Visites d'au moins deux événements : elles seules ont une durée. Les autres, d'un seul événement, sont des rebonds.",
		"nombre de visites d'au moins deux événements", nationalRule, OverSchools | OverPeriods | OverProfils,
	},
	{
		"rebonds", "Rebonds", "visites",
		"Visites d'un seul événement : la personne n'a vu qu'une page. Ce qui n'est pas un rebond est une visite entrante.",
		"nombre de visites d'un seul événement", nationalRule, OverSchools | OverPeriods | OverProfils,
	},
	{
		"evenements", "Événements", "événements",
		"Pages authentifiées affichées, et clics vers un outil tiers.",
		"nombre d'événements distincts", nationalRule, OverSchools | OverPeriods | OverProfils,
	},
	{
		"ecoles_actives", "Écoles actives", "écoles",
		"Établissements ayant reçu dans la semaine au moins une visite d'un élève, d'un parent ou d'un enseignant.",
		"nombre d'établissements ayant au moins une telle visite", projectRule, OverSchools,
	},
	{
		"utilisateurs_pour_100_eleves", "Utilisateurs pour 100 élèves", "utilisateurs",
		"Utilisateurs par semaine, en moyenne, rapportés aux élèves de la population potentielle : effectifs de la rentrée, à défaut l'annuaire. Sans filtre de profil, les parents et les personnels sont parmi les utilisateurs : le rapport peut dépasser 100. Une école au nombre d'élèves inconnu n'a pas de rapport ; une école sans aucune visite a 0.",
		"100 × utilisateurs par semaine, en moyenne ÷ élèves", projectRule, 0,
	},
	{
		"evolution", "Évolution", "%",
		"Évolution des utilisateurs par semaine, en moyenne, par rapport à la période de même longueur qui précède. Elle n'existe que si cette période entière a été mesurée.",
		"(moyenne − moyenne d'avant) ÷ moyenne d'avant", projectRule, 0,
	},
	{
		"quartiles", "Médiane et quartiles des écoles", "utilisateurs",
		"Les écoles rangées par utilisateurs pour 100 élèves : un quart est sous le premier quartile, la moitié sous la médiane, trois quarts sous le troisième quartile. L'écart entre quartiles dit l'équité entre écoles. Il faut au moins 8 écoles dont le chiffre est connu. Quand les inscriptions de l'année sont connues, seules les écoles inscrites comptent.",
		"quantiles à 25, 50 et 75 % des écoles publiques ouvertes, inscrites quand on le sait", projectRule, 0,
	},
	{
		"attention", "Écoles à regarder", "écoles",
		"Chaque école est comparée à elle-même sur ses 6 semaines de classe précédentes, dont 3 au moins sont connues : leur médiane est l'habitude. À l'arrêt : aucune visite, contre 5 utilisateurs ou plus d'habitude, ou depuis 2 semaines. En baisse : la moitié de l'habitude ou moins, et 8 utilisateurs de moins. Jamais commencé : aucune visite de l'année, 3 semaines de classe au moins après la rentrée, dans une école inscrite si les inscriptions sont connues. Débute : premières visites depuis 2 semaines au plus, après 3 sans aucune. Remarquable : une fois et demie l'habitude et 10 utilisateurs de plus, ou deux fois la médiane des écoles voisines pour 100 élèves. Une semaine masquée n'est jugée en rien.",
		"semaine de classe regardée ÷ médiane des précédentes", projectRule, 0,
	},
	{
		"visites_service", "Visites d'un service", "visites",
		"Visites dans lesquelles le service a été vu au moins une fois. Une visite compte une fois pour chaque service vu : les services ne s'additionnent pas.",
		"nombre de visites contenant au moins un événement du service", nationalRule, OverSchools | OverPeriods,
	},
	{
		"duree_service", "Temps moyen dans un service", "s",
		"Chaque intervalle entre deux événements consécutifs d'une visite va au service du premier. La moyenne porte sur les visites où le service a au moins un intervalle à lui.",
		"somme des intervalles du service ÷ visites ayant au moins un de ces intervalles", projectRule, 0,
	},
	{
		"pic", "Pic de fréquentation", "visites",
		"Heure et jour de la semaine où commencent le plus de visites, heure de Paris.",
		"maximum des visites par jour de la semaine et heure de début", projectRule, OverSchools | OverPeriods,
	},
	{
		"frequence", "Bandes de fréquence", "utilisateurs",
		"Utilisateurs de la semaine selon le nombre de leurs visites dans la semaine : 1, 2 à 4, 5 et plus.",
		"nombre d'utilisateurs par bande de visites hebdomadaires", projectRule, OverSchools,
	},
}

// Indicators lists the registry in the order of the definitions page. The
// caller must not change the slice.
func Indicators() []Indicator { return indicators }

// IndicatorByCode finds an indicator; it panics for a code that the registry
// lacks, because codes are written in the program, never by a user.
func IndicatorByCode(code string) Indicator {
	for i := range indicators {
		if indicators[i].Code == code {
			return indicators[i]
		}
	}
	panic("schemas: no indicator " + code)
}
