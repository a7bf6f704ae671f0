package client_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestTypeScript builds the npm package with the types of the present document, and runs a flow and what the README shows
// against the program.
func TestTypeScript(t *testing.T) {
	t.Parallel()
	prepare(t, "readme-ts")
	p := packaged(t, "typescript")
	p.write("test/readme.ts", "import { createClient, must, position } from \"../src/index.js\";\n"+snippet(t, "ts"))
	p.run("node_modules/.bin/openapi-typescript", document(t), "--default-non-nullable=false", "-o", "src/schema.ts")
	p.run("node_modules/.bin/tsc", "-p", "test")
	if printed := p.run("node", "dist/tried/test/flow.js"); printed != "done\n" {
		t.Errorf("the flow prints %q", printed)
	}
	if printed := p.run("node", "dist/tried/test/readme.js"); printed != "2\n" {
		t.Errorf("what the README shows prints %q", printed)
	}
}

// npmPackage is a copy of a directory with a package.json, whose node_modules are installed.
type npmPackage struct {
	t   *testing.T
	dir string
}

// packaged copies a directory, in which a test then writes. Without its tools there is nothing to test with, except in CI,
// which installs them.
func packaged(t *testing.T, dir string) npmPackage {
	t.Helper()
	modules, err := filepath.Abs(filepath.Join(dir, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	_, missing := os.Stat(modules)
	if _, err := exec.LookPath("node"); err != nil || missing != nil {
		if os.Getenv("CI") != "" {
			t.Fatal("CI has no node, or not its packages: .ci/run installs both")
		}
		t.Skip("this needs node, and its packages: make clients installs them")
	}
	p := npmPackage{t, filepath.Join(t.TempDir(), "package")}
	err = fs.WalkDir(os.DirFS(dir), ".", func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && (file == "node_modules" || file == "dist"):
			return fs.SkipDir
		case entry.IsDir():
			return nil
		}
		text, err := os.ReadFile(filepath.Join(dir, file))
		p.write(file, string(text))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(p.dir, "node_modules")); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p npmPackage) write(file, text string) {
	p.t.Helper()
	file = filepath.Join(p.dir, file)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// run runs a program in the package and gives what it prints.
func (p npmPackage) run(program string, arguments ...string) string {
	p.t.Helper()
	command := exec.Command(program, arguments...)
	command.Dir = p.dir
	output, err := command.CombinedOutput()
	if err != nil {
		p.t.Fatalf("%s %s: %v\n%s", program, strings.Join(arguments, " "), err, output)
	}
	return string(output)
}
