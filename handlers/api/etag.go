package api

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
)

// etag is the version of a resource's own stream, such as "v3".
func etag(version int64) string { return `"v` + strconv.FormatInt(version, 10) + `"` }

// precondition is what If-Match asks for.
type precondition struct {
	versions []int64 // any of them; nil: no matter which
	exists   bool    // any but 0
}

// parseIfMatch reads a list of ETags or "*", and no header as no precondition.
func parseIfMatch(values []string) (precondition, error) {
	if len(values) == 0 {
		return precondition{}, nil
	}
	if len(values) == 1 && values[0] == "*" {
		return precondition{exists: true}, nil
	}
	var versions []int64
	for tag := range strings.SplitSeq(strings.Join(values, ","), ",") {
		tag = strings.Trim(tag, " \t")
		digits, begun := strings.CutPrefix(tag, `"v`)
		digits, ended := strings.CutSuffix(digits, `"`)
		version, err := strconv.ParseInt(digits, 10, 64)
		if !begun || !ended || err != nil || version < 0 || etag(version) != tag {
			return precondition{}, malformed(codeIfMatchInvalid, `If-Match must be "v<n>" as in an ETag, a list of those, or *`)
		}
		versions = append(versions, version)
	}
	if len(versions) > 100 {
		return precondition{}, malformed(codeIfMatchInvalid, "If-Match must not have more than 100 ETags")
	}
	slices.Sort(versions)
	return precondition{versions: slices.Compact(versions)}, nil
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
