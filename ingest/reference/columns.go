package reference

// The columns of the directory that are read.
const (
	colUAI column = iota
	colName
	colType
	colStatut
	colCodePostal
	colCommune
	colDepartement
	colAcademie
	colRegion
	colNature
	colNatureLabel
	colDepartementLabel
	colAcademieLabel
	colRegionLabel
	colCirconscription
	colCirconscriptionLabel
	colPupils
	colPriority
	colLatitude
	colLongitude
	colPosition
	colEtat
	colMinistere
	colRPIConcentre
	colRPIDisperse
	columnCount
)

// annuaireLayout is the national directory, of any year. A needed column is one
// without which territories or denominators cannot be built.
var annuaireLayout = &layout{
	name:    "l'annuaire de l'éducation (fr-en-annuaire-education)",
	advice:  "Téléchargez le jeu « fr-en-annuaire-education » au format CSV sur data.education.gouv.fr.",
	purpose: "les territoires ne peuvent pas être construits", remedy: "Téléchargez l'annuaire complet, sans choisir de colonnes.",
	columns: annuaireColumns[:],
}

var annuaireColumns = [columnCount]columnNames{
	colUAI: {true, []string{
		"Identifiant_de_l_etablissement", "Identifiant établissement", "UAI", "Code UAI", "Numéro UAI",
		"Code établissement", "Numéro de l'établissement", "RNE",
	}},
	colName: {true, []string{
		"Nom_etablissement", "Nom de l'établissement", "Appellation officielle", "Dénomination principale",
	}},
	colType:                 {true, []string{"Type_etablissement", "Type d'établissement"}},
	colStatut:               {true, []string{"Statut_public_prive", "Secteur public/privé", "secteur_public_prive_libe", "Secteur"}},
	colCodePostal:           {false, []string{"Code_postal", "code_postal_uai"}},
	colCommune:              {false, []string{"Nom_commune", "Commune", "Libellé commune", "Nom de la commune"}},
	colDepartement:          {true, []string{"Code_departement", "Code du département"}},
	colAcademie:             {true, []string{"Code_academie", "Code de l'académie"}},
	colRegion:               {true, []string{"Code_region", "Code de la région"}},
	colNature:               {true, []string{"code_nature", "Code nature UAI", "nature_uai"}},
	colNatureLabel:          {false, []string{"libelle_nature", "Libellé de la nature", "nature_uai_libe"}},
	colDepartementLabel:     {false, []string{"Libelle_departement", "Nom du département", "Département"}},
	colAcademieLabel:        {false, []string{"Libelle_academie", "Nom de l'académie", "Académie"}},
	colRegionLabel:          {false, []string{"Libelle_region", "Nom de la région", "Région"}},
	colCirconscription:      {true, []string{"code_circonscription", "Code de la circonscription"}},
	colCirconscriptionLabel: {false, []string{"nom_circonscription", "Nom de la circonscription", "Circonscription"}},
	colPupils:               {false, []string{"Nombre_d_eleves", "Nombre d'élèves", "Nb élèves", "Effectif"}},
	colPriority:             {false, []string{"Appartenance_Education_Prioritaire", "Éducation prioritaire"}},
	colLatitude:             {false, []string{"latitude"}},
	colLongitude:            {false, []string{"longitude"}},
	colPosition:             {false, []string{"position"}},
	colEtat:                 {false, []string{"etat", "état de l'établissement", "etat_etablissement_libe"}},
	colMinistere:            {false, []string{"ministere_tutelle", "Ministère de tutelle"}},
	colRPIConcentre:         {false, []string{"rpi_concentre"}},
	colRPIDisperse:          {false, []string{"rpi_disperse"}},
}
