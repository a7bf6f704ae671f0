package client_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// snippet is the README's only block in a language, for the server of these tests.
func snippet(t *testing.T, language string) string {
	t.Helper()
	readme, err := os.ReadFile("../../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, block, found := strings.Cut(string(readme), "```"+language+"\n")
	block, _, closed := strings.Cut(block, "```")
	if !found || !closed {
		t.Fatalf("the README has no block in %s", language)
	}
	return strings.NewReplacer("http://localhost:8080", os.Getenv(urlVariable), "acme", "readme-"+language, "{ … }", "{ }").Replace(block)
}

// prepare gives a workspace of the README three seats.
func prepare(t *testing.T, workspace string) {
	t.Helper()
	sell(t.Context(), dial(), workspace, workspace, 3)
}

// What the README shows of the Go client compiles and does what it says.
func TestTheReadmesGoWorks(t *testing.T) {
	t.Parallel()
	prepare(t, "readme-go")
	source := "package main\n\nimport (\n\t\"context\"\n\t\"fmt\"\n\t\"os\"\n\n\t\"github.com/tallystick/tallystick/handlers/api/client\"\n)\n\n" +
		"func main() {\n\tctx := context.Background()\n" + snippet(t, "go") + "\tif err != nil {\n\t\tpanic(err)\n\t}\n}\n"
	file := filepath.Join(t.TempDir(), "main.go")
	if err := os.WriteFile(file, []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	output, err := exec.Command("go", "run", file).CombinedOutput()
	if err != nil || string(output) != "2\n" {
		t.Errorf("%v, %s", err, output)
	}
}
