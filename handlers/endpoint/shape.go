package endpoint

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
)

// shape describes the values that a request's body may hold. It is made once of a Go type and its tags, the same that the
// OpenAPI document is made of, so that what is accepted is what is documented.
type shape struct {
	kind     shapeKind
	nullable bool
	fields   map[string]*shape // of an object
	required []string          // of an object, in the order of the type
	element  *shape            // of a list or a map
}

type shapeKind int

const (
	shapeObject shapeKind = iota
	shapeMap
	shapeList
	shapeText
	shapeLines // text in which lines may end
	shapeTime
	shapeInteger
	shapeBoolean
	shapeAny // JSON that is kept as it came
)

// String names the kind as a client knows it.
func (k shapeKind) String() string {
	return [...]string{
		"an object", "an object", "an array", "a string", "a string", "a string", "an integer without point or exponent", "a boolean", "a value",
	}[k]
}

var (
	timeType      = reflect.TypeFor[time.Time]()
	multilineType = reflect.TypeFor[Multiline]()
	optionalType  = reflect.TypeFor[OptionalInteger]()
	unmarshaler   = reflect.TypeFor[json.Unmarshaler]()
)

// OptionalInteger is an integer that may be left out, and may be null, which is not the same. Its field has the tag null:"unset".
type OptionalInteger struct {
	Given bool
	Value *int64
}

// UnmarshalJSON reads null or an integer.
func (o *OptionalInteger) UnmarshalJSON(value []byte) error {
	o.Given = true
	return json.Unmarshal(value, &o.Value)
}

// Multiline is a text of more than one line.
type Multiline string

// shapeOf reads a type. A type that decodes itself takes any JSON. It panics for a type that no request can have, which is
// seen when the program starts.
func shapeOf(t reflect.Type) *shape {
	switch {
	case t == timeType:
		return &shape{kind: shapeTime}
	case t == multilineType:
		return &shape{kind: shapeLines}
	case t == optionalType:
		return &shape{kind: shapeInteger}
	case reflect.PointerTo(t).Implements(unmarshaler):
		return &shape{kind: shapeAny}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return shapeOf(t.Elem())
	case reflect.Struct:
		return objectShape(t)
	case reflect.Map:
		return &shape{kind: shapeMap, element: shapeOf(t.Elem())}
	case reflect.Slice:
		return &shape{kind: shapeList, element: shapeOf(t.Elem())}
	case reflect.String:
		return &shape{kind: shapeText}
	case reflect.Int, reflect.Int64:
		return &shape{kind: shapeInteger}
	case reflect.Bool:
		return &shape{kind: shapeBoolean}
	default:
		panic(fmt.Sprintf("a request can't have a %s", t))
	}
}

// objectShape reads a struct: a field without omitempty is required.
func objectShape(t reflect.Type) *shape {
	s := &shape{kind: shapeObject, fields: map[string]*shape{}}
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		value := shapeOf(field.Type)
		if !strings.Contains(options, "omitempty") {
			s.required = append(s.required, name)
		}
		value.nullable = Nullable(field)
		s.fields[name] = value
	}
	return s
}

// Nullable reports whether a field may be null: a pointer that is always there, and what is tagged null:"unset". Null is the
// same there as no field, so that a client can give back what it was shown.
func Nullable(field reflect.StructField) bool {
	optional := strings.Contains(field.Tag.Get("json"), ",omitempty")
	return field.Type.Kind() == reflect.Pointer && !optional || field.Tag.Get("null") == "unset"
}

// names tells which fields an object may have.
func (s *shape) names() string {
	if len(s.fields) == 0 {
		return "there is none"
	}
	return "there are " + strings.Join(slices.Sorted(maps.Keys(s.fields)), ", ")
}
