package endpoint

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"
)

type memberList struct {
	Members []string `json:"members"`
}

// largeBody takes some hundred thousand bytes.
var largeBody = `{"members":["` + strings.Repeat(`member-0000000000","`, 9_000) + `last"]}`

func post(s *Server, body string) *httptest.ResponseRecorder {
	request := httptest.NewRequest(http.MethodPost, "/v1/lists", strings.NewReader(body))
	request.Header.Set("Authorization", "Bearer known")
	request.Header.Set("Content-Type", "application/json")
	recorded := httptest.NewRecorder()
	s.ServeHTTP(recorded, request)
	return recorded
}

// listServer works on each list until work returns.
func listServer(t *testing.T, o Options, work func(memberList)) *Server {
	t.Helper()
	o.Authenticator = doorman{}
	return newServer(t, o, taking[memberList, NoBody](Route{Method: http.MethodPost, Path: "/v1/lists", Roles: RolesAdmin}, KindCheck,
		func(c *Call, given memberList) error {
			work(given)
			return c.send(http.StatusOK, "application/json", []byte("{}"))
		}))
}

// Large bodies are worked on a few at a time; small ones need no turn.
func TestLargeBodiesTakeTurns(t *testing.T) {
	t.Parallel()
	working, finish := make(chan struct{}, 100), make(chan struct{})
	s := listServer(t, Options{RequestTimeout: time.Hour}, func(given memberList) {
		if len(given.Members) > 1 {
			working <- struct{}{}
			<-finish
		}
	})
	few := cap(s.turns.free)
	var calling sync.WaitGroup
	for range few + 3 {
		calling.Go(func() {
			if a := post(s, largeBody); a.Code != 200 {
				t.Errorf("a large body: %d %s", a.Code, a.Body)
			}
		})
	}
	for range few {
		<-working
	}
	if a := post(s, `{"members":["one"]}`); a.Code != 200 {
		t.Errorf("a small body: %d %s", a.Code, a.Body)
	}
	if n := len(working); n > 0 {
		t.Errorf("%d more large bodies are worked on", n)
	}
	close(finish)
	calling.Wait()
	if n := s.turns.bytes.Load(); n != 0 || len(s.turns.free) > 0 {
		t.Errorf("%d bytes and %d turns are left", n, len(s.turns.free))
	}
}

// What can't be worked on in time is refused, and so is what would take too much memory meanwhile.
func TestLargeBodiesWaitWithinLimits(t *testing.T) {
	t.Parallel()
	overloaded := func(t *testing.T, s *Server) {
		t.Helper()
		a := post(s, largeBody)
		if a.Code != 503 || !strings.Contains(a.Body.String(), `"code":"overloaded"`) || a.Header().Get("Retry-After") == "" {
			t.Errorf("%d %s", a.Code, a.Body)
		}
	}
	full := func(t *testing.T, timeout time.Duration) *Server {
		t.Helper()
		s := listServer(t, Options{RequestTimeout: timeout}, func(memberList) { t.Error("it was worked on") })
		for range cap(s.turns.free) {
			s.turns.free <- struct{}{}
		}
		return s
	}
	t.Run("time", func(t *testing.T) {
		t.Parallel()
		overloaded(t, full(t, time.Millisecond))
	})
	t.Run("memory", func(t *testing.T) {
		t.Parallel()
		s := full(t, time.Hour)
		s.turns.bytes.Store(heavyWaiting)
		overloaded(t, s)
	})
	t.Run("a fault gives the turn back", func(t *testing.T) {
		t.Parallel()
		s := listServer(t, Options{RequestTimeout: time.Hour}, func(memberList) { panic("a mistake") })
		for range 10 * cap(s.turns.free) {
			if a := post(s, largeBody); a.Code != 500 {
				t.Errorf("%d %s", a.Code, a.Body)
			}
		}
		if a := post(s, strings.Replace(largeBody, "]", "", 1)); a.Code != 400 {
			t.Errorf("%d %s", a.Code, a.Body)
		}
		if len(s.turns.free) > 0 {
			t.Error("a turn is left")
		}
	})
}
