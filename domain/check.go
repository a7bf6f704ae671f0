package domain

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Check gathers the fields of a command that break a rule, so that a client hears of all of them at once. The zero
// value is ready to use.
type Check struct {
	fields []FieldError
	more   int // fields that are refused, too, and not listed
	fault  error
}

// fieldErrorsMax bounds the fields that one refusal lists.
const fieldErrorsMax = 100

// Require refuses the field at pointer, which is RFC 6901 within the request's body, unless ok. The message names the
// rule, so that a client can mend the request without a manual.
func (c *Check) Require(ok bool, pointer, code, format string, args ...any) bool {
	switch {
	case ok:
	case len(c.fields) == fieldErrorsMax:
		c.more++
	default:
		c.fields = append(c.fields, FieldError{Pointer: pointer, Code: code, Message: fmt.Sprintf(format, args...)})
	}
	return ok
}

// Text refuses a text that does not have low to high characters.
func (c *Check) Text(pointer, code, text string, low, high int) bool {
	return c.Require(HasCharacters(text, low, high), pointer, code, "%s must be %d to %d characters long",
		strings.TrimPrefix(pointer, "/"), low, high)
}

// HasCharacters reports whether a text is low to high characters long, whatever number of bytes that takes.
func HasCharacters(text string, low, high int) bool {
	length := utf8.RuneCountInString(text)
	return length >= low && length <= high && utf8.ValidString(text)
}

// Name refuses a name that breaks [NameRule].
func (c *Check) Name(pointer, name string) bool {
	return c.Require(ValidName(name), pointer, "name_invalid", "%s must be %s", strings.TrimPrefix(pointer, "/"), NameRule)
}

// Add adds the fields that another check has refused. An error that refuses none is returned by [Check.Rejection] as it is.
func (c *Check) Add(err error) {
	if rejection, ok := errors.AsType[*Rejection](err); ok && len(rejection.Fields) > 0 {
		for _, field := range rejection.Fields {
			c.Require(false, field.Pointer, field.Code, "%s", field.Message)
		}
		c.more += rejection.FieldsOmitted
	} else if c.fault == nil {
		c.fault = err
	}
}

// Rejection lists all fields that were refused, under the code of the first one; it is nil when none was.
func (c *Check) Rejection() error {
	if c.fault != nil || len(c.fields) == 0 {
		return c.fault
	}
	first := c.fields[0]
	r := InvalidField(first.Pointer, first.Code, "%s", first.Message)
	if others := len(c.fields) + c.more - 1; others > 0 {
		r.Message += fmt.Sprintf(" (and %d more)", others)
	}
	r.Fields, r.FieldsOmitted = c.fields, c.more
	return r
}

// Or gives the value of a field that a client may leave out.
func Or[T any](given *T, otherwise T) T {
	if given == nil {
		return otherwise
	}
	return *given
}

// Pointer joins strings and ints to an RFC 6901 pointer, such as "/tiers/0/up_to".
func Pointer(tokens ...any) string {
	var b strings.Builder
	for _, token := range tokens {
		b.WriteByte('/')
		switch token := token.(type) {
		case int:
			b.WriteString(strconv.Itoa(token))
		default:
			b.WriteString(pointerEscapes.Replace(fmt.Sprint(token)))
		}
	}
	return b.String()
}

var pointerEscapes = strings.NewReplacer("~", "~0", "/", "~1")
