package client_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/tallystick/tallystick/handlers/api"
)

// document writes the API's document into a file.
func document(t *testing.T) (file string) {
	t.Helper()
	text, err := api.Document("test")
	if err != nil {
		t.Fatal(err)
	}
	file = filepath.Join(t.TempDir(), "openapi.json")
	if err := os.WriteFile(file, text, 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// generate runs the command in generate.go that makes Go of the document, with another document and another result.
func generate(t *testing.T, document, result string) {
	t.Helper()
	source, err := os.ReadFile("generate.go")
	if err != nil {
		t.Fatal(err)
	}
	_, command, found := strings.Cut(string(source), "//go:generate go run ")
	if !found {
		t.Fatal("generate.go has no command with go run")
	}
	command, _, _ = strings.Cut(command, "\n")
	arguments := append([]string{"run"}, strings.Fields(strings.NewReplacer("client.gen.go", result, "openapi.json", document).Replace(command))...)
	if output, err := exec.Command("go", arguments...).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
}

// TestTheClientIsGeneratedFromTheDocument fails when a route or a field came and the client was not generated anew.
func TestTheClientIsGeneratedFromTheDocument(t *testing.T) {
	t.Parallel()
	generated := filepath.Join(t.TempDir(), "client.gen.go")
	generate(t, document(t), generated)
	want, err := os.ReadFile(generated)
	if err != nil {
		t.Fatal(err)
	}
	have, err := os.ReadFile("client.gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(have, want) {
		t.Errorf("client.gen.go is not what the document makes any more; run\n\n    go generate ./handlers/api/client\n")
	}
}

// TestEachOperationAnswersInOneForm makes sure that a method of the client gives every success in the same place.
func TestEachOperationAnswersInOneForm(t *testing.T) {
	t.Parallel()
	parsed, err := openapi3.NewLoader().LoadFromFile(document(t))
	if err != nil {
		t.Fatal(err)
	}
	for path, item := range parsed.Paths.Map() {
		for method, operation := range item.Operations() {
			form := ""
			for status, response := range operation.Responses.Map() {
				media := response.Value.Content["application/json"]
				if !strings.HasPrefix(status, "2") || media == nil {
					continue
				}
				if form != "" && media.Schema.Ref != form {
					t.Errorf("%s %s answers with %s and with %s", method, path, form, media.Schema.Ref)
				}
				form = media.Schema.Ref
			}
		}
	}
}
