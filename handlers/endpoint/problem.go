package endpoint

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// Problem is an answer that refuses, in the form of RFC 9457. It is also the error by which this package refuses.
type Problem struct {
	Type             string              `json:"type" doc:"urn:tallystick:problem: and the code." example:"urn:tallystick:problem:no_seat_available"`
	Title            string              `json:"title" doc:"The code in words." example:"No seat available"`
	Status           int                 `json:"status" doc:"The HTTP status." example:"409"`
	Detail           string              `json:"detail" doc:"One sentence about this case, for people. It may change."`
	Instance         string              `json:"instance" doc:"The path of the request."`
	Code             string              `json:"code" doc:"Stable, for programs." example:"no_seat_available"`
	Errors           []domain.FieldError `json:"errors,omitempty" doc:"Which fields of the request break which rule."`
	ErrorsOmitted    int                 `json:"errors_omitted,omitzero" doc:"How many more fields do, where errors would be too long."`
	RequestID        string              `json:"request_id" doc:"The X-Request-Id of the answer."`
	AvailableActions []Action            `json:"available_actions,omitzero" doc:"What the state does allow, on conflicts of a state."`
	Members          map[string]any      `json:",embed" hidden:"true"`

	retryAfter bool   // the same request may succeed in a moment
	allow      string // the methods that the path does have
	challenge  string // the scheme of the credential that is missing
	denial     denial
	cause      error // of an internal error; never shown
}

// Action names something that a state allows.
type Action string

// ActionsOf shows what a state allows. It gives nil for nil, where the state does not matter.
func ActionsOf(names []string) []Action {
	if names == nil {
		return nil
	}
	shown := make([]Action, len(names))
	for i, name := range names {
		shown[i] = Action(name)
	}
	return shown
}

func (p *Problem) Error() string { return p.Code + ": " + p.Detail }

func (p *Problem) Unwrap() error { return p.cause }

func newProblem(status int, code, detail string) *Problem {
	return &Problem{Status: status, Code: code, Detail: detail}
}

// denial tells the log why a credential was refused, and which one it was. Clients are not told.
type denial struct{ reason, credential string }

// Unauthenticated refuses a request without a valid credential. The detail says which one it must have; the reason, and the
// id of the credential that was presented, are for the log.
func Unauthenticated(detail, reason, credential string) *Problem {
	p := newProblem(http.StatusUnauthorized, CodeUnauthenticated, detail)
	p.challenge, p.denial = "Bearer", denial{reason: reason, credential: credential}
	return p
}

// By says which code and scheme a credential has that is no API key.
func (p *Problem) By(code, scheme string) *Problem {
	p.Code, p.challenge = code, scheme
	return p
}

// ParameterInvalid refuses a parameter that can't be read.
func ParameterInvalid(detail string) *Problem { return malformed(CodeParameterInvalid, detail) }

// NotYet refuses what may succeed in a moment.
func NotYet(code, detail string) *Problem {
	return newProblem(http.StatusServiceUnavailable, code, detail).again()
}

// malformed refuses a request that can't be read.
func malformed(code, detail string) *Problem { return newProblem(http.StatusBadRequest, code, detail) }

// at names the field that is to blame.
func (p *Problem) at(pointer string) *Problem {
	p.Errors = append(p.Errors, domain.FieldError{Pointer: pointer, Code: p.Code, Message: p.Detail})
	return p
}

func (p *Problem) again() *Problem {
	p.retryAfter = true
	return p
}

// Codes of refusals that no rule makes.
const (
	CodeUnauthenticated       = "unauthenticated"
	CodeAuthenticationLimited = "authentication_limited"
	CodeRateLimited           = "rate_limited"
	CodeRoleNotAllowed        = "role_not_allowed"
	CodeNameInvalid           = "name_invalid"
	CodeStreamInvalid         = "stream_invalid"
	CodeParameterUnknown      = "parameter_unknown"
	CodeParameterInvalid      = "parameter_invalid"
	CodeFilterInvalid         = "filter_invalid"
	CodeCursorInvalid         = "cursor_invalid"
	CodeKeyMissing            = "idempotency_key_missing"
	CodeKeyInvalid            = "idempotency_key_invalid"
	CodeIfMatchInvalid        = "if_match_invalid"
	CodeReadModelBehind       = "read_model_behind"
	CodeReadModelFilling      = "read_model_filling"
	CodeOverloaded            = "overloaded"
	CodeDatabaseUnavailable   = "database_unavailable"
	CodeOutcomeUnknown        = "outcome_unknown"
	CodeShuttingDown          = "shutting_down"
	CodeNewerRelease          = "newer_release"
	CodeAccessNotRecorded     = "access_not_recorded"
	CodeInternal              = "internal"
)

// statuses give the HTTP status of each kind of refusal.
var statuses = map[domain.Kind]int{
	domain.KindMalformed: http.StatusBadRequest,
	domain.KindInvalid:   http.StatusUnprocessableEntity,
	domain.KindStranger:  http.StatusUnauthorized,
	domain.KindForbidden: http.StatusForbidden,
	domain.KindNotFound:  http.StatusNotFound,
	domain.KindConflict:  http.StatusConflict,
	domain.KindStale:     http.StatusPreconditionFailed,
	domain.KindGone:      http.StatusGone,
	domain.KindDeclined:  http.StatusPaymentRequired,
}

// ProblemOf turns any error into what its client may see of it.
func ProblemOf(err error) *Problem {
	var (
		own       *Problem
		rejection *domain.Rejection
		behind    *engine.BehindError
		filling   *engine.FillingError
		unrouted  *echo.HTTPError
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &rejection):
		return rejected(rejection)
	case errors.As(err, &behind):
		return newProblem(http.StatusServiceUnavailable, CodeReadModelBehind,
			"what is shown here has not reached Min-Position yet; the command is safe").again()
	case errors.As(err, &filling):
		return stillFilling(filling)
	case errors.As(err, &unrouted):
		return notRouted(unrouted)
	}
	return storeProblem(err)
}

// stillFilling refuses what a read model can't show yet.
func stillFilling(err *engine.FillingError) *Problem {
	p := newProblem(http.StatusServiceUnavailable, CodeReadModelFilling, "what is shown here is being prepared; commands go on")
	p.Members = map[string]any{"progress": progressView{Applied: err.Progress.Done, Events: err.Progress.Total}}
	return p.again()
}

// progressView tells how much of a read model there is.
type progressView struct {
	Applied int64 `json:"applied"`
	Events  int64 `json:"events"`
}

// storeProblem sorts what is no refusal of a rule.
func storeProblem(err error) *Problem {
	if newer, ok := errors.AsType[*eventstore.NewerReleaseError](err); ok {
		return newProblem(http.StatusServiceUnavailable, CodeNewerRelease,
			"a newer release of the program is needed here: "+newer.Error()+"; nothing was done").again()
	}
	switch {
	case errors.Is(err, eventstore.ErrOverloaded):
		return newProblem(http.StatusServiceUnavailable, CodeOverloaded, "too many commands are waiting; nothing was done").again()
	case errors.Is(err, eventstore.ErrOutcomeUnknown):
		return newProblem(http.StatusServiceUnavailable, CodeOutcomeUnknown,
			"the command may or may not have been done; repeating it with the same Idempotency-Key is safe and will tell").again()
	case errors.Is(err, eventstore.ErrClosed):
		return newProblem(http.StatusServiceUnavailable, CodeShuttingDown, "this server is shutting down; nothing was done").again()
	case eventstore.IsUnavailable(err), errors.Is(err, context.Canceled):
		return newProblem(http.StatusServiceUnavailable, CodeDatabaseUnavailable, "the database is not available; nothing was done").again()
	}
	p := newProblem(http.StatusInternalServerError, CodeInternal, "something is wrong on our side; the request id says where to look")
	p.cause = err
	return p
}

func rejected(r *domain.Rejection) *Problem {
	status, known := statuses[r.Kind]
	if !known {
		status = http.StatusInternalServerError
	}
	p := newProblem(status, r.Code, r.Message)
	p.Errors, p.ErrorsOmitted, p.AvailableActions, p.Members = r.Fields, r.FieldsOmitted, ActionsOf(r.Actions), r.Details
	if r.Kind == domain.KindStranger {
		p.challenge = LicenseScheme
	}
	return p
}

// notRouted refuses what the router has no handler for.
func notRouted(err *echo.HTTPError) *Problem {
	if err.Code == http.StatusMethodNotAllowed {
		return newProblem(http.StatusMethodNotAllowed, "method_not_allowed", "the path has other methods; Allow names them")
	}
	return newProblem(http.StatusNotFound, "not_found", "there is nothing at this path; /docs tells what there is")
}

// problemType is the content type of problems.
const problemType = "application/problem+json"

// shown completes the problem for the answer to a request.
func (p *Problem) shown(c *Call) *Problem {
	shown := *p
	shown.Type = "urn:tallystick:problem:" + p.Code
	shown.Title = title(p.Code)
	shown.Instance = c.http.Request().URL.EscapedPath()
	shown.RequestID = c.ID
	return &shown
}

// send writes the problem as the answer to a request.
func (p *Problem) send(c *Call) error {
	p.explain(c)
	return c.send(p.Status, problemType, marshal(p.shown(c)))
}

// sendForeign writes the problem in the form of the route's own specification.
func (p *Problem) sendForeign(c *Call) error {
	status, body := c.route.refuse(c, p)
	p.explain(c)
	return c.send(status, "application/json", marshal(body))
}

// explain writes the headers that go with a refusal.
func (p *Problem) explain(c *Call) {
	header := c.http.Response().Header()
	if p.retryAfter {
		header.Set("Retry-After", "1")
	}
	if p.allow != "" {
		header.Set("Allow", p.allow)
	}
	if p.challenge != "" {
		header.Set("WWW-Authenticate", p.challenge)
	}
}

// title writes a code in words: "No seat available" of no_seat_available.
func title(code string) string {
	words := strings.ReplaceAll(code, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}
