package endpoint

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

const problemType = "application/problem+json"

// guideURL is the address of a server in the guide, which the document replaces by this server's.
const guideURL = "http://127.0.0.1:8080"

// Document makes the OpenAPI document of the table. Its guide tells clients baseURL, "" for the one that it has.
func (t Table) Document(version, publicURL, baseURL string) ([]byte, error) {
	if version == "" {
		version = "dev"
	}
	b := documentBuilder{schemas: newSchemas(), dryRun: t.DryRun.view, names: t.Names}
	document := &huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "Tallystick", Description: strings.ReplaceAll(t.Guide, guideURL, cmp.Or(baseURL, guideURL)) + introduction, Version: version},
		Servers: []*huma.Server{{URL: cmp.Or(publicURL, "/")}},
		Components: &huma.Components{
			Schemas: b.schemas.registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"key": {
				Type: "http", Scheme: "bearer", BearerFormat: "tally_<mode>_<key id>_<secret>",
				Description: "An API key. It belongs to one ledger and has one role: client, finance, auditor or admin.",
			}},
		},
	}
	for _, r := range t.Routes {
		document.AddOperation(b.operation(&r))
		if !slices.ContainsFunc(document.Tags, func(known *huma.Tag) bool { return known.Name == r.Tag.Name }) {
			document.Tags = append(document.Tags, &huma.Tag{Name: r.Tag.Name, Description: r.Tag.Text})
		}
	}
	b.schemas.finish()
	return json.Marshal(document)
}

const introduction = `## How requests work

**Idempotency.** Every POST, PUT and DELETE that changes something needs an Idempotency-Key of 1 to 255 printable ASCII
characters, unique in the ledger. A repeat of a success answers as the first time, with Idempotent-Replayed: true, for ever;
another request with the same key is refused. A refused command leaves the key free.

**Positions.** A command answers with the Ledger-Position that it wrote. A query with that as its Min-Position waits up to two
seconds until it shows it.

**Versions.** ETag is the version of the resource's own stream. A command with If-Match is refused when it is another one.

**Dry runs.** Any command with ?dry_run=true answers with the events that it would write, as
application/vnd.tallystick.dry-run+json, and does nothing.

**HEAD** of any GET answers with its status and headers. **gzip**: answers of 1 KiB and more come in it where Accept-Encoding asks for
it, but for those with an ETag.

**Refusals** are application/problem+json with a stable code. Fields may be added to answers; requests are read strictly.`

// documentBuilder makes operations of routes.
type documentBuilder struct {
	schemas *schemas
	dryRun  reflect.Type
	names   map[string]string // examples
}

func (b documentBuilder) operation(r *Route) *huma.Operation {
	operation := &huma.Operation{
		Method: r.Method, Path: r.Path, OperationID: r.ID, Tags: []string{r.Tag.Name}, Summary: r.Summary, Description: r.Text,
		Parameters: b.parameters(r), Responses: b.refused(r),
	}
	if !r.open() {
		roles := make([]string, len(r.Roles))
		for i, role := range r.Roles {
			roles[i] = string(role)
		}
		text := r.Text
		if r.Needs != "" {
			text += "\n\nThe example needs " + r.Needs + "."
		}
		operation.Description = strings.TrimSpace(text + "\n\nRoles: " + strings.Join(roles, ", ") + ".")
		operation.Security = []map[string][]string{{"key": {}}}
		operation.Extensions = map[string]any{"x-roles": roles}
	}
	if r.request != nil {
		operation.RequestBody = b.body(r)
	}
	operation.Responses[strconv.Itoa(r.Status)] = b.success(r)
	if r.Waits {
		waiting := b.success(r)
		waiting.Description = "Waits for money: the invoice is open."
		waiting.Content = b.json(b.schemas.of(r.answer))
		operation.Responses["202"] = waiting
	}
	if r.kind == kindCommand && r.Status != http.StatusOK {
		operation.Responses["200"] = &huma.Response{
			Description: "A dry run.", Headers: responseHeaders("ETag"), Content: map[string]*huma.MediaType{dryRunType: b.dryAnswer()},
		}
	}
	return operation
}

func (b documentBuilder) body(r *Route) *huma.RequestBody {
	schema := b.schemas.of(r.request)
	content := b.json(schema)
	switch {
	case r.Other != nil:
		content["application/json"].Examples = map[string]*huma.Example{"example": {Value: r.Example}, "other": {Value: r.Other}}
	case r.Example != nil:
		content["application/json"].Example = r.Example
	}
	body := &huma.RequestBody{Description: fmt.Sprintf("At most %d bytes.", r.BodyMax), Content: content}
	if body.Required = len(b.schemas.registry.SchemaFromRef(schema.Ref).Required) > 0; !body.Required {
		body.Description += " No body means {}."
	}
	return body
}

func (b documentBuilder) dryAnswer() *huma.MediaType {
	return &huma.MediaType{Schema: b.schemas.of(b.dryRun)}
}

func (b documentBuilder) json(schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

func (b documentBuilder) success(r *Route) *huma.Response {
	names := []string{}
	if r.Versioned {
		names = append(names, "ETag")
	}
	if r.positioned {
		names = append(names, "Ledger-Position")
	}
	response := &huma.Response{Description: "Done.", Content: map[string]*huma.MediaType{}}
	if r.answer != nil {
		schema := b.schemas.of(r.answer)
		if r.kind == kindCommand {
			names = append(names, "Idempotent-Replayed")
			if r.Status == http.StatusOK {
				response.Description = "Done, or a dry run."
				response.Content[dryRunType] = b.dryAnswer()
			}
		}
		response.Content["application/json"] = &huma.MediaType{Schema: schema}
	}
	if r.AnswerAs != "" && response.Content[r.AnswerAs] == nil {
		response.Content[r.AnswerAs] = &huma.MediaType{Schema: &huma.Schema{}}
	}
	response.Headers = responseHeaders(names...)
	return response
}

// refused makes one response of all refusals with the same status.
func (b documentBuilder) refused(r *Route) map[string]*huma.Response {
	texts := map[int][]string{}
	for _, refusal := range slices.Concat(r.Refusals, commonRefusals(r)) {
		line := "- `" + refusal.Code + "`"
		if refusal.Text != "" {
			line += ": " + refusal.Text
		}
		texts[refusal.Status] = append(texts[refusal.Status], line)
	}
	responses := map[string]*huma.Response{}
	for status, lines := range maps.All(texts) {
		responses[strconv.Itoa(status)] = &huma.Response{
			Description: strings.Join(lines, "\n"),
			Content:     b.refusal(r),
		}
	}
	return responses
}

// refusal gives the form in which a route refuses.
func (b documentBuilder) refusal(r *Route) map[string]*huma.MediaType {
	if r.kind == kindPage {
		return map[string]*huma.MediaType{pageType: {Schema: &huma.Schema{}}}
	}
	return map[string]*huma.MediaType{problemType: {Schema: b.schemas.of(reflect.TypeFor[Problem]())}}
}

func responseHeaders(names ...string) map[string]*huma.Param {
	known := map[string]*huma.Param{
		"ETag":                {Description: "The version of the resource's own stream.", Schema: &huma.Schema{Type: huma.TypeString, Pattern: `^"v[0-9]+"$`}},
		"Ledger-Position":     {Description: "The last position that the command wrote, or that the query shows.", Schema: &huma.Schema{Type: huma.TypeInteger}},
		"Idempotent-Replayed": {Description: "true on the answer to a repeat.", Schema: &huma.Schema{Type: huma.TypeString}},
	}
	headers := map[string]*huma.Param{}
	for _, name := range names {
		headers[name] = known[name]
	}
	return headers
}
