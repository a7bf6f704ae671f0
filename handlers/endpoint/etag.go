package endpoint

import (
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
