package main

import (
	"os/exec"
	"strings"
	"testing"
)

const module = "github.com/tallystick/tallystick/"

// mayImport lists which packages of this module each package may import. A package that is not listed may import none.
var mayImport = map[string][]string{
	"domain/period":       {"domain"},
	"domain/money":        {"domain"},
	"domain/pricing":      {"domain", "domain/money", "domain/period"},
	"domain/catalog":      {"domain", "domain/money", "domain/period", "domain/pricing"},
	"domain/subscription": {"domain", "domain/money", "domain/period", "domain/pricing"},
	"domain/seating":      {"domain"},
	"domain/invoice":      {"domain", "domain/money", "domain/period", "domain/pricing"},
	"domain/account":      {"domain", "domain/money"},
	"domain/numbering":    {"domain"},
	"domain/trial":        {"domain"},
	"domain/details":      {"domain"},
	"domain/clock":        {"domain"},
	"eventstore":          {"domain", "domain/clock", "eventstore/audit"},
	"eventstore/pgtest":   {"eventstore/pgtest/scratch", "eventstore/postgres", "migrations"},
	"eventstore/testbed":  {"domain", "eventstore", "eventstore/pgtest", "migrations"},
	"projections/engine":  {"domain", "eventstore"},
	"projections/usage":   {"domain", "domain/*", "eventstore", "migrations", "projections/engine"},
	"projections":         {"domain", "domain/*", "eventstore", "migrations", "projections/*"},
	"handlers/command":    {"domain", "domain/*", "eventstore"},
	"handlers/process":    {"domain", "domain/*", "eventstore", "projections", "projections/engine", "handlers/command"},
	"handlers/paper":      {"domain/money", "domain/period"},
	"handlers/api":        {"domain", "domain/*", "eventstore", "projections", "projections/*", "handlers/command", "handlers/process", "handlers/paper"},
	"cmd/tallystick":      {"*"},
}

func TestWhoImportsWhom(t *testing.T) {
	t.Parallel()
	for _, line := range list(t, `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`) {
		imports := strings.Fields(line)
		from := strings.TrimPrefix(imports[0], module)
		for _, imported := range imports[1:] {
			to, ours := strings.CutPrefix(imported, module)
			if ours && !allowed(from, to) {
				t.Errorf("%s imports %s", from, to)
			}
			if imported == "testing" && from != "eventstore/pgtest" && from != "eventstore/testbed" {
				t.Errorf("%s imports testing", from)
			}
		}
	}
}

func allowed(from, to string) bool {
	for _, pattern := range mayImport[from] {
		prefix, wild := strings.CutSuffix(pattern, "*")
		if pattern == to || wild && strings.HasPrefix(to, prefix) && !strings.HasPrefix(to, "cmd/") {
			return true
		}
	}
	return false
}

// impure lists packages that a rule must not import, because they reach for the outside world.
var impure = map[string]bool{
	"context": true, "log": true, "log/slog": true, "math/rand": true, "math/rand/v2": true, "net": true, "net/http": true,
	"os": true, "testing": true, "crypto/rand": true, "os/exec": true, "database/sql": true,
}

func TestTheDomainIsPure(t *testing.T) {
	t.Parallel()
	for _, line := range list(t, `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`) {
		imports := strings.Fields(line)
		from := strings.TrimPrefix(imports[0], module)
		if from != "domain" && !strings.HasPrefix(from, "domain/") {
			continue
		}
		for _, imported := range imports[1:] {
			foreign := strings.Contains(imported, ".") && !strings.HasPrefix(imported, module) && imported != "github.com/shopspring/decimal"
			if impure[imported] || foreign {
				t.Errorf("%s imports %s", from, imported)
			}
		}
	}
	for _, line := range list(t, `{{.ImportPath}}{{range .Deps}} {{.}}{{end}}`) {
		deps := strings.Fields(line)
		if deps[0] != module+"domain" {
			continue
		}
		for _, dep := range deps[1:] {
			if strings.Contains(dep, ".") {
				t.Errorf("the kernel depends on %s", dep)
			}
		}
	}
}

func list(t *testing.T, format string) []string {
	t.Helper()
	command := exec.Command("go", "list", "-f", format, "./...")
	command.Dir = "../.."
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(output)), "\n")
}
