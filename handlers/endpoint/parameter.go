package endpoint

import (
	"context"
	"net/url"
	"reflect"
	"slices"
	"strconv"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// Parameter is a parameter of the query.
type Parameter struct {
	Name    string
	Text    string
	Pattern string // of a text, for the document; Valid decides
	Valid   func(string) bool
	Must    string // be what, where it is not valid
	Example string // of one that must be given; all others may be left out

	Values []string                      // of a filter, all that there are
	Fits   func(value, text string) bool // whether a filter finds a value

	Boolean   bool
	Integer   bool
	Low, High int64        // of an integer
	Choice    reflect.Type // of a filter that takes an enumeration's values
	Otherwise string       // the value when it is not given, for the document
	code      string       // of the refusal; parameter_invalid when empty
}

// NamePattern matches what [domain.ValidName] takes.
const NamePattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

const (
	pageLimit    = 25
	pageLimitMax = 100
)

var (
	ParameterDryRun = BooleanParameter("dry_run",
		"With true, the command is decided and not done. The answer is the events that it would write; a refusal is the same.")
	ParameterLimit = Parameter{
		Name: "limit", Text: "How many entries a page has at most.", Integer: true, Low: 1, High: pageLimitMax,
		Otherwise: strconv.Itoa(pageLimit),
	}
	ParameterCursor = Parameter{
		Name: "cursor", Text: "page.next of the page before, of the same list with the same filters.",
		code: CodeCursorInvalid, Valid: func(text string) bool { return text != "" },
	}
)

// ParameterCheck lets a command be asked for and not done. A route that has it takes no key then.
var ParameterCheck = BooleanParameter("check", "With true, the answer is the same and nothing is done; no Idempotency-Key is needed.")

// ListParameters gives the parameters of every list, behind the filters of one.
func ListParameters(filters ...Parameter) []Parameter {
	return append(filters, ParameterLimit, ParameterCursor)
}

// BooleanParameter takes true or false.
func BooleanParameter(name, text string) Parameter {
	return Parameter{
		Name: name, Text: text, Boolean: true, Valid: func(text string) bool { return text == "true" || text == "false" },
		Must: "true or false",
	}
}

// IntegerParameter takes a number from 0 to the largest.
func IntegerParameter(name, text string) Parameter {
	return Parameter{Name: name, Text: text, Integer: true, High: 1<<63 - 1}
}

// NameParameter takes a name, which must be given.
func NameParameter(name, text, must, example string) Parameter {
	return Parameter{Name: name, Text: text, Pattern: NamePattern, Valid: domain.ValidName, Must: must, Example: example}
}

// NameFilter takes a name, and nothing for no filter.
func NameFilter(name, text, must string) Parameter {
	return Parameter{
		Name: name, Text: text, Pattern: "^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$",
		Valid: func(text string) bool { return text == "" || domain.ValidName(text) }, Must: must,
	}
}

// ChoiceFilter takes one of the values that there are, and nothing for no filter.
func ChoiceFilter[V ~string](name, text string, values []V) Parameter {
	p := Parameter{
		Name: name, Text: text, Choice: reflect.TypeFor[V](), Valid: func(string) bool { return true },
		Fits: func(value, text string) bool { return value == text },
	}
	for _, value := range values {
		p.Values = append(p.Values, string(value))
	}
	return p
}

// StreamFilter takes the name of a stream, and nothing for no filter.
func StreamFilter(name, text string) Parameter {
	return Parameter{
		Name: name, Text: text, Pattern: "^(" + StreamPattern + ")?$",
		Valid: func(text string) bool { return text == "" || ValidStream(text) }, Must: "a stream, such as seating:acme",
	}
}

// Parameter gives a checked parameter of the query, and "" for one that was not given.
func (c *Call) Parameter(name string) string { return c.query.Get(name) }

// Given reports whether the query has a parameter.
func (c *Call) Given(name string) bool { return c.query.Has(name) }

// Integer gives a checked parameter of the query, or what it is when it is not given.
func (c *Call) Integer(name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(c.query.Get(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// limit bounds the entries of the page.
func (c *Call) limit() int { return int(c.Integer(ParameterLimit.Name, pageLimit)) }

// readQuery takes the parameters that the route has, and no other.
func (c *Call) readQuery() error {
	query, err := url.ParseQuery(c.http.Request().URL.RawQuery)
	if err != nil {
		return ParameterInvalid("the query can't be read")
	}
	for name, values := range query {
		known, ok := c.route.parameter(name)
		if !ok {
			return malformed(CodeParameterUnknown, "there is no parameter "+strconv.Quote(cut(name, 64))+" here")
		}
		if len(values) != 1 {
			return ParameterInvalid(name + " must be given once")
		}
		if err := known.check(values[0]); err != nil {
			return err
		}
	}
	for _, p := range c.route.Parameters {
		if p.Example != "" && !query.Has(p.Name) {
			return ParameterInvalid(p.Name + " is missing: it must be " + p.Must)
		}
	}
	c.query = query
	c.dryRun, c.asks = query.Get(ParameterDryRun.Name) == "true", query.Get(ParameterCheck.Name) == "true"
	return nil
}

func (r *Route) parameter(name string) (Parameter, bool) {
	if r.Changes() && name == ParameterDryRun.Name {
		return ParameterDryRun, true
	}
	for _, p := range r.Parameters {
		if p.Name == name {
			return p, true
		}
	}
	return Parameter{}, false
}

func (p Parameter) check(text string) error {
	if p.Integer {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !plainInteger(text) || n < p.Low || n > p.High {
			return ParameterInvalid(p.Name + " must be an integer from " + strconv.FormatInt(p.Low, 10) + " to " + strconv.FormatInt(p.High, 10))
		}
		return nil
	}
	if p.Valid(text) {
		return p.checkPossible(text)
	}
	if p.code != "" {
		return malformed(p.code, "the "+p.Name+" is not one that this list gave")
	}
	return ParameterInvalid(p.Name + " must be " + p.Must)
}

// checkPossible refuses a filter that could never find anything, and tells what it could.
func (p Parameter) checkPossible(text string) error {
	finds := func(value string) bool { return p.Fits(value, text) }
	if text == "" || p.Values == nil || slices.ContainsFunc(p.Values, finds) {
		return nil
	}
	return domain.Invalid(CodeFilterInvalid, "there is no %s %.64q; possible names all that there are", p.Name, text).
		With("parameter", p.Name).With("possible", p.Values)
}

// cut keeps what a client wrote from filling an answer or the log.
func cut(text string, length int) string {
	if len(text) > length {
		return text[:length]
	}
	return text
}

// ParameterAsOf asks for what was so at a position or a time.
var ParameterAsOf = Parameter{
	Name: "as_of", Pattern: `^([0-9]{1,19}|[0-9]{4}-[0-9]{2}-[0-9]{2}T.+)?$`, Must: eventstore.AsOfRule,
	Text:  "What is shown is what the events up to a position add up to: one that is given, or for a time that before the first event that took effect later.",
	Valid: func(text string) bool { _, ok := eventstore.ParseAsOf(text); return ok },
}

// RefusalsAsOf documents how what has [ParameterAsOf] refuses.
var RefusalsAsOf = Unprocessable("as_of_unknown", "the time is after now by the ledger's clock, or there is no event at the position")

// Cut finds what the call's as_of asks for, of the events up to a position.
func (c *Call) Cut(ctx context.Context, db eventstore.Querier, position int64) (eventstore.Cut, error) {
	asked, _ := eventstore.ParseAsOf(c.Parameter(ParameterAsOf.Name))
	return asked.Cut(ctx, db, c.Ledger, position, c.clock)
}
