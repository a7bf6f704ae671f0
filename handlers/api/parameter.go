package api

import (
	"net/url"
	"strconv"

	"github.com/tallystick/tallystick/domain"
)

const (
	pageLimit    = 25
	pageLimitMax = 100
)

// Parameters that several routes have.
var (
	parameterDryRun = parameter{
		name: "dry_run", text: "With true, the command is decided and not done. The answer is the events that it would write; a refusal is the same.",
		boolean: true, valid: func(text string) bool { return text == "true" || text == "false" },
		must: "true or false",
	}
	parameterLimit = parameter{
		name: "limit", text: "How many entries a page has at most.", integer: true, low: 1, high: pageLimitMax, value: pageLimit,
	}
	parameterCursor = parameter{
		name: "cursor", text: "page.next of the page before, of the same list with the same filters.",
		code: codeCursorInvalid, valid: func(text string) bool { return text != "" },
	}
)

// readQuery takes the parameters that the route has, and no other.
func (c *call) readQuery() error {
	query, err := url.ParseQuery(c.http.Request().URL.RawQuery)
	if err != nil {
		return malformed(codeParameterInvalid, "the query can't be read")
	}
	for name, values := range query {
		known, ok := c.route.parameter(name)
		if !ok {
			return malformed(codeParameterUnknown, "there is no parameter "+strconv.Quote(cut(name))+" here")
		}
		if len(values) != 1 {
			return malformed(codeParameterInvalid, name+" must be given once")
		}
		if err := known.check(values[0]); err != nil {
			return err
		}
	}
	for _, p := range c.route.parameters {
		if p.example != "" && !query.Has(p.name) {
			return malformed(codeParameterInvalid, p.name+" is missing: it must be "+p.must)
		}
	}
	c.query = query
	c.dryRun = query.Get(parameterDryRun.name) == "true"
	return nil
}

func (r *route) parameter(name string) (parameter, bool) {
	if r.changes() && name == parameterDryRun.name {
		return parameterDryRun, true
	}
	for _, p := range r.parameters {
		if p.name == name {
			return p, true
		}
	}
	return parameter{}, false
}

func (p parameter) check(text string) error {
	if p.integer {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || !plainInteger(text) || n < p.low || n > p.high {
			return malformed(codeParameterInvalid, p.name+" must be an integer from "+strconv.FormatInt(p.low, 10)+" to "+strconv.FormatInt(p.high, 10))
		}
		return nil
	}
	if p.valid(text) {
		return nil
	}
	if p.code != "" {
		return malformed(p.code, "the "+p.name+" is not one that this list gave")
	}
	return malformed(codeParameterInvalid, p.name+" must be "+p.must)
}

// integer is a checked parameter of the query, or what it is when it is not given.
func (c *call) integer(name string, otherwise int64) int64 {
	n, err := strconv.ParseInt(c.query.Get(name), 10, 64)
	if err != nil {
		return otherwise
	}
	return n
}

// limit is how many entries the page has at most.
func (c *call) limit() int { return int(c.integer(parameterLimit.name, pageLimit)) }

// cursors are those of this list: the path and all filters, but not the place in it.
func (c *call) cursors() cursors {
	list := c.route.id
	for _, name := range c.http.ParamNames() {
		list += "\x00" + c.names[name]
	}
	for _, p := range c.route.parameters {
		if p.name != parameterLimit.name && p.name != parameterCursor.name {
			list += "\x00" + p.name + "=" + c.query.Get(p.name)
		}
	}
	return cursors{ledger: c.ledger.ID, list: list}
}

// place is the position that the cursor names, in a list that is in the order of positions.
func (c *call) place() (int64, error) {
	key, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil || key == "" {
		return 0, err
	}
	return strconv.ParseInt(key, 10, 64)
}

// filterPattern is that of filterName.
const filterPattern = "^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$"

// filterName takes a name, and nothing for no filter.
func filterName(text string) bool { return text == "" || domain.ValidName(text) }

// cut keeps what a client wrote from filling the answer.
func cut(text string) string {
	if len(text) > 64 {
		return text[:64]
	}
	return text
}
