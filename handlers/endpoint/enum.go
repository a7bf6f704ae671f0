package endpoint

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"
)

// Enum is an enumeration of the document, made of the type that has its values in Go.
type Enum struct {
	Name   string
	Type   reflect.Type
	Values []any
}

// EnumOf names an enumeration. Values are all that there are, or those of one noun, which others add theirs to.
func EnumOf[V ~string](name string, values []V) Enum {
	e := Enum{Name: name, Type: reflect.TypeFor[V]()}
	for _, value := range values {
		e.Values = append(e.Values, value)
	}
	return e
}

// OwnEnums are of the machine's own types. What actions there are the table knows.
var OwnEnums = []Enum{EnumOf("HealthStatus", []healthStatus{healthOK}), EnumOf("Action", []Action(nil))}

// SchemaProvider is a type that documents itself, under its own name.
type SchemaProvider = huma.SchemaProvider

// FreeObject documents JSON whose members are free.
type FreeObject struct{}

// Schema documents the object, by an event that gives a seat.
func (FreeObject) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "An object whose members are free.", Type: huma.TypeObject, AdditionalProperties: struct{}{},
		Examples: []any{map[string]any{"member": "ada", "role": "member"}},
	}
}
