package main

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
	"os"
	"strings"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/handlers/api/client"
	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type webhookCommand struct {
	Listen webhookListen `cmd:"" help:"Show what a webhook endpoint would be sent, and forward it to a program that is being written."`
}

const (
	// newsMax bounds a body; the server's are some hundred bytes.
	newsMax = 64 << 10
	// forwardTimeout is less than a server waits for an answer.
	forwardTimeout = 14 * time.Second
	// farewellTimeout bounds the deleting of the endpoint.
	farewellTimeout = 5 * time.Second
)

type webhookListen struct {
	ForwardTo string   `help:"Where to forward what comes, with its headers. The answer goes back to the server." required:"" placeholder:"URL"`
	Types     []string `help:"Types of news to hear, such as invoice.*; all by default."`
	URL       string   `name:"url" help:"The server (default http://${listen})." default:"http://${listen}" env:"TALLYSTICK_URL" placeholder:"URL"`
	Key       string   `help:"An API key of the role admin (default: admin.key in the data directory)." env:"TALLYSTICK_KEY"`
	DataDir   string   `help:"Directory with the admin key (default ${data_dir})." env:"TALLYSTICK_DATA_DIR" default:"${data_dir}" placeholder:"DIR"`
	JSON      bool     `help:"Print a line of JSON for each."`
}

// Validate refuses what can't be forwarded to.
func (w webhookListen) Validate() error {
	if u, err := url.Parse(w.ForwardTo); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("--forward-to %q is not an http:// or https:// URL", w.ForwardTo)
	}
	return nil
}

// Run makes an endpoint that leads here, for as long as the command runs.
func (w webhookListen) Run(ctx context.Context, std house.Streams) (err error) {
	key := w.Key
	if key == "" {
		content, err := os.ReadFile((&house.Config{DataDir: w.DataDir}).AdminKeyPath())
		if err != nil {
			return fmt.Errorf("there is no --key, and the admin key can't be read: %w", err)
		}
		key = strings.TrimSpace(string(content))
	}
	api, err := client.New(w.URL, client.WithKey(key))
	if err != nil {
		return err
	}
	here, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	server := endpoint.HTTPServer("", w.forwarder(std))
	serving := make(chan error, 1)
	go func() { serving <- server.Serve(here) }()
	defer server.Close()
	made, err := api.CreateWebhookEndpoint(ctx, &client.CreateWebhookEndpointParams{IdempotencyKey: uuid.NewString()},
		client.CreateWebhookEndpointBody{URL: "http://" + here.Addr().String() + "/", Types: w.Types, Description: new("tallystick webhook listen")})
	if client.Code(err) == "url_refused" {
		return fmt.Errorf("the server sends nothing to this machine: start it with --webhook-allow 127.0.0.0/8 (%w)", err)
	}
	if err != nil {
		return err
	}
	defer func() {
		farewell, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewellTimeout)
		defer cancel()
		_, gone := api.DeleteWebhookEndpoint(farewell, made.JSON.ID, &client.DeleteWebhookEndpointParams{IdempotencyKey: uuid.NewString()})
		err = errors.Join(err, gone)
	}()
	fmt.Fprintf(std.Err, "listening as endpoint %s, forwarding to %s; the secret is %s\n", made.JSON.ID, w.ForwardTo, *made.JSON.Secret)
	select {
	case <-ctx.Done():
		return nil
	case err := <-serving:
		return err
	}
}

// forwarder forwards what comes, answers as it was answered, and prints a line for each.
func (w webhookListen) forwarder(std house.Streams) http.Handler {
	to := &http.Client{Timeout: forwardTimeout, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	return http.HandlerFunc(func(answer http.ResponseWriter, came *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(answer, came.Body, newsMax))
		if err != nil {
			answer.WriteHeader(http.StatusRequestEntityTooLarge)
			return
		}
		status, failure := forward(came, to, w.ForwardTo, body)
		w.print(std, body, status, failure)
		answer.WriteHeader(status)
	})
}

// forward sends what came on, and gives the status of the answer, or 502 with the reason.
func forward(came *http.Request, to *http.Client, address string, body []byte) (status int, failure error) {
	request, err := http.NewRequestWithContext(came.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return http.StatusBadGateway, err
	}
	request.Header = came.Header.Clone()
	response, err := to.Do(request)
	if err != nil {
		return http.StatusBadGateway, err
	}
	defer response.Body.Close()
	return response.StatusCode, nil
}

// forwarded tells of one delivery that was passed on.
type forwarded struct {
	Type      string  `json:"type"`
	Workspace *string `json:"workspace"`
	Sequence  int64   `json:"sequence"`
	Position  int64   `json:"position"`
	Status    int     `json:"status"`
	Error     *string `json:"error"`
}

func (w webhookListen) print(std house.Streams, body []byte, status int, failure error) {
	var news struct {
		Type string    `json:"type"`
		Data forwarded `json:"data"`
	}
	_ = json.Unmarshal(body, &news) // what is no news is shown as empty
	line := news.Data
	line.Type, line.Status = news.Type, status
	if failure != nil {
		line.Error = new(failure.Error())
	}
	if w.JSON {
		text, _ := json.Marshal(line) // it has nothing that can't be written
		fmt.Fprintln(std.Out, string(text))
		return
	}
	workspace, result := "-", fmt.Sprint(status)
	if line.Workspace != nil {
		workspace = *line.Workspace
	}
	if failure != nil {
		result += " (" + failure.Error() + ")"
	}
	fmt.Fprintf(std.Out, "%s  %s #%d  position %d  -> %s\n", line.Type, workspace, line.Sequence, line.Position, result)
}
