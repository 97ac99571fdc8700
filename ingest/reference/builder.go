package reference

import (
	"cmp"
	"slices"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// The natures of primary schools: élémentaire, maternelle, élémentaire and
// maternelle d'application, élémentaire spécialisée.
var primaryNatures = []string{"151", "101", "153", "103", "162"}

// natureInspection is that of a circonscription's office.
const natureInspection = "809"

// builder collects the rows of one file.
type builder struct {
	schools []schemas.School
	public  []bool // by school: a public primary one, open or not
	seen    map[schemas.UAI]bool
	places  map[string]*department

	regions, academies, departements, circonscriptions names

	offices map[string]string // département of each circonscription's own row
	sum     Summary
}

// department counts what the rows of a département say of it.
type department struct {
	academie, region map[string]int
}

// names keeps the first name given to each code.
type names map[string]string

func (n names) add(code, name string) {
	if code != "" && name != "" && n[code] == "" {
		n[code] = name
	}
}

func newBuilder() *builder {
	return &builder{
		seen: map[schemas.UAI]bool{}, places: map[string]*department{},
		regions: names{}, academies: names{}, departements: names{}, circonscriptions: names{},
		offices: map[string]string{},
	}
}

func (b *builder) row(r *row) {
	b.sum.Rows++
	if len(r.cells) > r.h.width {
		b.sum.skip(ShiftedRow, r.line)
		return
	}
	raw := r.get(colUAI)
	if raw == "" && r.blank() {
		b.sum.skip(EmptyRow, r.line)
		return
	}
	uai, repaired, ok := readUAI(raw)
	if !ok {
		b.sum.skip(BadUAI, r.line)
		return
	}
	dept, deptRepaired, ok := readCode(r.get(colDepartement), 3)
	if !ok || dept == "" || repaired && dept != uai.Departement() {
		b.sum.skip(NoDepartement, r.line)
		return
	}
	nature := r.get(colNature)
	if administrative(nature, r.get(colType)) {
		b.office(r, uai, dept, nature)
		return
	}
	if b.seen[uai] {
		b.sum.skip(DuplicateUAI, r.line)
		return
	}
	b.seen[uai] = true
	if repaired {
		b.sum.note(RepairedUAI, r.line)
	}
	s := b.school(r, deptRepaired)
	s.UAI, s.DSDEN, s.Nature = uai, dept, nature
	public := fold(r.get(colType)) == "ecole" && s.Secteur == "PU" && slices.Contains(primaryNatures, nature)
	s.Primary = public && s.Open
	b.schools, b.public = append(b.schools, s), append(b.public, public)
}

// school reads what has no bearing on whether the row is kept.
func (b *builder) school(r *row, codesRepaired bool) schemas.School {
	s := schemas.School{
		Name: r.get(colName), Commune: r.get(colCommune), NatureLabel: r.get(colNatureLabel),
		Secteur: readSecteur(r.get(colStatut)), Ministere: r.get(colMinistere), Priority: readPriority(r.get(colPriority)),
		RPI: r.get(colRPIConcentre) == "1" || strings.Trim(r.get(colRPIDisperse), "0") != "",
	}
	code := func(c column, width int, unreadable Remark) string {
		code, repaired, ok := readCode(r.get(c), width)
		if !ok {
			b.sum.note(unreadable, r.line)
		}
		codesRepaired = codesRepaired || repaired
		return code
	}
	s.CodePostal = code(colCodePostal, 5, LostCodePostal)
	s.Academie = code(colAcademie, 2, LostTerritory)
	s.Region = code(colRegion, 2, LostTerritory)
	if codesRepaired {
		b.sum.note(RepairedCode, r.line)
	}
	var ok bool
	if s.Pupils, ok = readCount(r.get(colPupils)); !ok {
		b.sum.note(LostPupils, r.line)
	}
	if s.Open, ok = readEtat(r.get(colEtat)); !ok {
		b.sum.note(UnknownEtat, r.line)
	}
	s.Latitude, s.Longitude = readPlace(r.get(colLatitude), r.get(colLongitude), r.get(colPosition))
	if raw := r.get(colCirconscription); raw != "" {
		u, _, ok := readUAI(raw)
		if !ok {
			b.sum.note(BadCirconscription, r.line)
		}
		s.Circonscription = string(u)
	}
	b.vote(r, &s)
	return s
}

// vote records what the row says of the territories that hold it.
func (b *builder) vote(r *row, s *schemas.School) {
	dept, _, _ := readCode(r.get(colDepartement), 3)
	place := b.places[dept]
	if place == nil {
		place = &department{map[string]int{}, map[string]int{}}
		b.places[dept] = place
	}
	if s.Academie != "" {
		place.academie[s.Academie]++
	}
	if s.Region != "" {
		place.region[s.Region]++
	}
	b.regions.add(s.Region, r.get(colRegionLabel))
	b.academies.add(s.Academie, r.get(colAcademieLabel))
	b.departements.add(dept, r.get(colDepartementLabel))
	b.circonscriptions.add(s.Circonscription, r.get(colCirconscriptionLabel))
}

// administrative rows are offices: rectorats, DSDEN, inspections, CIO.
func administrative(nature, kind string) bool {
	switch fold(kind) {
	case "serviceadministratif", "informationetorientation":
		return true
	}
	return strings.HasPrefix(nature, "8")
}

// office takes the name of an inspection from its own row, which wins over
// what schools call it.
func (b *builder) office(r *row, u schemas.UAI, dept, nature string) {
	b.sum.Offices++
	if nature != natureInspection || b.offices[string(u)] != "" {
		return
	}
	b.offices[string(u)] = dept
	if name := r.get(colName); name != "" {
		b.circonscriptions[string(u)] = name
	}
}

// build makes the tree. A département lies in one académie and one region,
// those that most of its rows name, so that a territory is always the sum of
// its children.
func (b *builder) build() (*Annuaire, error) {
	b.placeSchools()
	if !slices.ContainsFunc(b.schools, func(s schemas.School) bool { return s.Primary }) {
		return nil, b.refuseNoPrimary()
	}
	parents := b.circonscriptionParents()
	for i := range b.schools {
		s := &b.schools[i]
		if dept, ok := parents[s.Circonscription]; s.Circonscription != "" && (!ok || dept != s.DSDEN) {
			if b.public[i] {
				b.sum.OfOtherDepartement++
			} else {
				b.sum.OfIdleInspections++
			}
			s.Circonscription = ""
		}
	}
	above := b.territories(parents)
	for office := range b.offices {
		if _, used := parents[office]; !used {
			b.sum.IdleInspections++
		}
	}
	b.sum.count(b.schools, above)
	return &Annuaire{Schools: b.schools, Above: above, Summary: b.sum}, nil
}

// placeSchools gives every school its département's académie and region, and
// leaves out the schools of a département that has none.
func (b *builder) placeSchools() {
	kept := 0
	for i, s := range b.schools {
		place := b.places[s.DSDEN]
		academie, region := most(place.academie), most(place.region)
		if academie == "" || region == "" {
			b.sum.skip(NoAcademie, 0)
			continue
		}
		s.Academie, s.Region = academie, region
		b.schools[kept], b.public[kept] = s, b.public[i]
		kept++
	}
	b.schools, b.public = b.schools[:kept], b.public[:kept]
}

func (b *builder) refuseNoPrimary() error {
	return schemas.Refuse("Ce fichier n'a aucune école publique du premier degré ouverte : %d ligne(s) lue(s), %d établissement(s) retenu(s), %d ligne(s) écartée(s) (%s). Vérifiez qu'il s'agit de l'annuaire complet, et non d'un extrait (collèges, lycées…).",
		b.sum.Rows, len(b.schools), b.sum.skippedRows(), b.sum.skippedText())
}

// circonscriptionParents gives the département of each circonscription that
// has public primary schools: that of its own row, else that of its UAI; that
// of most of its schools when none of them lies there.
func (b *builder) circonscriptionParents() map[string]string {
	votes := map[string]map[string]int{}
	for i := range b.schools {
		s := &b.schools[i]
		if !b.public[i] || s.Circonscription == "" {
			continue
		}
		if votes[s.Circonscription] == nil {
			votes[s.Circonscription] = map[string]int{}
		}
		votes[s.Circonscription][s.DSDEN]++
	}
	parents := make(map[string]string, len(votes))
	for c, v := range votes {
		dept := b.offices[c]
		if dept == "" {
			dept = schemas.UAI(c).Departement()
		}
		if v[dept] == 0 {
			dept = most(v)
		}
		parents[c] = dept
	}
	return parents
}

// most is the key with the largest count, the smallest such key; "" of none.
func most(votes map[string]int) string {
	best := ""
	for k, n := range votes {
		if best == "" || n > votes[best] || n == votes[best] && k < best {
			best = k
		}
	}
	return best
}

// territories lists what lies above the schools, widest level first, by code.
func (b *builder) territories(parents map[string]string) []schemas.Territory {
	set := map[schemas.Scope]schemas.Territory{}
	add := func(n schemas.Niveau, code, name, otherwise string, parent schemas.Scope) schemas.Scope {
		s := schemas.Scope{Niveau: n, Code: code}
		if _, ok := set[s]; !ok {
			if name == "" {
				name = otherwise + " " + code
			}
			set[s] = schemas.Territory{Scope: s, Name: name, Parent: parent}
		}
		return s
	}
	for i := range b.schools {
		s := &b.schools[i]
		region := add(schemas.Region, s.Region, b.regions[s.Region], "Région", schemas.Scope{})
		academie := add(schemas.Academie, s.Academie, b.academies[s.Academie], "Académie", region)
		add(schemas.DSDEN, s.DSDEN, b.departements[s.DSDEN], "Département", academie)
	}
	for c, dept := range parents {
		add(schemas.Circonscription, c, b.circonscriptions[c], "Circonscription",
			schemas.Scope{Niveau: schemas.DSDEN, Code: dept})
	}
	above := make([]schemas.Territory, 0, len(set))
	for _, t := range set {
		above = append(above, t)
	}
	level := func(n schemas.Niveau) int { return slices.Index(schemas.Niveaux(), n) }
	slices.SortFunc(above, func(a, b schemas.Territory) int {
		return cmp.Or(cmp.Compare(level(a.Niveau), level(b.Niveau)), cmp.Compare(a.Code, b.Code))
	})
	return above
}
