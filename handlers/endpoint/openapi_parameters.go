package endpoint

import (
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tallystick/tallystick/domain"
)

const linkPattern = "^[A-Za-z0-9_-]+$"

const namePattern = "^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"

// parameters gives the parameters of the path, the query and the headers.
func (b documentBuilder) parameters(r *Route) []*huma.Param {
	var all []*huma.Param
	for _, name := range r.pathNames() {
		pattern, text := namePattern, "A name: "+domain.NameRule+"."
		if name == nameStream {
			pattern, text = "^"+streamPattern+"$", "type:part or type:part:part."
		}
		if r.kind == kindPage {
			pattern, text = linkPattern, "The token of a link."
		}
		shown := &huma.Param{
			Name: name, In: "path", Required: true, Description: text, Schema: &huma.Schema{Type: huma.TypeString, Pattern: pattern},
		}
		if example, ok := b.names[name]; ok {
			shown.Example = example
		}
		all = append(all, shown)
	}
	for _, p := range r.Parameters {
		all = append(all, p.document())
	}
	switch r.kind {
	case kindCommand:
		all = append(all, parameterDryRun.document(), idempotencyHeader, ifMatchHeader)
	case kindQuery, kindCheck, kindAsk:
		all = append(all, minPositionHeader)
	case kindOpen, kindPage:
		return all
	}
	return append(all, requestIDHeader)
}

var (
	idempotencyHeader = &huma.Param{
		Name: "Idempotency-Key", In: "header", Required: true, Description: "1 to 255 printable ASCII characters. A dry run ignores it.",
		Schema: &huma.Schema{Type: huma.TypeString, Pattern: "^[ -~]{1,255}$"},
	}
	ifMatchHeader = &huma.Param{
		Name: "If-Match", In: "header", Description: "ETags of which one must be the resource's, or * for any that exists.",
		Schema: &huma.Schema{Type: huma.TypeString},
	}
	minPositionHeader = &huma.Param{
		Name: "Min-Position", In: "header", Description: "The position that the answer must show at least.",
		Schema: &huma.Schema{Type: huma.TypeInteger, Format: "int64", Minimum: new(0.0)},
	}
	requestIDHeader = &huma.Param{
		Name: "X-Request-Id", In: "header", Description: "1 to 64 of A-Z a-z 0-9 _ . - ; another is replaced. The correlation of the events.",
		Schema: &huma.Schema{Type: huma.TypeString},
	}
)

func (p Parameter) document() *huma.Param {
	schema := &huma.Schema{Type: huma.TypeString, Pattern: p.Pattern, Default: p.value}
	switch {
	case p.boolean:
		schema = &huma.Schema{Type: huma.TypeBoolean, Default: false}
	case p.integer:
		schema = &huma.Schema{
			Type: huma.TypeInteger, Format: "int64", Minimum: new(float64(p.low)), Maximum: new(float64(p.high)), Default: p.value,
		}
	}
	if p.Values != nil {
		schema.Description = "One of " + strings.Join(p.Values, ", ") + "."
	}
	shown := &huma.Param{Name: p.Name, In: "query", Description: p.Text, Schema: schema}
	if p.Example != "" {
		shown.Required, shown.Example = true, p.Example
	}
	return shown
}

// commonRefusals are the refusals that every route of a kind has.
func commonRefusals(r *Route) []Refusal {
	internal := Refusal{http.StatusInternalServerError, codeInternal, "something is wrong on our side"}
	if r.open() {
		return []Refusal{internal}
	}
	common := []Refusal{
		{http.StatusBadRequest, codeParameterUnknown, "the query has a parameter that is not known"},
		{http.StatusBadRequest, codeParameterInvalid, "a parameter is missing, malformed or given twice"},
		{http.StatusUnauthorized, codeUnauthenticated, "there is no valid key"},
		{http.StatusForbidden, codeRoleNotAllowed, "the key's role may not do this"},
		internal,
		{http.StatusServiceUnavailable, codeDatabaseUnavailable, "the database is away; nothing was done"},
		{http.StatusServiceUnavailable, codeNewerRelease, "an event is of a newer release than this process, which does nothing; a newer process answers"},
	}
	for _, name := range r.pathNames() {
		code, text := codeNameInvalid, name+" in the path is no name"
		if name == nameStream {
			code, text = codeStreamInvalid, "the path has no stream"
		}
		common = append(common, Refusal{http.StatusBadRequest, code, text})
	}
	if _, paged := r.parameter(parameterCursor.Name); paged {
		common = append(common, Refusal{http.StatusBadRequest, codeCursorInvalid, "the cursor is of another list"})
	}
	if slices.ContainsFunc(r.Parameters, func(p Parameter) bool { return p.Fits != nil }) {
		common = append(common, Refusal{http.StatusUnprocessableEntity, codeFilterInvalid, "a filter has a value that nothing can have; with parameter and possible"})
	}
	if r.request != nil {
		common = append(common, bodyRefusals...)
	}
	if r.finds {
		common = append(common, foundRefusals...)
	}
	switch r.kind {
	case kindCommand:
		return slices.Concat(common, commandRefusals, storeRefusals)
	case kindAsk:
		common = append(common, storeRefusals...)
	default: // asks nothing of the store
	}
	if r.positioned {
		common = append(common, Refusal{http.StatusServiceUnavailable, codeReadModelBehind, "Min-Position is not reached within two seconds"},
			Refusal{http.StatusServiceUnavailable, codeReadModelFilling, "this release prepares what is shown here; progress tells how far it is"})
	}
	return common
}

var bodyRefusals = []Refusal{
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
	{http.StatusRequestEntityTooLarge, "body_too_large", "the body has too many bytes"},
	{http.StatusRequestEntityTooLarge, "value_too_large", "an array has more than 10 000 elements, an object more than 1 000 members, or a string more than 88 KiB"},
	{http.StatusUnsupportedMediaType, "content_type_not_supported", "the body is not application/json in UTF-8"},
	{http.StatusUnsupportedMediaType, "encoding_not_supported", "the body has a Content-Encoding"},
	{http.StatusUnprocessableEntity, "required", "a field is missing"},
	{http.StatusUnprocessableEntity, "out_of_range", "an integer is beyond 2^53, which not every JSON reader has exactly"},
	{http.StatusUnprocessableEntity, "timestamp_invalid", domain.TimeRule},
}

var commandRefusals = []Refusal{
	{http.StatusBadRequest, codeKeyMissing, "there is no Idempotency-Key"},
	{http.StatusBadRequest, codeKeyInvalid, "the Idempotency-Key is not 1 to 255 printable ASCII characters"},
	{http.StatusBadRequest, codeIfMatchInvalid, "If-Match is no list of ETags"},
	{http.StatusPreconditionFailed, "version_mismatch", "If-Match does not hold"},
	{http.StatusUnprocessableEntity, "idempotency_key_reused", "the key was used for another request"},
	{http.StatusServiceUnavailable, codeOutcomeUnknown, "the command may have been done; repeat it with the same key"},
}

// foundRefusals are those of a command on something that a read model must find first.
var foundRefusals = []Refusal{
	{http.StatusServiceUnavailable, codeReadModelBehind, "what finds the resource has not reached the newest event within two seconds; nothing was done"},
	{http.StatusServiceUnavailable, codeReadModelFilling, "this release prepares what finds the resource; progress tells how far it is"},
}

var storeRefusals = []Refusal{
	{http.StatusServiceUnavailable, codeOverloaded, "too many commands are waiting; nothing was done"},
	{http.StatusServiceUnavailable, codeShuttingDown, "the server is shutting down; nothing was done"},
}
