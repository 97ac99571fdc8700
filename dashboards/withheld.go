package dashboards

import (
	"fmt"

	"github.com/entaudience/entaudience/schemas"
)

// How a figure that may not be shown is said. It is the same whether the
// figure is small itself or protects another: telling them apart would give
// the small ones away.
const (
	withheldText = "masqué"
	withheldHref = "/definitions#masque"
	noHours      = "Les heures d'une seule école ne sont pas montrées : elles diraient quand se connecte une personne. Celles de sa circonscription le sont."
)

// masked is the cell of a table that may not be shown; its text leads to the
// rule.
func masked() Cell { return Cell{Text: withheldText, Href: withheldHref, Num: true} }

// withheldPeriods counts the weeks of cells that may not be shown.
func withheldPeriods(cells []schemas.Cell) uint64 {
	var n uint64
	for _, c := range cells {
		n += c.WithheldPeriods
	}
	return n
}

func withheldWeeks(n uint64) string {
	return "sans " + Compte(n, "semaine masquée", "semaines masquées")
}

// withheld counts the weekly cells behind the page that may not be shown.
func (d *territoryData) withheld() uint64 {
	n := withheldPeriods(d.weekly) + withheldPeriods(d.filtered)
	for _, c := range d.unfiltered {
		if c.Axe != schemas.Globales {
			n += c.WithheldPeriods
		}
	}
	for _, cells := range d.childWeeks {
		n += withheldPeriods(cells)
	}
	return n
}

func withheldNotice(n uint64, threshold int) string {
	return fmt.Sprintf("%s sur cette page, par semaine et par modalité : moins de %d utilisateurs dans une école, ou de quoi retrouver un tel chiffre par soustraction. Les totaux sont ceux des semaines montrées.",
		Compte(n, "chiffre est masqué", "chiffres sont masqués"), threshold)
}
