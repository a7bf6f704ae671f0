package document

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

const schemaPrefix = "#/components/schemas/"

// schemas makes JSON Schemas of the types that requests and answers have. They say what the encoder does: a list is never
// null, a pointer that is not left out may be, and answers may get more fields while requests may not.
type schemas struct {
	registry huma.Registry // holds them for the document, by their names
	types    map[string]reflect.Type
	enums    map[reflect.Type]endpoint.Enum
}

func newSchemas(enums []endpoint.Enum) *schemas {
	s := &schemas{
		registry: huma.NewMapRegistry(schemaPrefix, huma.DefaultSchemaNamer), types: map[string]reflect.Type{}, enums: map[reflect.Type]endpoint.Enum{},
	}
	for _, e := range slices.Concat(endpoint.OwnEnums, enums) {
		for _, value := range s.enums[e.Type].Values {
			if !slices.Contains(e.Values, value) {
				e.Values = append(slices.Clip(e.Values), value)
			}
		}
		s.enums[e.Type] = e
	}
	return s
}

// of gives the schema of a type: a reference where it has a name of its own.
func (s *schemas) of(t reflect.Type) *huma.Schema {
	switch {
	case t.Kind() == reflect.Pointer:
		return s.of(t.Elem())
	case t == reflect.TypeFor[time.Time]():
		return &huma.Schema{Type: huma.TypeString, Format: "date-time"}
	case t == reflect.TypeFor[endpoint.Multiline]():
		return &huma.Schema{Type: huma.TypeString}
	case t == reflect.TypeFor[endpoint.OptionalInteger]():
		return &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
	case t == reflect.TypeFor[jsontext.Value]():
		return s.of(reflect.TypeFor[endpoint.FreeObject]())
	case t.Implements(reflect.TypeFor[endpoint.SchemaProvider]()):
		return s.named(schemaName(t), t, func() *huma.Schema { return reflect.New(t).Interface().(endpoint.SchemaProvider).Schema(s.registry) })
	}
	switch t.Kind() {
	case reflect.Struct:
		return s.named(schemaName(t), t, func() *huma.Schema { return s.object(t, strings.HasSuffix(t.Name(), "Body")) })
	case reflect.Slice:
		return &huma.Schema{Type: huma.TypeArray, Items: s.of(t.Elem())}
	case reflect.Map:
		return &huma.Schema{Type: huma.TypeObject, AdditionalProperties: s.of(t.Elem())}
	case reflect.Bool:
		return &huma.Schema{Type: huma.TypeBoolean}
	case reflect.Int, reflect.Int64:
		return &huma.Schema{Type: huma.TypeInteger, Format: "int64"}
	case reflect.String:
		if t != reflect.TypeFor[string]() {
			return s.enum(t)
		}
		return &huma.Schema{Type: huma.TypeString}
	default:
		panic(fmt.Sprintf("the document can't have a %s", t))
	}
}

// named refers to a schema, which is made when the name comes up first. A name belongs to one type.
func (s *schemas) named(name string, t reflect.Type, schema func() *huma.Schema) *huma.Schema {
	all := s.registry.Map()
	if all[name] == nil {
		all[name], s.types[name] = &huma.Schema{}, t
		all[name] = schema()
	}
	if s.types[name] != t {
		panic(fmt.Sprintf("the document has the name %s for %s and for %s", name, s.types[name], t))
	}
	return &huma.Schema{Ref: schemaPrefix + name}
}

// enum refers to the schema of an enumeration.
func (s *schemas) enum(t reflect.Type) *huma.Schema {
	e, known := s.enums[t]
	if !known {
		panic(fmt.Sprintf("the table has no enumeration of %s", t))
	}
	return s.named(e.Name, t, func() *huma.Schema {
		return &huma.Schema{Type: huma.TypeString, Enum: e.Values}
	})
}

// body gives the schema of a request's body, which has the name of its operation.
func (s *schemas) body(operation string, t reflect.Type) *huma.Schema {
	return s.named(pascal(operation)+"Body", t, func() *huma.Schema { return s.object(t, true) })
}

// object documents a struct. A closed one has no other members.
func (s *schemas) object(t reflect.Type, closed bool) *huma.Schema {
	schema := &huma.Schema{Type: huma.TypeObject, Properties: map[string]*huma.Schema{}}
	if closed {
		schema.AdditionalProperties = false
	}
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if field.Anonymous || !field.IsExported() || field.Tag.Get("hidden") != "" {
			continue
		}
		optional := strings.Contains(options, "omit")
		schema.Properties[name] = s.property(field)
		if !optional {
			schema.Required = append(schema.Required, name)
		}
	}
	return schema
}

// property documents a field.
func (s *schemas) property(field reflect.StructField) *huma.Schema {
	schema := s.of(field.Type)
	constrain(schema, field.Tag)
	text := field.Tag.Get("doc")
	if otherwise, ok := field.Tag.Lookup("default"); ok {
		text = strings.TrimSpace(text + " " + otherwiseText(otherwise))
	}
	schema.Description = text
	if !endpoint.Nullable(field) {
		return schema
	}
	if schema.Ref != "" {
		return &huma.Schema{Description: text, AnyOf: []*huma.Schema{{Ref: schema.Ref}, {Type: "null"}}}
	}
	schema.Nullable = true
	return schema
}

// otherwiseText tells what a field is that is not given. It stands in the text alone: of a default, generators make a field
// that must be given.
func otherwiseText(value string) string { return cmp.Or(value, "Empty") + " when it is not given." }

// constrain takes over what the tags of a field say of its values.
func constrain(schema *huma.Schema, tag reflect.StructTag) {
	whole := func(name string) *int {
		n, err := strconv.Atoi(tag.Get(name))
		if err != nil {
			return nil
		}
		return &n
	}
	number := func(name string) *float64 {
		n, err := strconv.ParseFloat(tag.Get(name), 64)
		if err != nil {
			return nil
		}
		return &n
	}
	schema.Pattern, schema.Format = tag.Get("pattern"), cmp.Or(tag.Get("format"), schema.Format)
	schema.Minimum, schema.Maximum = number("minimum"), number("maximum")
	schema.MinLength, schema.MaxLength = whole("minLength"), whole("maxLength")
	schema.MinItems, schema.MaxItems, schema.MaxProperties = whole("minItems"), whole("maxItems"), whole("maxProperties")
	if example, ok := tag.Lookup("example"); ok {
		schema.Examples = []any{exampleValue(schema.Type, example)}
	}
}

// exampleValue reads an example, which is JSON unless it is a text.
func exampleValue(kind, text string) (value any) {
	if kind == huma.TypeString || kind == "" || json.Unmarshal([]byte(text), &value) != nil {
		return text
	}
	return value
}

// instance finds the parameter of a generic type's name, with its package.
var instance = regexp.MustCompile(`\[(?:[^\]]*[./])?([A-Za-z]+)\]`)

// schemaName makes a schema's name of a type's: ListInvoice of List[invoices.invoiceView].
func schemaName(t reflect.Type) string {
	name := instance.ReplaceAllStringFunc(t.Name(), func(of string) string { return pascal(instance.FindStringSubmatch(of)[1]) })
	return strings.ReplaceAll(pascal(name), "View", "")
}

// pascal writes words as a name of a type: CreateProduct of create-product.
func pascal(words string) string {
	var name strings.Builder
	for word := range strings.FieldsFuncSeq(words, func(r rune) bool { return r == '-' || r == '_' }) {
		name.WriteString(strings.ToUpper(word[:1]) + word[1:])
	}
	return name.String()
}
