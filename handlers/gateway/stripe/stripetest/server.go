package stripetest

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"time"
)

// object is something that Stripe keeps, in the form in which it is shown.
type object = map[string]any

// Server is Stripe.
type Server struct {
	// URL begins the addresses of its API.
	URL string
	// Check sees every request before it is worked on, and gives what is wrong with it.
	Check func(method, path string, body []byte) error

	address string
	mux     *http.ServeMux

	mu      sync.Mutex
	http    *http.Server
	faults  []error
	made    int
	scripts map[string][]Behaviour // of payment methods
	charged map[string]int         // the charges of a payment method
	objects map[string]object      // by their ids
	order   []string               // of ids, oldest first
	answers map[string]*kept
	events  []Event
}

// kept is the answer to a request with a key.
type kept struct {
	request [sha256.Size]byte
	done    bool
	answer  answer
}

// answer holds what a request leads to.
type answer struct {
	status int
	body   object
	silent bool // the connection is closed instead
}

// New starts a server, which must be closed.
func New() (*Server, error) {
	s := &Server{
		mux: http.NewServeMux(), scripts: map[string][]Behaviour{}, charged: map[string]int{}, objects: map[string]object{}, answers: map[string]*kept{},
	}
	s.routes()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s.address = listener.Addr().String()
	s.URL = "http://" + s.address
	s.serve(listener)
	return s, nil
}

func (s *Server) serve(l net.Listener) {
	server := &http.Server{Handler: s.mux, ReadHeaderTimeout: time.Minute}
	server.SetKeepAlivesEnabled(false) // so that a server that is away is met by connecting
	s.mu.Lock()
	s.http = server
	s.mu.Unlock()
	go func() { _ = server.Serve(l) }()
}

// Close stops the server, and gives what Check found.
func (s *Server) Close() error {
	s.mu.Lock()
	server, faults := s.http, s.faults
	s.mu.Unlock()
	return errors.Join(append(faults, server.Close())...)
}

// Reachable lets connections succeed or fail.
func (s *Server) Reachable(reachable bool) error {
	if !reachable {
		s.mu.Lock()
		server := s.http
		s.mu.Unlock()
		return server.Close()
	}
	listener, err := net.Listen("tcp", s.address)
	if err != nil {
		return err
	}
	s.serve(listener)
	return nil
}

// handle answers requests of a pattern.
func (s *Server) handle(pattern string, do func(r *http.Request, form url.Values) answer) {
	s.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		if s.Check != nil {
			if err := s.Check(r.Method, r.URL.RequestURI(), body); err != nil {
				s.mu.Lock()
				s.faults = append(s.faults, err)
				s.mu.Unlock()
			}
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			write(w, refused(400, "invalid_request_error", "", "the body is no form"))
			return
		}
		if r.Method == http.MethodGet {
			form = r.URL.Query()
		}
		if !strings.HasPrefix(r.Header.Get("Authorization"), "Bearer sk_") {
			write(w, refused(401, "invalid_request_error", "", "Invalid API Key provided"))
			return
		}
		write(w, s.once(r, body, func() answer { return do(r, form) }))
	})
}

// once does what has a key once, and answers as before after that.
func (s *Server) once(r *http.Request, body []byte, do func() answer) answer {
	key := r.Header.Get("Idempotency-Key")
	if r.Method != http.MethodPost || key == "" {
		s.mu.Lock()
		defer s.mu.Unlock()
		return do()
	}
	request := sha256.Sum256(append([]byte(r.URL.Path+"\n"), body...))
	s.mu.Lock()
	known, repeated := s.answers[key]
	switch {
	case repeated && known.request != request:
		s.mu.Unlock()
		return refused(400, "idempotency_error", "", "Keys for idempotent requests can only be used with the same parameters they were first used with.")
	case repeated && !known.done:
		s.mu.Unlock()
		return refused(409, "invalid_request_error", "idempotency_key_in_use", "There is currently another in-progress request using this Idempotent Key")
	case repeated:
		s.mu.Unlock()
		return known.answer
	}
	known = &kept{request: request}
	s.answers[key] = known
	s.mu.Unlock()
	time.Sleep(time.Millisecond) // so that others with the key meet it being worked on
	s.mu.Lock()
	defer s.mu.Unlock()
	known.answer = do()
	if known.done = true; known.answer.status == 0 {
		delete(s.answers, key) // it never arrived
	}
	return known.answer
}

func write(w http.ResponseWriter, a answer) {
	if a.silent {
		if connection, _, err := http.NewResponseController(w).Hijack(); err == nil {
			_ = connection.Close()
		}
		return
	}
	body, err := json.Marshal(a.body)
	if err != nil {
		panic(err) // it was made of plain values
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Request-Id", "req_test")
	w.WriteHeader(a.status)
	_, _ = w.Write(body)
}

func refused(status int, kind, code, message string) answer {
	e := object{"type": kind, "message": message}
	if code != "" {
		e["code"] = code
	}
	return answer{status: status, body: object{"error": e}}
}

func missing(param, id string) answer {
	a := refused(404, "invalid_request_error", "resource_missing", "No such "+param+": '"+id+"'")
	a.body["error"].(object)["param"] = param
	return a
}

// id makes the next id.
func (s *Server) id(prefix string) string {
	s.made++
	return fmt.Sprintf("%s_test%06d", prefix, s.made)
}

// keep stores an object under its id.
func (s *Server) keep(o object) object {
	id := o["id"].(string)
	if _, known := s.objects[id]; !known {
		s.order = append(s.order, id)
	}
	s.objects[id] = o
	return o
}

// list gives the objects that match, newest first.
func (s *Server) list(path string, matches func(object) bool) answer {
	found := []object{}
	for i := len(s.order) - 1; i >= 0; i-- {
		if o := s.objects[s.order[i]]; matches(o) {
			found = append(found, o)
		}
	}
	return answer{status: 200, body: object{"object": "list", "url": path, "has_more": false, "data": found}}
}

// metadata reads the metadata of a form, below a prefix such as "payment_intent_data".
func metadata(form url.Values, prefix string) map[string]string {
	read := map[string]string{}
	start := prefix + "metadata["
	if prefix != "" {
		start = prefix + "[metadata]["
	}
	for name, values := range form {
		if inner, ok := strings.CutPrefix(name, start); ok {
			read[strings.TrimSuffix(inner, "]")] = values[0]
		}
	}
	return read
}

// Mock gives a Check that sends every request to another server as well, which must not refuse it.
func Mock(base string) func(method, path string, body []byte) error {
	return func(method, path string, body []byte) error {
		request := httptest.NewRequest(method, base+path, bytes.NewReader(body))
		request.RequestURI = ""
		request.Header.Set("Authorization", "Bearer sk_test_123")
		if method == http.MethodPost {
			request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return err
		}
		defer func() { _ = response.Body.Close() }()
		if response.StatusCode != http.StatusOK {
			said, _ := io.ReadAll(response.Body)
			return fmt.Errorf("%s %s with %s is answered %d: %s", method, path, cmp.Or(string(body), "nothing"), response.StatusCode, said)
		}
		return nil
	}
}
