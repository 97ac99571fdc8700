package dashboards

import (
	"regexp"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// inspection is how the directory begins the names of circonscriptions, which
// a page that says the level need not repeat: "Circonscription d'inspection du
// 1er degré d'Albi".
var inspection = regexp.MustCompile(`(?i)^circonscription(?: d['’ ]inspection du 1er degr[ée])?(?: -)? *(des |du |de |d['’])?`)

// nameOf is the name of a territory beside its level: "Albi", "Le Vigan"; its
// code when it has no name.
func nameOf(t schemas.Territory) string {
	if t.Name == "" {
		return t.Code
	}
	if t.Niveau != schemas.Circonscription {
		return t.Name
	}
	found := inspection.FindStringSubmatch(t.Name)
	if found == nil {
		return t.Name
	}
	rest := strings.TrimPrefix(t.Name, found[0])
	switch {
	case rest == "":
		return t.Name
	case strings.EqualFold(found[1], "du "):
		return "Le " + rest
	case strings.EqualFold(found[1], "des "):
		return "Les " + rest
	}
	return strings.ToUpper(string([]rune(rest)[:1])) + string([]rune(rest)[1:])
}

// titled is a territory with its level, said once: "DSDEN Haute-Garonne",
// "Circonscription Albi", "École maternelle des Tilleuls".
func titled(t schemas.Territory) string {
	name, level := nameOf(t), t.Niveau.Label()
	if strings.HasPrefix(strings.ToLower(name), strings.ToLower(level)+" ") {
		return name
	}
	return level + " " + name
}
