package main

import (
	"slices"
	"testing"
)

// rule is a line of domain §1, §2 or a trap of §7, and the scripts of
// testdata/indicators that hold it. A rule that no script can reach yet says
// what it waits for.
type rule struct {
	text    string
	scripts []string
	later   string
}

func by(text string, scripts ...string) rule { return rule{text: text, scripts: scripts} }

func later(text, what string) rule { return rule{text: text, later: what} }

var rules = []rule{
	by("§1 Événement : un chargement de page, ou un clic vers un outil tiers", "hits-captures", "outil-tiers", "identite-d-un-evenement"),
	by("§1 Visite : trente minutes", "visite-trente-minutes"),
	by("§1 Visite : minuit à Paris", "visite-minuit", "nuit-de-23-heures", "nuit-de-25-heures"),
	by("§1 Utilisateur : une personne distincte dans une école", "utilisateur-deux-personnes-un-navigateur", "utilisateur-deux-ecoles"),
	by("§1 Utilisateur d'une modalité", "utilisateur-deux-profils"),
	by("§1 Utilisateur : at, sinon idclient", "utilisateur-at-ou-idclient"),
	by("§1 Profil, appareil, système et navigateur du premier événement", "profil-du-premier-evenement"),
	by("§1 Durée d'une visite", "duree-un-evenement", "duree-nulle", "duree-arrondie-une-fois"),
	by("§1 Durée moyenne", "duree-moyenne"),
	by("§1 Visite d'un service", "service-une-visite-par-service"),
	by("§1 Temps par service", "service-temps", "outil-tiers"),
	by("§1 Visite entrante, rebond", "rebond-et-entrante"),
	by("§1 Semaine", "semaine-sur-deux-mois", "semaine-sur-deux-annees"),
	by("§1 Année scolaire", "annee-scolaire"),
	by("§1 Population potentielle", "taux-de-frequentation"),
	by("§1 Taux de fréquentation", "taux-de-frequentation", "taux-entre-deux-bornes"),
	by("§1 Taux d'activation", "taux-d-activation"),
	by("§1 École active", "ecole-active"),
	by("§1 Usage installé", "usage-installe"),
	by("§1 Bandes de fréquence", "bandes-de-frequence"),
	by("§1 Pic", "pic-et-moments"),
	by("§1 globales est plus que la somme des profils", "globales-et-profils"),
	by("§1 Utilisateurs sur plus d'une semaine", "cumul-hebdomadaire"),
	by("§1 Utilisateurs sur plus d'une école", "territoires-additifs", "utilisateur-deux-ecoles"),

	by("§2.1 Plan de 2021", "hits-captures", "outil-tiers", "ecole-uai-ou-s2"),
	by("§2.2 Plan de 2012", "plan-2012"),
	by("§2.3 Appareils, systèmes, navigateurs", "appareils"),
	by("§2.3 Codes vides et inconnus", "page-ent", "service-inconnu", "profil-inconnu"),
	by("§2.4 Refus, par raison", "refus"),
	by("§2.4 Refus jour_clos", "jour-clos"),
	by("§2.4 UAI que l'annuaire ne connaît pas encore", "uai-inconnu-puis-importe"),
	by("§2.4 Horloge du navigateur", "horloge-du-navigateur"),
	by("§3 Annuaire par année scolaire", "changement-de-circonscription", "annuaire-le-plus-proche"),
	by("§3 Numéro de semaine scolaire", "semaine-scolaire"),
	by("§3 Inscriptions", "inscriptions"),
	by("§4 Fichiers nationaux", "export-national"),

	by("§5.5 Petits nombres", "masque-entre-niveaux", "masque-entre-exports", "taux-entre-deux-bornes"),
	by("§5.6 Opposition", "opposition"),

	by("§7.1 Les deux dialectes", "hits-captures", "plan-2012"),
	by("§7.1 ref non encodé", "ref-non-code"),
	by("§7.1 Service vide ou inconnu", "page-ent", "service-inconnu"),
	by("§7.1 Profil vide, AUTRE", "profil-inconnu"),
	by("§7.1 BBB et BIG_BLUE_BUTTON", "outil-bbb"),
	by("§7.2 Clé d'UAI fausse", "refus"),
	by("§7.2 École fermée", "ecole-fermee"),
	by("§7.2 Connue mais non inscrite", "ecole-connue-non-inscrite", "inscriptions"),
	by("§7.2 Sans circonscription", "sans-circonscription"),
	by("§7.2 Changement de circonscription", "changement-de-circonscription"),
	by("§7.3 Visite à minuit", "visite-minuit"),
	by("§7.3 Nuits de 23 et de 25 heures", "nuit-de-23-heures", "nuit-de-25-heures"),
	by("§7.3 En retard", "evenements-en-retard"),
	by("§7.3 En double", "evenements-en-double"),
	by("§7.3 Datés du futur", "horloge-du-navigateur"),
	by("§7.3 Dans le désordre", "ordre-et-lots"),
	by("§7.3 Pixel et balise de la même action", "pixel-et-balise"),
	by("§7.4 Trente minutes exactement", "visite-trente-minutes"),
	by("§7.5 Visites d'un événement", "duree-un-evenement", "duree-moyenne"),
	by("§7.6 Semaine sur deux mois, deux années, deux années scolaires", "semaine-sur-deux-mois", "semaine-sur-deux-annees", "annee-scolaire"),
	by("§7.7 Deux écoles, deux profils, deux personnes", "utilisateur-deux-ecoles", "utilisateur-deux-profils", "utilisateur-deux-personnes-un-navigateur"),
	later("§7.8 Annuaires abîmés", "no figure: tests of ingest/reference and testdata/script/import-annuaire.txtar"),
	by("§7.9 Rapport sans dénominateur", "taux-de-frequentation", "taux-d-activation", "duree-un-evenement"),
	by("§7.10 Calendrier non publié, août", "calendrier-non-publie", "annee-scolaire"),
	by("§7.11 Cellules masquées retrouvées par soustraction", "masque-entre-niveaux", "masque-entre-exports", "masque-entre-semaines-et-mois"),
	later("§7.12 Changement de clé de semaine", "no figure: tests of ingest/collect and testdata/script/keys.txtar"),
}

// TestEveryRuleHasItsScripts ties the rules to the scripts, both ways.
func TestEveryRuleHasItsScripts(t *testing.T) {
	var names []string
	for _, s := range indicatorScripts(t) {
		names = append(names, s.Name)
	}
	var named []string
	for _, r := range rules {
		if (len(r.scripts) == 0) == (r.later == "") {
			t.Errorf("%s: needs scripts, or what it waits for, and not both", r.text)
		}
		for _, s := range r.scripts {
			named = append(named, s)
			if !slices.Contains(names, s) {
				t.Errorf("%s: there is no script testdata/indicators/%s.txt", r.text, s)
			}
		}
	}
	for _, s := range names {
		if !slices.Contains(named, s) {
			t.Errorf("testdata/indicators/%s.txt: no rule of rules_test.go names it", s)
		}
	}
	if len(names) < 30 {
		t.Errorf("%d scripts: some are missing", len(names))
	}
}
