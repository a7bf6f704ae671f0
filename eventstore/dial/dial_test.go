package dial

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgproto3"
)

// host accepts connections and lets the test treat each.
func host(t *testing.T, treat func(net.Conn)) (url string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var treating sync.WaitGroup
	treating.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			treating.Go(func() {
				defer conn.Close()
				treat(conn)
			})
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		treating.Wait()
	})
	return "postgres://somebody@" + listener.Addr().String() + "/db?sslmode=disable"
}

// silent reads what comes until the other side hangs up.
func silent(conn net.Conn) { _, _ = new(bytes.Buffer).ReadFrom(conn) }

func TestAHostThatAcceptsAndDoesNotAnswer(t *testing.T) {
	t.Parallel()
	url := host(t, silent)
	_, err := Connect(t.Context(), url+"&connect_timeout=1")
	if err == nil || !strings.Contains(err.Error(), "accepts connections and does not answer (waited 1s)") {
		t.Errorf("error %v", err)
	}
	if config, err := Config(url); err != nil || config.ConnectTimeout != answerTimeout {
		t.Errorf("without a timeout of its own: %s, %v", config.ConnectTimeout, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Connect(ended, url); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled one: %v", err)
	}
}

// begin answers the startup with an error, or lets the other side in where there is no code.
func begin(conn net.Conn, code string) {
	backend := pgproto3.NewBackend(conn, conn)
	if _, err := backend.ReceiveStartupMessage(); err != nil {
		return
	}
	if code != "" {
		backend.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: code, Message: "refused with " + code})
		_ = backend.Flush()
		return
	}
	backend.Send(&pgproto3.AuthenticationOk{})
	backend.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})
	_ = backend.Flush()
	silent(conn)
}

func TestAwaitWaitsForOneThatComesUp(t *testing.T) {
	t.Parallel()
	for last, wanted := range map[string]string{"": "", "28P01": "refused with 28P01"} {
		var mu sync.Mutex
		codes := []string{"57P03", "57P03", last}
		url := host(t, func(conn net.Conn) {
			mu.Lock()
			code := codes[0]
			codes = codes[1:]
			mu.Unlock()
			begin(conn, code)
		})
		var said bytes.Buffer
		err := Await(t.Context(), url, slog.New(slog.NewTextHandler(&said, nil)))
		if wanted == "" && err != nil || wanted != "" && (err == nil || !strings.Contains(err.Error(), wanted)) {
			t.Errorf("error %v, want %q", err, wanted)
		}
		if n := strings.Count(said.String(), "waiting for the database"); n != 2 {
			t.Errorf("said %d times that it waits:\n%s", n, said.String())
		}
	}
}

func TestWhatMayComeUp(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := listener.Addr().String()
	_ = listener.Close()
	for url, want := range map[string]bool{
		"postgres://" + closed + "/db":                        true,
		"postgres:///db?host=" + t.TempDir():                  true,
		"postgres://" + closed + "/db?sslmode=perhaps":        false,
		host(t, func(conn net.Conn) { _ = conn.Close() }):     true,
		host(t, func(conn net.Conn) { begin(conn, "3D000") }): false,
		host(t, func(conn net.Conn) { begin(conn, "53300") }): true,
	} {
		if _, err := Connect(t.Context(), url); err == nil || mayComeUp(err) != want {
			t.Errorf("%s: %v, want %t", url, err, want)
		}
	}
}
