package reference

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Changes is what an import changes in what is served now.
type Changes struct {
	First   bool // nothing was imported before
	Same    int
	Added   []string // what each line of the summary calls them
	Removed []string
	Changed []string // "0310001H : 120 → 118"
}

// compare lists the differences of two readings by key; changed puts one that
// is in both into words.
func compare[V comparable](before, after map[string]V, changed func(k string, old, now V) string) Changes {
	c := Changes{First: len(before) == 0}
	for _, k := range slices.Sorted(maps.Keys(after)) {
		switch old, known := before[k]; {
		case !known:
			c.Added = append(c.Added, k)
		case old != after[k]:
			c.Changed = append(c.Changed, changed(k, old, after[k]))
		default:
			c.Same++
		}
	}
	for _, k := range slices.Sorted(maps.Keys(before)) {
		if _, kept := after[k]; !kept {
			c.Removed = append(c.Removed, k)
		}
	}
	return c
}

// Text says the changes in French, one kind a line; what names the whole, as
// in "Annuaire 2026-2027".
func (c Changes) Text(what string) string {
	var b strings.Builder
	if c.First {
		fmt.Fprintf(&b, "%s : première version, %s.\n", what, counted(len(c.Added), "élément", "éléments"))
		return b.String()
	}
	fmt.Fprintf(&b, "%s, par rapport à la version en service : %s, %s, %s, %s.\n", what,
		counted(len(c.Added), "ajout", "ajouts"), counted(len(c.Removed), "retrait", "retraits"),
		counted(len(c.Changed), "modification", "modifications"), counted(c.Same, "élément inchangé", "éléments inchangés"))
	for _, part := range []struct {
		title string
		names []string
	}{{"Ajouts", c.Added}, {"Retraits", c.Removed}, {"Modifications", c.Changed}} {
		if len(part.names) > 0 {
			fmt.Fprintf(&b, "%s : %s.\n", part.title, firstOf(part.names, " ; "))
		}
	}
	return b.String()
}

// firstOf names the first ten.
func firstOf(names []string, sep string) string {
	const shown = 10
	text := strings.Join(names[:min(len(names), shown)], sep)
	if len(names) > shown {
		text += sep + "…"
	}
	return text
}
