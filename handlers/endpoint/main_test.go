package endpoint

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// newServer serves routes that need neither a database nor a credential, beside those of the service.
func newServer(t *testing.T, o Options, routes ...Route) *Server {
	t.Helper()
	s, err := New(o, Table{Routes: append(routes, ServiceRoutes...)})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func get(s *Server, path string) *httptest.ResponseRecorder {
	recorded := httptest.NewRecorder()
	s.ServeHTTP(recorded, httptest.NewRequest(http.MethodGet, path, nil))
	return recorded
}
