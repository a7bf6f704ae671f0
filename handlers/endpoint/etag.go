package endpoint

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// etag writes the version of a resource's own stream, such as "v3".
func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// precondition holds what If-Match asks for.
type precondition struct {
	versions []int64 // any of them, and none if it is empty; nil: no matter which
	exists   bool    // any but 0
}

// parseIfMatch reads a list of ETags or "*", and no header as no precondition. ETags that no resource of ours has, weak
// ones included, match nothing.
func parseIfMatch(values []string) (precondition, error) {
	if len(values) == 0 {
		return precondition{}, nil
	}
	if len(values) == 1 && values[0] == "*" {
		return precondition{exists: true}, nil
	}
	versions, tags := []int64{}, 0
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tag = strings.Trim(tag, " \t")
		if tags++; !isETag(tag) {
			return precondition{}, malformed(CodeIfMatchInvalid, `If-Match must be "v<n>" as in an ETag, a list of those, or *`)
		}
		version, err := strconv.ParseInt(strings.Trim(tag, `"v`), 10, 64)
		if err == nil && version >= 0 && etag(version) == tag {
			versions = append(versions, version)
		}
	}
	if tags > 100 {
		return precondition{}, malformed(CodeIfMatchInvalid, "If-Match must not have more than 100 ETags")
	}
	slices.Sort(versions)
	return precondition{versions: slices.Compact(versions)}, nil
}

// isETag takes a text in quotes, with W/ before it where the ETag is weak.
func isETag(tag string) bool {
	text, begun := strings.CutPrefix(strings.TrimPrefix(tag, "W/"), `"`)
	text, ended := strings.CutSuffix(text, `"`)
	return begun && ended && !strings.ContainsAny(text, "\" ")
}

// check holds "*" against the resource; the store holds the versions.
func (p precondition) check(d *eventstore.Decision, resource domain.Stream) error {
	if !p.exists || d.Version(resource) > 0 {
		return nil
	}
	return &domain.Rejection{
		Kind:    domain.KindStale,
		Code:    eventstore.CodeVersionMismatch,
		Message: string(resource) + " does not exist, which If-Match: * requires",
	}
}

// Tagged is an answer whose ETag follows from its content: from what Tagged gives of it, which leaves out what changes with every
// position.
type Tagged interface{ Tagged() any }

// contentTag gives the ETag of an answer, and false where it has none of its content.
func contentTag(view any) (tag string, tagged bool) {
	t, tagged := view.(Tagged)
	if !tagged {
		return "", false
	}
	sum := sha256.Sum256(marshal(t.Tagged()))
	return `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`, true
}

// showTagged answers as show does, or with 304 and no body where the client has that content.
func (c *Call) showTagged(position int64, view any) error {
	tag, tagged := contentTag(view)
	if !tagged {
		return c.show(position, view)
	}
	c.header(unversioned, position)
	c.http.Response().Header().Set("ETag", tag)
	if hasTag(c.http.Request().Header.Values("If-None-Match"), tag) {
		c.leave()
		c.http.Response().WriteHeader(http.StatusNotModified)
		return nil
	}
	return c.send(c.route.Status, "application/json", marshal(view))
}

// hasTag reports whether If-None-Match names an ETag. A weak one is as good: the content is the same either way.
func hasTag(values []string, tag string) bool {
	for given := range strings.SplitSeq(strings.Join(values, ","), ",") {
		given = strings.TrimPrefix(strings.Trim(given, " \t"), "W/")
		if given == "*" || given == tag {
			return true
		}
	}
	return false
}
