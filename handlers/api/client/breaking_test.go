package client_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// oasdiff compares two documents.
const oasdiff = "github.com/oasdiff/oasdiff@v1.37.0"

// breach is a change by which a client of the old document may fail.
type breach struct {
	ID        string `json:"id"`
	Operation string `json:"operationId"`
	Text      string `json:"text"`
}

func (b breach) String() string { return b.ID + " | " + b.Operation + " | " + b.Text }

// grows matches what may be added: clients take values that they do not know.
var grows = regexp.MustCompile(`^response-.*enum-value-added$`)

// breaches gives what a document breaks of another.
func breaches(t *testing.T, base, revision string) []breach {
	t.Helper()
	command := exec.Command("go", "run", oasdiff, "breaking", "--format", "json", base, revision)
	command.Stderr = os.Stderr
	output, err := command.Output()
	if err != nil {
		t.Fatal(err)
	}
	var found []breach
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	return slices.DeleteFunc(found, func(b breach) bool { return grows.MatchString(b.ID) })
}

// allowance lets a change pass.
type allowance struct {
	id, operation, text, reason string
	used                        bool
}

func (a *allowance) covers(b breach) bool {
	return a.id == b.ID && (a.operation == "*" || a.operation == b.Operation) && (a.text == "*" || strings.Contains(b.Text, a.text))
}

func allowances(t *testing.T) (all []*allowance) {
	t.Helper()
	text, err := os.ReadFile("testdata/allowed.txt")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		cells := strings.Split(strings.TrimSpace(line), " | ")
		if len(cells) != 4 {
			t.Fatalf("allowed.txt: %q has not four cells with bars between", line)
		}
		all = append(all, &allowance{id: cells[0], operation: cells[1], text: cells[2], reason: cells[3]})
	}
	return all
}

// TestNothingBreaksThePromise holds the document against the one of the last release: fields may be added, and nothing may
// change or vanish.
func TestNothingBreaksThePromise(t *testing.T) {
	t.Parallel()
	allowed := allowances(t)
	for _, found := range breaches(t, "testdata/released.json", document(t)) {
		at := slices.IndexFunc(allowed, func(a *allowance) bool { return a.covers(found) })
		if at < 0 {
			t.Errorf("clients of the last release may fail: %s\nmend it, or say in testdata/allowed.txt why it breaks nobody", found)
			continue
		}
		allowed[at].used = true
	}
	for _, a := range allowed {
		if !a.used {
			t.Errorf("allowed.txt: %s | %s | %s is not found any more: take it out", a.id, a.operation, a.text)
		}
	}
}

// TestBreaksAreSeen plants a break of each kind in the last release's document.
func TestBreaksAreSeen(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("testdata/released.json")
	if err != nil {
		t.Fatal(err)
	}
	var document map[string]any
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	planted := map[string]string{} // what was planted, by the check that must see it
	for _, b := range []struct {
		check, operation string
		at               []string
		value            any // nil removes what is there
	}{
		{"api-removed-without-deprecation", "get-coupon", []string{"paths", "/v1/coupons/{coupon}", "get"}, nil},
		{"response-required-property-removed", "release-seat", []string{"components", "schemas", "Seat", "properties", "since"}, nil},
		{"response-property-type-changed", "list-coupons", []string{"components", "schemas", "Money", "properties", "amount", "type"}, "number"},
		{"response-property-became-nullable", "get-clock", []string{"components", "schemas", "Clock", "properties", "now", "type"}, []any{"string", "null"}},
		{"response-property-became-optional", "get-balance", []string{"components", "schemas", "Balance", "required"}, []any{}},
		{"request-property-became-required", "set-tax", []string{"components", "schemas", "SetTaxBody", "required"}, []any{"status", "rate"}},
		{"request-property-enum-value-removed", "change-role", []string{"components", "schemas", "Role", "enum"}, []any{"admin"}},
		{"response-media-type-removed", "set-seller", []string{"paths", "/v1/seller", "put", "responses", "200", "content", "application/json"}, nil},
	} {
		plant(t, document, b.at, b.value)
		planted[b.check+" | "+b.operation] = strings.Join(b.at, " ")
	}
	encoded, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	broken := filepath.Join(t.TempDir(), "broken.json")
	if err := os.WriteFile(broken, encoded, 0o644); err != nil {
		t.Fatal(err)
	}
	for _, found := range breaches(t, "testdata/released.json", broken) {
		delete(planted, found.ID+" | "+found.Operation)
	}
	for check, at := range planted {
		t.Errorf("nobody sees what was planted at %s, which is %s", at, check)
	}
}

// plant sets a value in a document, or removes it.
func plant(t *testing.T, in map[string]any, at []string, value any) {
	t.Helper()
	for _, name := range at[:len(at)-1] {
		inside, ok := in[name].(map[string]any)
		if !ok {
			t.Fatalf("the document has no %s of %v", name, at)
		}
		in = inside
	}
	last := at[len(at)-1]
	if _, ok := in[last]; !ok {
		t.Fatalf("the document has no %v", at)
	}
	if in[last] = value; value == nil {
		delete(in, last)
	}
}
