package schemas

const (
	articleNine = "Convention ENT-École, article 9"
	populations = "Annuaire, effectifs de la rentrée, comptes de l'ENT"
)

// deploymentIndicators set the use beside who could use the ENT, which schools
// are enrolled and what it costs. Where a denominator is not known they have no
// value, never 0.
var deploymentIndicators = []Indicator{
	{
		"population", "Population potentielle", "personnes",
		"Qui peut utiliser l'ENT. Élèves : effectifs de la rentrée, à défaut nombre de l'annuaire, à défaut effectifs d'une rentrée antérieure. Parents, enseignants et autres : comptes chargés que l'ENT déclare. Ce que rien ne dit est inconnu, jamais 0.",
		"somme des populations connues des écoles", populations, OverSchools,
	},
	{
		"taux_frequentation", "Taux de fréquentation", "%",
		"Part de la population potentielle d'un profil qui a fait au moins une visite dans la semaine, sur les écoles publiques ouvertes dont cette population est connue. Une école dont elle est inconnue ne compte ni au numérateur ni au dénominateur. Là où des chiffres d'écoles sont masqués, le taux se déduit des chiffres montrés : il est exact, ou compris entre deux bornes ; il n'est masqué que si elles s'écartent de plus de 5 points.",
		"utilisateurs de la semaine ÷ population potentielle", "Décision du projet, d'après le DNMA", 0,
	},
	{
		"taux_activation", "Taux d'activation", "%",
		"Part des comptes chargés dans l'ENT dont la personne s'est servie au moins une fois, au dernier relevé de l'année. Les comptes dont l'ENT ne dit pas s'ils sont activés ne comptent pas.",
		"comptes activés ÷ comptes chargés", "Relevés de l'ENT", 0,
	},
	{
		"ecoles_inscrites", "Écoles inscrites", "écoles",
		"Écoles qu'une collectivité a inscrites par convention pour l'année scolaire. Sans liste importée pour l'année, leur nombre est inconnu.",
		"nombre d'écoles de la liste des inscriptions", articleNine, OverSchools,
	},
	{
		"ecoles_usage_installe", "Écoles à l'usage installé", "écoles",
		"Écoles qui ont dans la semaine des utilisateurs d'au moins deux profils, et dont les élèves utilisateurs atteignent le seuil fixé par la configuration (10 % des élèves par défaut). Les chiffres montrés suffisent souvent à trancher ; une école dont le nombre d'élèves est inconnu, ou dont un chiffre masqué déciderait, est dite indéterminée.",
		"nombre d'écoles ayant au moins deux profils et élèves utilisateurs ÷ élèves ≥ seuil", projectRule, OverSchools,
	},
	{
		"ecoles_silencieuses", "Écoles silencieuses", "écoles",
		"Écoles inscrites sans aucun événement depuis un nombre de semaines scolaires complètes fixé par la configuration (4 par défaut). Les semaines sans classe ne comptent pas ; il faut que l'année en ait déjà autant.",
		"nombre d'écoles inscrites sans visite dans ces semaines", projectRule, OverSchools,
	},
	{
		"cout_visite", "Coût d'une visite", "€",
		"Montant annuel des écoles inscrites rapporté aux visites de l'année scolaire depuis le 1er août. Il baisse à mesure que l'année avance.",
		"prix de la convention par école et par an × écoles inscrites ÷ visites de l'année scolaire", projectRule, 0,
	},
	{
		"cout_ecole_active", "Coût d'une école active", "€",
		"Montant annuel des écoles inscrites rapporté aux écoles actives de la dernière semaine complète.",
		"prix de la convention par école et par an × écoles inscrites ÷ écoles actives", projectRule, 0,
	},
	{
		"montant_convention", "Montant de la convention", "€",
		"Ce qu'une collectivité doit pour une année scolaire : le prix TTC par école et par an, 45 € par défaut, pour chacune de ses écoles inscrites.",
		"prix par école et par an × écoles inscrites", articleNine, OverSchools | OverPeriods,
	},
}
