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
	Repeats    bool          // a success may be 200 instead, when it was so already
	AnswerAs   string        // the answer's content type beside JSON, if any
	Forms      []string      // further content types that the answer may be asked for in
	Versioned  bool          // the answer has an ETag
	Immutable  bool          // a success never changes, so that clients may keep it
	Tagged     bool          // the ETag is of the answer's content, and who has that hears so
	Ranged     bool          // the answer is given in parts to who asks for those
	Refusals   []Refusal     // those of this route alone
	Recorded   Recording     // which answers are kept in the log of access
	Timeout    time.Duration // 0 means the server's
	Tidy       func(*Call)   // runs after a command that was no dry run, whatever became of it

	kind       Kind
	request    reflect.Type // of the body; nil takes none
	body       *shape       // of the request
	answer     reflect.Type // of a success's body
	positioned bool         // the answer has a Ledger-Position
	handle     func(*Call) error
	refuse     func(*Call, *Problem) (status int, body any) // in a form of its own; nil refuses as all others do
}

// Tag names a group of routes in the document.
type Tag struct {
	Name string
	Text string
}

// Kind tells how a route treats its request.
type Kind int

const (
	KindOpen    Kind = iota // for everyone, outside of /v1
	KindPage                // for people who have a link, outside of /v1
	KindMessage             // for outsiders who sign what they send
	KindQuery               // a GET that shows a position
	KindCheck               // a POST that only asks a read model, or is harmless to repeat
	KindAsk                 // asks the store, for what is true now
	KindCommand             // changes something, once
)

// answering completes a route whose answer is V and has a position.
func answering[V any](r Route, k Kind, handle func(*Call) error) Route {
	r.kind, r.answer, r.positioned, r.handle = k, reflect.TypeFor[V](), true, handle
	if r.Status == 0 {
		r.Status = http.StatusOK
	}
	return r
}

// taking completes a route that takes the body B besides.
func taking[B, V any](r Route, k Kind, handle func(*Call, B) error) Route {
	r.request = reflect.TypeFor[B]()
	r.body = shapeOf(r.request)
	if r.BodyMax == 0 {
		r.BodyMax = BodyBytesMax
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

// Answer gives the type of a success's body, or nil where it has no JSON.
func (r *Route) Answer() reflect.Type { return r.answer }

// Positioned reports whether the answer has a Ledger-Position.
func (r *Route) Positioned() bool { return r.positioned }

// Kind tells how the route treats its request.
func (r *Route) Kind() Kind { return r.kind }

// Decode reads a request's body into v, strictly.
func (r *Route) Decode(body []byte, v any) error { return decode(body, r.body, v) }

// Changes reports whether the route does something that a key must keep from being done twice.
func (r *Route) Changes() bool { return r.kind == KindCommand }

// Open reports whether the route needs no credential beside its path.
func (r *Route) Open() bool { return r.kind == KindOpen || r.kind == KindPage || r.kind == KindMessage }

// OfLicense reports whether a license key is the credential of the route.
func (r *Route) OfLicense() bool { return len(r.Roles) == 1 && r.Roles[0] == RoleLicense }

// allows reports whether a role may use the route.
func (r *Route) allows(role Role) bool { return slices.Contains(r.Roles, role) }

// echoPath gives the path as the router wants it.
func (r *Route) echoPath() string {
	return strings.NewReplacer("{"+NameTile+"}", "*", "{", ":", "}", "").Replace(r.Path)
}

// PathNames are the names that the path has places for.
func (r *Route) PathNames() []string {
	var names []string
	for part := range strings.SplitSeq(r.Path, "/") {
		if name, found := strings.CutPrefix(part, "{"); found {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}
