package client_test

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
)

// TestTheDocumentIsLinted has spectral and redocly read the document. They find neither errors nor warnings.
func TestTheDocumentIsLinted(t *testing.T) {
	t.Parallel()
	p := packaged(t, "contract")
	for name, arguments := range map[string][]string{
		"spectral": {"lint", "--fail-severity", "hint", document(t)},
		"redocly":  {"lint", "--max-problems", "1000", document(t)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			lint := npmPackage{t, p.dir}
			printed := lint.run(filepath.Join("node_modules/.bin", name), arguments...)
			if strings.Contains(printed, "warning") {
				t.Errorf("%s warns:\n%s", name, printed)
			}
		})
	}
}

// TestContract sends what portman makes of the document, a request for each operation, through prism, which holds each
// request and each answer against the document and answers 500 where one breaks it. Portman's own tests hold the answers
// against it once more.
func TestContract(t *testing.T) {
	t.Parallel()
	p := packaged(t, "contract")
	file := document(t)
	through := p.prism(planted(t, file), os.Getenv(urlVariable))
	answer, err := http.Get(through + "/planted")
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.Header.Get("sl-violations") == "" {
		t.Fatalf("prism does not see what was planted: %v", answer)
	}
	operations, stage := operations(t, file), newStage(t, through)
	p.write("portman.json", stage.portman(operations))
	p.run("node_modules/.bin/portman", "-l", file, "-b", through, "-c", "portman.json", "-p", "postman.json", "-o", "collection.json")
	command := exec.Command("node_modules/.bin/newman", "run", "collection.json", "--env-var", "bearerToken="+stage.key,
		"--reporters", "json", "--reporter-json-export", "report.json")
	command.Dir = p.dir
	_ = command.Run() // it fails with the first assertion that fails, and the report has them all
	judge(t, filepath.Join(p.dir, "report.json"), operations)
}

// planted adds a path to a document at which the server does not answer as it says.
func planted(t *testing.T, document string) string {
	t.Helper()
	text, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const path = `"paths":{"/planted":{"get":{"security":[],"responses":{"200":{"description":"Done."}}}},`
	file := filepath.Join(t.TempDir(), "planted.json")
	if err := os.WriteFile(file, []byte(strings.Replace(string(text), `"paths":{`, path, 1)), 0o644); err != nil {
		t.Fatal(err)
	}
	return file
}

// prism starts the proxy that validates what goes through it, and gives its address.
func (p npmPackage) prism(document, upstream string) string {
	p.t.Helper()
	free, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		p.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(free.Addr().String())
	_ = free.Close()
	var printed bytes.Buffer
	proxy := exec.Command("node_modules/.bin/prism", "proxy", "--errors", "-h", "127.0.0.1", "-p", port, document, upstream)
	proxy.Dir, proxy.Stdout, proxy.Stderr, proxy.SysProcAttr = p.dir, &printed, &printed, scratch.EndWithTests()
	if err := proxy.Start(); err != nil {
		p.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = proxy.Wait(); close(ended) }()
	p.t.Cleanup(func() { _ = proxy.Process.Kill(); <-ended })
	address := "http://127.0.0.1:" + port
	for deadline := time.Now().Add(scratch.Patience); ; time.Sleep(20 * time.Millisecond) {
		response, err := http.Get(address + "/healthz")
		if err == nil {
			_ = response.Body.Close()
			return address
		}
		select {
		case <-ended:
			p.t.Fatalf("prism does not start:\n%s", printed.String())
		default:
		}
		if time.Now().After(deadline) {
			p.t.Fatal("prism does not listen")
		}
	}
}
