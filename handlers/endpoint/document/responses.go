package document

import (
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tallystick/tallystick/domain"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

const responsePrefix = "#/components/responses/"

// refusals are the answers that refuse, which operations share.
func (b builder) refusals() map[string]*huma.Response {
	return map[string]*huma.Response{
		"Problem": {
			Description: "Refused, with a code of the operation or a common one. Retry-After says after how many seconds the same request may succeed, where it may.",
			Content:     map[string]*huma.MediaType{problemType: {Schema: b.schemas.of(reflect.TypeFor[endpoint.Problem]())}},
		},
		"RefusalPage": {
			Description: "Refused, as a page for people.",
			Content:     map[string]*huma.MediaType{endpoint.PageType: {Schema: otherForm(endpoint.PageType)}},
		},
	}
}

// introduceRefusals lists the refusals that many operations have.
func (b builder) introduceRefusals() string {
	return "\n\n## Common refusals\n\n" + listRefusals(slices.Concat(commonRefusals, b.often))
}

var answerHeaders = map[string]*huma.Param{
	"ETag":                {Description: "The version of the resource's own stream.", Schema: &huma.Schema{Type: huma.TypeString, Pattern: `^"v[0-9]+"$`}},
	"Content-ETag":        {Description: "Of the content, whatever the position.", Schema: &huma.Schema{Type: huma.TypeString, Pattern: `^"[A-Za-z0-9_-]+"$`}},
	"Ledger-Position":     {Description: "The last position that the command wrote, or that the query shows.", Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64"}},
	"Idempotent-Replayed": {Description: "true on the answer to a repeat.", Schema: &huma.Schema{Type: huma.TypeString}},
}

// manyRoutes is the number of routes from which on a refusal's text stands once, with the common ones.
const manyRoutes = 3

// oftenRefused gives the refusals that many routes list as their own.
func oftenRefused(routes []endpoint.Route) (often []endpoint.Refusal) {
	counts := map[endpoint.Refusal]int{}
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
func (b builder) ownRefusals(r *endpoint.Route) []endpoint.Refusal {
	own := slices.Clone(r.Refusals)
	for i, refusal := range own {
		if slices.Contains(b.often, refusal) {
			own[i].Text = ""
		}
	}
	return own
}

// listRefusals lists refusals in Markdown, those without a text together.
func listRefusals(all []endpoint.Refusal) string {
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
var commonRefusals = []endpoint.Refusal{
	{Status: http.StatusBadRequest, Code: endpoint.CodeParameterUnknown, Text: "the query has a parameter that is not known"},
	{Status: http.StatusBadRequest, Code: endpoint.CodeParameterInvalid, Text: "a parameter is missing, malformed or given twice"},
	{Status: http.StatusBadRequest, Code: endpoint.CodeNameInvalid, Text: "the path has something that is no name"},
	{Status: http.StatusBadRequest, Code: endpoint.CodeStreamInvalid, Text: "the path has no stream"},
	{Status: http.StatusBadRequest, Code: endpoint.CodeCursorInvalid, Text: "the cursor is of another list"},
	{Status: http.StatusUnprocessableEntity, Code: endpoint.CodeFilterInvalid, Text: "a filter has a value that nothing can have; with parameter and possible"},
	{Status: http.StatusUnauthorized, Code: endpoint.CodeUnauthenticated, Text: "there is no valid key"},
	{Status: http.StatusForbidden, Code: endpoint.CodeRoleNotAllowed, Text: "the key's role may not do this"},
	{Status: http.StatusTooManyRequests, Code: endpoint.CodeRateLimited, Text: "the key, or the workspace, has more requests than the server's settings allow it in a second; " +
		"RateLimit-Limit, RateLimit-Remaining and RateLimit-Reset tell where the tightest limit stands"},
	{Status: http.StatusTooManyRequests, Code: endpoint.CodeAuthenticationLimited, Text: "too many requests of the address had no valid key; those with one go on"},

	{Status: http.StatusBadRequest, Code: "json_invalid", Text: "the body is not one JSON value in UTF-8"},
	{Status: http.StatusBadRequest, Code: "trailing_data", Text: "something follows the JSON value"},
	{Status: http.StatusBadRequest, Code: "duplicate_key", Text: "an object has a member twice"},
	{Status: http.StatusBadRequest, Code: "unknown_field", Text: "a field is not known; the detail names those that there are"},
	{Status: http.StatusBadRequest, Code: "type_mismatch", Text: "a value is of another JSON type"},
	{Status: http.StatusBadRequest, Code: "null_not_allowed", Text: "a value is null that may not be"},
	{Status: http.StatusBadRequest, Code: "number_invalid", Text: "a feature's number is no plain decimal of at most 15 digits"},
	{Status: http.StatusBadRequest, Code: "character_not_allowed", Text: "a string has a control character"},
	{Status: http.StatusBadRequest, Code: "depth_exceeded", Text: "values are nested more than 32 deep"},
	{Status: http.StatusBadRequest, Code: "body_incomplete", Text: "the body ended before its length"},
	{Status: http.StatusRequestTimeout, Code: "body_timeout", Text: "the body did not arrive in time"},
	{Status: http.StatusRequestEntityTooLarge, Code: "body_too_large", Text: fmt.Sprintf("the body has more than %d bytes, or what the operation says", endpoint.BodyBytesMax)},
	{Status: http.StatusRequestEntityTooLarge, Code: "value_too_large", Text: "an array has more than 10 000 elements, an object more than 1 000 members, or a string more than 88 KiB"},
	{Status: http.StatusUnsupportedMediaType, Code: "content_type_not_supported", Text: "the body is not application/json in UTF-8"},
	{Status: http.StatusUnsupportedMediaType, Code: "encoding_not_supported", Text: "the body has a Content-Encoding"},
	{Status: http.StatusUnprocessableEntity, Code: "required", Text: "a field is missing"},
	{Status: http.StatusUnprocessableEntity, Code: "out_of_range", Text: "an integer is beyond 2^53, which not every JSON reader has exactly"},
	{Status: http.StatusUnprocessableEntity, Code: "timestamp_invalid", Text: domain.TimeRule},

	{Status: http.StatusBadRequest, Code: endpoint.CodeKeyMissing, Text: "there is no Idempotency-Key"},
	{Status: http.StatusBadRequest, Code: endpoint.CodeKeyInvalid, Text: "the Idempotency-Key is not 1 to 255 printable ASCII characters"},
	{Status: http.StatusBadRequest, Code: endpoint.CodeIfMatchInvalid, Text: "If-Match is no list of ETags"},
	{Status: http.StatusPreconditionFailed, Code: "version_mismatch", Text: "If-Match does not hold"},
	{Status: http.StatusUnprocessableEntity, Code: "idempotency_key_reused", Text: "the key was used for another request"},
	{Status: http.StatusConflict, Code: "idempotency_in_progress", Text: "the first request with the key still waits for a gateway"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeOutcomeUnknown, Text: "the command may have been done; repeat it with the same key"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeOverloaded, Text: "too many commands are waiting; nothing was done"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeShuttingDown, Text: "the server is shutting down; nothing was done"},

	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeReadModelBehind, Text: "Min-Position is not reached within two seconds"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeReadModelFilling, Text: "this release prepares what is shown here; progress tells how far it is"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeDatabaseUnavailable, Text: "the database is away; nothing was done"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeNewerRelease, Text: "an event is of a newer release than this process, which does nothing; a newer process answers"},
	{Status: http.StatusServiceUnavailable, Code: endpoint.CodeAccessNotRecorded, Text: "who reads exports, proofs and personal data is recorded first, which was not possible"},
	{Status: http.StatusInternalServerError, Code: endpoint.CodeInternal, Text: "something is wrong on our side"},
}
