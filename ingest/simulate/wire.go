package simulate

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/entaudience/entaudience/schemas"
)

// Hit is one request of the tag.
type Hit struct {
	Received  time.Time // UTC
	Method    string
	Path      string // "/hit.xiti"
	Query     string // raw
	UserAgent string
	Fact      Fact
}

// URL is the path with its query.
func (h *Hit) URL() string { return h.Path + "?" + h.Query }

// Fact is what really happened, beside what the wire says of it: Truth counts
// facts, so that whoever reads the wire wrongly is found out. Codes are those
// of the tag; "" where it says nothing.
type Fact struct {
	UAI     schemas.UAI
	Person  string // the identifier, as sent
	TS      int64  // UTC ms
	Profil  string
	Service string
	Outil   string
	Device  schemas.Device
	OS      schemas.OS
	Browser schemas.Browser
}

// writer writes hits.
type writer struct {
	region *Region
	b      []byte
}

func (w *writer) hit(e *event) Hit {
	m := &w.region.members[e.member]
	a := &agents[e.agent]
	page := &apps[e.app]
	h := Hit{
		Received: time.UnixMilli(e.ms).UTC(), Method: http.MethodGet, UserAgent: a.text,
		Fact: Fact{
			UAI: m.school.UAI, Person: strconv.FormatUint(1e8+e.person%9e8, 10), TS: e.ms, Profil: string(profiles[e.profil].code),
			Service: page.service, Outil: page.tool, Device: a.device, OS: a.os, Browser: a.browser,
		},
	}
	w.b = w.b[:0]
	if m.number != "" {
		w.plan2012(e, m, &h)
	} else {
		w.plan2021(e, m, &h)
	}
	h.Query = string(w.b)
	return h
}

// add appends the parts of the query; a name stands before its value.
func (w *writer) add(parts ...string) {
	for _, p := range parts {
		w.b = append(w.b, p...)
	}
}

// plan2021 is the SmartTag's hit: pages by GET, clicks on third-party tools as
// beacons, ref last and unencoded.
func (w *writer) plan2021(e *event, m *member, h *Hit) {
	h.Path = "/hit.xiti"
	// The way of the hit; a repeated one comes a little later.
	h.Received = h.Received.Add(time.Duration(30+e.person%400) * time.Millisecond)
	if e.again > 0 {
		h.Received = h.Received.Add(1700 * time.Millisecond)
	}
	page, before, f := &apps[e.app], &apps[e.before], &h.Fact
	if profile(e.profil) == autre && e.person%2 == 0 {
		f.Profil = "" // as the ENT sends a person whose profile it does not know
	}
	w.add("s=", m.site, "&idclient=")
	w.uuid(mix(e.person^uint64(e.slot)), mix(e.person+2))
	w.add("&ts=")
	w.b = strconv.AppendInt(w.b, e.ms, 10)
	w.add("&vtag=5.28.0&ptag=js&r=1920x1080x24x24&re=1280x720")
	w.localTime(e.ms)
	w.add("&lng=fr-FR&idp=")
	w.b = strconv.AppendInt(w.b, e.ms%1e10+1e12, 10)
	w.add("&jv=0&at=", f.Person, "&ac=", f.Profil)
	kind := schemas.Natif
	if page.tool != "" {
		kind = schemas.Tiers
	} else {
		w.add("&p=", page.page, "&s2=", string(f.UAI), "&vrn=1")
	}
	w.add("&service=", f.Service, "&type=", kind, "&outil=", f.Outil, "&uai=", string(f.UAI),
		"&projet=ENT_ECOLE_OCCITANIE&exploitant=EXPLOITANT_SIMULE&plateforme=PLATEFORME_SIMULEE&profil=", f.Profil)
	if page.tool != "" {
		h.Method = http.MethodPost
		w.add("&p=", page.page, "&s2=", string(f.UAI), "&click=N&pclick=", before.page, "&s2click=", string(f.UAI))
		return
	}
	w.add("&ref=https://ent-ecole.example/", before.page, "?from=menu&profil=tous&service=")
}

// plan2012 is a hit of the first plan. It has no time of its own, so it counts
// at that of its receipt; services without a number are pages outside any.
func (w *writer) plan2012(e *event, m *member, h *Hit) {
	h.Path = "/hit.xitif"
	if numbers[e.app] == "" {
		h.Fact.Service = ""
	}
	w.add("s=", m.site, "&s2=", m.number, "&p=", apps[e.app].page)
	w.localTime(e.ms)
	w.add("&idclient=", h.Fact.Person, "&vrn=1&x1=", numbers[e.app], "&x2=", profiles[e.profil].number,
		"&x3=11&x4=6&ac=", profiles[e.profil].number, "&at=", h.Fact.Person, "&lng=fr&vtag=34001&idp=")
	w.b = strconv.AppendInt(w.b, e.ms%1e10+1e12, 10)
	w.add("&jv=0&r=1366x768x24x24&re=1280x720&ref=https://ent-ecole.example/", apps[e.before].page)
}

// localTime is hl: the browser's clock, not padded.
func (w *writer) localTime(ms int64) {
	h, m, s := time.UnixMilli(ms).In(schemas.Paris).Clock()
	w.add("&hl=")
	w.b = strconv.AppendInt(w.b, int64(h), 10)
	w.b = append(w.b, 'x')
	w.b = strconv.AppendInt(w.b, int64(m), 10)
	w.b = append(w.b, 'x')
	w.b = strconv.AppendInt(w.b, int64(s), 10)
}

// uuid is the browser's cookie, a random UUID.
func (w *writer) uuid(a, b uint64) {
	w.b = fmt.Appendf(w.b, "%08x-%04x-4%03x-8%03x-%012x", uint32(a>>32), uint16(a>>16), a&0xfff, b>>52, b&0xffffffffffff)
}
