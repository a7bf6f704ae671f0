package licenseservertest

import (
	"crypto/ed25519"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"

	"github.com/tallystick/tallystick/domain/licensefile"
)

// Key opens the license.
const Key = "tallylic_000000000000_0000000000000000000000000000000000000000000"

var signing = ed25519.NewKeyFromSeed([]byte("a license server's key, in tests"))

// Trust holds the public key of all servers.
func Trust() licensefile.Trust { return licensefile.Trust{signing.Public().(ed25519.PublicKey)} }

// Server has one license of five seats.
type Server struct {
	*httptest.Server

	mu       sync.Mutex
	payload  licensefile.Payload
	status   string // "" or the code by which it gives nothing
	places   map[string]string
	full     bool
	away     bool
	lost     int            // answers that nobody gets any more
	asked    map[string]int // by what was asked for
	users    int64          // that were told last
	unsigned bool
	now      func() time.Time
}

// New begins to serve. The clock is the seller's.
func New(now func() time.Time) *Server {
	s := &Server{now: now, places: map[string]string{}, asked: map[string]int{}, payload: licensefile.Payload{
		ID: "lic-1", Issuer: "seller", Licensee: "Acme", Product: "enterprise", Seats: 5, Features: map[string]json.RawMessage{"sso": json.RawMessage("true")},
		Sequence: 1, Expiry: licensefile.ExpiryRestrict,
	}}
	mux := http.NewServeMux()
	for what, answer := range map[string]func(request) (int, any){"activate": s.activate, "sync": s.sync, "deactivate": s.deactivate} {
		mux.HandleFunc("POST /v1/licenses/"+what, func(w http.ResponseWriter, r *http.Request) { s.serve(w, r, what, answer) })
	}
	s.Server = httptest.NewServer(mux)
	return s
}

// request holds the members of all requests.
type request struct {
	Instance    string  `json:"instance"`
	Fingerprint string  `json:"fingerprint"`
	Workspace   *string `json:"workspace"`
	Users       int64   `json:"users"`
}

type problem struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
}

func (s *Server) serve(w http.ResponseWriter, r *http.Request, what string, answer func(request) (int, any)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.away {
		w.WriteHeader(http.StatusBadGateway)
		return
	}
	s.asked[what]++
	var asked request
	status, body := http.StatusUnauthorized, any(problem{"license_key_invalid", "no license has this key"})
	if err := json.NewDecoder(r.Body).Decode(&asked); err != nil {
		status, body = http.StatusBadRequest, problem{"body_invalid", err.Error()}
	} else if r.Header.Get("Authorization") == "License "+Key {
		status, body = answer(asked)
	}
	if s.lost > 0 {
		s.lost--
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // whoever asked may have gone
}

func (s *Server) license() map[string]any {
	return map[string]any{"id": s.payload.ID, "sequence": s.payload.Sequence, "seats": s.payload.Seats}
}

func (s *Server) activate(r request) (int, any) {
	if s.status != "" {
		return http.StatusForbidden, problem{map[string]string{"REVOKED": "license_revoked", "SUSPENDED": "license_suspended", "EXPIRED": "license_expired"}[s.status], "it is " + s.status}
	}
	if _, there := s.places[r.Fingerprint]; there {
		return http.StatusOK, map[string]any{"license": s.license()}
	}
	if s.full {
		return http.StatusConflict, problem{"activation_limit_reached", "it has as many instances as it may have"}
	}
	s.places[r.Fingerprint] = r.Instance
	return http.StatusCreated, map[string]any{"license": s.license()}
}

func (s *Server) place(instance string) (fingerprint string, ok bool) {
	for fingerprint, name := range s.places {
		if name == instance {
			return fingerprint, true
		}
	}
	return "", false
}

func (s *Server) sync(r request) (int, any) {
	fingerprint, ok := s.place(r.Instance)
	if !ok {
		return http.StatusNotFound, problem{"instance_not_found", "the license has no such instance"}
	}
	if s.users = r.Users; s.status != "" {
		return http.StatusOK, map[string]any{"valid": false, "code": s.status, "license": s.license(), "file": nil}
	}
	return http.StatusOK, map[string]any{"valid": true, "code": "VALID", "license": s.license(), "file": string(s.file(r.Instance, fingerprint, nil))}
}

func (s *Server) deactivate(r request) (int, any) {
	fingerprint, ok := s.place(r.Instance)
	if !ok {
		return http.StatusNotFound, problem{"instance_not_found", "the license has no such instance"}
	}
	delete(s.places, fingerprint)
	return http.StatusOK, struct{}{}
}

func (s *Server) file(instance, fingerprint string, change func(*licensefile.Payload)) []byte {
	p := s.payload
	p.Instance, p.Fingerprint, p.IssuedAt = instance, fingerprint, s.now().UTC().Truncate(time.Second)
	p.FileExpiresAt, p.GraceUntil = p.IssuedAt.AddDate(0, 0, 30), p.IssuedAt.AddDate(0, 0, 44)
	if change != nil {
		change(&p)
	}
	key := signing
	if s.unsigned {
		key = ed25519.NewKeyFromSeed([]byte("nobody's key, that is not known."))
	}
	file, err := licensefile.Sign(key, p)
	if err != nil {
		panic(err)
	}
	return file
}

// File makes a file for an installation, changed a little.
func (s *Server) File(instance, fingerprint string, change func(*licensefile.Payload)) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return string(s.file(instance, fingerprint, change))
}

// Change changes the license, which has another sequence then.
func (s *Server) Change(change func(*licensefile.Payload)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payload.Sequence++
	change(&s.payload)
}

// Stop lets the license give nothing, by a code such as REVOKED; "" lets it go on.
func (s *Server) Stop(code string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.payload.Sequence++
	s.status = code
}

// Away lets nobody reach the server, or all.
func (s *Server) Away(away bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.away = away
}

// Lose loses the next answers, after what was asked for is done.
func (s *Server) Lose(answers int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = answers
}

// Fill leaves no place for another installation, or some.
func (s *Server) Fill(full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.full = full
}

// SignAsStranger signs files by a key that nobody trusts, or by its own.
func (s *Server) SignAsStranger(stranger bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unsigned = stranger
}

// Forget removes all installations.
func (s *Server) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.places)
}

// Places counts the installations.
func (s *Server) Places() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.places)
}

// Users gives the number of users that was told last.
func (s *Server) Users() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.users
}

// Asked counts how often something was asked for.
func (s *Server) Asked(what string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked[what]
}
