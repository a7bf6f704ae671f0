package api

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// hidden are constants that no answer shows and no request may have.
var hidden = map[string]bool{"ChangeKind downgrade": true, "ProjectionStatus dropped": true}

// TestEnumsAreWhole finds all constants of an enumeration's type in the source, and each of them in the document.
func TestEnumsAreWhole(t *testing.T) {
	t.Parallel()
	whole := 0
	for _, e := range enums {
		t.Run(e.Name, func(t *testing.T) {
			for _, value := range constantsOf(t, e.Type) {
				whole++
				if !slices.ContainsFunc(e.Values, func(v any) bool { return fmt.Sprint(v) == value }) && !hidden[e.Name+" "+value] {
					t.Errorf("%s of %s is not in the document", value, e.Type)
				}
			}
		})
	}
	if whole < 50 {
		t.Errorf("%d constants were found", whole)
	}
}

// constantsOf reads the values of a type's constants in its package.
func constantsOf(t *testing.T, of reflect.Type) (values []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("../..", strings.TrimPrefix(of.PkgPath(), "github.com/tallystick/tallystick/"), "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(node ast.Node) bool {
			spec, is := node.(*ast.ValueSpec)
			if !is || len(spec.Values) != 1 {
				return true
			}
			name, typed := spec.Type.(*ast.Ident)
			literal, plain := spec.Values[0].(*ast.BasicLit)
			if typed && plain && name.Name == of.Name() {
				value, err := strconv.Unquote(literal.Value)
				if err != nil {
					t.Fatal(err)
				}
				values = append(values, value)
			}
			return true
		})
	}
	return values
}
