package api

import (
	"net/http"
	"reflect"
	"slices"
	"strings"
	"time"
)

// route is one entry of the table that routing, roles and the OpenAPI document are all made of.
type route struct {
	method  string
	path    string // in OpenAPI's form, such as /v1/workspaces/{workspace}/seats
	id      string // the operation's id
	tag     string
	summary string
	text    string // the rules, for the document
	roles   []Role // who may; nil needs no key

	parameters []parameter
	request    reflect.Type // of the body; nil takes none
	example    any          // of the body
	bodyMax    int64
	status     int          // of a success
	waits      bool         // a success may be 202 instead, when it waits for money
	answer     reflect.Type // of a success's body
	answerAs   string       // its content type beside JSON, if any
	versioned  bool         // the answer has an ETag
	positioned bool         // the answer has a Ledger-Position
	refusals   []refusal    // those of this route alone
	kind       routeKind
	timeout    time.Duration // 0 is the server's

	handle func(*Server, *call) error
}

// routeKind is how a route treats its request.
type routeKind int

const (
	kindOpen    routeKind = iota // for everyone, outside of /v1
	kindQuery                    // a GET that shows a position
	kindCheck                    // a POST that only asks a read model, or is harmless to repeat
	kindAsk                      // asks the store, for what is true now
	kindCommand                  // changes something, once
)

// refusal documents one way in which a route refuses.
type refusal struct {
	status int
	code   string
	text   string
}

// invalid documents codes of fields that break a rule of their own; the message of each says which.
func invalid(codes ...string) []refusal {
	refusals := make([]refusal, len(codes))
	for i, code := range codes {
		refusals[i] = refusal{status: http.StatusUnprocessableEntity, code: code}
	}
	return refusals
}

// Who may do what, as sets that the routes name.
var (
	everyRole      = []Role{RoleClient, RoleFinance, RoleAuditor, RoleAdmin}
	roleReaders    = []Role{RoleFinance, RoleAuditor, RoleAdmin}
	roleWorkspaces = []Role{RoleClient, RoleAdmin}
	roleMoney      = []Role{RoleFinance, RoleAdmin}
	roleAdmins     = []Role{RoleAdmin}
)

// allows reports whether a role may use the route.
func (r *route) allows(role Role) bool { return slices.Contains(r.roles, role) }

// echoPath is the path as the router wants it.
func (r *route) echoPath() string {
	return strings.NewReplacer("{", ":", "}", "").Replace(r.path)
}

// pathNames are the names that the path has places for.
func (r *route) pathNames() []string {
	var names []string
	for part := range strings.SplitSeq(r.path, "/") {
		if name, found := strings.CutPrefix(part, "{"); found {
			names = append(names, strings.TrimSuffix(name, "}"))
		}
	}
	return names
}

// changes reports whether the route does something that a key must keep from being done twice.
func (r *route) changes() bool { return r.kind == kindCommand }

// hasBody reports whether the method comes with one.
func (r *route) hasBody() bool { return r.request != nil }

// parameter is a parameter of the query.
type parameter struct {
	name    string
	text    string
	boolean bool
	integer bool
	low     int64  // of an integer
	high    int64  // of an integer
	pattern string // of a text, for the document; valid decides
	value   any    // what it is when it is not given, for the document
	code    string // of the refusal; parameter_invalid when empty
	valid   func(string) bool
	must    string // be what, where it is not valid
	example string // of one that must be given; all others may be left out
}

// routes is the whole table.
func routes() []route {
	return slices.Concat(
		productRoutes(),
		couponRoutes(),
		offerRoutes(),
		subscriptionRoutes(),
		changeRoutes(),
		cancelRoutes(),
		manageRoutes(),
		previewRoutes(),
		trialRoutes(),
		planRoutes(),
		seatRoutes(),
		usageRoutes(),
		invoiceRoutes(),
		detailsRoutes(),
		paperRoutes(),
		creditNoteRoutes(),
		creditRoutes(),
		eventRoutes(),
		clockRoutes(),
		jobRoutes(),
		projectionRoutes(),
		openRoutes(),
	)
}

// openRoutes need no key: they say nothing about any ledger.
func openRoutes() []route {
	get := func(path, id, summary, contentType string, handle func(*Server, *call) error) route {
		return route{
			method: http.MethodGet, path: path, id: id, tag: "Service", summary: summary, status: http.StatusOK,
			answerAs: contentType, kind: kindOpen, handle: handle,
		}
	}
	ready := get("/readyz", "ready", "Whether requests can be served", "", (*Server).ready)
	ready.answer = reflect.TypeFor[healthView]()
	ready.refusals = []refusal{{http.StatusServiceUnavailable, codeNotReady, "the database or a read model is not there yet"}}
	healthy := get("/healthz", "healthy", "Whether the process runs", "", (*Server).healthy)
	healthy.answer = reflect.TypeFor[healthView]()
	return []route{
		healthy,
		ready,
		get("/metrics", "metrics", "Numbers for Prometheus", "text/plain", (*Server).showMetrics),
		get("/openapi.json", "openapi", "This document", "application/json", (*Server).showOpenAPI),
		get("/docs", "docs", "This document, for people", "text/html", (*Server).showDocs),
	}
}
