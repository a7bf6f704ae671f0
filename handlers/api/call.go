package api

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/domain"
)

// call is one request on its way through the door.
type call struct {
	http  echo.Context
	ctx   context.Context // ends with the time that a request has
	route *route
	id    string    // X-Request-Id, and the correlation of its events
	at    time.Time // by the system's clock
	clock time.Time // by the ledger's clock, once a query knows its position
	principal
	names  map[string]string // from the path
	query  url.Values
	dryRun bool
	result string // what became of a command, for the metrics
	// own is the answer to a command that is made of its body, instead of the stored one.
	own []byte
	// aborted breaks the connection, for an answer that can't be finished.
	aborted bool
}

// admit checks everything that needs neither the body nor the ledger: who asks, what they may, and whether path and
// query can be read.
func (c *call) admit(s *Server) error {
	if c.route.kind == kindOpen {
		return nil
	}
	var err error
	if c.principal, err = s.keys.authenticate(c.ctx, c.http.Request().Header); err != nil {
		return err
	}
	if !c.route.allows(c.role) {
		return newProblem(http.StatusForbidden, codeRoleNotAllowed, "a key of the role "+string(c.role)+" may not do this")
	}
	if err := c.readNames(); err != nil {
		return err
	}
	return c.readQuery()
}

// readNames takes the names out of the path. They keep their form in a path with escapes, where the router leaves them
// as they came.
func (c *call) readNames() error {
	escaped := c.http.Request().URL.RawPath != ""
	values := c.http.ParamValues()
	for i, name := range c.http.ParamNames() {
		value := values[i]
		if escaped {
			var err error
			if value, err = url.PathUnescape(value); err != nil {
				return nameInvalid(name)
			}
		}
		switch {
		case name == nameStream && !validStream(value):
			return malformed(codeStreamInvalid, "a stream is type:part or type:part:part, such as subscription:acme")
		case name != nameStream && !domain.ValidName(value):
			return nameInvalid(name)
		}
		c.names[name] = value
	}
	return nil
}

func nameInvalid(name string) error {
	return malformed(codeNameInvalid, name+" in the path must be "+domain.NameRule)
}

// Names of places in paths.
const (
	nameWorkspace  = "workspace"
	nameMember     = "member"
	nameProduct    = "product"
	namePrice      = "price"
	nameInvoice    = "invoice"
	nameCreditNote = "credit_note"
	nameStream     = "stream"
)

func (c *call) workspace() string { return c.names[nameWorkspace] }

// minimum is the position that a query must show.
func (c *call) minimum() (int64, error) {
	values := c.http.Request().Header.Values("Min-Position")
	if len(values) == 0 {
		return 0, nil
	}
	position, err := strconv.ParseInt(values[0], 10, 64)
	if err != nil || len(values) > 1 || !plainInteger(values[0]) || position < 0 {
		return 0, malformed(codeParameterInvalid, "Min-Position must be given once, as an integer of 0 or more")
	}
	return position, nil
}

// now is the time by the ledger's clock as of the position that a query shows.
func (c *call) now() time.Time { return c.clock }

// header writes what tells a client which version and position an answer is of; -1 stands for none.
func (c *call) header(version, position int64) {
	header := c.http.Response().Header()
	if version >= 0 {
		header.Set("ETag", etag(version))
	}
	if position >= 0 {
		header.Set("Ledger-Position", strconv.FormatInt(position, 10))
	}
}

// send writes the answer.
func (c *call) send(status int, contentType string, body []byte) error {
	response := c.http.Response()
	response.Header().Set(echo.HeaderContentType, contentType)
	response.Header().Set(echo.HeaderContentLength, strconv.Itoa(len(body)))
	response.WriteHeader(status)
	_, err := response.Write(body)
	return err
}

// marshal encodes what the door itself made, which can't fail but by a mistake in the program: not even for what a client
// wrote and a problem quotes.
func marshal(v any) []byte {
	body, err := json.Marshal(v, json.Deterministic(true), jsontext.AllowInvalidUTF8(true))
	if err != nil {
		panic(err)
	}
	return body
}

const requestIDLenMax = 64

// requestID takes the client's id if it is harmless in a log, and makes one otherwise.
func requestID(header http.Header) string {
	given := header.Get(echo.HeaderXRequestID)
	ok := given != "" && len(given) <= requestIDLenMax
	for i := range len(given) {
		c := given[i]
		ok = ok && (isBase62(given[i:i+1]) || c == '_' || c == '.' || c == '-')
	}
	if ok {
		return given
	}
	return uuid.Must(uuid.NewV7()).String()
}
