package main

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

const (
	functionLinesMax = 60
	fileLinesMax     = 400
	packageFilesMax  = 40
)

// vague lists names of packages that say nothing of what the package owns.
var vague = []string{"util", "utils", "common", "base", "manager", "helper", "helpers", "impl"}

// clocks lists the functions of package time that read the system's clock.
var clocks = []string{"Now", "Since", "Until"}

func TestTidy(t *testing.T) {
	t.Parallel()
	faults, err := untidy(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	for _, fault := range faults {
		t.Error(fault)
	}
}

// untidy checks the production code of a module and returns its faults, each with a place and the rule.
func untidy(module fs.FS) (faults []string, err error) {
	files := map[string][]string{} // by directory
	err = fs.WalkDir(module, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (entry.Name() == "testdata" || entry.Name() == "node_modules" || len(name) > 1 && strings.HasPrefix(entry.Name(), ".")):
			return fs.SkipDir
		case !entry.IsDir() && strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go"):
			files[path.Dir(name)] = append(files[path.Dir(name)], name)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for dir, names := range files {
		faults = append(faults, untidyPackage(dir, names)...)
		for _, name := range names {
			text, err := fs.ReadFile(module, name)
			if err != nil {
				return nil, err
			}
			more, err := untidyFile(name, text)
			if err != nil {
				return nil, err
			}
			faults = append(faults, more...)
		}
	}
	slices.Sort(faults)
	return faults, nil
}

func untidyPackage(dir string, files []string) (faults []string) {
	if len(files) > packageFilesMax {
		faults = append(faults, fmt.Sprintf("%s: has %d files; a package has at most %d", dir, len(files), packageFilesMax))
	}
	if !slices.Contains(files, path.Join(dir, "doc.go")) {
		faults = append(faults, dir+": has no doc.go; each package has one that says what it owns and what not")
	}
	return faults
}

func untidyFile(name string, text []byte) (faults []string, err error) {
	positions := token.NewFileSet()
	file, err := parser.ParseFile(positions, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	fault := func(at ast.Node, format string, args ...any) {
		faults = append(faults, fmt.Sprintf("%s:%d: %s", name, positions.Position(at.Pos()).Line, fmt.Sprintf(format, args...)))
	}
	if ast.IsGenerated(file) {
		return nil, nil
	}
	if lines := bytes.Count(text, []byte("\n")); lines > fileLinesMax {
		fault(file, "the file has %d lines; a file has at most %d", lines, fileLinesMax)
	}
	if slices.Contains(vague, file.Name.Name) {
		fault(file.Name, "a package named %s says nothing of what it owns", file.Name.Name)
	}
	if path.Base(name) == "doc.go" && file.Doc == nil {
		fault(file, "doc.go has no comment on its package")
	}
	for _, declaration := range file.Decls {
		function, is := declaration.(*ast.FuncDecl)
		if !is {
			continue
		}
		lines := positions.Position(function.End()).Line - positions.Position(function.Pos()).Line + 1
		if lines > functionLinesMax {
			fault(function, "function %s has %d lines; a function has at most %d", function.Name.Name, lines, functionLinesMax)
		}
	}
	if strings.HasPrefix(name, "domain/") {
		ast.Inspect(file, func(node ast.Node) bool {
			if found := impurity(node); found != "" {
				fault(node, "%s; the domain has neither floats nor a clock", found)
			}
			return true
		})
	}
	return faults, nil
}

// impurity names the float or the clock that a node is, and returns "" for all other nodes.
func impurity(node ast.Node) string {
	switch n := node.(type) {
	case *ast.BasicLit:
		if n.Kind == token.FLOAT {
			return n.Value + " is a float"
		}
	case *ast.Ident:
		if n.Name == "float32" || n.Name == "float64" || strings.Contains(n.Name, "Float") {
			return n.Name + " is a float"
		}
	case *ast.SelectorExpr:
		if of, is := n.X.(*ast.Ident); is && of.Name == "time" && slices.Contains(clocks, n.Sel.Name) {
			return "time." + n.Sel.Name + " reads the system's clock"
		}
	}
	return ""
}

func TestTidyFindsFaults(t *testing.T) {
	t.Parallel()
	const documented = "// Package p owns p.\npackage p\n"
	for name, tt := range map[string]struct {
		file, text string
		want       string // a part of the only fault, "" for none
	}{
		"tidy":                   {"domain/p/p.go", "package p\n\nimport \"time\"\n\nfunc f(t time.Time) int { return 60 }\n", ""},
		"the longest function":   {"p/p.go", "package p\n\nfunc f() {" + strings.Repeat("\n", functionLinesMax-1) + "}\n", ""},
		"a function too long":    {"p/p.go", "package p\n\nfunc f() {" + strings.Repeat("\n", functionLinesMax) + "}\n", "p/p.go:3: function f has 61 lines"},
		"the longest file":       {"p/p.go", "package p\n" + strings.Repeat("\n", fileLinesMax-1), ""},
		"a file too long":        {"p/p.go", "package p\n" + strings.Repeat("\n", fileLinesMax), "p/p.go:1: the file has 401 lines"},
		"a generated file":       {"p/p.go", "// Code generated by g. DO NOT EDIT.\n\npackage p\n" + strings.Repeat("\n", fileLinesMax), ""},
		"a float":                {"domain/p/p.go", "package p\n\nvar f float64\n", "domain/p/p.go:3: float64 is a float"},
		"a constant float":       {"domain/p/p.go", "package p\n\nvar f = 1.5\n", "domain/p/p.go:3: 1.5 is a float"},
		"a decimal's float":      {"domain/p/p.go", "package p\n\nvar f = d.InexactFloat64()\n", "domain/p/p.go:3: InexactFloat64 is a float"},
		"a float elsewhere":      {"p/p.go", "package p\n\nvar f float64\n", ""},
		"the clock":              {"domain/p/p.go", "package p\n\nimport \"time\"\n\nvar now = time.Now\n", "domain/p/p.go:5: time.Now reads the system's clock"},
		"the clock by the way":   {"domain/p/p.go", "package p\n\nimport \"time\"\n\nvar d = time.Since(t)\n", "domain/p/p.go:5: time.Since reads"},
		"a vague name":           {"p/p.go", "package util\n", "p/p.go:1: a package named util"},
		"a doc.go without words": {"p/doc.go", "package p\n", "p/doc.go:1: doc.go has no comment"},
		"a package without one":  {"q/q.go", "package q\n", "q: has no doc.go"},
		"a test":                 {"p/p_test.go", "package util\n", ""},
		"test data":              {"testdata/p.go", "package util\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			module := fstest.MapFS{"p/doc.go": {Data: []byte(documented)}, "domain/p/doc.go": {Data: []byte(documented)}}
			module[tt.file] = &fstest.MapFile{Data: []byte(tt.text)}
			faults, err := untidy(module)
			if err != nil {
				t.Fatal(err)
			}
			if tt.want == "" && len(faults) > 0 || tt.want != "" && (len(faults) != 1 || !strings.Contains(faults[0], tt.want)) {
				t.Errorf("found %q, want %q", faults, tt.want)
			}
		})
	}
}

func TestTidyCountsThePackage(t *testing.T) {
	t.Parallel()
	module := fstest.MapFS{"p/doc.go": {Data: []byte("// Package p owns p.\npackage p\n")}}
	for i := range packageFilesMax - 1 {
		module[fmt.Sprintf("p/p%d.go", i)] = &fstest.MapFile{Data: []byte("package p\n")}
		module[fmt.Sprintf("p/p%d_test.go", i)] = &fstest.MapFile{Data: []byte("package p\n")}
	}
	if faults, err := untidy(module); err != nil || faults != nil {
		t.Errorf("%d files: %q, %v", packageFilesMax, faults, err)
	}
	module["p/one_more.go"] = &fstest.MapFile{Data: []byte("package p\n")}
	if faults, err := untidy(module); err != nil || len(faults) != 1 || !strings.HasPrefix(faults[0], "p: has 41 files") {
		t.Errorf("one file more: %q, %v", faults, err)
	}
}
