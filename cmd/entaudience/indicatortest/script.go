package indicatortest

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/entaudience/entaudience/schemas"
)

// Script is one indicator script. It is immutable and may run several times.
type Script struct {
	Name      string   // base name of the file, without its extension
	Header    []string // the comment at its head, without the marks
	perimeter []string // accepted collectivities; empty = all
	siteMap   []string // rows s;s2;uai
	threshold int      // fewest users that may be shown; 0 = everything may
	steps     []step
}

// step is a command with the number of its line. Exactly one of the pointers
// and slices is set, or none for aggregate.
type step struct {
	line      int
	command   string
	directory *directory
	hits      []hit
	viaImport bool
	words     []string // of expect and expect-none
	times     int      // of shuffle
	table     *table
	days      []schemas.Day // of clos
}

// Read parses a file; the error names the file and the line.
func Read(path string) (*Script, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read
	p := parser{script: &Script{Name: strings.TrimSuffix(filepath.Base(path), ".txt")}}
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		if err := p.line(n, lines.Text()); err != nil {
			return nil, fmt.Errorf("%s:%d: %w", path, n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if err := p.script.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return p.script, nil
}

// check refuses a script that tests nothing or says not which rule it tests.
func (s *Script) check() error {
	if len(s.Header) == 0 || !strings.Contains(s.Header[0], "§") {
		return fmt.Errorf("the first line must be a comment that names the rule, with its §")
	}
	counts := map[string]int{}
	last := ""
	for _, st := range s.steps {
		counts[st.command]++
		if st.command == "load" || st.command == "expect" || st.command == "expect-none" || st.command == "expect-masque" {
			if last == "load" && st.command != "load" {
				return fmt.Errorf("line %d: expects before the hits were aggregated", st.line)
			}
			last = st.command
		}
		if st.command == "aggregate" {
			last = ""
		}
	}
	if counts["load"] == 0 || counts["expect"] == 0 {
		return fmt.Errorf("a script needs a load and an expect")
	}
	return nil
}

// parser holds what the lines before say of the next one.
type parser struct {
	script   *Script
	school   string // the first school of the script
	block    string // command whose indented lines follow
	defaults fields
}

func (p *parser) line(n int, text string) error {
	trimmed := strings.TrimSpace(text)
	if trimmed == "" {
		return nil
	}
	if strings.HasPrefix(trimmed, "#") {
		if len(p.script.steps) == 0 && p.block == "" {
			p.script.Header = append(p.script.Header, strings.TrimSpace(strings.TrimPrefix(trimmed, "#")))
		}
		return nil
	}
	all, err := words(trimmed)
	if err != nil {
		return err
	}
	if text[0] == ' ' || text[0] == '\t' {
		return p.inner(all)
	}
	p.block = all[0]
	return p.command(n, all[0], all[1:])
}

// command reads a line that is not indented.
func (p *parser) command(n int, command string, args []string) error {
	s := p.script
	st := step{line: n, command: command}
	switch command {
	case "annuaire":
		if len(args) != 1 {
			return fmt.Errorf("expected a school year, such as annuaire 2026-2027")
		}
		var err error
		if st.directory, err = newDirectory(args[0]); err != nil {
			return err
		}
	case "calendrier", "effectifs", "comptes", "inscriptions":
		var err error
		if st.table, err = newTable(command, args); err != nil {
			return err
		}
	case "perimetre":
		s.perimeter = append(s.perimeter, args...)
		return p.early()
	case "correspondances":
		return p.early()
	case "seuil":
		var err error
		if len(args) != 1 {
			return fmt.Errorf("expected seuil N")
		}
		if s.threshold, err = strconv.Atoi(args[0]); err != nil || s.threshold < 1 {
			return fmt.Errorf("expected seuil N")
		}
		return p.early()
	case "load":
		plain, f, err := split(args)
		if err != nil {
			return err
		}
		if len(plain) > 0 {
			return fmt.Errorf("load takes fields key=value only")
		}
		switch by := f.take("par", "http"); by {
		case "http":
		case "import":
			st.viaImport = true
		default:
			return fmt.Errorf("par=%s: expected http or import", by)
		}
		p.defaults = f.over(hitDefaults)
	case "aggregate":
		if len(args) > 0 {
			return fmt.Errorf("aggregate takes nothing")
		}
	case "clos":
		for _, a := range args {
			day, err := schemas.ParseDay(a)
			if err != nil {
				return err
			}
			st.days = append(st.days, day)
		}
		if len(args) == 0 {
			return fmt.Errorf("expected days, such as clos 2026-09-08")
		}
	case "expect", "expect-none", "expect-masque":
		st.words = args
	case "shuffle":
		var err error
		if len(args) != 1 {
			return fmt.Errorf("expected shuffle N")
		}
		if st.times, err = strconv.Atoi(args[0]); err != nil || st.times < 1 {
			return fmt.Errorf("expected shuffle N")
		}
	default:
		return fmt.Errorf("unknown command %q", command)
	}
	s.steps = append(s.steps, st)
	return nil
}

// early refuses a setting of the collector after it was started.
func (p *parser) early() error {
	for _, st := range p.script.steps {
		if st.command != "annuaire" {
			return fmt.Errorf("%s must come before the first load", p.block)
		}
	}
	return nil
}

// inner reads an indented line.
func (p *parser) inner(all []string) error {
	s := p.script
	plain, f, err := split(all)
	if err != nil {
		return err
	}
	switch p.block {
	case "annuaire":
		if p.school == "" && len(plain) > 0 {
			p.school = plain[0]
		}
		return s.steps[len(s.steps)-1].directory.add(plain, f)
	case "calendrier", "effectifs", "comptes", "inscriptions":
		return s.steps[len(s.steps)-1].table.add(plain, f)
	case "correspondances":
		if len(plain) != 3 || len(f) > 0 {
			return fmt.Errorf("expected s, s2 and a UAI")
		}
		if _, err := schemas.ParseUAI(plain[2]); err != nil {
			return err
		}
		s.siteMap = append(s.siteMap, strings.Join(plain, ";"))
		return nil
	case "load":
		last := &s.steps[len(s.steps)-1]
		hits, err := readHits(plain, f.over(p.defaults), p.school)
		last.hits = append(last.hits, hits...)
		return err
	}
	return fmt.Errorf("an indented line belongs to annuaire, a table of reference data, correspondances or load")
}
