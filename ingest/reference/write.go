package reference

import (
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// headers are the 72 columns of the national directory until 2025, in order.
const headers = "Identifiant_de_l_etablissement;Nom_etablissement;Type_etablissement;Statut_public_prive;" +
	"Adresse_1;Adresse_2;Adresse_3;Code_postal;Code_commune;Nom_commune;Code_departement;Code_academie;Code_region;" +
	"Ecole_maternelle;Ecole_elementaire;Voie_generale;Voie_technologique;Voie_professionnelle;Telephone;Fax;Web;Mail;" +
	"Restauration;Hebergement;ULIS;Apprentissage;Segpa;Section_arts;Section_cinema;Section_theatre;Section_sport;" +
	"Section_internationale;Section_europeenne;Lycee_Agricole;Lycee_militaire;Lycee_des_metiers;Post_BAC;" +
	"Appartenance_Education_Prioritaire;GRETA;SIREN_SIRET;Nombre_d_eleves;Fiche_onisep;position;Type_contrat_prive;" +
	"Libelle_departement;Libelle_academie;Libelle_region;coordX_origine;coordY_origine;epsg_origine;nom_circonscription;" +
	"latitude;longitude;precision_localisation;date_ouverture;date_maj_ligne;etat;ministere_tutelle;multi_uai;" +
	"rpi_concentre;rpi_disperse;code_nature;libelle_nature;Code_type_contrat_prive;PIAL;etablissement_mere;" +
	"type_rattachement_etablissement_mere;code_circonscription;code_zone_animation_pedagogique;" +
	"libelle_zone_animation_pedagogique;code_bassin_formation;libelle_bassin_formation"

// WriteAnnuaire writes a directory in the national layout of 72 columns
// (UTF-8 with BOM, semicolons): one row per establishment, one per inspection
// (nature 809) and one per DSDEN (nature 805). What schemas.School does not
// hold stays empty. ReadAnnuaire reads back what was given. Cells are written
// as they are, also those a spreadsheet would take for formulas: this is a
// file for programs.
func WriteAnnuaire(w io.Writer, schools []schemas.School, above []schemas.Territory) error {
	if _, err := io.WriteString(w, "\ufeff"); err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	out := &directoryWriter{csv: csv.NewWriter(w), names: map[schemas.Scope]schemas.Territory{}, at: map[string]int{}}
	out.csv.Comma = ';'
	all := strings.Split(headers, ";")
	for i, name := range all {
		out.at[name] = i
	}
	out.cells = make([]string, len(all))
	for _, t := range above {
		out.names[t.Scope] = t
	}
	_ = out.csv.Write(all) // csv.Writer keeps its first error for Error
	for i := range schools {
		out.school(&schools[i])
	}
	for _, t := range above {
		out.office(t)
	}
	out.csv.Flush()
	if err := out.csv.Error(); err != nil {
		return fmt.Errorf("write the directory: %w", err)
	}
	return nil
}

// directoryWriter writes rows cell by cell, by name.
type directoryWriter struct {
	csv   *csv.Writer
	names map[schemas.Scope]schemas.Territory
	at    map[string]int
	cells []string
}

func (w *directoryWriter) set(name, value string) { w.cells[w.at[name]] = value }

func (w *directoryWriter) flush() {
	_ = w.csv.Write(w.cells)
	clear(w.cells)
}

func (w *directoryWriter) name(n schemas.Niveau, code string) string {
	return w.names[schemas.Scope{Niveau: n, Code: code}].Name
}

// place sets the columns of the territories above a DSDEN.
func (w *directoryWriter) place(region, academie, dsden string) {
	w.set("Code_region", region)
	w.set("Libelle_region", w.name(schemas.Region, region))
	w.set("Code_academie", academie)
	w.set("Libelle_academie", w.name(schemas.Academie, academie))
	w.set("Code_departement", dsden)
	w.set("Libelle_departement", w.name(schemas.DSDEN, dsden))
}

func (w *directoryWriter) school(s *schemas.School) {
	w.set("Identifiant_de_l_etablissement", string(s.UAI))
	w.set("Nom_etablissement", s.Name)
	w.set("Type_etablissement", kindOf(s.Nature))
	w.set("Statut_public_prive", map[string]string{"PU": "Public", "PR": "Privé"}[s.Secteur])
	w.set("Code_postal", s.CodePostal)
	w.set("Nom_commune", s.Commune)
	w.place(s.Region, s.Academie, s.DSDEN)
	w.set("Appartenance_Education_Prioritaire", s.Priority)
	if s.Pupils >= 0 {
		w.set("Nombre_d_eleves", strconv.Itoa(s.Pupils))
	}
	if s.Latitude != 0 || s.Longitude != 0 {
		lat, lon := strconv.FormatFloat(s.Latitude, 'f', -1, 64), strconv.FormatFloat(s.Longitude, 'f', -1, 64)
		w.set("latitude", lat)
		w.set("longitude", lon)
		w.set("position", lat+", "+lon)
	}
	if s.Circonscription != "" {
		w.set("code_circonscription", s.Circonscription)
		w.set("nom_circonscription", w.name(schemas.Circonscription, s.Circonscription))
	}
	w.set("etat", map[bool]string{true: "OUVERT", false: "FERME"}[s.Open])
	w.set("ministere_tutelle", s.Ministere)
	w.set("rpi_concentre", map[bool]string{true: "1", false: "0"}[s.RPI])
	w.set("code_nature", s.Nature)
	w.set("libelle_nature", s.NatureLabel)
	w.flush()
}

// office writes the row of an inspection or of a DSDEN; other territories
// have none.
func (w *directoryWriter) office(t schemas.Territory) {
	dsden, uai, nature, label, name := t.Code, t.Code, "", "", t.Name
	switch t.Niveau {
	case schemas.Circonscription:
		dsden, nature, label = t.Parent.Code, natureInspection, "CIRCONSCRIPTIONS INSPECTION EDUC NAT"
	case schemas.DSDEN:
		n, err := strconv.Atoi(t.Code)
		if err != nil {
			return // 02A and 02B number their offices otherwise
		}
		uai, nature, label = string(schemas.MakeUAI(n*10_000+9_999)), "805", "DIRECTION SERVICES DEPARTEMENTAUX EN"
		name = "Direction des services départementaux de l'éducation nationale, " + t.Name
	default:
		return
	}
	academie := w.names[schemas.Scope{Niveau: schemas.DSDEN, Code: dsden}].Parent.Code
	region := w.names[schemas.Scope{Niveau: schemas.Academie, Code: academie}].Parent.Code
	w.set("Identifiant_de_l_etablissement", uai)
	w.set("Nom_etablissement", name)
	w.set("Type_etablissement", "Service Administratif")
	w.place(region, academie, dsden)
	w.set("etat", "OUVERT")
	w.set("ministere_tutelle", "MINISTERE DE L'EDUCATION NATIONALE")
	w.set("code_nature", nature)
	w.set("libelle_nature", label)
	w.flush()
}

// kindOf is the type of establishment that a nature belongs to.
func kindOf(nature string) string {
	switch {
	case strings.HasPrefix(nature, "1"):
		return "Ecole"
	case strings.HasPrefix(nature, "24"):
		return "Médico-social"
	case nature == "340" || nature == "350":
		return "Collège"
	case nature == "370":
		return "EREA"
	case nature == "380":
		return "Autre"
	case strings.HasPrefix(nature, "3"):
		return "Lycée"
	}
	return ""
}
