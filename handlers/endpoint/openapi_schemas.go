package endpoint

import (
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/go-json-experiment/json/jsontext"
)

const schemaPrefix = "#/components/schemas/"

// schemas makes JSON Schemas of the types that requests and answers have.
type schemas struct{ registry huma.Registry }

func newSchemas() *schemas {
	registry := huma.NewMapRegistry(schemaPrefix, func(t reflect.Type, hint string) string {
		return strings.ReplaceAll(huma.DefaultSchemaNamer(t, hint), "View", "")
	})
	registry.RegisterTypeAlias(reflect.TypeFor[jsontext.Value](), reflect.TypeFor[anyObject]())
	return &schemas{registry: registry}
}

// anyObject documents JSON that is shown as it is kept, which is always an object.
type anyObject struct{}

// Schema documents the object, by an event that gives a seat.
func (anyObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeObject, Examples: []any{map[string]any{"member": "ada", "role": "member"}}}
}

func (s *schemas) of(t reflect.Type) *huma.Schema { return s.registry.Schema(t, true, t.Name()) }

// finish makes the schemas say what the encoder does: a list is never null, a pointer that is not left out may be, as may what says so, and
// answers may get more fields while requests may not.
func (s *schemas) finish() {
	for name, schema := range s.registry.Map() {
		if schema.Type != huma.TypeObject {
			continue
		}
		if !strings.HasSuffix(name, "Body") {
			schema.AdditionalProperties = nil
		}
		t := s.registry.TypeFromRef(schemaPrefix + name)
		for i := range t.NumField() {
			field := t.Field(i)
			jsonName, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			property, documented := schema.Properties[jsonName]
			if !documented {
				continue
			}
			schema.Properties[jsonName] = finishProperty(property, nullable(field))
		}
	}
}

func finishProperty(property *huma.Schema, nullable bool) *huma.Schema {
	switch {
	case property.Type == huma.TypeArray:
		property.Nullable = false
	case nullable && property.Ref != "":
		return &huma.Schema{
			Description: property.Description,
			AnyOf:       []*huma.Schema{{Ref: property.Ref}, {Type: "null"}},
		}
	case nullable && property.Enum != nil:
		property.Nullable, property.Enum = true, append(property.Enum, nil)
	case nullable:
		property.Nullable = true
	}
	return property
}
