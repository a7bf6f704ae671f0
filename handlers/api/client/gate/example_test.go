package gate_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/handlers/api/client"
	"github.com/tallystick/tallystick/handlers/api/client/gate"
	"github.com/tallystick/tallystick/handlers/api/client/gate/echogate"
)

// tallystick answers as a server does whose workspace acme has the feature export and nothing else; away closes it.
func tallystick() (url string, away func()) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch r.URL.Path {
		case "/v1/workspaces/acme/features/export":
			fmt.Fprint(w, `{"key":"export","kind":"boolean","allowed":true,"value":true,"reason":"plan","source":"plan","fail":"open"}`)
		case "/v1/workspaces/acme/features/sso":
			fmt.Fprint(w, `{"key":"sso","kind":"boolean","allowed":false,"value":false,"reason":"not_in_plan","source":"none","fail":"closed"}`)
		default:
			w.Header().Set("Content-Type", "application/problem+json")
			w.WriteHeader(http.StatusNotFound)
			fmt.Fprint(w, `{"status":404,"code":"feature_unknown"}`)
		}
	}))
	return server.URL, server.Close
}

// A server lets workspaces export whose plan has that.
func Example() {
	url, away := tallystick()
	defer away()
	c, err := client.New(url, client.WithKey("tally_sandbox_…"))
	if err != nil {
		panic(err)
	}
	plans := gate.New(c, func(r *http.Request) string { return r.PathValue("workspace") })

	mux := http.NewServeMux()
	mux.Handle("GET /{workspace}/export", plans.Require("export")(page("all your data")))
	mux.Handle("GET /{workspace}/sso", plans.Require("sso")(page("sign in")))

	for _, path := range []string{"/acme/export", "/acme/sso"} {
		answer := httptest.NewRecorder()
		mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, path, nil))
		fmt.Println(answer.Code, strings.TrimSpace(answer.Body.String()))
	}
	// Output:
	// 200 all your data
	// 402 {"type":"urn:tallystick:problem:feature_not_in_plan","title":"Feature not in plan","status":402,"detail":"the plan does not have sso","instance":"/acme/sso","code":"feature_not_in_plan","feature":"sso","reason":"not_in_plan"}
}

func page(text string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, text) })
}

func TestGate(t *testing.T) {
	t.Parallel()
	url, away := tallystick()
	c, err := client.New(url, client.WithKey("k"))
	if err != nil {
		t.Fatal(err)
	}
	plans := gate.New(c, func(*http.Request) string { return "acme" })
	router := echo.New()
	for _, feature := range []string{"export", "sso", "none", "never"} {
		router.GET("/"+feature, func(c echo.Context) error { return c.String(http.StatusOK, "done") }, echogate.Require(plans, feature))
	}
	ask := func(feature string, want int) {
		t.Helper()
		answer := httptest.NewRecorder()
		router.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/"+feature, nil))
		if answer.Code != want {
			t.Errorf("%s: %d %s", feature, answer.Code, answer.Body)
		}
	}
	ask("export", 200)
	ask("sso", 402)
	ask("none", 402)
	away()
	ask("export", 200) // open, as the server said before
	ask("sso", 503)
	ask("never", 503)
	plans.Open("never")
	ask("never", 200)
}
