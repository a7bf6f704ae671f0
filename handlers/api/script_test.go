package api

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// edge is a case at the edge of the rules, as a script of requests: a JSON array of [method, path, body?, status?]. In a path
// {invoice} is the latest invoice that an answer named, and {first} the first. A request must succeed where it has no status.
type edge struct {
	name, script string
	want         object // of the last answer, by paths
}

// tellEdges plays cases one after the other, each in a sandbox of its own whose clock begins in 2031. Cases side by side
// would let the next test begin while they wait, until the database has no connection left.
func tellEdges(t *testing.T, edges []edge) {
	t.Helper()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for _, e := range edges {
		token := b.tokenAt(e.name, "2031-01-01")
		t.Run(e.name, func(t *testing.T) {
			script(t, &client{t: t, base: p.url, token: token}, e.script).says(e.want)
		})
	}
}

// script sends the requests one after the other and gives the last answer. Every query shows all that was done before it.
func script(t *testing.T, c *client, steps string) (last *answered) {
	t.Helper()
	var requests [][]any
	if err := json.Unmarshal([]byte(steps), &requests); err != nil {
		t.Fatalf("the script: %v", err)
	}
	var first, latest, license string
	seen := without("Min-Position")
	for _, request := range requests {
		path := strings.NewReplacer("{invoice}", latest, "{first}", first, "{license}", license).Replace(request[1].(string))
		var body any
		if len(request) > 2 {
			body = request[2]
		}
		last = c.do(request[0].(string), path, body, seen)
		switch {
		case len(request) > 3:
			last.is(int(request[3].(float64)))
		case last.status/100 != 2:
			t.Fatalf("%s: %d\n%s", last.what, last.status, last.body)
		}
		if last.header.Get("Ledger-Position") != "" {
			seen = last.position()
		}
		if id := last.text("license.id"); id != "" {
			license = id
		}
		if invoice := last.text("invoice"); last.status < 300 && invoice != "" {
			if latest = invoice; first == "" {
				first = invoice
			}
		}
	}
	return last
}
