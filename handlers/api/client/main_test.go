package client_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/tallystick/tallystick/eventstore/pgtest/scratch"
	"github.com/tallystick/tallystick/eventstore/postgres"
)

// The clients are tried on the real program, built from this source, which serves a sandbox of its own. They find its
// address and its administrator's key in the environment.
const (
	urlVariable = "TALLYSTICK_URL"
	keyVariable = "TALLYSTICK_KEY"
)

// program is the built program, and data the directory of the Postgres that it serves from.
var program, data string

func TestMain(m *testing.M) {
	os.Exit(scratch.Main(func() int {
		stop, err := serve()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer stop()
		return m.Run()
	}, postgres.Remove))
}

// serve builds the program and runs it until stop is called.
func serve() (stop func(), err error) {
	program, data = filepath.Join(os.TempDir(), "tallystick"), filepath.Join(scratch.Memory(), "data")
	if output, err := exec.Command("go", "build", "-o", program, "../../../cmd/tallystick").CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build the program: %w\n%s", err, output)
	}
	seller, keys := newSeller(), filepath.Join(os.TempDir(), "keys")
	if err := errors.Join(os.MkdirAll(keys, 0o700), exec.Command(program, "license", "keygen", "--out", keys).Run()); err != nil {
		return nil, fmt.Errorf("draw a key for license files: %w", err)
	}
	process := exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--log-format", "json",
		"--license-signing-key", filepath.Join(keys, "license-signing.pem"), "--license-server", seller.URL,
		"--license-trust", filepath.Join(keys, "license-public.pem"), "--license-instance", "berlin")
	process.SysProcAttr = scratch.EndWithTests()
	process.Env = append(os.Environ(), "DATABASE_URL=")
	log, err := process.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := process.Start(); err != nil {
		return nil, err
	}
	stop = func() {
		_ = process.Process.Signal(os.Interrupt)
		_ = process.Wait()
		seller.Close()
	}
	address, err := addressIn(log)
	if err == nil {
		seller.leadsTo.Store(&address)
		err = ready("http://" + address)
	}
	var key []byte
	if err == nil {
		key, err = os.ReadFile(filepath.Join(data, "admin.key"))
	}
	if err != nil {
		stop()
		return nil, err
	}
	_ = os.Setenv(urlVariable, "http://"+address)
	_ = os.Setenv(keyVariable, strings.TrimSpace(string(key)))
	return stop, nil
}

// seller leads to the program, whose address nobody knows before it runs: the program has its licenses from itself.
type seller struct {
	*httptest.Server

	leadsTo atomic.Pointer[string]
}

func newSeller() *seller {
	s := &seller{}
	s.Server = httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.SetURL(&url.URL{Scheme: "http", Host: *s.leadsTo.Load()})
	}})
	return s
}

// addressIn finds the program's address in its log, which is read on for as long as the program runs.
func addressIn(log io.Reader) (string, error) {
	lines := bufio.NewScanner(log)
	var said strings.Builder
	for lines.Scan() {
		var entry struct {
			Message string `json:"msg"`
			Address string `json:"address"`
		}
		if json.Unmarshal(lines.Bytes(), &entry) == nil && entry.Message == "serving" {
			go func() { _, _ = io.Copy(io.Discard, log) }()
			return entry.Address, nil
		}
		fmt.Fprintln(&said, lines.Text())
	}
	return "", fmt.Errorf("the program did not start:\n%s", said.String())
}

func ready(url string) error {
	for deadline := time.Now().Add(scratch.Patience); ; time.Sleep(5 * time.Millisecond) {
		response, err := http.Get(url + "/readyz")
		if err == nil {
			_ = response.Body.Close()
			if response.StatusCode == http.StatusOK {
				return nil
			}
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the program is not ready: %w", err)
		}
	}
}
