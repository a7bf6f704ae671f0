package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/domain"
)

// depthMax bounds how deep the values of a body may be nested.
const depthMax = 32

// IntegerMax is the largest integer that every JSON reader has exactly, our own events' canonical form included.
const IntegerMax = 1<<53 - 1

// emptyBody stands for no body at all.
var emptyBody = []byte("{}")

// read reads the request's body into v. A command's key is read before, which a dry run does without.
func (c *Call) read(v any) (err error) {
	if c.route.Changes() && !c.dryRun && !c.asks {
		if c.key, err = parseIdempotencyKey(c.http.Request().Header.Values("Idempotency-Key")); err != nil {
			return err
		}
	}
	if c.body, err = readBody(c.http.Request(), c.route.BodyMax); err != nil {
		return err
	}
	c.extend()
	if err := c.enter(); err != nil {
		return err
	}
	return c.route.Decode(c.body, v)
}

// Has reports whether the body names a member, also as null.
func (c *Call) Has(member string) bool {
	var members map[string]jsontext.Value
	if json.Unmarshal(c.body, &members) != nil {
		return false
	}
	_, has := members[member]
	return has
}

// decode reads a body into v if it has the shape. What can't be read is refused at the first fault, with 400 or 413; what
// can be read but breaks a rule that every field of its kind has, with 422 and all such fields.
func decode(body []byte, s *shape, v any) error {
	if err := checkSizes(body); err != nil {
		return err
	}
	w := walker{decoder: jsontext.NewDecoder(bytes.NewBuffer(body))}
	if err := w.value(s, 1); err != nil {
		return err
	}
	if _, err := w.decoder.ReadToken(); !errors.Is(err, io.EOF) {
		return malformed("trailing_data", "there must be nothing behind the JSON value")
	}
	if err := w.check.Rejection(); err != nil {
		return err
	}
	if err := json.Unmarshal(body, v, json.RejectUnknownMembers(true)); err != nil {
		return fmt.Errorf("decode a body of the right shape: %w", err)
	}
	return nil
}

// walker compares a body with a shape, token by token.
type walker struct {
	decoder *jsontext.Decoder
	check   domain.Check
}

// value goes at most depthMax deep.
func (w *walker) value(s *shape, depth int) error {
	kind := w.decoder.PeekKind()
	if kind == 'n' && !s.nullable {
		return w.skip(malformed("null_not_allowed", "a value must not be null; leave the field out instead"))
	}
	if (kind == '{' || kind == '[') && depth > depthMax {
		return malformed("depth_exceeded", fmt.Sprintf("a body must not be more than %d values deep", depthMax)).at(w.pointer())
	}
	switch {
	case kind == 'n':
		_, err := w.token()
		return err
	case s.kind == shapeAny:
		return w.anything(kind, depth)
	case kind == '{' && s.kind == shapeObject:
		return w.object(s, depth)
	case kind == '{' && s.kind == shapeMap:
		return w.members(depth, func(string) (*shape, error) { return s.element, nil })
	case kind == '[' && s.kind == shapeList:
		return w.list(s.element, depth)
	case kind == '"' && (s.kind == shapeText || s.kind == shapeLines || s.kind == shapeTime):
		return w.text(s.kind)
	case kind == '0' && s.kind == shapeInteger:
		return w.integer()
	case (kind == 't' || kind == 'f') && s.kind == shapeBoolean:
		_, err := w.token()
		return err
	}
	return w.skip(malformed("type_mismatch", "the value must be "+s.kind.String()))
}

func (w *walker) object(s *shape, depth int) error {
	given := make(map[string]bool, len(s.fields))
	err := w.members(depth, func(name string) (*shape, error) {
		field, known := s.fields[name]
		if !known {
			return nil, malformed("unknown_field", fmt.Sprintf("there is no field %.64q here; %s", name, s.names())).at(w.pointer())
		}
		given[name] = true
		return field, nil
	})
	if err != nil {
		return err
	}
	for _, name := range s.required {
		pointer := w.pointer() + domain.Pointer(name)
		w.check.Require(given[name], pointer, "required", "%s is required", name)
	}
	return nil
}

// members walks an object, asking for the shape of each member.
func (w *walker) members(depth int, shapeOf func(name string) (*shape, error)) error {
	if _, err := w.token(); err != nil {
		return err
	}
	for w.decoder.PeekKind() != '}' {
		name, err := w.token()
		if err != nil {
			return err
		}
		if err := w.characters(name.String(), unicode.MaxASCII); err != nil {
			return err
		}
		s, err := shapeOf(name.String())
		if err != nil {
			return err
		}
		if err := w.value(s, depth+1); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

func (w *walker) list(element *shape, depth int) error {
	if _, err := w.token(); err != nil {
		return err
	}
	for w.decoder.PeekKind() != ']' {
		if err := w.value(element, depth+1); err != nil {
			return err
		}
	}
	_, err := w.token()
	return err
}

// token reads on, and sorts what is no JSON.
func (w *walker) token() (jsontext.Token, error) {
	token, err := w.decoder.ReadToken()
	switch {
	case err == nil:
		return token, nil
	case errors.Is(err, jsontext.ErrDuplicateName):
		var syntactic *jsontext.SyntacticError
		p := malformed("duplicate_key", "an object must not have a member twice")
		if errors.As(err, &syntactic) {
			p = p.at(string(syntactic.JSONPointer))
		}
		return token, p
	}
	return token, malformed("json_invalid", "the body must be one JSON value in UTF-8").at(w.pointer())
}

// skip reads the value that p refuses, for its pointer, and says so if it is no JSON either.
func (w *walker) skip(p *Problem) error {
	if _, err := w.token(); err != nil {
		return err
	}
	return p.at(w.pointer())
}

func (w *walker) pointer() string { return string(w.decoder.StackPointer()) }
