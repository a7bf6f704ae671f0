package licenseserver

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client asks one server.
type Client struct {
	base string
	http *http.Client
}

const (
	// answerMax bounds an answer: a file of 64 kB, and what stands around it.
	answerMax = 256 << 10
	// textMax bounds what is kept of a server's words.
	textMax = 500
)

// New makes a client of a server's URL, which must be https, or http to this machine.
func New(server string) (*Client, error) {
	u, err := url.Parse(server)
	if err != nil || u.Host == "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())) {
		return nil, fmt.Errorf("%q is not an https:// URL without user and query, or http:// to this machine", server)
	}
	return &Client{base: strings.TrimSuffix(u.String(), "/"), http: &http.Client{
		Transport:     &http.Transport{Proxy: http.ProxyFromEnvironment, ForceAttemptHTTP2: true, IdleConnTimeout: time.Minute, MaxIdleConnsPerHost: 4},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

func loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

// URL gives the server's URL.
func (c *Client) URL() string { return c.base }

// Answer tells what the server said. What is not conclusive says nothing about the license.
type Answer struct {
	Conclusive bool
	OK         bool   // the server did what it was asked for
	Code       string // the server's, or one of this package's
	Detail     string
	Valid      bool   // what a sync says of the license
	License    string // its id, where the server names it
	Sequence   int64
	File       string // "" for none
}

// Codes of what the server did not say.
const (
	CodeUnreachable = "license_server_unreachable"
	CodeUnreadable  = "license_server_unreadable" // it is no license server, or a newer one
)

// Instance names an installation to the server.
type Instance struct {
	Instance    string `json:"instance"`
	Fingerprint string `json:"fingerprint"`
	Workspace   string `json:"workspace"`
}

// Activate asks for a place among the license's installations. Asked again it is the same place.
func (c *Client) Activate(ctx context.Context, key string, i Instance) Answer {
	return c.ask(ctx, key, "activate", i)
}

// Sync tells how many users there are, and asks how the license is.
func (c *Client) Sync(ctx context.Context, key, instance string, users int64) Answer {
	return c.ask(ctx, key, "sync", map[string]any{"instance": instance, "users": users})
}

// Deactivate gives the place back.
func (c *Client) Deactivate(ctx context.Context, key, instance string) Answer {
	return c.ask(ctx, key, "deactivate", map[string]string{"instance": instance})
}

func (c *Client) ask(ctx context.Context, key, what string, body any) Answer {
	written, err := json.Marshal(body)
	if err != nil {
		return Answer{Code: CodeUnreadable, Detail: err.Error()}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, c.base+"/v1/licenses/"+what, bytes.NewReader(written))
	if err != nil {
		return Answer{Code: CodeUnreachable, Detail: err.Error()}
	}
	request.Header.Set("Authorization", "License "+key)
	request.Header.Set("Content-Type", "application/json")
	response, err := c.http.Do(request)
	if err != nil {
		return Answer{Code: CodeUnreachable, Detail: brief(reason(err))}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, answerMax+1))
	if err != nil {
		return Answer{Code: CodeUnreachable, Detail: brief(reason(err))}
	}
	return read(response.StatusCode, text)
}

// reason leaves out the address, which says nothing new.
func reason(err error) string {
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return failed.Err.Error()
	}
	return err.Error()
}

func brief(text string) string {
	text = strings.ToValidUTF8(text, "")
	if len(text) > textMax {
		text = strings.ToValidUTF8(text[:textMax], "") + "…"
	}
	return text
}

// answered holds what is read of an answer: a problem's members, and those of a license.
type answered struct {
	Code    string  `json:"code"`
	Detail  string  `json:"detail"`
	Valid   bool    `json:"valid"`
	File    *string `json:"file"`
	License *struct {
		ID       string `json:"id"`
		Sequence int64  `json:"sequence"`
	} `json:"license"`
}

// read tells what an answer says.
func read(status int, text []byte) Answer {
	var said answered
	err := json.Unmarshal(text, &said)
	ok := status == http.StatusOK || status == http.StatusCreated
	if err != nil || len(text) > answerMax || !ok && said.Code == "" {
		return Answer{Code: CodeUnreadable, Detail: fmt.Sprintf("it answers with status %d, and not as a license server does", status)}
	}
	answer := Answer{
		OK: ok, Code: brief(said.Code), Detail: brief(said.Detail), Valid: said.Valid,
		Conclusive: ok || status == http.StatusUnauthorized || status == http.StatusForbidden || status == http.StatusNotFound,
	}
	if said.License != nil {
		answer.License, answer.Sequence = said.License.ID, said.License.Sequence
	}
	if said.File != nil {
		answer.File = *said.File
	}
	return answer
}
