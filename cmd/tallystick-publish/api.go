package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// askTimeout bounds a question that is answered at once.
	askTimeout = 30 * time.Second
	// silenceMax bounds the wait for a line; the server sends an empty one every 15 seconds.
	silenceMax = 45 * time.Second
)

// ledger is a ledger that is published.
type ledger struct{ id, key string }

// api asks the server.
type api struct {
	url    string
	filter string // a type that the server may filter by, "" for none
	client *http.Client
}

// newAPI makes the way to a server. Where one type is wanted alone the server leaves out the others.
func newAPI(address string, types []string) *api {
	a := &api{url: strings.TrimRight(address, "/"), client: &http.Client{}}
	if len(types) == 1 {
		a.filter = types[0]
	}
	return a
}

// refusedError reports an answer that is not a success.
type refusedError struct {
	status int
	path   string
	told   string // what the server said, in words
}

func (e *refusedError) Error() string {
	return fmt.Sprintf("GET %s: %d %s", e.path, e.status, e.told)
}

// ledgerOf tells which ledger a key is of.
func (a *api) ledgerOf(ctx context.Context, key string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	response, err := a.get(ctx, key, "/v1/clock", "application/json")
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	var clock struct {
		Ledger string `json:"ledger"`
	}
	if err := json.NewDecoder(response.Body).Decode(&clock); err != nil {
		return "", fmt.Errorf("GET /v1/clock: %w", err)
	}
	if clock.Ledger == "" {
		return "", errors.New("GET /v1/clock names no ledger: the server is of an older release")
	}
	return clock.Ledger, nil
}

// tail gives the position of the newest event.
func (a *api) tail(ctx context.Context, key string) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	response, err := a.get(ctx, key, "/v1/events?limit=1", "application/json")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	return strconv.ParseInt(response.Header.Get("Ledger-Position"), 10, 64)
}

// follow gives each line of the events behind a position to take, an empty one where there was no news for a while. It ends
// with an error, or with the server.
func (a *api) follow(ctx context.Context, key string, after int64, take func(line []byte) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	watch := time.AfterFunc(silenceMax, func() { cancel(errors.New("the server has been silent for too long")) })
	defer watch.Stop()
	query := url.Values{"follow": {"true"}, "after": {strconv.FormatInt(after, 10)}}
	if a.filter != "" {
		query.Set("type", a.filter)
	}
	response, err := a.get(ctx, key, "/v1/events?"+query.Encode(), "application/x-ndjson")
	if err != nil {
		return err
	}
	defer response.Body.Close()
	lines := bufio.NewReaderSize(response.Body, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		watch.Reset(silenceMax)
		switch {
		case errors.Is(err, io.EOF):
			return errors.New("the server has ended the answer")
		case err != nil && ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			return fmt.Errorf("read events: %w", err)
		}
		if err := take(line[:len(line)-1]); err != nil {
			return err
		}
	}
}

func (a *api) get(ctx context.Context, key, path, accept string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Authorization", "Bearer "+key)
	request.Header.Set("Accept", accept)
	response, err := a.client.Do(request)
	if err != nil {
		return nil, err
	}
	if response.StatusCode == http.StatusOK {
		return response, nil
	}
	defer response.Body.Close()
	var problem struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	body, _ := io.ReadAll(io.LimitReader(response.Body, 64<<10))
	_ = json.Unmarshal(body, &problem) // a proxy may answer in another form
	return nil, &refusedError{status: response.StatusCode, path: path, told: strings.TrimSpace(problem.Code + " " + problem.Detail)}
}
