package collect

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/entaudience/entaudience/schemas"
)

// token is the pseudonym of identifier under the tests' keys.
func token(t testing.TB, at time.Time, uai schemas.UAI, identifier string) schemas.Visitor {
	return testKeys(t).Visitor(schemas.WeekOf(at), uai, identifier)
}

func TestReadCapturedHits(t *testing.T) {
	c := testCollector(t)
	base := schemas.Event{
		UAI: school, Profil: schemas.Enseignant, Device: schemas.Ordinateur,
		OS: schemas.Windows, Browser: schemas.Chrome,
	}
	tests := []struct {
		name, path, query string
		want              func(*schemas.Event)
	}{
		{"2021 page", PathXiti, hit2021, func(e *schemas.Event) {
			e.TS, e.Plan, e.Service, e.Type = 1795429156102, schemas.Plan2021, "COURRIER_ELECTRONIQUE", schemas.Natif
			e.Projet, e.Visitor = "ENT_ECOLE_OCCITANIE", token(t, receipt, school, "97100102")
		}},
		{"2021 click", PathXiti, click, func(e *schemas.Event) {
			e.TS, e.Plan, e.Service, e.Type = 1795429157000, schemas.Plan2021, "SERVICES_VIE_SCOLAIRE", schemas.Tiers
			e.Outil, e.Projet, e.Visitor = "PRONOTE", "ENT_ECOLE_OCCITANIE", token(t, receipt, school, "97100102")
		}},
		{"2012 page", PathXitif, hit2012, func(e *schemas.Event) {
			e.TS, e.Plan, e.Service, e.Type = receipt.UnixMilli(), schemas.Plan2012, "STOCKAGE_PARTAGE", schemas.Natif
			e.Projet, e.Visitor = "11", token(t, receipt, school, "20158")
		}},
		{"2012 page without at", PathXitif, notes, func(e *schemas.Event) {
			e.TS, e.Plan, e.Service, e.Type = receipt.UnixMilli(), schemas.Plan2012, "NOTES", schemas.Natif
			e.Projet, e.Visitor = "11", token(t, receipt, school, "20158")
		}},
		{"2012 noscript image", PathXiti, notes, func(e *schemas.Event) {
			e.TS, e.Plan, e.Service, e.Type = receipt.UnixMilli(), schemas.Plan2012, "NOTES", schemas.Natif
			e.Projet, e.Visitor = "11", token(t, receipt, school, "20158")
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, refusal := c.Read(Hit{Received: receipt, Path: tt.path, Query: tt.query, UserAgent: windows})
			if refusal != nil {
				t.Fatalf("refused: %+v", *refusal)
			}
			want := base
			tt.want(&want)
			if got != want {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

func TestPlan(t *testing.T) {
	tests := []struct {
		path, query string
		want        schemas.Plan
	}{
		{PathXiti, "uai=0311131L", schemas.Plan2021},
		{PathXiti, "service=", schemas.Plan2021},
		{PathXiti, "s=1&s2=3&x1=", schemas.Plan2012},
		{PathXiti, "s=1&s2=3", schemas.Plan2012},
		{PathXiti, "s=1&s2=0311131L", schemas.Plan2021},
		{PathXiti, "s=1", schemas.Plan2021},
		{PathXiti, "s2=3&x1=1&service=NOTES", schemas.Plan2021},
		{PathXitif, "s2=3&x1=1&service=NOTES", schemas.Plan2012},
		{PathXitif, "s2=3", schemas.Plan2012},
		{PathXitif, "uai=0311131L&profil=ELEVE", schemas.Plan2021},
	}
	for _, tt := range tests {
		var m marker
		parse(tt.query, &m)
		if got := m.plan(tt.path); got != tt.want {
			t.Errorf("%s?%s: plan %d, want %d", tt.path, tt.query, got, tt.want)
		}
	}
}

// TestRules: one parameter at a time, over a hit that is otherwise right.
func TestRules(t *testing.T) {
	const (
		in2021 = "s=1&at=7&uai=0311131L"
		in2012 = "s=365075&s2=3&at=7&x3=11"
	)
	tests := []struct {
		query string
		check func(e schemas.Event) (got, want string)
	}{
		{in2021 + "&service=", service(schemas.PageENT)},
		{in2021, service(schemas.PageENT)},
		{in2021 + "&service=PAGE_ENT", service(schemas.PageENT)},
		{in2021 + "&service=NOTES", service("NOTES")},
		{in2021 + "&service=notes", service("NOTES")},
		{in2021 + "&service=Nouveau_Service", service("Nouveau_Service")},
		{in2021 + "&service=%3Cscript%3E", service("<script>")},
		{in2012 + "&x1=", service(schemas.PageENT)},
		{in2012, service(schemas.PageENT)},
		{in2012 + "&x1=13", service("RESSOURCE_DOCUMENTAIRE")},
		{in2012 + "&x1=03", service("NOTES")},
		{in2012 + "&x1=99", service("N°99")},

		{in2021 + "&profil=ELEVE", profile(schemas.Eleve)},
		{in2021 + "&profil=Eleve", profile(schemas.Eleve)},
		{in2021 + "&profil=COLLECTIVITE", profile(schemas.Collectivite)},
		{in2021 + "&profil=ADMIN_VIE_SCOL_TECH", profile(schemas.AdminVieScolTech)},
		{in2021 + "&profil=AUTRE", profile(schemas.Autre)},
		{in2021 + "&profil=", profile(schemas.Autre)},
		{in2021 + "&profil=VISITEUR", profile(schemas.Autre)},
		{in2021 + "&profil=&ac=PARENT", profile(schemas.Parent)},
		{in2021 + "&profil=ELEVE&ac=PARENT", profile(schemas.Eleve)},
		{in2021 + "&profil=VISITEUR&ac=PARENT", profile(schemas.Autre)},
		{in2012 + "&x2=1", profile(schemas.Eleve)},
		{in2012 + "&x2=2", profile(schemas.Enseignant)},
		{in2012 + "&x2=3", profile(schemas.Parent)},
		{in2012 + "&x2=4", profile(schemas.AdminVieScolTech)},
		{in2012 + "&x2=6", profile(schemas.Autre)},
		{in2012 + "&x2=7", profile(schemas.Collectivite)},
		{in2012 + "&x2=", profile(schemas.Autre)},
		{in2012 + "&x2=&ac=3", profile(schemas.Parent)},
		{in2012 + "&x2=5&ac=3", profile(schemas.Autre)},

		{in2021 + "&outil=MOODLE", tool("MOODLE", schemas.Tiers)},
		{in2021 + "&outil=BBB", tool("BIG_BLUE_BUTTON", schemas.Tiers)},
		{in2021 + "&outil=BIG_BLUE_BUTTON", tool("BIG_BLUE_BUTTON", schemas.Tiers)},
		{in2021 + "&outil=un+code+libre&type=NATIF", tool("un code libre", schemas.Tiers)},
		{in2021 + "&outil=&type=TIERS", tool("", schemas.Natif)},
		{in2021, tool("", schemas.Natif)},
		{in2012 + "&outil=", tool("", schemas.Natif)},

		{"s=1&at=7&uai=0311131l", uai(school)},
		{"s=1&at=7&uai=+0311131L", uai(school)},
		{"s=1&at=7&uai=&s2=0311131L&service=NOTES", uai(school)},
		{"s=1&at=7&s2=0311131L", uai(school)},
		{"s=1&at=7&uai=" + string(schemas.MakeUAI(310001)) + "&s2=0311131L", uai(schemas.MakeUAI(310001))},
		{"s=365075&s2=3&at=7&x1=1&uai=", uai(school)},
	}
	c := testCollector(t)
	for _, tt := range tests {
		path := PathXiti
		if strings.Contains(tt.query, "s=365075") {
			path = PathXitif
		}
		e, refusal := c.Read(Hit{Received: receipt, Path: path, Query: tt.query, UserAgent: windows})
		if refusal != nil {
			t.Errorf("%s: refused %+v", tt.query, *refusal)
			continue
		}
		if got, want := tt.check(e); got != want {
			t.Errorf("%s: got %q, want %q", tt.query, got, want)
		}
	}
}

type check = func(schemas.Event) (got, want string)

func service(want schemas.Service) check {
	return func(e schemas.Event) (string, string) { return string(e.Service), string(want) }
}

func profile(want schemas.Profil) check {
	return func(e schemas.Event) (string, string) { return string(e.Profil), string(want) }
}

func tool(outil, typ string) check {
	return func(e schemas.Event) (string, string) { return e.Outil + " " + e.Type, outil + " " + typ }
}

func uai(want schemas.UAI) check {
	return func(e schemas.Event) (string, string) { return string(e.UAI), string(want) }
}

func TestReadRefusals(t *testing.T) {
	const robot = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"
	c := testCollector(t, func(o *Options) {
		o.Sites = []string{"365203", "365075"}
		o.Closed = func(d schemas.Day) bool { return d < schemas.DayOf(receipt) }
	})
	yesterday := receipt.AddDate(0, 0, -1)
	tests := []struct {
		name string
		hit  Hit
		want schemas.Refusal
	}{
		{"too long", Hit{Query: "s=365203&x=" + strings.Repeat("y", MaxQuery)}, schemas.Refusal{Reason: schemas.TropLong, Detail: "query"}},
		{"value too long", Hit{Query: "s=365203&service=" + strings.Repeat("y", 65)}, schemas.Refusal{Reason: schemas.TropLong, Site: "365203", Detail: "service"}},
		{"unreadable", Hit{Query: "hello"}, schemas.Refusal{Reason: schemas.Illisible, Detail: "query"}},
		{"robot before the rest", Hit{Query: "s=9&uai=bad", UserAgent: robot}, schemas.Refusal{Reason: schemas.Robot, Site: "9", Plan: 2}},
		{"too long before robot", Hit{Query: "s=9&outil=" + strings.Repeat("y", 65), UserAgent: robot}, schemas.Refusal{Reason: schemas.TropLong, Site: "9", Detail: "outil"}},
		{"site not accepted", Hit{Query: "s=9&uai=bad&at=1"}, schemas.Refusal{Reason: schemas.HorsPerimetre, Site: "9", Plan: 2, Detail: "s"}},
		{"no site", Hit{Query: "uai=0311131L&at=1"}, schemas.Refusal{Reason: schemas.HorsPerimetre, Plan: 2, Detail: "s"}},
		{"site that is no number", Hit{Query: "s=Jean+Dupont&uai=0311131L&at=1"}, schemas.Refusal{Reason: schemas.HorsPerimetre, Plan: 2, Detail: "s"}},
		{"site of eleven digits", Hit{Query: "s=12345678901&uai=0311131L&at=1"}, schemas.Refusal{Reason: schemas.HorsPerimetre, Plan: 2, Detail: "s"}},
		{"wrong key", Hit{Query: "s=365203&uai=0311131A&at=1"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365203", Plan: 2, Detail: "uai"}},
		{"wrong form", Hit{Query: "s=365203&uai=311131L&at=1"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365203", Plan: 2, Detail: "uai"}},
		{"no uai", Hit{Query: "s=365203&uai=&at=1"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365203", Plan: 2, Detail: "uai"}},
		{"wrong uai is not replaced by s2", Hit{Query: "s=365203&uai=0311131A&s2=0311131L&at=1"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365203", Plan: 2, Detail: "uai"}},
		{"2012 without mapping", Hit{Query: "s=365075&s2=4&x1=1&at=1"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365075", Plan: 1, Detail: "s2"}},
		{"2012 with a UAI for s2", Hit{Query: "s=365075&s2=0311131L&x1=1&at=1"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365075", Plan: 1, Detail: "s2"}},
		{"nobody", Hit{Query: "s=365203&uai=0311131L&at=&idclient="}, schemas.Refusal{Reason: schemas.SansVisiteur, Site: "365203", Plan: 2}},
		{"nobody but spaces", Hit{Query: "s=365203&uai=0311131L&at=%20&idclient=+"}, schemas.Refusal{Reason: schemas.SansVisiteur, Site: "365203", Plan: 2}},
		{"uai before person", Hit{Query: "s=365203&uai=0311131A"}, schemas.Refusal{Reason: schemas.UAIInvalide, Site: "365203", Plan: 2, Detail: "uai"}},
		{"closed day", Hit{Query: "s=365203&uai=0311131L&at=1", Received: yesterday}, schemas.Refusal{Reason: schemas.JourClos, Site: "365203", Plan: 2}},
		{"person before closed day", Hit{Query: "s=365203&uai=0311131L", Received: yesterday}, schemas.Refusal{Reason: schemas.SansVisiteur, Site: "365203", Plan: 2}},
	}
	counts := make(map[string]float64)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			hit := tt.hit
			hit.Path = PathXiti
			if hit.UserAgent == "" {
				hit.UserAgent = windows
			}
			if hit.Received.IsZero() {
				hit.Received = receipt
			}
			tt.want.Received = hit.Received.UnixMilli()
			e, got := c.Read(hit)
			if got == nil {
				t.Fatalf("accepted: %+v", e)
			}
			if *got != tt.want {
				t.Errorf("got  %+v\nwant %+v", *got, tt.want)
			}
			if e != (schemas.Event{}) {
				t.Errorf("an event beside the refusal: %+v", e)
			}
		})
		counts[strconv.Itoa(int(tt.want.Plan))+string(tt.want.Reason)]++
	}
	for plan := range planLabels {
		for _, reason := range schemas.Reasons() {
			if got, want := testutil.ToFloat64(c.metrics.refused[plan][reason]), counts[strconv.Itoa(plan)+string(reason)]; got != want {
				t.Errorf("refusals %s of plan %d: %v counted, want %v", reason, plan, got, want)
			}
		}
	}
}

func TestInstant(t *testing.T) {
	now := receipt.UnixMilli()
	const tolerance = 600_000
	tests := []struct {
		ts        string
		want      int64
		corrected bool
	}{
		{"", now, false},
		{strconv.FormatInt(now-tolerance, 10), now - tolerance, false},
		{strconv.FormatInt(now-tolerance-1, 10), now, true},
		{strconv.FormatInt(now+tolerance, 10), now + tolerance, false},
		{strconv.FormatInt(now+tolerance+1, 10), now, true},
		{"1795429156102.5", now, true},
		{"-1", now, true},
		{"99999999999999999999", now, true},
		{"abc", now, true},
		{"0", now, true},
	}
	c := testCollector(t)
	corrections := 0.0
	for _, tt := range tests {
		e, refusal := c.Read(Hit{Received: receipt, Path: PathXiti, Query: "s=1&at=1&uai=0311131L&ts=" + tt.ts, UserAgent: windows})
		if refusal != nil {
			t.Fatalf("ts %q: %+v", tt.ts, *refusal)
		}
		if e.TS != tt.want {
			t.Errorf("ts %q: %d, want %d", tt.ts, e.TS, tt.want)
		}
		if tt.corrected {
			corrections++
		}
	}
	if got := testutil.ToFloat64(c.metrics.corrected); got != corrections {
		t.Errorf("%v corrections counted, want %v", got, corrections)
	}
}

func TestReadCounts(t *testing.T) {
	c := testCollector(t)
	for _, q := range []string{
		"uai=0311131L&at=1&profil=ELEVE&service=NOTES",
		"uai=0311131L&at=1&profil=&service=",
		"uai=0311131L&at=1&profil=AUTRE",
		"uai=0311131L&at=1&profil=X&service=Y",
		"uai=0311131L&at=1&profil=X",
		"s=365075&s2=3&x1=99&x2=99&at=1",
	} {
		if _, refusal := c.Read(Hit{Received: receipt, Path: PathXiti, Query: q, UserAgent: windows}); refusal != nil {
			t.Fatalf("%s: %+v", q, *refusal)
		}
	}
	for name, tt := range map[string]struct{ got, want float64 }{
		"accepted 2021":    {testutil.ToFloat64(c.metrics.accepted[schemas.Plan2021]), 5},
		"accepted 2012":    {testutil.ToFloat64(c.metrics.accepted[schemas.Plan2012]), 1},
		"unknown profiles": {testutil.ToFloat64(c.metrics.unknownProfile), 3},
		"unknown services": {testutil.ToFloat64(c.metrics.unknownService), 2},
		"parses":           {testutil.ToFloat64(c.metrics.parses), 1},
	} {
		if tt.got != tt.want {
			t.Errorf("%s: %v, want %v", name, tt.got, tt.want)
		}
	}
}

// TestPerson: at if not empty, else idclient, the same person in both plans.
func TestPerson(t *testing.T) {
	c := testCollector(t)
	visitor := func(path, query string) schemas.Visitor {
		e, refusal := c.Read(Hit{Received: receipt, Path: path, Query: query, UserAgent: windows})
		if refusal != nil {
			t.Fatalf("%s: %+v", query, *refusal)
		}
		return e.Visitor
	}
	want := token(t, receipt, school, "42")
	for _, tt := range [][2]string{
		{PathXiti, "uai=0311131L&at=42"},
		{PathXiti, "uai=0311131L&at=42&idclient=9"},
		{PathXiti, "uai=0311131L&at=&idclient=42"},
		{PathXiti, "uai=0311131L&idclient=42"},
		{PathXitif, "s=365075&s2=3&x1=1&at=42&idclient=9"},
		{PathXitif, "s=365075&s2=3&x1=1&idclient=42"},
	} {
		if got := visitor(tt[0], tt[1]); got != want {
			t.Errorf("%s: %d, want %d", tt[1], got, want)
		}
	}
	other := string(schemas.MakeUAI(310002))
	if visitor(PathXiti, "at=42&uai="+other) == want {
		t.Error("the token is the same in another school")
	}
}

// TestWeekOfToken: the token is that of the event's week, not of the week of
// receipt, and the week turns at midnight in Paris.
func TestWeekOfToken(t *testing.T) {
	turn := schemas.WeekOf(receipt).Start() // a Monday 00:00 in Paris
	c := testCollector(t)
	for _, tt := range []struct {
		received, ts time.Time
	}{
		{turn.Add(-time.Millisecond), turn.Add(-time.Millisecond)},
		{turn, turn},
		{turn.Add(5 * time.Minute), turn.Add(-time.Millisecond)},
		{turn.Add(-5 * time.Minute), turn},
		{turn.Add(time.Hour), turn.Add(time.Hour)},
	} {
		e, refusal := c.Read(Hit{
			Received: tt.received, Path: PathXiti, UserAgent: windows,
			Query: "uai=0311131L&at=42&ts=" + strconv.FormatInt(tt.ts.UnixMilli(), 10),
		})
		if refusal != nil {
			t.Fatal(*refusal)
		}
		if e.TS != tt.ts.UnixMilli() || e.Visitor != token(t, tt.ts, school, "42") {
			t.Errorf("received %v, ts %v: event at %v with a token of another week", tt.received, tt.ts, e.Time())
		}
	}
}
