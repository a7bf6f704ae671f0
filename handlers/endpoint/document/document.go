package document

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

const problemType = "application/problem+json"

// guideURL is the address of a server in the guide, which the document replaces by this server's.
const guideURL = "http://127.0.0.1:8080"

// licenseKey names the credential of installations.
const licenseKey = "license_key"

// homeURL leads to the program's authors.
const homeURL = "https://github.com/tallystick/tallystick"

// Of makes the OpenAPI document of a table. Its guide tells clients baseURL, "" for the one that it has.
func Of(t endpoint.Table, version, publicURL, baseURL string) ([]byte, error) {
	b := builder{
		schemas: newSchemas(t.Enums), dryRun: t.DryRun.View(), names: t.Names, parameters: map[string]*huma.Param{}, often: oftenRefused(t.Routes),
		commands: map[reflect.Type]int{},
	}
	b.responses, b.shared = b.refusals(), b.sharedParameters(t.Routes)
	for _, r := range t.Routes {
		if r.Kind() == endpoint.KindCommand && r.Status == http.StatusOK {
			b.commands[r.Answer()]++
		}
	}
	document := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info: &huma.Info{
			Title: "Tallystick", Description: strings.ReplaceAll(t.Guide, guideURL, cmp.Or(baseURL, guideURL)) + introduction + b.introduceRefusals(),
			Version: cmp.Or(version, "dev"), Contact: &huma.Contact{Name: "Tallystick", URL: homeURL},
			License: &huma.License{Name: "MIT", Identifier: "MIT"},
		},
		Servers:  []*huma.Server{{URL: cmp.Or(publicURL, "/")}},
		Security: []map[string][]string{{"key": {}}},
		Components: &huma.Components{
			Schemas: b.schemas.registry, Parameters: b.parameters, Headers: answerHeaders, Responses: b.responses,
			SecuritySchemes: map[string]*huma.SecurityScheme{
				"key": {
					Type: "http", Scheme: "bearer", BearerFormat: "tally_<mode>_<key id>_<secret>",
					Description: "An API key. It belongs to one ledger and has one role: client, finance, auditor or admin.",
				},
				licenseKey: {
					Type: "apiKey", In: "header", Name: "Authorization",
					Description: "A license key, as License tallylic_<key id>_<secret>. It opens one license, for its installations, and nothing else.",
				},
			},
		},
	}
	for _, r := range t.Routes {
		document.AddOperation(b.operation(&r))
		if !slices.ContainsFunc(document.Tags, func(known *huma.Tag) bool { return known.Name == r.Tag.Name }) {
			document.Tags = append(document.Tags, &huma.Tag{Name: r.Tag.Name, Description: r.Tag.Text})
		}
	}
	return json.Marshal(document)
}

const introduction = `## How requests work

**Idempotency.** Every POST, PUT and DELETE that changes something needs an Idempotency-Key of 1 to 255 printable ASCII
characters, unique in the ledger. A repeat of a success answers as the first time, with Idempotent-Replayed: true, for ever;
another request with the same key is refused. A refused command leaves the key free.

**Positions.** A command answers with the Ledger-Position that it wrote. A query with that as its Min-Position waits up to two
seconds until it shows it.

**Versions.** ETag is the version of the resource's own stream. A command with If-Match is refused when it is another one.

**Dry runs.** Any command with ?dry_run=true answers 200 with the events that it would write, as
application/vnd.tallystick.dry-run+json, and does nothing.

**HEAD** of any GET answers with its status and headers. **gzip**: answers of 1 KiB and more come in it where Accept-Encoding asks for
it, with the same ETag.

**Refusals** are application/problem+json with a stable code. Each operation lists its own; what the common ones mean stands below.
Fields may be added to answers; requests are read strictly.`

// builder makes operations of routes, and collects what they share.
type builder struct {
	schemas    *schemas
	dryRun     reflect.Type
	names      map[string]string // examples
	parameters map[string]*huma.Param
	shared     map[string]string  // by their names, the texts of parameters that many routes have
	often      []endpoint.Refusal // on many routes
	responses  map[string]*huma.Response
	commands   map[reflect.Type]int // by their answers
}

func (b builder) operation(r *endpoint.Route) *huma.Operation {
	operation := &huma.Operation{
		Method: r.Method, Path: r.Path, OperationID: r.ID, Tags: []string{r.Tag.Name}, Summary: r.Summary, Description: b.describe(r),
		Parameters: b.parametersOf(r), Responses: b.answers(r),
	}
	switch {
	case r.Open():
		operation.Security = []map[string][]string{} // and else the document's
	case r.OfLicense():
		operation.Security = []map[string][]string{{licenseKey: {}}}
	case slices.Contains(r.Roles, endpoint.RoleLicense):
		operation.Security = []map[string][]string{{"key": {}}, {licenseKey: {}}}
	}
	if r.Body() != nil && r.Body() != reflect.TypeFor[endpoint.NoBody]() {
		operation.RequestBody = b.body(r)
	}
	return operation
}

// describe tells the rules of a route, what its examples need, who may use it, and its own refusals.
func (b builder) describe(r *endpoint.Route) string {
	parts := []string{r.Text}
	if r.Needs != "" {
		parts = append(parts, "The example needs "+r.Needs+".")
	}
	if !r.Open() {
		roles := make([]string, len(r.Roles))
		for i, role := range r.Roles {
			roles[i] = string(role)
		}
		parts = append(parts, "Roles: "+strings.Join(roles, ", ")+".")
	}
	if len(r.Refusals) > 0 {
		parts = append(parts, "Refusals:\n"+listRefusals(b.ownRefusals(r)))
	}
	return strings.TrimSpace(strings.Join(parts, "\n\n"))
}

func (b builder) body(r *endpoint.Route) *huma.RequestBody {
	schema := b.schemas.body(r.ID, r.Body())
	content := &huma.MediaType{Schema: schema}
	switch {
	case r.Other != nil:
		content.Examples = map[string]*huma.Example{"example": {Value: r.Example}, "other": {Value: r.Other}}
	case r.Example != nil:
		content.Example = r.Example
	}
	body := &huma.RequestBody{
		Content: map[string]*huma.MediaType{"application/json": content}, Required: len(b.schemas.registry.SchemaFromRef(schema.Ref).Required) > 0,
	}
	if r.BodyMax != endpoint.BodyBytesMax {
		body.Description = fmt.Sprintf("At most %d bytes.", r.BodyMax)
	}
	return body
}

// answers gives the answers of a success by their statuses, and one of all refusals.
func (b builder) answers(r *endpoint.Route) map[string]*huma.Response {
	refused := &huma.Response{Ref: responsePrefix + "Problem"}
	if r.Kind() == endpoint.KindPage {
		refused = &huma.Response{Ref: responsePrefix + "RefusalPage"}
	}
	answers := map[string]*huma.Response{"4XX": refused, "default": refused}
	answers[strconv.Itoa(r.Status)] = b.success(r)
	if r.Tagged {
		b.responses["Unchanged"] = &huma.Response{Description: "The client has this content.", Headers: map[string]*huma.Param{"ETag": contentTag}}
		answers["304"] = &huma.Response{Ref: responsePrefix + "Unchanged"}
	}
	if r.Ranged {
		part := b.success(r)
		part.Description = "The part that Range asks for."
		part.Headers["Content-Range"] = &huma.Param{Description: "Which part of how many bytes.", Schema: &huma.Schema{Type: huma.TypeString}}
		answers["206"] = part
	}
	if r.Kind() == endpoint.KindCommand {
		answers["200"] = b.shareAnswer(r, "OrDryRun", b.dryRunOr(r))
	}
	if r.Repeats && answers["200"] == nil {
		answers["200"] = b.success(r)
		answers["200"].Description = "It was so already."
	}
	if r.Waits {
		waiting := b.success(r)
		waiting.Description = "Waits for money, whose invoice is open, or for somebody else outside."
		answers["202"] = b.shareAnswer(r, "Waiting", waiting)
	}
	return answers
}

// shareAnswer refers to the answer of a command which several have.
func (b builder) shareAnswer(r *endpoint.Route, form string, answer *huma.Response) *huma.Response {
	if r.Status != http.StatusOK || b.commands[r.Answer()] < 2 {
		return answer
	}
	name := schemaName(r.Answer()) + form
	b.responses[name] = answer
	return &huma.Response{Ref: responsePrefix + name}
}

func (b builder) success(r *endpoint.Route) *huma.Response {
	response := &huma.Response{Description: "Done.", Headers: map[string]*huma.Param{}, Content: map[string]*huma.MediaType{}}
	for name, has := range map[string]bool{"ETag": r.Versioned, "Ledger-Position": r.Positioned(), "Idempotent-Replayed": r.Kind() == endpoint.KindCommand} {
		if has {
			response.Headers[name] = &huma.Param{Ref: "#/components/headers/" + name}
		}
	}
	if r.Tagged {
		response.Headers["ETag"] = contentTag
	}
	if r.Immutable {
		response.Headers["Cache-Control"] = cacheHeader
	}
	if r.Answer() != nil {
		response.Content["application/json"] = &huma.MediaType{Schema: b.schemas.of(r.Answer())}
	}
	for _, form := range append(r.Forms, r.AnswerAs) {
		if form != "" && response.Content[mediaType(form)] == nil {
			response.Content[mediaType(form)] = &huma.MediaType{Schema: b.besides(r, form)}
		}
	}
	return response
}

// mediaType leaves out the characters of a text.
func mediaType(contentType string) string {
	name, _, _ := strings.Cut(contentType, ";")
	return name
}

// besides documents the form that an answer has for whoever asks for it. Where that is a text beside JSON, the members of the
// JSON stand with it. A text has none, so that they say nothing of it; but generators make a union of all forms, which has only
// the members that all of them have.
func (b builder) besides(r *endpoint.Route, contentType string) *huma.Schema {
	form := otherForm(contentType)
	if r.Answer() == nil {
		return form
	}
	members := b.schemas.registry.SchemaFromRef(b.schemas.of(r.Answer()).Ref)
	return &huma.Schema{AllOf: []*huma.Schema{form, {Properties: members.Properties, Required: members.Required}}}
}

// dryRunOr gives the answer with 200 to a command. It has the command's own answer besides also where that has another status:
// generators look for the type of JSON in each success, and what has none they make a union of.
func (b builder) dryRunOr(r *endpoint.Route) *huma.Response {
	response := b.success(r)
	response.Description = "Done, or a dry run in a form of its own."
	if r.Status != http.StatusOK {
		response.Description = "A dry run, in a form of its own."
	}
	response.Content[endpoint.DryRunType] = &huma.MediaType{Schema: b.schemas.of(b.dryRun)}
	return response
}

// otherForm documents an answer that has no schema of its own.
func otherForm(contentType string) *huma.Schema {
	if contentType == "application/json" {
		return &huma.Schema{Type: huma.TypeObject}
	}
	return &huma.Schema{Type: huma.TypeString} // also of bytes, and of JSON values, one a line
}
