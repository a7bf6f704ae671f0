package endpoint

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// Route says everything about one operation. A constructor of this package completes it.
type Route struct {
	Method  string
	Path    string // in OpenAPI's form, such as /v1/workspaces/{workspace}/seats
	ID      string // the operation's
	Tag     Tag
	Summary string
	Text    string // the rules, for the document
	Roles   []Role // that may use it; nil needs no credential

	Parameters []Parameter
	Example    any    // of the body
	Other      any    // another example
	Needs      string // what the examples need beside what the guide makes
	BodyMax    int64
	Status     int           // of a success; 0 means 200
	Waits      bool          // a success may be 202 instead, when it waits for money
	AnswerAs   string        // the answer's content type beside JSON, if any
	Versioned  bool          // the answer has an ETag
	Refusals   []Refusal     // those of this route alone
	Timeout    time.Duration // 0 means the server's

	kind       kind
	request    reflect.Type // of the body; nil takes none
	body       *shape       // of the request
	answer     reflect.Type // of a success's body
	positioned bool         // the answer has a Ledger-Position
	handle     func(*Call) error
}

// Tag names a group of routes in the document.
type Tag struct {
	Name string
	Text string
}

// kind tells how a route treats its request.
type kind int

const (
	kindOpen    kind = iota // for everyone, outside of /v1
	kindPage                // for people who have a link, outside of /v1
	kindQuery               // a GET that shows a position
	kindCheck               // a POST that only asks a read model, or is harmless to repeat
	kindAsk                 // asks the store, for what is true now
	kindCommand             // changes something, once
)

// answering completes a route whose answer is V and has a position.
func answering[V any](r Route, k kind, handle func(*Call) error) Route {
	r.kind, r.answer, r.positioned, r.handle = k, reflect.TypeFor[V](), true, handle
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	return r
}

// taking completes a route that takes the body B besides.
func taking[B, V any](r Route, k kind, handle func(*Call, B) error) Route {
	r.request = reflect.TypeFor[B]()
	r.body = shapeOf(r.request)
	if r.BodyMax == 0 {
		r.BodyMax = bodyBytesMax
	}
	return answering[V](r, k, func(c *Call) error {
		var given B
		if err := c.read(&given); err != nil {
			return err
		}
		return handle(c, given)
	})
}

// Body gives the type of the request's body, or nil where the route takes none.
func (r *Route) Body() reflect.Type { return r.request }

// Decode reads a request's body into v, strictly.
func (r *Route) Decode(body []byte, v any) error { return decode(body, r.body, v) }

// Changes reports whether the route does something that a key must keep from being done twice.
func (r *Route) Changes() bool { return r.kind == kindCommand }

// open reports whether the route needs no credential beside its path.
func (r *Route) open() bool { return r.kind == kindOpen || r.kind == kindPage }

// allows reports whether a role may use the route.
func (r *Route) allows(role Role) bool { return slices.Contains(r.Roles, role) }

// echoPath gives the path as the router wants it.
func (r *Route) echoPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.Path)
}

// pathNames are the names that the path has places for.
func (r *Route) pathNames() []string {
	var names []string
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, found := strings.CutPrefix(part, "{"); found {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}
