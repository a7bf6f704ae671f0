package endpoint

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/google/uuid"
)

// doorman knows one token.
type doorman struct{}

func (doorman) Authenticate(_ context.Context, request *http.Request) (Principal, error) {
	if request.Header.Get("Authorization") != "Bearer known" {
		return Principal{}, Unauthenticated("no", "unknown", "")
	}
	return Principal{Role: RoleAdmin}, nil
}

func (d doorman) AuthenticateLicense(ctx context.Context, request *http.Request) (Principal, error) {
	return d.Authenticate(ctx, request)
}

func (doorman) Holder(context.Context, uuid.UUID) (Principal, bool, error) {
	return Principal{}, false, nil
}

// slowServer serves a route that has an hour, behind the usual limits with bodies of at most a moment.
func slowServer(t *testing.T, handle func(*Call) error) (address string) {
	t.Helper()
	route := taking[struct {
		To string `json:"to"`
	}, NoBody](Route{Method: http.MethodPost, Path: "/v1/slow", Roles: RolesAdmin, Timeout: time.Hour}, KindCheck, func(c *Call, _ struct {
		To string `json:"to"`
	},
	) error {
		return handle(c)
	})
	served := httptest.NewUnstartedServer(newServer(t, Options{Authenticator: doorman{}}, route))
	served.Config = HTTPServer("", served.Config.Handler)
	served.Config.ReadTimeout = 200 * time.Millisecond
	served.Start()
	t.Cleanup(served.Close)
	return served.Listener.Addr().String()
}

// converse sends a request as it is given, and reads the answer and whether the server then closes the connection.
func converse(t *testing.T, address, request string) (status int, closed bool) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Error(err)
		return 0, false
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, request); err != nil {
		t.Error(err)
		return 0, false
	}
	if err := conn.SetReadDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Error(err)
		return 0, false
	}
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	if err != nil {
		t.Error(err)
		return 0, false
	}
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Error(err)
		return 0, false
	}
	_ = response.Body.Close()
	_, err = reader.ReadByte()
	return response.StatusCode, err == io.EOF //nolint:errorlint // ReadByte gives it as it is
}

// TestUnfinishedBodies: nobody holds a connection by not finishing a body, also where the request may take long.
func TestUnfinishedBodies(t *testing.T) {
	t.Parallel()
	address := slowServer(t, func(c *Call) error { return c.show(unversioned, NoBody{}) })
	for name, test := range map[string]struct {
		headers string
		status  int
	}{
		"of a stranger":                 {"Content-Length: 100\r\n", http.StatusUnauthorized},
		"of a stranger, of no length":   {"Transfer-Encoding: chunked\r\n", http.StatusUnauthorized},
		"of somebody known":             {"Authorization: Bearer known\r\nContent-Type: application/json\r\nContent-Length: 100\r\n", http.StatusRequestTimeout},
		"of somebody, without a length": {"Authorization: Bearer known\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n", http.StatusRequestTimeout},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			status, closed := converse(t, address, "POST /v1/slow HTTP/1.1\r\nHost: x\r\n"+test.headers+"\r\n")
			if status != test.status || !closed {
				t.Errorf("%d, closed: %v; want %d and closed", status, closed, test.status)
			}
		})
	}
}

// TestLongRequests: a request that may take long outlives the time for its body, once that is there.
func TestLongRequests(t *testing.T) {
	t.Parallel()
	entered, later := make(chan struct{}), make(chan struct{})
	address := slowServer(t, func(c *Call) error {
		close(entered)
		select {
		case <-c.Context().Done():
			t.Error("the request was given up")
		case <-later:
		}
		return c.show(unversioned, NoBody{})
	})
	const known = "POST /v1/slow HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer known\r\nContent-Type: application/json\r\n"
	answered := make(chan int)
	go func() {
		status, _ := converse(t, address, known+"Connection: close\r\nContent-Length: 10\r\n\r\n{\"to\":\"x\"}")
		answered <- status
	}()
	<-entered
	// The time for a body that began later is over, so that for the first is.
	if status, _ := converse(t, address, known+"Content-Length: 100\r\n\r\n"); status != http.StatusRequestTimeout {
		t.Errorf("an unfinished body: %d", status)
	}
	close(later)
	if status := <-answered; status != http.StatusOK {
		t.Errorf("%d", status)
	}
}
