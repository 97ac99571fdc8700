package dashboards

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/go-chi/chi/v5"

	"github.com/entaudience/entaudience/dashboards/access"
	"github.com/entaudience/entaudience/dashboards/national"
	"github.com/entaudience/entaudience/dashboards/tableur"
	"github.com/entaudience/entaudience/schemas"
)

// exportsPage lists the national exports of a week, and the files of the
// widest territories.
type exportsPage struct {
	Layout
	Week     string // Monday, 2026-09-07
	WeekText string
	Running  bool
	AsOf     asOf
	National bool // the person may have the national files
	Files    []exportFile
	Own      []schemas.Territory // whose files are offered: the person's
	Axes     []option
	Limits   string
	Empty    bool // no directory yet: nothing to export
}

// exportFile is one file to download.
type exportFile struct {
	Name    string `json:"fichier"`
	Label   string `json:"libelle"`
	Dataset string `json:"jeu"` // identifier of the national dataset
	Href    string `json:"adresse"`
}

func (s *Server) exports(w http.ResponseWriter, r *http.Request) error {
	week, err := s.weekAsked(r.URL.Query().Get("semaine"))
	if err != nil {
		return err
	}
	p, _ := access.From(r.Context())
	may, files := p.Has(access.ExportNational), []exportFile{}
	if may {
		files = exportFiles(week)
	}
	page := exportsPage{
		Layout: s.layout(r, "Exports", "/exports"), Week: week.String(), WeekText: Semaine(week),
		Running: week.End().After(s.clock()), National: may, Files: files,
		Limits: fmt.Sprintf("Une période fait trois ans au plus ; par jour, %d jours ; par jour et par école, %d.", maxDaysByDay, maxDaysEcoles),
	}
	q := url.Values{"semaine": {week.String()}}
	page.Alt = []Link{{address("/exports.csv", q), "CSV"}, {address("/exports.json", q), "JSON"}}
	switch formatOf(r) {
	case formatJSON:
		return s.json(w, r, map[string]any{"semaine": page.Week, "inachevee": page.Running, "fichiers": page.Files})
	case formatCSV:
		return csv(w, r, "exports.csv", true, func(t *tableur.Writer) error {
			t.Header("fichier", "libelle", "jeu", "adresse")
			for _, f := range page.Files {
				for _, c := range []string{f.Name, f.Label, f.Dataset, f.Href} {
					t.Text(c)
				}
				t.End()
			}
			return nil
		})
	}
	c, err := s.reader.Completeness(r.Context())
	if err != nil {
		return err
	}
	page.AsOf = newAsOf(c)
	dir, _, err := s.reader.Directory(r.Context(), week.SchoolYear())
	switch {
	case err == nil:
		page.Own = s.own(r.Context(), p)
		if p.Everywhere {
			page.Own = dir.Regions()
		}
	case schemas.KindOf(err) == schemas.NotFound:
		page.Empty = true
	default:
		return err
	}
	for _, a := range schemas.Axes() {
		page.Axes = append(page.Axes, option{Value: strings.ReplaceAll(string(a), schemas.Times, "-"), Label: string(a), Selected: a == schemas.Globales})
	}
	page.Axes = append(page.Axes, option{Value: axeNotes, Label: "notes des pilotes sur la période"})
	return s.html(w, r, "exports", page)
}

// weekAsked is the week asked for by its Monday, or the last complete one.
// The error is Invalid, also for a week that has not begun.
func (s *Server) weekAsked(monday string) (schemas.Week, error) {
	current := schemas.WeekOf(s.clock())
	if monday == "" {
		return current.Previous(), nil
	}
	week, err := schemas.ParseWeek(monday)
	if err == nil && week > current {
		err = schemas.Refuse("La semaine du %s n'a pas encore commencé.", week)
	}
	return week, err
}

func exportFiles(week schemas.Week) []exportFile {
	var files []exportFile
	q := url.Values{"semaine": {week.String()}}
	for _, l := range national.Layouts() {
		files = append(files, exportFile{l.File(), l.Label, l.Dataset, address("/exports/dnma/"+l.File(), q)})
	}
	return append(files, exportFile{national.ManifestFile, "Manifeste : lignes, empreintes, définition des durées", "", address("/exports/dnma/"+national.ManifestFile, q)})
}

// dnma answers one national file of one week: /exports/dnma/profils.csv?semaine=2026-09-07.
func (s *Server) dnma(w http.ResponseWriter, r *http.Request) error {
	p, _ := access.From(r.Context())
	s.audit.Note(access.Entry{Who: p.Subject, What: access.WhatExport, Path: r.URL.Path, Decision: access.Allowed})
	name := chi.URLParam(r, "fichier")
	monday := r.URL.Query().Get("semaine")
	if monday == "" {
		return schemas.Refuse("Il faut la semaine, par le lundi : semaine=2026-09-07.")
	}
	week, err := s.weekAsked(monday)
	if err != nil {
		return err
	}
	if name == national.ManifestFile {
		return s.manifest(w, r, week)
	}
	layout, err := national.LayoutNamed(strings.TrimSuffix(name, ".csv"))
	if err != nil || !strings.HasSuffix(name, ".csv") {
		return schemas.Missing("Il n'y a pas d'export national « %.40s ».", name)
	}
	out := &lateWriter{w: w, r: r, begin: func() {
		download(w, "dnma_"+week.String()+"_"+layout.File(), "text/csv; charset=utf-8")
	}}
	_, err = layout.Write(r.Context(), nationalReader{s.reader}, []schemas.Week{week}, out)
	return out.finish(err)
}

// manifest writes the week's files to nowhere to know what they hold.
func (s *Server) manifest(w http.ResponseWriter, r *http.Request, week schemas.Week) error {
	p := schemas.Period{From: week.Monday(), To: week.Sunday()}
	m, err := national.NewManifest(r.Context(), nationalReader{s.reader}, p, s.clock(), func(string) (io.Writer, error) { return io.Discard, nil })
	if err != nil {
		return err
	}
	return s.json(w, r, m)
}
