package export_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/projections/export"
)

// checks are the commands that judge the files.
var checks = map[export.Format][]string{
	export.FormatHledger:   {"hledger", "check", "balancednoautoconversion", "assertions", "accounts", "commodities", "-f"},
	export.FormatBeancount: {"bean-check"},
}

// TestOracles lets hledger and beancount read what was written. They accept it, and refuse it with a planted fault.
func TestOracles(t *testing.T) {
	t.Parallel()
	for format, check := range checks {
		if _, err := exec.LookPath(check[0]); err != nil {
			t.Run(string(format), func(t *testing.T) {
				if os.Getenv("CI") == "true" {
					t.Fatal(err)
				}
				t.Skipf("%s is not installed", check[0])
			})
			continue
		}
		var out bytes.Buffer
		if err := export.Stream(t.Context(), &out, format, journal(60)); err != nil {
			t.Fatal(err)
		}
		sound := out.String()
		judge := func(t *testing.T, text string) (string, bool) {
			t.Helper()
			file := filepath.Join(t.TempDir(), "journal."+format.Extension())
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			said, err := exec.Command(check[0], append(check[1:len(check):len(check)], file)...).CombinedOutput()
			return string(said), err == nil
		}
		t.Run(string(format), func(t *testing.T) {
			t.Parallel()
			if said, ok := judge(t, sound); !ok {
				t.Errorf("%s in\n%.2000s", said, sound)
			}
		})
		for fault, change := range map[string][2]string{
			"a cent more":           {"21.21", "21.22"},
			"a thousandth":          {"21.21", "21.211"},
			"the other sign":        {"-21.21", "21.21"},
			"another currency":      {"USD -21.21", "EUR -21.21"},
			"another date":          {"2026-01-08 * (21-1)", "2026-01-09 * (21-1)"},
			"an entry that is gone": {"21.21", "0.00"},
		} {
			if format == export.FormatBeancount {
				change[0] = strings.Replace(change[0], "USD -21.21", "-21.21 USD", 1)
				change[1] = strings.Replace(change[1], "EUR -21.21", "-21.21 EUR", 1)
				change[0] = strings.Replace(change[0], "2026-01-08 * (21-1)", "2026-01-08 * \"invoice.finalized.v1\" \"=a memo , with a comma\"\n  entry_id: \"21-1\"", 1)
				change[1] = strings.Replace(change[1], "2026-01-09 * (21-1)", "2026-01-09 * \"invoice.finalized.v1\" \"=a memo , with a comma\"\n  entry_id: \"21-1\"", 1)
			}
			t.Run(string(format)+"/"+fault, func(t *testing.T) {
				t.Parallel()
				times := 1
				if fault == "an entry that is gone" {
					times = 2 // both lines
				}
				planted := strings.Replace(sound, change[0], change[1], times)
				if planted == sound {
					t.Fatalf("there is no %s in\n%s", change[0], sound)
				}
				if said, ok := judge(t, planted); ok {
					t.Errorf("it is accepted: %s", said)
				}
			})
		}
	}
}
