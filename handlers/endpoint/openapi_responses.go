package endpoint

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tallystick/tallystick/domain"
)

const responsePrefix = "#/components/responses/"

// refusals are the answers that refuse, which operations share.
func (b documentBuilder) refusals() map[string]*huma.Response {
	return map[string]*huma.Response{
		"Problem": {
			Description: "Refused, with a code of the operation or a common one. Retry-After says after how many seconds the same request may succeed, where it may.",
			Content:     map[string]*huma.MediaType{problemType: {Schema: b.schemas.of(reflect.TypeFor[Problem]())}},
		},
		"RefusalPage": {
			Description: "Refused, as a page for people.",
			Content:     map[string]*huma.MediaType{pageType: {Schema: otherForm(pageType)}},
		},
	}
}

// introduceRefusals lists the refusals that many operations have.
func (b documentBuilder) introduceRefusals() string {
	return "\n\n## Common refusals\n\n" + listRefusals(slices.Concat(commonRefusals, b.often))
}

var answerHeaders = map[string]*huma.Param{
	"ETag":                {Description: "The version of the resource's own stream.", Schema: &huma.Schema{Type: huma.TypeString, Pattern: `^"v[0-9]+"$`}},
	"Ledger-Position":     {Description: "The last position that the command wrote, or that the query shows.", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}},
	"Idempotent-Replayed": {Description: "true on the answer to a repeat.", Schema: &huma.Schema{Type: huma.TypeString}},
}

// manyRoutes is the number of routes from which on a refusal's text stands once, with the common ones.
const manyRoutes = 3

// oftenRefused gives the refusals that many routes list as their own.
func oftenRefused(routes []Route) (often []Refusal) {
	counts := map[Refusal]int{}
	for _, r := range routes {
		for _, refusal := range r.Refusals {
			if counts[refusal]++; counts[refusal] == manyRoutes && refusal.Text != "" {
				often = append(often, refusal)
			}
		}
	}
	return often
}

// ownRefusals gives the refusals of a route, without the texts that stand elsewhere.
func (b documentBuilder) ownRefusals(r *Route) []Refusal {
	own := slices.Clone(r.Refusals)
	for i, refusal := range own {
		if slices.Contains(b.often, refusal) {
			own[i].Text = ""
		}
	}
	return own
}

// listRefusals lists refusals in Markdown, those without a text together.
func listRefusals(all []Refusal) string {
	var lines, plain []string
	for _, refusal := range all {
		code := fmt.Sprintf("%d `%s`", refusal.Status, refusal.Code)
		line := "- " + code + ": " + refusal.Text
		switch {
		case refusal.Text == "":
			if !slices.Contains(plain, code) {
				plain = append(plain, code)
			}
		case !slices.Contains(lines, line):
			lines = append(lines, line)
		}
	}
	if len(plain) > 0 {
		lines = append(lines, "- "+strings.Join(plain, ", "))
	}
	return strings.Join(lines, "\n")
}

// commonRefusals are those that routes of a kind have in common.
var commonRefusals = []Refusal{
	{http.StatusBadRequest, codeParameterUnknown, "the query has a parameter that is not known"},
	{http.StatusBadRequest, codeParameterInvalid, "a parameter is missing, malformed or given twice"},
	{http.StatusBadRequest, codeNameInvalid, "the path has something that is no name"},
	{http.StatusBadRequest, codeStreamInvalid, "the path has no stream"},
	{http.StatusBadRequest, codeCursorInvalid, "the cursor is of another list"},
	{http.StatusUnprocessableEntity, codeFilterInvalid, "a filter has a value that nothing can have; with parameter and possible"},
	{http.StatusUnauthorized, codeUnauthenticated, "there is no valid key"},
	{http.StatusForbidden, codeRoleNotAllowed, "the key's role may not do this"},

	{http.StatusBadRequest, "json_invalid", "the body is not one JSON value in UTF-8"},
	{http.StatusBadRequest, "trailing_data", "something follows the JSON value"},
	{http.StatusBadRequest, "duplicate_key", "an object has a member twice"},
	{http.StatusBadRequest, "unknown_field", "a field is not known; the detail names those that there are"},
	{http.StatusBadRequest, "type_mismatch", "a value is of another JSON type"},
	{http.StatusBadRequest, "null_not_allowed", "a value is null that may not be"},
	{http.StatusBadRequest, "number_invalid", "a feature's number is no plain decimal of at most 15 digits"},
	{http.StatusBadRequest, "character_not_allowed", "a string has a control character"},
	{http.StatusBadRequest, "depth_exceeded", "values are nested more than 32 deep"},
	{http.StatusBadRequest, "body_incomplete", "the body ended before its length"},
	{http.StatusRequestTimeout, "body_timeout", "the body did not arrive in time"},
	{http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("the body has more than %d bytes, or what the operation says", bodyBytesMax)},
	{http.StatusRequestEntityTooLarge, "value_too_large", "an array has more than 10 000 elements, an object more than 1 000 members, or a string more than 88 KiB"},
	{http.StatusUnsupportedMediaType, "content_type_not_supported", "the body is not application/json in UTF-8"},
	{http.StatusUnsupportedMediaType, "encoding_not_supported", "the body has a Content-Encoding"},
	{http.StatusUnprocessableEntity, "required", "a field is missing"},
	{http.StatusUnprocessableEntity, "out_of_range", "an integer is beyond 2^53, which not every JSON reader has exactly"},
	{http.StatusUnprocessableEntity, "timestamp_invalid", domain.TimeRule},

	{http.StatusBadRequest, codeKeyMissing, "there is no Idempotency-Key"},
	{http.StatusBadRequest, codeKeyInvalid, "the Idempotency-Key is not 1 to 255 printable ASCII characters"},
	{http.StatusBadRequest, codeIfMatchInvalid, "If-Match is no list of ETags"},
	{http.StatusPreconditionFailed, "version_mismatch", "If-Match does not hold"},
	{http.StatusUnprocessableEntity, "idempotency_key_reused", "the key was used for another request"},
	{http.StatusServiceUnavailable, codeOutcomeUnknown, "the command may have been done; repeat it with the same key"},
	{http.StatusServiceUnavailable, codeOverloaded, "too many commands are waiting; nothing was done"},
	{http.StatusServiceUnavailable, codeShuttingDown, "the server is shutting down; nothing was done"},

	{http.StatusServiceUnavailable, codeReadModelBehind, "Min-Position is not reached within two seconds"},
	{http.StatusServiceUnavailable, codeReadModelFilling, "this release prepares what is shown here; progress tells how far it is"},
	{http.StatusServiceUnavailable, codeDatabaseUnavailable, "the database is away; nothing was done"},
	{http.StatusServiceUnavailable, codeNewerRelease, "an event is of a newer release than this process, which does nothing; a newer process answers"},
	{http.StatusInternalServerError, codeInternal, "something is wrong on our side"},
}
