package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMetrics reads every file: each counter and gauge that a struct of ours
// declares is changed somewhere beside its constructor, and named in a test of
// its package; each histogram is changed.
func TestMetrics(t *testing.T) {
	packages := map[string][]string{}
	for _, file := range goFiles(t) {
		packages[path.Dir(file)] = append(packages[path.Dir(file)], file)
	}
	all := 0
	for folder, files := range packages {
		fields, used, tested := map[string]bool{}, map[string]bool{}, map[string]bool{}
		for _, file := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, file), nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasSuffix(file, "_test.go") {
				ast.Inspect(parsed, func(n ast.Node) bool {
					switch n := n.(type) {
					case *ast.SelectorExpr:
						tested[n.Sel.Name] = true
					case *ast.BasicLit:
						for _, word := range strings.FieldsFunc(n.Value, func(r rune) bool { return !(r >= 'a' && r <= 'z') }) {
							tested[word] = true
						}
					}
					return true
				})
				continue
			}
			metricFields(parsed, fields)
			for _, d := range parsed.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && !strings.HasPrefix(strings.ToLower(f.Name.Name), "new") {
					changed(f, used)
				}
			}
		}
		for field := range fields {
			all++
			if !used[field] {
				t.Errorf("%s: the metric %s is declared and never changed", folder, field)
			}
			if counts := fields[field]; counts && !slices.ContainsFunc(spellings(field), func(s string) bool { return tested[s] }) {
				t.Errorf("%s: no test of the package names the metric %s", folder, field)
			}
		}
	}
	if all < 40 {
		t.Errorf("only %d metrics were found", all)
	}
}

// metricFields adds the names of fields that hold metrics, and whether these are
// counters or gauges.
func metricFields(file *ast.File, fields map[string]bool) {
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.StructType)
		if !ok {
			return true
		}
		for _, field := range s.Fields.List {
			holds, counts := false, false
			ast.Inspect(field.Type, func(n ast.Node) bool {
				if of, ok := n.(*ast.SelectorExpr); ok {
					from, ok := of.X.(*ast.Ident)
					if ok && from.Name == "prometheus" && !strings.HasPrefix(of.Sel.Name, "Regist") {
						holds, counts = true, !strings.HasPrefix(of.Sel.Name, "Histogram")
					}
				}
				return true
			})
			for _, name := range field.Names {
				if holds {
					fields[name.Name] = counts
				}
			}
		}
		return true
	})
}

// changed adds the fields whose metrics a function changes, or takes to change
// them.
func changed(f *ast.FuncDecl, used map[string]bool) {
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.CallExpr:
			method, ok := n.Fun.(*ast.SelectorExpr)
			if ok && slices.Contains([]string{"Inc", "Dec", "Add", "Set", "Observe", "WithLabelValues"}, method.Sel.Name) {
				used[fieldOf(method.X)] = true
			}
		case *ast.AssignStmt:
			for _, value := range n.Rhs {
				used[fieldOf(value)] = true
			}
		}
		return true
	})
}

// fieldOf is the last field that an expression selects.
func fieldOf(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.SelectorExpr:
		return e.Sel.Name
	case *ast.IndexExpr:
		return fieldOf(e.X)
	}
	return ""
}

// spellings are a field as tests name its metric: as it is, or by its words.
func spellings(field string) []string {
	first := strings.IndexFunc(field, func(r rune) bool { return r >= 'A' && r <= 'Z' })
	if first < 0 {
		return []string{field}
	}
	return []string{field, strings.ToLower(field[first:])}
}
