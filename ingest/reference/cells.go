package reference

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/entaudience/entaudience/schemas"
)

// The functions of this file read one cell each and undo what a spreadsheet
// does to codes that look like numbers.

// readUAI reads a UAI. One whose leading zeros are lost is completed when its
// key letter then verifies; repaired says so.
func readUAI(s string) (u schemas.UAI, repaired, ok bool) {
	s = strings.ToUpper(withoutSpaces(s))
	if schemas.ValidUAI(s) {
		return schemas.UAI(s), false, true
	}
	if len(s) == 6 || len(s) == 7 {
		if full := "00"[:8-len(s)] + s; schemas.ValidUAI(full) {
			return schemas.UAI(full), true, true
		}
	}
	return "", false, false
}

// readCode reads a numeric code of a fixed width and gives back its lost
// zeros: "21" is département "021", "2A" is "02A", "9000" is "09000", "16.0"
// is "16". An empty cell gives "" and ok.
func readCode(s string, width int) (code string, repaired, ok bool) {
	s = strings.ToUpper(withoutSpaces(s))
	if s == "" {
		return "", false, true
	}
	whole := strings.TrimSuffix(strings.TrimSuffix(s, ".0"), ",0")
	if len(whole) > width || strings.IndexFunc(whole, notCode) >= 0 || whole == "" {
		return "", false, false
	}
	full := strings.Repeat("0", width-len(whole)) + whole
	return full, full != s, true
}

func notCode(r rune) bool {
	return (r < '0' || r > '9') && r != 'A' && r != 'B' // 02A, 02B
}

// readCount reads a number of pupils, -1 when there is none; ok is false for
// what is neither a whole number nor empty ("1,23E+05").
func readCount(s string) (n int, ok bool) {
	s = withoutSpaces(s)
	if s == "" {
		return -1, true
	}
	s = strings.TrimSuffix(strings.TrimSuffix(s, ".0"), ",0")
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 || n > 99_999 {
		return -1, false
	}
	return n, true
}

// readPlace reads coordinates in degrees, from their own columns or from
// "43.1, 0.7"; both are 0 when unknown or impossible.
func readPlace(lat, lon, position string) (latitude, longitude float64) {
	if lat == "" || lon == "" {
		var ok bool
		if lat, lon, ok = strings.Cut(position, ", "); !ok {
			return 0, 0
		}
	}
	latitude, err1 := strconv.ParseFloat(strings.Replace(lat, ",", ".", 1), 64)
	longitude, err2 := strconv.ParseFloat(strings.Replace(lon, ",", ".", 1), 64)
	if err1 != nil || err2 != nil || !(latitude >= -90 && latitude <= 90) || !(longitude >= -180 && longitude <= 180) {
		return 0, 0
	}
	return latitude, longitude
}

// The states of an establishment. A file says what is true on its own day, so
// a school announced for the next rentrée ("A OUVRIR") is not open yet and
// enters the denominators with the next import; one that will close ("A
// FERMER") is still open. Files without the column list open establishments
// only.
func readEtat(s string) (open, known bool) {
	switch f := fold(s); {
	case f == "" || f == "ouvert" || f == "ouverte" || f == "afermer":
		return true, true
	case f == "aouvrir" || strings.HasPrefix(f, "ferme"):
		return false, true
	}
	return true, false
}

func readSecteur(s string) string {
	switch fold(s) {
	case "public", "pu":
		return "PU"
	case "prive", "pr":
		return "PR"
	}
	return ""
}

func readPriority(s string) string {
	switch strings.ToUpper(withoutSpaces(s)) {
	case "REP":
		return "REP"
	case "REP+":
		return "REP+"
	}
	return ""
}

func withoutSpaces(s string) string {
	if strings.IndexFunc(s, unicode.IsSpace) < 0 {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
