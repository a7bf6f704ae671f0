package api

import (
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

const (
	tagCatalog       = "Catalog"
	tagSubscriptions = "Subscriptions"
	tagTrials        = "Trials"
	tagInvoices      = "Invoices"
	tagSeats         = "Seats"
	tagDetails       = "Details"
	tagAudit         = "Audit"
	tagSandbox       = "Sandbox"
	tagJobs          = "Jobs"
)

const problemType = "application/problem+json"

// document makes the OpenAPI document of a table. It is made once, when the server is.
func document(table []route, version string) ([]byte, error) {
	if version == "" {
		version = "dev"
	}
	b := documentBuilder{schemas: newSchemas()}
	paths := map[string]*huma.PathItem{}
	for i := range table {
		r := &table[i]
		if paths[r.path] == nil {
			paths[r.path] = &huma.PathItem{}
		}
		if err := place(paths[r.path], r.method, b.operation(r)); err != nil {
			return nil, err
		}
	}
	b.schemas.finish()
	return json.Marshal(&huma.OpenAPI{
		OpenAPI: "3.1.0",
		Info:    &huma.Info{Title: "Tallystick", Description: introduction, Version: version},
		Servers: []*huma.Server{{URL: "/"}},
		Paths:   paths,
		Tags: []*huma.Tag{
			{Name: tagCatalog, Description: "What a ledger sells."},
			{Name: tagSubscriptions, Description: "What workspaces bought."},
			{Name: tagTrials, Description: "What they try first."},
			{Name: tagInvoices, Description: "What it costs, and what of that is paid."},
			{Name: tagSeats, Description: "Who sits on the seats."},
			{Name: tagDetails, Description: "Who workspaces and members are: personal data, which can be erased."},
			{Name: tagAudit, Description: "What happened, in order."},
			{Name: tagJobs, Description: "What is due and not done yet."},
			{Name: tagSandbox, Description: "A ledger whose clock stands still until it is advanced."},
			{Name: "Service", Description: "The program itself. These need no key."},
		},
		Components: &huma.Components{
			Schemas: b.schemas.registry,
			SecuritySchemes: map[string]*huma.SecurityScheme{"key": {
				Type: "http", Scheme: "bearer", BearerFormat: "tally_<mode>_<key id>_<secret>",
				Description: "An API key. It belongs to one ledger and has one role: client, finance, auditor or admin.",
			}},
		},
	})
}

const introduction = `Tallystick is an event-sourced billing ledger for products that sell seats.

**Idempotency.** Every POST, PUT and DELETE that changes something needs an Idempotency-Key of 1 to 255 printable ASCII
characters, unique in the ledger. A repeat of a success answers as the first time, with Idempotent-Replayed: true, for ever;
another request with the same key is refused. A refused command leaves the key free.

**Positions.** A command answers with the Ledger-Position that it wrote. A query with that as its Min-Position waits up to two
seconds until it shows it.

**Versions.** ETag is the version of the resource's own stream. A command with If-Match is refused when it is another one.

**Dry runs.** Any command with ?dry_run=true answers with the events that it would write, and does nothing.

**Refusals** are application/problem+json with a stable code. Fields may be added to answers; requests are read strictly.`

func place(item *huma.PathItem, method string, operation *huma.Operation) error {
	switch method {
	case http.MethodGet:
		item.Get = operation
	case http.MethodPost:
		item.Post = operation
	case http.MethodPut:
		item.Put = operation
	case http.MethodDelete:
		item.Delete = operation
	default:
		return fmt.Errorf("method %s has no place in the document", method)
	}
	return nil
}

// documentBuilder makes operations of routes.
type documentBuilder struct{ schemas *schemas }

func (b documentBuilder) operation(r *route) *huma.Operation {
	operation := &huma.Operation{
		OperationID: r.id, Tags: []string{r.tag}, Summary: r.summary, Description: r.text,
		Parameters: documentParameters(r), Responses: b.refused(r),
	}
	if r.kind != kindOpen {
		roles := make([]string, len(r.roles))
		for i, role := range r.roles {
			roles[i] = string(role)
		}
		operation.Description = strings.TrimSpace(r.text + "\n\nRoles: " + strings.Join(roles, ", ") + ".")
		operation.Security = []map[string][]string{{"key": {}}}
		operation.Extensions = map[string]any{"x-roles": roles}
	}
	if r.hasBody() {
		operation.RequestBody = b.body(r)
	}
	operation.Responses[strconv.Itoa(r.status)] = b.success(r)
	if r.waits {
		waiting := b.success(r)
		waiting.Description = "Waits for money: the invoice is open."
		waiting.Content = b.json(b.schemas.of(r.answer))
		operation.Responses["202"] = waiting
	}
	if r.kind == kindCommand && r.status != http.StatusOK {
		operation.Responses["200"] = &huma.Response{
			Description: "A dry run.", Headers: responseHeaders("ETag"), Content: b.json(b.schemas.of(reflect.TypeFor[dryRunView]())),
		}
	}
	return operation
}

func (b documentBuilder) body(r *route) *huma.RequestBody {
	schema := b.schemas.of(r.request)
	content := b.json(schema)
	if r.example != nil {
		content["application/json"].Example = r.example
	}
	return &huma.RequestBody{
		Description: fmt.Sprintf("At most %d bytes. No body means {}.", r.bodyMax),
		Required:    len(b.schemas.registry.SchemaFromRef(schema.Ref).Required) > 0,
		Content:     content,
	}
}

func (b documentBuilder) json(schema *huma.Schema) map[string]*huma.MediaType {
	return map[string]*huma.MediaType{"application/json": {Schema: schema}}
}

func (b documentBuilder) success(r *route) *huma.Response {
	names := []string{}
	if r.versioned {
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
			if r.status == http.StatusOK {
				response.Description = "Done, or a dry run."
				schema = &huma.Schema{AnyOf: []*huma.Schema{schema, b.schemas.of(reflect.TypeFor[dryRunView]())}}
			}
		}
		response.Content = b.json(schema)
	}
	if r.answerAs != "" && response.Content[r.answerAs] == nil {
		response.Content[r.answerAs] = &huma.MediaType{Schema: &huma.Schema{}}
	}
	response.Headers = responseHeaders(names...)
	return response
}

// refused makes one response of all refusals with the same status.
func (b documentBuilder) refused(r *route) map[string]*huma.Response {
	texts := map[int][]string{}
	for _, refusal := range slices.Concat(r.refusals, commonRefusals(r)) {
		line := "- `" + refusal.code + "`"
		if refusal.text != "" {
			line += ": " + refusal.text
		}
		texts[refusal.status] = append(texts[refusal.status], line)
	}
	responses := map[string]*huma.Response{}
	for status, lines := range maps.All(texts) {
		responses[strconv.Itoa(status)] = &huma.Response{
			Description: strings.Join(lines, "\n"),
			Content:     map[string]*huma.MediaType{problemType: {Schema: b.schemas.of(reflect.TypeFor[problem]())}},
		}
	}
	return responses
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
