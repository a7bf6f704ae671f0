package endpoint

import (
	"errors"
	"net/http"
	"os"
	"reflect"

	"github.com/google/uuid"
)

// Message holds what somebody outside sent of their own accord, as it came.
type Message struct {
	Header http.Header
	Body   []byte
}

// Receive completes a POST that takes messages of outsiders. They have no key and sign what they send, so the bytes stay as they
// came. The path has a place for an id that they were given, which tells the ledger; one that tells none is refused as unknown.
func Receive[V any](
	r Route, place string, ledgerOf func(id string) (uuid.UUID, bool), unknown error, take func(*Call, Message) (V, error),
) Route {
	r.kind, r.answer, r.Status = KindMessage, reflect.TypeFor[V](), http.StatusOK
	r.handle = func(c *Call) error {
		if err := c.readNames(); err != nil {
			return err
		}
		ledger, ok := ledgerOf(c.names[place])
		if !ok {
			return unknown
		}
		holder, found, err := c.server.authenticator.Holder(c.ctx, ledger)
		if err != nil {
			return err
		}
		if !found {
			return unknown
		}
		c.Principal = holder
		body, err := c.message()
		if err != nil {
			return err
		}
		answer, err := take(c, Message{Header: c.http.Request().Header, Body: body})
		if err != nil {
			return err
		}
		return c.send(c.route.Status, "application/json", marshal(answer))
	}
	return r
}

// message takes the whole body as it is.
func (c *Call) message() ([]byte, error) {
	request := c.http.Request()
	if request.ContentLength > c.route.BodyMax {
		return nil, bodyTooLarge(c.route.BodyMax)
	}
	body, err := readAll(request, c.route.BodyMax)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, newProblem(http.StatusRequestTimeout, "body_timeout", "the body did not arrive in time")
	case err != nil:
		return nil, malformed("body_incomplete", "the body ended before its length")
	case int64(len(body)) > c.route.BodyMax:
		return nil, bodyTooLarge(c.route.BodyMax)
	}
	return body, nil
}
