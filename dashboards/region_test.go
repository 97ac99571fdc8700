package dashboards_test

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/entaudience/entaudience/aggregate/disclosure"
	"github.com/entaudience/entaudience/schemas"
	"github.com/entaudience/entaudience/schemas/store"
	"github.com/entaudience/entaudience/schemas/store/chdb"
	"github.com/entaudience/entaudience/schemas/store/chdb/chdbtest"
)

// departement is one of the 13 of Occitanie, with its real numbers of
// circonscriptions and schools, and where it lies.
type departement struct {
	code, name, academie string
	circos, schools      int
	lat, lon             float64
}

var occitanie = []departement{
	{"009", "Ariège", "16", 4, 159, 42.95, 1.5},
	{"011", "Aude", "11", 6, 340, 43.1, 2.35},
	{"012", "Aveyron", "16", 5, 250, 44.3, 2.6},
	{"030", "Gard", "11", 12, 537, 43.95, 4.2},
	{"031", "Haute-Garonne", "16", 24, 795, 43.45, 1.3},
	{"032", "Gers", "16", 4, 187, 43.65, 0.45},
	{"034", "Hérault", "11", 20, 609, 43.55, 3.4},
	{"046", "Lot", "16", 4, 175, 44.65, 1.6},
	{"048", "Lozère", "11", 3, 81, 44.5, 3.5},
	{"065", "Hautes-Pyrénées", "16", 5, 208, 43.05, 0.15},
	{"066", "Pyrénées-Orientales", "11", 8, 285, 42.6, 2.55},
	{"081", "Tarn", "16", 6, 270, 43.8, 2.15},
	{"082", "Tarn-et-Garonne", "16", 6, 208, 44.05, 1.3},
}

// regionDirectory is the region's schools and territories, with invented names.
func regionDirectory() ([]schemas.School, []schemas.Territory) {
	r := rand.New(rand.NewPCG(3, 5))
	region := schemas.Scope{Niveau: schemas.Region, Code: "76"}
	above := []schemas.Territory{{Scope: region, Name: "Occitanie"}}
	for code, name := range map[string]string{"16": "Toulouse", "11": "Montpellier"} {
		above = append(above, schemas.Territory{Scope: schemas.Scope{Niveau: schemas.Academie, Code: code}, Name: name, Parent: region})
	}
	villages := []string{"Saint-Martin", "Villeneuve", "Castelnau", "Montferrand", "La Bastide", "Roquefort", "Beaumont", "Sainte-Croix", "Lacaze", "Fontanès", "Puylaurens", "Belcastel"}
	names := []string{"Jules-Ferry", "Jean-Jaurès", "Marie-Curie", "Victor-Hugo", "Simone-Veil", "Louis-Pasteur", "Lucie-Aubrac", "Jean-Moulin", "du Centre", "du Pont-Vieux", "des Tilleuls", "George-Sand"}
	var schools []schemas.School
	for _, d := range occitanie {
		dsden := schemas.Scope{Niveau: schemas.DSDEN, Code: d.code}
		above = append(above, schemas.Territory{Scope: dsden, Name: d.name, Parent: schemas.Scope{Niveau: schemas.Academie, Code: d.academie}})
		var number int
		fmt.Sscanf(d.code, "%d", &number)
		var circos []string
		for i := range d.circos {
			uai := schemas.MakeUAI(number*10000 + 9000 + i)
			circos = append(circos, string(uai))
			above = append(above, schemas.Territory{Scope: schemas.Scope{Niveau: schemas.Circonscription, Code: string(uai)}, Name: fmt.Sprintf("%s %d", d.name, i+1), Parent: dsden})
		}
		for i := range d.schools {
			angle, far := r.Float64()*2*math.Pi, math.Sqrt(r.Float64())*0.42
			s := schemas.School{
				UAI: schemas.MakeUAI(number*10000 + i), Commune: fmt.Sprintf("%s-%s", villages[r.IntN(len(villages))], []string{"le-Haut", "sur-Lez", "des-Prés", "d'Olt", "l'Église"}[r.IntN(5)]),
				CodePostal: d.code[1:] + "000", Nature: "151", NatureLabel: "ECOLE DE NIVEAU ELEMENTAIRE", Secteur: "PU", Ministere: "MINISTERE DE L'EDUCATION NATIONALE",
				Region: "76", Academie: d.academie, DSDEN: d.code, Circonscription: circos[i*d.circos/d.schools], Pupils: int(12 + 200*math.Pow(r.Float64(), 1.6)), Open: true, Primary: true,
				RPI: r.IntN(8) == 0, Latitude: d.lat + math.Sin(angle)*far, Longitude: d.lon + 1.3*math.Cos(angle)*far,
			}
			s.Name = "École élémentaire " + names[r.IntN(len(names))]
			if r.IntN(5) == 0 {
				s.Nature, s.NatureLabel, s.Name = "101", "ECOLE MATERNELLE", "École maternelle "+names[r.IntN(len(names))]
			}
			if r.IntN(12) == 0 {
				s.Priority = []string{"REP", "REP+"}[r.IntN(2)]
			}
			schools = append(schools, s)
		}
	}
	return schools, above
}

// regionModalities are the modalities of the weekly cells, with the share of a
// school's users that has them, in thousandths.
func regionModalities() string {
	var b strings.Builder
	put := func(axe, modalite string, share int) {
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "('%s','%s',%d)", axe, strings.ReplaceAll(modalite, "'", `\'`), share)
	}
	put("globales", "globales", 1000)
	profils := map[schemas.Profil]int{schemas.Eleve: 450, schemas.Parent: 380, schemas.Enseignant: 130, schemas.AdminVieScolTech: 20, schemas.Autre: 20}
	devices := map[schemas.Device]int{schemas.Ordinateur: 480, schemas.Smartphone: 470, schemas.Tablette: 45, schemas.AutreAppareil: 5}
	services := []string{"ACCUEIL", "COURRIER_ELECTRONIQUE", "CAHIER_TEXTES", "ACTUALITES", "CAHIER_LIAISON", "STOCKAGE_PARTAGE", "NOTES", "PAGE_ENT", "SERVICES_VIE_SCOLAIRE", "PRODUCTION_COLLABORATIVE", "PARCOURS_PEDAGOGIQUE", "RESSOURCE_DOCUMENTAIRE"}
	for p, share := range profils {
		put("profil", string(p), share)
		for d, of := range devices {
			put("profil×appareil", string(p)+"×"+string(d), share*of/1000)
		}
		for i, s := range services {
			put("profil×service", string(p)+"×"+s, share*(60-5*i)/100)
		}
	}
	for d, of := range devices {
		put("appareil", string(d), of)
	}
	for i, s := range services {
		put("service", s, 10*(60-5*i))
	}
	for m, of := range map[string]int{"windows": 420, "android": 300, "ios": 190, "macos": 60, "chromeos": 30} {
		put("os", m, of)
	}
	for m, of := range map[string]int{"chromeMobile": 290, "safari": 200, "chrome": 330, "firefox": 110, "edge": 70} {
		put("navigateur", m, of)
	}
	for m, of := range map[string]int{"PRONOTE": 90, "MOODLE": 30, "BIG_BLUE_BUTTON": 12} {
		put("outil", m, of)
	}
	for m, of := range map[string]int{"1": 500, "2-4": 350, "5+": 150} {
		put("frequence", m, of)
	}
	return "[" + b.String() + "]"
}

// smallOnly withholds the cells of few users and none besides: disclosure
// control of a hundred weeks of a region takes minutes.
type smallOnly struct{ disclosure.Rule }

func (r smallOnly) Decide(cells []schemas.WeekCell, _ []schemas.School) schemas.Withholding {
	w := schemas.Withholding{Total: uint64(len(cells))}
	for _, c := range cells {
		if c.Users < uint64(r.Threshold()) {
			w.Cells = append(w.Cells, schemas.WithheldCell{Scope: schemas.Scope{Niveau: schemas.Ecole, Code: string(c.UAI)}, Axe: c.Axe, Modalite: c.Modalite})
		}
	}
	w.Small, w.Withheld = uint64(len(w.Cells)), uint64(len(w.Cells))
	return w
}

// regionStore is a store with the region's cells of some weeks before now,
// made by the engine itself: what the recompute would have written.
func regionStore(t testing.TB, weeks int) *store.Store {
	t.Helper()
	engine := chdbtest.Open(t)
	return regionIn(t, engine, chdbtest.Database(t, engine), weeks, true)
}

func regionIn(t testing.TB, engine *chdb.Engine, database string, weeks int, fill bool) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), store.Options{Transport: engine, Database: database, Rule: smallOnly{disclosure.New(5)}})
	must(t, err)
	t.Cleanup(func() { s.Close() })
	if !fill {
		return s
	}
	_, err = s.Migrate(t.Context())
	must(t, err)
	schools, above := regionDirectory()
	for _, y := range []schemas.SchoolYear{2024, 2025, 2026} {
		must(t, s.ImportDirectory(t.Context(), y, "test", append([]schemas.School{}, schools...), above))
	}
	last := schemas.WeekOf(now)
	for from := last - schemas.Week(7*(weeks-1)); from <= last; from += 7 * 26 {
		to := min(last, from+7*25)
		run(t, engine, database, fmt.Sprintf(regionCells, from, int(to-from)/7+1, regionModalities()))
		for day := from; day <= to; day += 7 {
			run(t, engine, database, fmt.Sprintf(regionHours, day))
		}
	}
	run(t, engine, database, `INSERT INTO computed (grain, period, run, basis, events, visits, last_event)
		SELECT 'jour', toDate(period) + n, 1, 0, 1, 1, toDateTime64(period, 3, 'UTC') + INTERVAL 30 HOUR
		FROM (SELECT DISTINCT period FROM cells_week WHERE axe = 'globales') ARRAY JOIN range(2) AS n`)
	run(t, engine, database, `INSERT INTO computed (grain, period, run, basis, events, visits, last_event)
		SELECT DISTINCT 'semaine', period, 1, 2, 1, 1, toDateTime64(0, 3, 'UTC') FROM cells_week WHERE axe = 'globales'`)
	undecided, err := s.Undecided(t.Context())
	must(t, err)
	for _, w := range undecided {
		must(t, s.DecideWeek(t.Context(), w))
	}
	must(t, s.Settle(t.Context()))
	return s
}

// regionCells makes weekly cells: a school's users follow its pupils, a rhythm
// of its own, the holidays, and chance; one school in fifteen never began, one
// in thirty stopped in the last weeks.
const regionCells = `INSERT INTO cells_week (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
SELECT m.1 AS axe, m.2 AS modalite, uai, monday, users * 3 + chance %% 3 AS visits, users, visits * 190000, visits - visits / 5, visits * 7
FROM
(
    SELECT
        s.uai AS uai, toDate('%s') + 7 * w.number AS monday, m,
        cityHash64(s.uai, monday, m.2) AS chance,
        toMonth(monday) AS month, toISOWeek(monday) AS iso,
        multiIf(month = 8 OR (month = 7 AND toDayOfMonth(monday) > 5), 0, iso IN (43, 44, 52, 1, 8, 9, 16, 17), 12, 100) AS season,
        multiIf(cityHash64(s.uai, 'never') %% 15 = 0, 0, cityHash64(s.uai, 'stop') %% 30 = 0 AND monday > '2026-11-01', 0,
            cityHash64(s.uai, 'fall') %% 25 = 0 AND monday > '2026-11-10', 8, 20 + cityHash64(s.uai) %% 60) AS rate,
        toUInt32(s.pupils * rate * season * m.3 * (80 + chance %% 41) / 1000000000) AS users
    FROM (SELECT uai, max(pupils) AS pupils FROM schools GROUP BY uai) AS s
    CROSS JOIN numbers(%d) AS w
    ARRAY JOIN %s AS m
)
WHERE users > 0
SETTINGS max_partitions_per_insert_block = 1000`

// regionHours makes the hours of one week out of its cells.
const regionHours = `INSERT INTO cells_hour (axe, modalite, uai, period, visits, users, duration_ms, visits_with_duration, events)
SELECT axe, modalite, uai, toDateTime(period, 'Europe/Paris') + INTERVAL d DAY + INTERVAL h HOUR AS hour,
    visits / 30 + cityHash64(uai, hour) %% 2 AS v, v, v * 190000, v, v * 7
FROM cells_week
ARRAY JOIN [0, 1, 3, 4] AS d
ARRAY JOIN [8, 9, 10, 11, 14, 15, 17, 18, 20] AS h
WHERE period = '%s' AND axe = 'globales' AND v > 0`

// run executes one statement of ours in the engine.
func run(t testing.TB, e *chdb.Engine, database, statement string) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, "http://embedded/?database="+database, strings.NewReader(statement))
	must(t, err)
	response, err := e.RoundTrip(r)
	must(t, err)
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		why, err := io.ReadAll(response.Body)
		t.Fatalf("%.200s: %s %v", statement, why, err)
	}
}
