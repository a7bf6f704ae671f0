package domain

import "fmt"

// Kind sorts refusals. The HTTP door has the one table from Kind to status.
type Kind string

const (
	KindMalformed Kind = "malformed" // the request can't be read
	KindInvalid   Kind = "invalid"   // well formed, but its values break a rule
	KindStranger  Kind = "stranger"  // who asks is nobody that is known
	KindForbidden Kind = "forbidden" // who asks may not
	KindNotFound  Kind = "not_found" // what it names does not exist
	KindConflict  Kind = "conflict"  // the state does not allow it now
	KindStale     Kind = "stale"     // the client's precondition on a version does not hold
	KindGone      Kind = "gone"      // it was valid once
	KindDeclined  Kind = "declined"  // money was refused
)

// Rejection refuses a command by a rule. It changes nothing, and the same command may succeed later. Every other error is a
// fault of ours, and its text is never shown to a client.
type Rejection struct {
	Kind    Kind
	Code    string       // stable and machine readable, such as "no_seat_available"
	Message string       // one sentence for a person
	Fields  []FieldError // which fields of the request broke which rule
	// FieldsOmitted counts further such fields that are not listed.
	FieldsOmitted int
	Details       map[string]any // further members of the problem, such as "purchased": 5
	Actions       []string       // what the state does allow, on conflicts of a state
}

// FieldError tells which rule one field of a request breaks.
type FieldError struct {
	Pointer string `json:"pointer"` // RFC 6901, such as "/tiers/0/up_to"
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (r *Rejection) Error() string { return r.Code + ": " + r.Message }

// With adds a member to the problem that the client sees.
func (r *Rejection) With(name string, value any) *Rejection {
	if r.Details == nil {
		r.Details = map[string]any{}
	}
	r.Details[name] = value
	return r
}

// Conflict refuses a command that the present state does not allow.
func Conflict(code, format string, args ...any) *Rejection {
	return &Rejection{Kind: KindConflict, Code: code, Message: fmt.Sprintf(format, args...)}
}

// NotFound refuses a command about something that does not exist.
func NotFound(code, format string, args ...any) *Rejection {
	return &Rejection{Kind: KindNotFound, Code: code, Message: fmt.Sprintf(format, args...)}
}

// Invalid refuses a command as a whole whose values break a rule.
func Invalid(code, format string, args ...any) *Rejection {
	return &Rejection{Kind: KindInvalid, Code: code, Message: fmt.Sprintf(format, args...)}
}

// InvalidField refuses a command for one field; pointer is RFC 6901 within the request's body.
func InvalidField(pointer, code, format string, args ...any) *Rejection {
	r := Invalid(code, format, args...)
	r.Fields = []FieldError{{Pointer: pointer, Code: code, Message: r.Message}}
	return r
}
