package disclosure

import (
	"math"
	"math/rand/v2"

	"github.com/entaudience/entaudience/schemas"
)

// region draws a week of a region of the size of Occitanie, or of a part of it:
// schools of 22 to 486 pupils, 90 in the median, in circonscriptions of some 38
// (domain §3), with the shares of profiles and devices of the national figures
// (domain §4).
func region(r *rand.Rand, circonscriptions int) ([]visit, []schemas.School) {
	var schools []schemas.School
	var visits []visit
	services := []string{
		"PAGE_ENT", "ACTUALITES", "COURRIER_ELECTRONIQUE", "CAHIER_TEXTES", "CAHIER_LIAISON", "STOCKAGE_PARTAGE", "BLOG",
		"ACCUEIL", "AGENDA", "ANNUAIRE", "PARCOURS_PEDAGOGIQUE", "WIKI", "FORUM", "COURS_EN_LIGNE", "RESSOURCE_DOCUMENTAIRE",
		"SERVICES_VIE_SCOLAIRE", "QCM", "GROUPWARE",
	}
	type audience struct {
		profil schemas.Profil
		share  func(pupils int) float64 // persons who come in the week
		visits float64
		phone  float64
	}
	audiences := []audience{
		{schemas.Eleve, func(n int) float64 { return 0.35 * float64(n) }, 2.5, 0.3},
		{schemas.Parent, func(n int) float64 { return 0.45 * float64(n) }, 2, 0.82},
		{schemas.Enseignant, func(n int) float64 { return 0.9 * (1 + float64(n)/26) }, 5, 0.15},
		{schemas.AdminVieScolTech, func(n int) float64 { return 0.3 + float64(n)/300 }, 3, 0.1},
		{schemas.Collectivite, func(int) float64 { return 0.03 }, 1, 0.1},
		{schemas.Autre, func(int) float64 { return 0.15 }, 1, 0.3},
	}
	person := 0
	for c := range circonscriptions {
		dsden := 31 + c/8
		for range 30 + r.IntN(17) {
			school := len(schools)
			schools = append(schools, schemas.School{
				UAI: schemas.MakeUAI(310001 + school), Region: "76", Academie: []string{"16", "11"}[c/8%2],
				DSDEN: "0" + string(rune('0'+dsden/10)) + string(rune('0'+dsden%10)), Circonscription: string(schemas.MakeUAI(9990000 + c)),
			})
			if r.Float64() < 0.1 {
				continue // silent
			}
			pupils := min(486, max(8, int(math.Exp(math.Log(90)+0.85*r.NormFloat64()))))
			eager := 0.3 + r.Float64()
			for _, a := range audiences {
				mean := a.share(pupils) * eager
				n := int(mean)
				if r.Float64() < mean-float64(n) {
					n++
				}
				for range n {
					person++
					device := "ordinateur"
					switch x := r.Float64(); {
					case x < a.phone:
						device = "smartphone"
					case x < a.phone+0.02:
						device = "tablette"
					}
					for range 1 + int(r.ExpFloat64()*(a.visits-1)) {
						v := visit{school: school, person: person, profil: a.profil, device: device}
						switch device {
						case "ordinateur":
							v.os, v.br = []string{"windows", "windows", "windows", "macos", "linux", "chromeos"}[r.IntN(6)], []string{"chrome", "firefox", "edge"}[r.IntN(3)]
						case "smartphone":
							v.os, v.br = []string{"android", "ios"}[r.IntN(2)], []string{"chromeMobile", "safari", "samsungBrowser"}[r.IntN(3)]
						default:
							v.os, v.br = "ios", "safari"
						}
						for range 1 + int(r.ExpFloat64()*6) {
							outil := ""
							if r.IntN(60) == 0 {
								outil = "PRONOTE"
							}
							v.pages = append(v.pages, page{services[int(float64(len(services))*math.Pow(r.Float64(), 2.5))], outil, 40_000})
						}
						visits = append(visits, v)
					}
				}
			}
		}
	}
	return visits, schools
}
