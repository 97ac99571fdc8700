package dashboards

import (
	"strings"
	"testing"

	"github.com/entaudience/entaudience/schemas"
)

func TestCoverSentence(t *testing.T) {
	year := coverFacts{Year: 2025, Place: "Occitanie", Visits: 1234567, Mean: number(45678), Active: number(3671), Schools: 4104, Now: 1100, Before: 1000, Weeks: 36}
	const begins = "Pendant l'année scolaire 2025-2026, l'ENT a reçu 1 234 567 visites dans « Occitanie », de 45 678 utilisateurs par semaine en moyenne."
	const active = " La dernière semaine complète, 3 671 écoles ont été actives, pour 4 104 écoles publiques ouvertes."
	for _, tt := range []struct {
		name   string
		change func(*coverFacts)
		want   string
	}{
		{"more", func(*coverFacts) {}, begins + active + " Sur les mêmes 36 semaines scolaires que l'année précédente, le nombre de visites a augmenté de 10,0 %."},
		{"fewer", func(f *coverFacts) { f.Now = 877 }, begins + active + " Sur les mêmes 36 semaines scolaires que l'année précédente, le nombre de visites a baissé de 12,3 %."},
		{"the same", func(f *coverFacts) { f.Now = 1000 }, begins + active + " Sur les mêmes 36 semaines scolaires que l'année précédente, le nombre de visites est resté le même."},
		{"nearly the same", func(f *coverFacts) { f.Now, f.Before = 1000001, 1000000 }, begins + active + " Sur les mêmes 36 semaines scolaires que l'année précédente, le nombre de visites est resté presque le même."},
		{"one week compares", func(f *coverFacts) { f.Weeks = 1 }, begins + active + " Sur la même semaine scolaire que l'année précédente, le nombre de visites a augmenté de 10,0 %."},
		{"nothing compares", func(f *coverFacts) { f.Before, f.Weeks = 0, 0 }, begins + active},
		{"nothing before", func(f *coverFacts) { f.Before = 0 }, begins + active},
		{"a school", func(f *coverFacts) { f.Active, f.Before = Value{}, 0 }, begins},
		{"no complete week", func(f *coverFacts) { f.Mean, f.Active, f.Before = Value{}, Value{}, 0 }, "Pendant l'année scolaire 2025-2026, l'ENT a reçu 1 234 567 visites dans « Occitanie »."},
		{"one visit", func(f *coverFacts) { f.Visits, f.Mean, f.Active, f.Before = 1, number(1), number(1), 0 }, "Pendant l'année scolaire 2025-2026, l'ENT a reçu 1 visite dans « Occitanie », de 1 utilisateur par semaine en moyenne. La dernière semaine complète, 1 école a été active, pour 4 104 écoles publiques ouvertes."},
		{"no visit", func(f *coverFacts) { f.Visits = 0 }, "Pendant l'année scolaire 2025-2026, l'ENT n'a reçu aucune visite dans « Occitanie »."},
		{"the year is not over", func(f *coverFacts) { f.Until, f.Before = schemas.DateDay(2026, 4, 1), 0 }, "Depuis la rentrée de l'année scolaire 2025-2026 et jusqu'au 1er avril 2026, l'ENT a reçu 1 234 567 visites dans « Occitanie », de 45 678 utilisateurs par semaine en moyenne." + active},
		{"withheld", func(f *coverFacts) { f.Withheld = true }, "Pendant l'année scolaire 2025-2026, certains chiffres de « Occitanie » ne peuvent pas être montrés : ce bilan ne donne pas de total."},
	} {
		f := year
		tt.change(&f)
		if got := strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(coverSentence(f)); got != tt.want {
			t.Errorf("%s:\n%s, want\n%s", tt.name, got, tt.want)
		}
	}
}
