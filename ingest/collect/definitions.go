package collect

import (
	"regexp/syntax"
	"strings"

	"github.com/ua-parser/uap-go/uaparser"
)

// definitions are the regular expressions of ua-parser, each behind a
// prefilter. The library tries hundreds of expressions in order, which takes
// 2 to 3 ms; nearly all of them can only match where one of a few words
// occurs, and looking for words is cheap. The answers are the library's own (a
// test compares them).
type definitions struct {
	parser   *uaparser.Parser
	browsers []prefilter
	systems  []prefilter
	devices  []prefilter
	spiders  []int // devices that name a robot
}

// prefilter is a set of lower-case words of which any match contains at least
// one; an empty set lets everything through.
type prefilter []string

func newDefinitions() (*definitions, error) {
	p, err := uaparser.New(uaparser.WithCacheSize(1)) // its methods that cache are not used
	if err != nil {
		return nil, err
	}
	d := &definitions{parser: p}
	for _, e := range p.UA {
		d.browsers = append(d.browsers, newPrefilter(e.Reg.String()))
	}
	for _, e := range p.OS {
		d.systems = append(d.systems, newPrefilter(e.Reg.String()))
	}
	for i, e := range p.Device {
		d.devices = append(d.devices, newPrefilter(e.Reg.String()))
		if e.DeviceReplacement == "Spider" {
			d.spiders = append(d.spiders, i)
		}
	}
	return d, nil
}

func (d *definitions) browser(ua, lower string) string {
	var found uaparser.UserAgent
	for i, e := range d.parser.UA {
		if d.browsers[i].mayMatch(lower) {
			if e.Match(ua, &found); found.Family != "" {
				return found.Family
			}
		}
	}
	return "Other"
}

func (d *definitions) os(ua, lower string) string {
	var found uaparser.Os
	for i, e := range d.parser.OS {
		if d.systems[i].mayMatch(lower) {
			if e.Match(ua, &found); found.Family != "" {
				return found.Family
			}
		}
	}
	return "Other"
}

// spider says whether the first device that matches is a robot. The long list
// of phones is read only when some expression for robots matches: a Cubot is a
// phone although its name ends in bot.
func (d *definitions) spider(ua, lower string) bool {
	for _, i := range d.spiders {
		if d.devices[i].mayMatch(lower) && d.parser.Device[i].Reg.MatchString(ua) {
			return d.device(ua, lower) == "Spider"
		}
	}
	return false
}

func (d *definitions) device(ua, lower string) string {
	var found uaparser.Device
	for i, e := range d.parser.Device {
		if d.devices[i].mayMatch(lower) {
			if e.Match(ua, &found); found.Family != "" {
				return found.Family
			}
		}
	}
	return "Other"
}

func (p prefilter) mayMatch(lower string) bool {
	return len(p) == 0 || containsAny(lower, p)
}

func newPrefilter(expr string) prefilter {
	re, err := syntax.Parse(expr, syntax.Perl)
	if err != nil {
		return nil
	}
	words := required(re)
	if shortest(words) < 2 {
		return nil // a single letter is in every User-Agent
	}
	return words
}

// required gives words of which every match of re contains at least one, in
// lower case; nil when there is no such set. It holds for ASCII text.
func required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral, syntax.OpCharClass:
		if w, ok := exact(re); ok {
			return []string{w}
		}
	case syntax.OpCapture, syntax.OpPlus:
		return required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return required(re.Sub[0])
		}
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			words := required(sub)
			if words == nil {
				return nil
			}
			all = append(all, words...)
		}
		return all
	case syntax.OpConcat:
		var best []string
		consider := func(words []string) {
			if shortest(words) > shortest(best) {
				best = words
			}
		}
		run := ""
		for _, sub := range re.Sub {
			if w, ok := exact(sub); ok {
				run += w
				continue
			}
			if run != "" {
				consider([]string{run})
				run = ""
			}
			consider(required(sub))
		}
		if run != "" {
			consider([]string{run})
		}
		return best
	}
	return nil
}

// exact is the one text that re matches, whatever its case: a literal, or a
// class such as [Bb].
func exact(re *syntax.Regexp) (string, bool) {
	switch re.Op {
	case syntax.OpLiteral:
		return strings.ToLower(string(re.Rune)), true
	case syntax.OpCharClass:
		word := ""
		for i := 0; i+1 < len(re.Rune); i += 2 {
			if re.Rune[i] != re.Rune[i+1] {
				return "", false
			}
			w := strings.ToLower(string(re.Rune[i]))
			if re.Rune[i] > 127 {
				continue // folds of k and s; the text is ASCII
			}
			if word != "" && word != w {
				return "", false
			}
			word = w
		}
		return word, word != ""
	case syntax.OpCapture:
		return exact(re.Sub[0])
	case syntax.OpConcat:
		all := ""
		for _, sub := range re.Sub {
			w, ok := exact(sub)
			if !ok {
				return "", false
			}
			all += w
		}
		return all, all != ""
	}
	return "", false
}

// shortest is the length of the shortest word, 0 for an empty set: how much a
// set excludes.
func shortest(words []string) int {
	n := 0
	for i, w := range words {
		if i == 0 || len(w) < n {
			n = len(w)
		}
	}
	return n
}
