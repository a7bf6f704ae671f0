package endpoint

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// unversioned is the version of an answer that has no ETag.
const unversioned = -1

// Call is one request on its way through the server.
type Call struct {
	Principal
	ID string // the request's X-Request-Id, and the correlation of its events

	server  *Server
	http    echo.Context
	ctx     context.Context // ends with the time that a request has
	timeout time.Duration   // that a request has
	route   *Route
	at      time.Time // by the system's clock
	clock   time.Time // by the ledger's clock, once a query knows its position
	snapped int64     // the position of the snapshot that a query reads
	names   map[string]string
	query   url.Values
	version int64  // of what a query shows
	shown   *int64 // the position that a query's answer goes up to, where that is not all
	key     string // the Idempotency-Key of a command
	body    []byte // as it came
	turn    bool   // it is worked on now, being large
	dryRun  bool
	asks    bool                    // it asks what a command would answer, and does nothing
	result  string                  // what became of a command, for the metrics
	own     []byte                  // the answer to a command that is made of its body, instead of the stored one
	once    []byte                  // the first answer to a command that makes a secret; repeats get the stored one
	secret  Secret                  // of such a command
	reveal  func(result any) []byte // shows a result of such a command with its secret
	opened  Link                    // that a page was opened by
	file    string                  // the name of an answer that clients save
	denial  denial
	covers  span // the events that the answer shows, of a recorded route
	kept    bool // the access is recorded
	aborted bool // breaks the connection, for an answer that can't be finished
}

// Context ends with the time that the request has.
func (c *Call) Context() context.Context { return c.ctx }

// At gives the time at which the request came, by the system's clock.
func (c *Call) At() time.Time { return c.at }

// Body gives the body as it came.
func (c *Call) Body() []byte { return c.body }

// Name gives the name at a place of the path, and "" where the path has no such place.
func (c *Call) Name(place string) string { return c.names[place] }

// Key gives the Idempotency-Key of a command.
func (c *Call) Key() string { return c.key }

// Workspace gives the name of the path's workspace, which nearly every path has.
func (c *Call) Workspace() string { return c.names["workspace"] }

// Stream gives the name of the path's stream.
func (c *Call) Stream() domain.Stream { return domain.Stream(c.names[NameStream]) }

// Job gives the path's job.
func (c *Call) Job() Job {
	job, _ := ParseJob(c.names[NameJob])
	return job
}

// Now gives the time by the ledger's clock as of the position that a query shows.
func (c *Call) Now() time.Time { return c.clock }

// Position gives the position of the snapshot that a query reads.
func (c *Call) Position() int64 { return c.snapped }

// SetVersion gives a query's answer an ETag.
func (c *Call) SetVersion(version int64) { c.version = version }

// DryRun reports whether the call's command only says what it would do.
func (c *Call) DryRun() bool { return c.dryRun }

// ReceivedAt tells when the request came, by the system's clock.
func (c *Call) ReceivedAt() time.Time { return c.at }

// URL gives the address of a path of the server.
func (c *Call) URL(path string) string { return c.server.baseURL + path }

// minimum reads the position that a query must show.
func (c *Call) minimum() (int64, error) {
	values := c.http.Request().Header.Values("Min-Position")
	if len(values) == 0 {
		return 0, nil
	}
	position, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || len(values) > 1 || !plainInteger(values[0]) || position < 0 {
		return 0, ParameterInvalid("Min-Position must be given once, as an integer of 0 or more")
	}
	return position, nil
}

// tail gives the position of the ledger's newest event, which queries of the log itself show. It is refused where that
// is less than the minimum: the log is never behind, so such a position has not been written.
func (c *Call) tail(ctx context.Context, db eventstore.Querier, minimum int64) (int64, error) {
	tail, err := eventstore.Tail(ctx, db, c.Ledger.ID)
	if err == nil && tail < minimum {
		err = &engine.BehindError{Projection: "the log", Position: tail, Required: minimum}
	}
	return tail, err
}

// header writes which version and position an answer is of; -1 stands for none.
func (c *Call) header(version, position int64) {
	header := c.http.Response().Header()
	if version >= 0 {
		header.Set("ETag", etag(version))
	}
	if position >= 0 {
		header.Set("Ledger-Position", strconv.FormatInt(position, 10))
	}
}

// show answers with what a position shows.
func (c *Call) show(position int64, view any) error {
	c.header(c.version, position)
	return c.send(c.route.Status, echo.MIMEApplicationJSON, marshal(view))
}

func (c *Call) send(status int, contentType string, body []byte) error {
	if err := c.record(status); err != nil {
		return err
	}
	c.leave()
	response := c.http.Response()
	if c.compresses(contentType, len(body)) {
		body = pack(body)
	}
	response.Header().Set(echo.HeaderContentType, contentType)
	response.Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	response.WriteHeader(status)
	_, err := response.Write(body)
	return err
}

// marshal encodes what the program itself made, which can't fail but by a mistake in it: not even for what a client wrote
// and a problem quotes.
func marshal(v any) []byte {
	body, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(err)
	}
	return body
}

const (
	requestIDLenMax     = 64
	requestIDCharacters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_.-"
)

// requestID takes the client's id if it is harmless in a log, and makes one otherwise.
func requestID(header http.Header) string {
	given := header.Get(echo.HeaderXRequestID)
	if given != "" && len(given) <= requestIDLenMax && strings.Trim(given, requestIDCharacters) == "" {
		return given
	}
	return uuid.Must(uuid.NewV7()).String()
}
