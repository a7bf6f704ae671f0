package endpoint

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"github.com/tallystick/tallystick/domain"
)

// NameStream is the place in paths that takes the name of a stream. Every other place takes a plain name.
const NameStream = "stream"

// NameTile is the place at the end of a path that takes the rest of it, with slashes: the number of a tile.
const NameTile = "tile"

// TilePattern matches the number of a tile in groups of three digits, and the width of one that is not full.
const TilePattern = `(x[0-9]{3}/){0,6}[0-9]{3}([.]p/[1-9][0-9]{0,2})?`

var tileForm = regexp.MustCompile("^" + TilePattern + "$")

// placeOf gives the name of a place of the path, which the router calls * where it takes the rest.
func placeOf(name string) string {
	if name == "*" {
		return NameTile
	}
	return name
}

// NameJob is the place in paths that takes the id of a job.
const NameJob = "job"

// admit checks everything that needs neither the body nor the ledger: who asks, what they may, and whether path and
// query can be read.
func (c *Call) admit() error {
	if c.route.Open() {
		return nil
	}
	authenticate := c.server.authenticator.Authenticate
	if c.route.OfLicense() || c.route.allows(RoleLicense) && HasScheme(c.http.Request(), LicenseScheme) {
		authenticate = c.server.authenticator.AuthenticateLicense
	}
	var err error
	if c.Principal, err = authenticate(c.ctx, c.http.Request()); err != nil {
		return c.limitFailures(err)
	}
	if err := c.limitRate(); err != nil {
		return err
	}
	if !c.route.allows(c.Role) {
		return newProblem(http.StatusForbidden, CodeRoleNotAllowed, "a key of the role "+string(c.Role)+" may not do this")
	}
	if err := c.readNames(); err != nil {
		return err
	}
	return c.readQuery()
}

// LicenseScheme is how license keys are presented.
const LicenseScheme = "License"

// HasScheme reports whether a request presents a credential by a scheme.
func HasScheme(request *http.Request, scheme string) bool {
	presented, _, _ := strings.Cut(request.Header.Get("Authorization"), " ")
	return strings.EqualFold(presented, scheme)
}

// readNames takes the names out of the path. They keep their form in a path with escapes, where the router leaves them
// as they came.
func (c *Call) readNames() error {
	escaped := c.http.Request().URL.RawPath != ""
	values := c.http.ParamValues()
	for i, name := range c.http.ParamNames() {
		name, value := placeOf(name), values[i]
		if escaped {
			var err error
			if value, err = url.PathUnescape(value); err != nil {
				return nameInvalid(name)
			}
		}
		switch {
		case name == NameStream && !ValidStream(value):
			return malformed(CodeStreamInvalid, "a stream is type:part or type:part:part, such as subscription:acme")
		case name == NameJob:
			if _, ok := ParseJob(value); !ok {
				return malformed(CodeNameInvalid, "a job is kind~stream or kind~stream~member, such as renewal~subscription:acme, or a stream alone")
			}
		case name == NameTile:
			if !tileForm.MatchString(value) {
				return malformed(CodeNameInvalid, "the number of a tile is in groups of three digits, such as 067, x001/x234/067 or 001.p/8")
			}
		case name != NameStream && !domain.ValidName(value):
			return nameInvalid(name)
		}
		c.names[name] = value
	}
	return nil
}

func nameInvalid(name string) error {
	return malformed(CodeNameInvalid, name+" in the path must be "+domain.NameRule)
}
