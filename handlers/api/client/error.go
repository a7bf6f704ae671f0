package client

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"
)

// Error is an answer that refuses. Programs decide by its Code, which is stable; its Detail is for people.
type Error struct {
	Problem
	// Header has the headers of the answer, and Body all of the problem, with what only problems of its code have.
	Header http.Header
	Body   []byte
}

func (e *Error) Error() string { return e.Code + ": " + e.Detail }

// RetryAfter tells how long to wait before the same request, with the same Idempotency-Key, may succeed. It is 0 for a
// refusal that stands.
func (e *Error) RetryAfter() time.Duration {
	seconds, err := strconv.Atoi(e.Header.Get("Retry-After"))
	if err != nil {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// Code gives the stable code of a refusal, and "" of any other error and of nil.
func Code(err error) string {
	if refusal, ok := errors.AsType[*Error](err); ok {
		return refusal.Code
	}
	return ""
}

// problemMax limits what is read of a refusal.
const problemMax = 1 << 20

// refused reads a refusal. What is no problem, such as the page of a proxy on the way, becomes one without a code of ours.
func refused(response *http.Response) error {
	body, err := io.ReadAll(io.LimitReader(response.Body, problemMax))
	if err != nil {
		return err
	}
	refusal := &Error{Header: response.Header, Body: body}
	if err := json.Unmarshal(body, &refusal.Problem); err != nil || refusal.Code == "" {
		refusal.Problem = Problem{
			Status: int64(response.StatusCode), Code: "http_" + strconv.Itoa(response.StatusCode),
			Title: http.StatusText(response.StatusCode), Detail: string(body[:min(len(body), 200)]),
		}
	}
	return refusal
}
