package client_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
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
	process := exec.Command(program, "serve", "--listen", "127.0.0.1:0", "--data-dir", data, "--log-format", "json")
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
	}
	address, err := addressIn(log)
	if err == nil {
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
