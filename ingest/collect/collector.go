package collect

import (
	"sync/atomic"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// A Keyring makes the pseudonym of a person in one school during one week: the
// first 8 bytes, big-endian, of HMAC-SHA-256(key of the week, UAI ‖ 0 ‖
// identifier), never 0. Implementations are safe for concurrent use.
type Keyring interface {
	Visitor(week schemas.Week, uai schemas.UAI, identifier string) schemas.Visitor
}

// Schools finds the school that a 2012 project numbers site2 in the
// collectivity site. Implementations are safe for concurrent use.
type Schools interface {
	UAI(site, site2 string) (schemas.UAI, bool)
}

// Options are what a Collector works with. Keyring, Devices and Metrics are
// required.
type Options struct {
	Sites   []string // accepted collectivities (s); empty = all
	Keyring Keyring
	Devices *Devices
	Schools Schools // nil = no 2012 school is known
	// Closed says that a day takes no more events; nil = every day does.
	Closed func(schemas.Day) bool
	// PrivacySignal counts Sec-GPC: 1, a browser's general objection, as an
	// objection to this measure.
	PrivacySignal bool
	Metrics       *Metrics
}

// Collector turns hits into events. It keeps nothing of a hit and is safe for
// concurrent use. The HTTP handler, the import of recorded hits and the
// simulator all go through it.
type Collector struct {
	sites   map[string]bool
	keyring Keyring
	devices *Devices
	schools Schools
	closed  func(schemas.Day) bool
	signal  bool
	metrics *Metrics
	day     atomic.Pointer[paris] // the day of the last hit
}

// paris is a day and its week, with the instants it spans: [from, to).
type paris struct {
	from, to int64 // UTC milliseconds
	day      schemas.Day
	week     schemas.Week
}

// New makes a Collector.
func New(o Options) *Collector {
	c := &Collector{
		keyring: o.Keyring, devices: o.Devices, schools: o.Schools, closed: o.Closed,
		signal: o.PrivacySignal, metrics: o.Metrics,
	}
	if len(o.Sites) > 0 {
		c.sites = make(map[string]bool, len(o.Sites))
		for _, s := range o.Sites {
			c.sites[canonicalNumber(s)] = true
		}
	}
	return c
}

// Read makes the event of a hit, or says why there is none. When several
// reasons apply the first of this order is given:
//
//	opposition             the person objects; not to be published, see Objection
//	trop_long, illisible   the query string, then its parameters in order
//	robot                  the User-Agent
//	hors_perimetre         the site is not in Options.Sites
//	uai_invalide           the UAI's form or key; a 2012 (s, s2) without mapping
//	sans_visiteur          neither at nor idclient
//	jour_clos              the event's day is closed
//
// A person who objects comes first, so that nothing else is kept of the hit.
// What cannot be read comes before who sent it, and that before what it says:
// a robot on a badly tagged page is a robot. Refusal is nil when the event is
// valid.
func (c *Collector) Read(hit Hit) (schemas.Event, *schemas.Refusal) {
	if objects(hit.Query) || c.signal && hit.Objects {
		c.metrics.objections.Inc()
		return schemas.Event{}, &schemas.Refusal{Reason: Objection}
	}
	var m marker
	if p := parse(hit.Query, &m); p.reason != "" {
		return c.refuse(&m, 0, &hit, p.reason, p.detail)
	}
	plan := m.plan(hit.Path)
	family := c.devices.Of(hit.UserAgent, hit.Hints)
	if family.Robot {
		return c.refuse(&m, plan, &hit, schemas.Robot, "")
	}
	if c.sites != nil && !c.sites[canonicalNumber(m.site)] {
		return c.refuse(&m, plan, &hit, schemas.HorsPerimetre, "s")
	}

	e := schemas.Event{Device: family.Device, OS: family.OS, Browser: family.Browser, Plan: plan}
	var knownProfile, knownService, ok bool
	if plan == schemas.Plan2012 {
		if c.schools != nil {
			e.UAI, ok = c.schools.UAI(m.site, m.site2)
		}
		if !ok {
			return c.refuse(&m, plan, &hit, schemas.UAIInvalide, "s2")
		}
		e.Profil, knownProfile = m.profile2012()
		e.Service, knownService = m.service2012()
		e.Type = schemas.Natif
		e.Projet = m.x3
	} else {
		if e.UAI, ok = m.school2021(); !ok {
			return c.refuse(&m, plan, &hit, schemas.UAIInvalide, "uai")
		}
		e.Profil, knownProfile = m.profile2021()
		e.Service, knownService = m.service2021()
		e.Outil, e.Type = m.tool()
		e.Projet = m.projet
	}

	person := m.person()
	if person == "" {
		return c.refuse(&m, plan, &hit, schemas.SansVisiteur, "")
	}
	var corrected bool
	e.TS, corrected = m.instant(hit.Received)
	when := c.when(e.TS)
	if c.closed != nil && c.closed(when.day) {
		return c.refuse(&m, plan, &hit, schemas.JourClos, "")
	}
	e.Visitor = c.keyring.Visitor(when.week, e.UAI, person)

	c.metrics.accept(plan, corrected, knownProfile, knownService)
	return e, nil
}

func (c *Collector) refuse(m *marker, plan schemas.Plan, hit *Hit, reason schemas.Reason, detail string) (schemas.Event, *schemas.Refusal) {
	c.metrics.refused[plan][reason].Inc()
	return schemas.Event{}, &schemas.Refusal{
		Reason: reason, Received: hit.Received.UnixMilli(), Site: m.siteNumber(),
		Plan: uint8(plan), Detail: detail,
	}
}

// when is the Paris day that holds an instant. Nearly every hit is of the same
// day as the one before, and asking the time zone costs more than the token.
func (c *Collector) when(ms int64) *paris {
	if p := c.day.Load(); p != nil && p.from <= ms && ms < p.to {
		return p
	}
	day := schemas.DayOf(time.UnixMilli(ms))
	p := &paris{
		from: day.Start().UnixMilli(), to: day.End().UnixMilli(),
		day: day, week: day.Week(),
	}
	c.day.Store(p)
	return p
}
