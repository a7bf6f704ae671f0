package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tallystick/tallystick/"

// mayImport lists which packages of this module each package imports, itself and nothing else of the module. A package
// that is not listed imports none. A row with * names only those below cmd that its package imports: nobody else imports any.
var mayImport = map[string][]string{
	"domain/pricing": {"domain/money", "domain/period"},
	"domain/catalog": {
		"domain",
		"domain/money",
		"domain/period",
		"domain/pricing",
	},
	"domain/subscription": {
		"domain",
		"domain/money",
		"domain/period",
		"domain/pricing",
	},
	"domain/seating": {"domain"},
	"domain/invoice": {
		"domain",
		"domain/money",
		"domain/period",
		"domain/pricing",
	},
	"domain/account":       {"domain", "domain/money"},
	"domain/refund":        {"domain", "domain/money"},
	"domain/job":           {"domain"},
	"domain/billingsync":   {"domain"},
	"domain/bookkeeping":   {"domain", "domain/journal", "domain/period"},
	"domain/payment":       {"domain", "domain/money"},
	"domain/paymentmethod": {"domain"},
	"domain/dunning":       {"domain", "domain/period"},
	"domain/paymentlink":   {"domain", "domain/money", "domain/pricing"},
	"domain/notice":        {"domain", "domain/period"},
	"domain/numbering":     {"domain"},
	"domain/trial":         {"domain"},
	"domain/details":       {"domain"},
	"domain/tax":           {"domain", "domain/pricing"},
	"domain/item": {
		"domain",
		"domain/money",
		"domain/period",
		"domain/pricing",
	},
	"domain/seller": {"domain", "domain/period"},
	"domain/clock":  {"domain"},
	"domain/audit":  {"domain"},
	"eventstore": {
		"domain",
		"domain/clock",
		"eventstore/audit",
		"eventstore/dial",
	},
	"migrations":        {"eventstore/dial"},
	"eventstore/pgtest": {"eventstore/pgtest/scratch", "eventstore/postgres", "migrations"},
	"eventstore/testbed": {
		"domain",
		"eventstore",
		"eventstore/pgtest",
		"migrations",
	},
	"projections/engine": {"domain", "eventstore", "migrations"},
	"domain/journal":     {"domain/money"},
	"projections/finance": {
		"domain",
		"domain/account",
		"domain/bookkeeping",
		"domain/invoice",
		"domain/journal",
		"domain/money",
		"domain/payment",
		"domain/pricing",
		"domain/refund",
		"domain/subscription",
		"eventstore",
		"migrations",
		"projections/engine",
		"projections/export",
	},
	"projections/usage": {
		"domain",
		"domain/catalog",
		"domain/invoice",
		"domain/money",
		"domain/period",
		"domain/pricing",
		"domain/seating",
		"domain/subscription",
		"eventstore",
		"migrations",
		"projections/engine",
	},
	"projections": {
		"domain",
		"domain/account",
		"domain/billingsync",
		"domain/bookkeeping",
		"domain/catalog",
		"domain/clock",
		"domain/details",
		"domain/dunning",
		"domain/entitlement",
		"domain/holding",
		"domain/invoice",
		"domain/item",
		"domain/job",
		"domain/license",
		"domain/money",
		"domain/notice",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/period",
		"domain/pricing",
		"domain/refund",
		"domain/seating",
		"domain/seller",
		"domain/subscription",
		"domain/tax",
		"domain/trial",
		"eventstore",
		"migrations",
		"projections/engine",
		"projections/finance",
		"projections/usage",
		"projections/webhooks",
	},
	"handlers/command": {
		"domain",
		"domain/account",
		"domain/billingsync",
		"domain/audit",
		"domain/bookkeeping",
		"domain/catalog",
		"domain/clock",
		"domain/details",
		"domain/dunning",
		"domain/entitlement",
		"domain/holding",
		"domain/invoice",
		"domain/item",
		"domain/job",
		"domain/license",
		"domain/merchant",
		"domain/money",
		"domain/notice",
		"domain/numbering",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/period",
		"domain/pricing",
		"domain/refund",
		"domain/seating",
		"domain/seller",
		"domain/subscription",
		"domain/tax",
		"domain/trial",
		"domain/webhook",
		"eventstore",
	},
	"handlers/words": {
		"domain",
		"domain/account",
		"domain/billingsync",
		"domain/audit",
		"domain/bookkeeping",
		"domain/catalog",
		"domain/clock",
		"domain/details",
		"domain/dunning",
		"domain/entitlement",
		"domain/invoice",
		"domain/item",
		"domain/job",
		"domain/license",
		"domain/merchant",
		"domain/notice",
		"domain/numbering",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/refund",
		"domain/seating",
		"domain/seller",
		"domain/subscription",
		"domain/tax",
		"domain/trial",
		"domain/webhook",
	},
	"handlers/gateway": {
		"domain",
		"domain/money",
		"domain/payment",
		"domain/paymentmethod",
		"domain/refund",
		"eventstore",
	},
	"handlers/gateway/sandbox": {
		"domain",
		"domain/money",
		"domain/payment",
		"domain/paymentmethod",
		"domain/refund",
		"eventstore",
		"handlers/gateway",
	},
	"handlers/gateway/conformance": {
		"domain",
		"domain/money",
		"domain/payment",
		"domain/paymentmethod",
		"domain/refund",
		"eventstore",
		"handlers/gateway",
	},
	"handlers/process": {
		"domain",
		"domain/billingsync",
		"domain/audit",
		"domain/bookkeeping",
		"domain/invoice",
		"domain/license",
		"domain/money",
		"domain/notice",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/refund",
		"domain/seating",
		"domain/subscription",
		"domain/trial",
		"domain/webhook",
		"eventstore",
		"eventstore/sealer",
		"handlers/command",
		"handlers/courier",
		"handlers/gateway",
		"handlers/gateway/accounts",
		"handlers/heartbeat",
		"handlers/vault",
		"projections",
		"projections/engine",
		"projections/webhooks",
	},
	"handlers/paper/pdf": {"handlers/paper/typeset"},
	"handlers/paper": {
		"domain/money",
		"domain/period",
		"domain/seller",
		"handlers/paper/pdf",
		"handlers/paper/typeset",
	},
	"handlers/endpoint":          {"domain", "eventstore", "projections/engine"},
	"handlers/endpoint/document": {"domain", "handlers/endpoint"},
	"handlers/access":            {"domain/license", "eventstore", "handlers/endpoint"},
	"handlers/portal": {
		"domain",
		"domain/details",
		"domain/invoice",
		"domain/money",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/pricing",
		"domain/seller",
		"domain/subscription",
		"eventstore",
		"handlers/api/invoices",
		"handlers/api/subscriptions",
		"handlers/command",
		"handlers/endpoint",
		"handlers/gateway",
		"handlers/paper",
		"handlers/process",
		"projections",
	},
	"handlers/vault":     {"domain"},
	"handlers/heartbeat": {"domain/license", "eventstore"},
	"domain/license":     {"domain"},
	"projections/webhooks": {
		"domain",
		"domain/account",
		"domain/clock",
		"domain/entitlement",
		"domain/invoice",
		"domain/license",
		"domain/notice",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/refund",
		"domain/subscription",
		"domain/trial",
		"domain/webhook",
		"eventstore",
		"migrations",
		"projections/engine",
	},
	"handlers/courier": {
		"domain",
		"domain/account",
		"domain/entitlement",
		"domain/invoice",
		"domain/license",
		"domain/notice",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/refund",
		"domain/subscription",
		"domain/trial",
		"domain/webhook",
		"eventstore",
		"projections/webhooks",
	},
	"handlers/limits": {"handlers/endpoint"},
	"handlers/api/view": {
		"domain",
		"domain/money",
		"domain/payment",
		"domain/period",
		"domain/pricing",
		"domain/subscription",
		"eventstore",
		"handlers/endpoint",
	},
	"handlers/api/products": {
		"domain",
		"domain/catalog",
		"domain/money",
		"domain/period",
		"domain/pricing",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"projections",
	},
	"handlers/api/subscriptions": {
		"domain",
		"domain/money",
		"domain/period",
		"domain/pricing",
		"domain/subscription",
		"domain/trial",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"projections",
	},
	"handlers/api/invoices": {
		"domain",
		"domain/account",
		"domain/details",
		"domain/invoice",
		"domain/item",
		"domain/money",
		"domain/payment",
		"domain/period",
		"domain/pricing",
		"domain/refund",
		"domain/subscription",
		"domain/tax",
		"eventstore",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"handlers/paper",
		"projections",
	},
	"handlers/api/payments": {
		"domain",
		"domain/dunning",
		"domain/merchant",
		"domain/money",
		"domain/payment",
		"domain/paymentlink",
		"domain/paymentmethod",
		"domain/subscription",
		"eventstore",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"handlers/gateway",
		"handlers/gateway/accounts",
		"handlers/gateway/sandbox",
		"handlers/portal",
		"handlers/process",
		"handlers/vault",
		"projections",
	},
	"handlers/api/seats": {
		"domain",
		"domain/period",
		"domain/seating",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"projections",
		"projections/usage",
	},
	"handlers/api/details": {
		"domain",
		"domain/details",
		"handlers/command",
		"handlers/endpoint",
		"projections",
	},
	"handlers/api/finance": {
		"domain",
		"domain/bookkeeping",
		"domain/journal",
		"eventstore",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"projections/export",
		"projections/finance",
	},
	"handlers/api/seller": {
		"domain",
		"domain/period",
		"domain/seller",
		"handlers/command",
		"handlers/endpoint",
		"projections",
	},
	"handlers/api/events": {
		"domain",
		"domain/account",
		"domain/invoice",
		"domain/refund",
		"eventstore",
		"handlers/api/view",
		"handlers/endpoint",
		"handlers/words",
		"projections",
		"projections/engine",
	},
	"handlers/api/operations": {
		"domain",
		"domain/billingsync",
		"domain/bookkeeping",
		"domain/job",
		"domain/payment",
		"domain/refund",
		"domain/subscription",
		"eventstore",
		"handlers/command",
		"handlers/endpoint",
		"handlers/process",
		"projections",
		"projections/engine",
	},
	"handlers/api": {
		"handlers/api/audit",
		"handlers/api/details",
		"handlers/api/events",
		"handlers/api/exports",
		"handlers/api/features",
		"handlers/api/finance",
		"handlers/api/invoices",
		"handlers/api/licenses",
		"handlers/api/operations",
		"handlers/api/payments",
		"handlers/api/products",
		"handlers/api/seats",
		"handlers/api/seller",
		"handlers/api/subscriptions",
		"handlers/api/view",
		"handlers/api/webhooks",
		"handlers/courier",
		"handlers/endpoint",
		"handlers/endpoint/document",
		"handlers/exports",
		"handlers/gateway",
		"handlers/gateway/accounts",
		"handlers/portal",
		"handlers/process",
		"handlers/vault",
		"projections",
	},
	"handlers/api/client":   {}, // public: what other programs import; it knows nothing of the server
	"cmd/tallystick/house":  {"*"},
	"cmd/tallystick/serve":  {"*", "cmd/tallystick/house"},
	"cmd/tallystick/bench":  {"*", "cmd/tallystick/house", "cmd/tallystick/serve"},
	"cmd/tallystick/doctor": {"*", "cmd/tallystick/house", "cmd/tallystick/serve"},
	"cmd/tallystick/show":   {"*", "cmd/tallystick/house"},
	"cmd/tallystick/demo":   {"*", "cmd/tallystick/house", "cmd/tallystick/serve"},
	"cmd/tallystick": {
		"*",
		"cmd/tallystick/bench",
		"cmd/tallystick/demo",
		"cmd/tallystick/doctor",
		"cmd/tallystick/house",
		"cmd/tallystick/serve",
		"cmd/tallystick/show",
	},

	"domain/merchant": {"domain"},
	"handlers/gateway/accounts": {
		"domain/merchant",
		"eventstore",
		"handlers/command",
		"handlers/gateway",
		"handlers/vault",
	},
	"handlers/gateway/stripe": {
		"domain",
		"domain/money",
		"domain/payment",
		"domain/paymentmethod",
		"domain/refund",
		"eventstore",
		"handlers/gateway",
	},
	"handlers/gateway/stripe/stripetest": {}, // for tests alone

	"domain/entitlement":                {"domain"},
	"domain/holding":                    {"domain/catalog", "domain/entitlement", "domain/subscription"}, // no stream: what several of them come to
	"handlers/api/client/gate":          {"handlers/api/client"},                                         // public, as the client is
	"handlers/api/client/gate/echogate": {"handlers/api/client/gate"},
	"handlers/api/features": {
		"domain",
		"domain/catalog",
		"domain/entitlement",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"projections",
	},

	// Rooms that come with their first file. Until then their rows say what they may import at most; after that a row is
	// exact, like those above.
	"domain/webhook":     {"domain"},
	"domain/licensefile": {}, // public: a self-hosted installation imports it
	"projections/verify": {
		"domain",
		"domain/account",
		"domain/invoice",
		"domain/money",
		"domain/payment",
		"domain/pricing",
		"domain/refund",
		"domain/seating",
		"eventstore",
		"eventstore/audit",
	},
	"handlers/exports": {
		"domain",
		"domain/journal",
		"eventstore",
		"eventstore/sealer",
		"handlers/api/view",
		"projections/engine",
		"projections/export",
		"projections/finance",
	},
	"handlers/api/exports": {
		"domain",
		"domain/job",
		"eventstore",
		"handlers/api/view",
		"handlers/endpoint",
		"handlers/exports",
		"projections/export",
	},
	"projections/export": {}, // it knows columns and rows, and not what they say
	"handlers/api/webhooks": {
		"domain",
		"domain/webhook",
		"eventstore",
		"handlers/command",
		"handlers/courier",
		"handlers/endpoint",
		"handlers/process",
		"handlers/vault",
		"projections/webhooks",
	},
	"handlers/api/licenses": {
		"domain",
		"domain/license",
		"domain/licensefile",
		"domain/subscription",
		"handlers/access",
		"handlers/api/view",
		"handlers/command",
		"handlers/endpoint",
		"handlers/heartbeat",
		"projections",
	},
	"eventstore/sealer": {"eventstore", "eventstore/audit"},
	"handlers/api/audit": {
		"domain",
		"eventstore",
		"eventstore/audit",
		"eventstore/sealer",
		"handlers/endpoint",
	},
	"cmd/tallystick-verify": {}, // but domain/journal and domain/money nothing of the server, so that the two can't share a bug
}

func TestWhoImportsWhom(t *testing.T) {
	t.Parallel()
	for _, line := range list(t, `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`) {
		imports := strings.Fields(line)
		from := strings.TrimPrefix(imports[0], module)
		for _, imported := range imports[1:] {
			to, ours := strings.CutPrefix(imported, module)
			if ours && !allowed(from, to) {
				t.Errorf("%s imports %s, which its row does not allow", from, to)
			}
			if imported == "testing" && from != "eventstore/pgtest" && from != "eventstore/testbed" {
				t.Errorf("%s imports testing", from)
			}
		}
		for _, to := range mayImport[from] {
			if to != "*" && !slices.Contains(imports, module+to) {
				t.Errorf("%s does not import %s any more: take it out of the row", from, to)
			}
		}
	}
}

func allowed(from, to string) bool {
	row := mayImport[from]
	return slices.Contains(row, to) || slices.Contains(row, "*") && !strings.HasPrefix(to, "cmd/")
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
