package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/dial"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
	"github.com/tallystick/tallystick/cmd/tallystick/serve"
)

// stage holds the server and the ledger that the year is told to.
type stage struct {
	url, key string
	// bearer is the key for commands that are pasted into a shell.
	bearer string
	// ledger is the ledger's name, and ours tells whether its database can be looked at from here.
	ledger string
	ours   bool
	// flags lead commands to the database.
	flags string
	// started tells that the server ends with this command, and stays that it first waits for somebody to end it.
	started, stays bool
	// again tells how to try once more.
	again string
}

// withStage tells the year to the server that was given, to the one of the data directory, or to one started for it.
func (c *Command) withStage(ctx context.Context, std house.Streams, tell func(context.Context, stage) error) error {
	if c.URL != "" {
		s, err := c.givenStage()
		if err != nil {
			return err
		}
		return tell(ctx, s)
	}
	if _, running := house.RunningDatabase(ctx, &c.Config); c.DatabaseURL == "" && running {
		s := stage{url: "http://" + c.Listen}
		if ready(ctx, s.url) != nil {
			return fmt.Errorf("a server runs on %s, but not at %s: say by --listen where it is", c.DataDir, c.Listen)
		}
		return c.tellNew(ctx, s, tell)
	}
	return c.withServer(ctx, std, func(ctx context.Context, url string) error {
		return c.tellNew(ctx, stage{url: url, started: true, stays: !c.JSON && house.IsTerminal(std.Out)}, tell)
	})
}

// givenStage is the sandbox of a key.
func (c *Command) givenStage() (stage, error) {
	s := stage{url: strings.TrimRight(c.URL, "/"), key: c.Key, bearer: "$TALLYSTICK_KEY", ledger: "of the key", again: "a second run needs an empty sandbox"}
	if s.key == "" {
		content, err := os.ReadFile(c.AdminKeyPath())
		if err != nil {
			return s, fmt.Errorf("there is no --key, and the admin key can't be read: %w", err)
		}
		s.key, s.bearer = strings.TrimSpace(string(content)), "$(cat "+c.AdminKeyPath()+")"
	}
	return s, nil
}

// withServer serves for as long as f takes.
func (c *Command) withServer(ctx context.Context, std house.Streams, f func(ctx context.Context, url string) error) error {
	server := serve.ForDemo(c.Config, c.Listen)
	if err := errors.Join(server.Wrong()...); err != nil {
		return err
	}
	opened := make(chan string, 1)
	server.Opened = func(url string) { opened <- url }
	serving, stop := context.WithCancelCause(ctx)
	ended := make(chan error, 1)
	go func() {
		err := server.Run(serving, house.Streams{Out: io.Discard, Err: std.Err})
		stop(err)
		ended <- err
	}()
	err := c.tellOnceReady(serving, opened, f)
	if cause := context.Cause(serving); err != nil && cause != nil {
		err = cause // the server ended first
	}
	stop(nil)
	return errors.Join(err, unlessCanceled(<-ended))
}

func (c *Command) tellOnceReady(ctx context.Context, opened <-chan string, f func(ctx context.Context, url string) error) error {
	select {
	case url := <-opened:
		if err := c.awaitReady(ctx, url); err != nil {
			return err
		}
		return f(ctx, url)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func unlessCanceled(err error) error {
	if errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// startTimeout limits the start of the server, which may have to make a database first.
const startTimeout = 2 * time.Minute

// awaitReady waits until the server answers.
func (c *Command) awaitReady(ctx context.Context, url string) error {
	ctx, cancel := context.WithTimeout(ctx, c.Limit(startTimeout))
	defer cancel()
	for {
		err := ready(ctx, url)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server does not get ready: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

func ready(ctx context.Context, url string) error {
	_, err := ask(ctx, http.MethodGet, url+"/readyz", nil)
	return err
}

// tellNew tells the year to a new ledger.
func (c *Command) tellNew(ctx context.Context, s stage, tell func(context.Context, stage) error) error {
	database := c.DatabaseURL
	if database == "" {
		content, err := os.ReadFile(c.DatabaseURLPath())
		if err != nil {
			return err
		}
		database = strings.TrimSpace(string(content))
	}
	conn, err := dial.Connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	ledger, err := c.makeLedger(ctx, conn)
	if err != nil {
		return err
	}
	_, s.key, err = house.OperatorOn(conn).CreateKey(ctx, access.NewKey{Ledger: ledger, Role: endpoint.RoleAdmin, Name: "tallystick demo"}, time.Now())
	if err != nil {
		return err
	}
	file := filepath.Join(c.DataDir, ledger.Name+".key")
	if err := house.WriteSecret(file, s.key); err != nil {
		return fmt.Errorf("write the ledger's key: %w", err)
	}
	s.ledger, s.ours, s.bearer, s.again = ledger.Name, true, "$(cat "+file+")", "a second run makes another"
	switch {
	case c.DatabaseURL != "":
		s.flags = ` --database-url "$DATABASE_URL"`
	case c.DataDir != house.DefaultDataDir:
		s.flags = " --data-dir " + c.DataDir
	}
	return tell(ctx, s)
}

// makeLedger makes the first ledger whose name is free. Its clock begins with the last year.
func (c *Command) makeLedger(ctx context.Context, conn *pgx.Conn) (eventstore.Ledger, error) {
	now := time.Now().UTC()
	begins := time.Date(now.Year()-1, time.January, 1, 0, 0, 0, 0, time.UTC)
	for name, n := c.Ledger, 2; ; name, n = fmt.Sprintf("%s-%d", c.Ledger, n), n+1 {
		ledger, err := eventstore.CreateSandbox(ctx, conn, name, begins, now)
		if !errors.Is(err, eventstore.ErrLedgerExists) {
			return ledger, err
		}
	}
}
