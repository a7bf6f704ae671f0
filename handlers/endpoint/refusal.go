package endpoint

import "net/http"

// Refusal documents one way in which a route refuses.
type Refusal struct {
	Status int
	Code   string
	Text   string
}

// NotFound documents a refusal with 404.
func NotFound(code, text string) []Refusal { return refusals(http.StatusNotFound, code, text) }

// Conflict documents a refusal with 409.
func Conflict(code, text string) []Refusal { return refusals(http.StatusConflict, code, text) }

// Malformed documents a refusal with 400.
func Malformed(code, text string) []Refusal { return refusals(http.StatusBadRequest, code, text) }

// Gone documents a refusal with 410.
func Gone(code, text string) []Refusal { return refusals(http.StatusGone, code, text) }

// Declined documents a refusal with 402.
func Declined(code, text string) []Refusal {
	return refusals(http.StatusPaymentRequired, code, text)
}

// Unprocessable documents a refusal with 422.
func Unprocessable(code, text string) []Refusal {
	return refusals(http.StatusUnprocessableEntity, code, text)
}

// Unavailable documents a refusal with 503.
func Unavailable(code, text string) []Refusal {
	return refusals(http.StatusServiceUnavailable, code, text)
}

// Invalid documents codes of fields that break a rule of their own. The message of each refusal says which rule.
func Invalid(codes ...string) []Refusal {
	var all []Refusal
	for _, code := range codes {
		all = append(all, Refusal{Status: http.StatusUnprocessableEntity, Code: code})
	}
	return all
}

func refusals(status int, code, text string) []Refusal {
	return []Refusal{{Status: status, Code: code, Text: text}}
}
