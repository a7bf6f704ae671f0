package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/tallystick/tallystick/handlers/api/client"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// Command tells the year of a small seller.
type Command struct {
	house.Config
	URL    string `name:"url" help:"Fill the sandbox of this server, which --key decides, instead of a ledger that is made for it." env:"TALLYSTICK_URL" placeholder:"URL"`
	Key    string `help:"An API key of the role admin, for --url (default: admin.key in the data directory)." env:"TALLYSTICK_KEY"`
	Ledger string `help:"The name of the sandbox ledger that is made; where there is one already, it gets a number." default:"demo" placeholder:"NAME"`
	Listen string `help:"Where the server of the data directory serves, or is started (default ${listen})." env:"TALLYSTICK_LISTEN" default:"${listen}" placeholder:"HOST:PORT"`
	JSON   bool   `help:"Print JSON."`

	Workspaces int `hidden:"" help:"Tell of so many workspaces alone." default:"1000"`
}

// Help says where the year is told to.
func (Command) Help() string {
	return `The year has 30 workspaces, with trials, upgrades, failed payments, refunds, a dispute and all else that happens to a seller.

Without --url it is told to a new sandbox ledger named demo (then demo-2, …) of the private Postgres in the data directory, whose
clock begins with the last calendar year. If no server runs there, one is started; on a terminal it serves until Ctrl-C. The
ledger's admin key is put into NAME.key in the data directory.

With --url the sandbox of the key is filled, which must be empty. Its clock goes on to the next January and through that year.

Examples:

    tallystick demo
    tallystick demo --url https://billing.example.com --key "$KEY" --json | jq -r '.look_at[]'`
}

// Answer tells what was made.
type Answer struct {
	Workspaces int      `json:"workspaces"`
	Invoices   int      `json:"invoices"`
	Payments   int      `json:"payments"`
	TookMS     int64    `json:"took_ms"`
	LookAt     []string `json:"look_at"`
}

// Run tells the year and says what to look at.
func (c *Command) Run(ctx context.Context, std house.Streams) error {
	begun := time.Now()
	return c.withStage(ctx, std, func(ctx context.Context, s stage) error {
		t, err := openTill(s.url, s.key)
		if err != nil {
			return err
		}
		if err := t.begin(ctx); err != nil {
			return err
		}
		answer, sights, err := c.fill(ctx, std, t, s)
		if err != nil {
			return fmt.Errorf("%w\nThe ledger is left as it is; %s", err, s.again)
		}
		answer.TookMS = time.Since(begun).Milliseconds()
		return c.print(ctx, std, answer, sights, s)
	})
}

// begin refuses what is no empty sandbox, and lets its clock come to a new year.
func (t *till) begin(ctx context.Context) error {
	clock, err := t.GetClock(ctx, &client.GetClockParams{})
	if err != nil {
		return err
	}
	if clock.JSON.Mode != client.LedgerModeSandbox {
		return errors.New("the key is of a live ledger; the demo fills a sandbox: tallystick ledger create NAME, tallystick key create --ledger NAME --role admin")
	}
	events, err := t.ListEvents(ctx, &client.ListEventsParams{Limit: new(int64(1))})
	if err != nil {
		return err
	}
	if len(events.JSON.Data) > 0 {
		return errors.New("the sandbox of the key is not empty; the demo fills a new one: tallystick ledger create NAME, tallystick key create --ledger NAME --role admin")
	}
	t.now = clock.JSON.Now
	t.year = time.Date(t.now.Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
	if t.year.Before(t.now) {
		t.year = t.year.AddDate(1, 0, 0)
	}
	return t.advance(ctx, t.year)
}

// fill tells all stories in the order of their days, and finds what is worth a look.
func (c *Command) fill(ctx context.Context, std house.Streams, t *till, s stage) (answer Answer, sights []sight, err error) {
	told := stories()
	told = told[:min(len(told), c.Workspaces)]
	listener, err := t.listen(ctx, s.url)
	if err != nil {
		return answer, nil, err
	}
	defer listener.close()
	if err := t.open(ctx); err != nil {
		return answer, nil, err
	}
	if err := c.tell(ctx, std, t, told); err != nil {
		return answer, nil, err
	}
	if err := listener.leave(ctx, t); err != nil {
		return answer, nil, err
	}
	answer.Workspaces = len(told)
	if answer.Invoices, answer.Payments, err = t.count(ctx); err != nil {
		return answer, nil, err
	}
	sights, err = t.sights(ctx, s)
	for _, seen := range sights {
		answer.LookAt = append(answer.LookAt, seen.what)
	}
	return answer, sights, err
}

// tell does what is done on each day at nine, and ends at the third noon of the next year.
func (c *Command) tell(ctx context.Context, std house.Streams, t *till, told []story) error {
	type due struct {
		at        time.Time
		workspace string
		do        deed
	}
	var all []due
	for _, s := range told {
		for _, step := range s.steps {
			at, err := t.day(step.day)
			if err != nil {
				return fmt.Errorf("the story of %s: %w", s.workspace, err)
			}
			all = append(all, due{at, s.workspace, step.do})
		}
	}
	slices.SortStableFunc(all, func(a, b due) int { return a.at.Compare(b.at) })
	bar := progressbar.NewOptions(len(all), progressbar.OptionSetWriter(std.Err), progressbar.OptionSetVisibility(house.IsTerminal(std.Err)),
		progressbar.OptionSetPredictTime(false), progressbar.OptionClearOnFinish())
	for _, next := range all {
		bar.Describe(next.at.Format("January 2006"))
		if err := t.advance(ctx, next.at); err != nil {
			return err
		}
		if err := next.do(ctx, t, next.workspace); err != nil {
			return fmt.Errorf("%s on %s: %w", next.workspace, next.at.Format(time.DateOnly), err)
		}
		_ = bar.Add(1) // a progress bar that can't be drawn is no reason to fail
	}
	_ = bar.Finish()
	return t.advance(ctx, t.year.AddDate(1, 0, 2).Add(12*time.Hour))
}

// day gives the ninth hour of a day such as 03-14.
func (t *till) day(text string) (time.Time, error) {
	var month, day int
	if _, err := fmt.Sscanf(text, "%d-%d", &month, &day); err != nil {
		return time.Time{}, fmt.Errorf("%q is no day: %w", text, err)
	}
	return time.Date(t.year.Year(), time.Month(month), day, 9, 0, 0, 0, time.UTC), nil
}

// count counts what came of it.
func (t *till) count(ctx context.Context) (invoices, payments int, err error) {
	for cursor := (*string)(nil); ; {
		list, err := t.ListInvoices(ctx, &client.ListInvoicesParams{Limit: wholePage, Cursor: cursor})
		if err != nil {
			return 0, 0, err
		}
		invoices += len(list.JSON.Data)
		if cursor = list.JSON.Page.Next; cursor == nil {
			break
		}
	}
	for cursor := (*string)(nil); ; {
		list, err := t.ListPayments(ctx, &client.ListPaymentsParams{Limit: wholePage, Cursor: cursor})
		if err != nil {
			return 0, 0, err
		}
		payments += len(list.JSON.Data)
		if cursor = list.JSON.Page.Next; cursor == nil {
			return invoices, payments, nil
		}
	}
}

// print says what was made, and what to look at.
func (c *Command) print(ctx context.Context, std house.Streams, answer Answer, sights []sight, s stage) error {
	if c.JSON {
		return house.PrintJSON(std, answer)
	}
	fmt.Fprintf(std.Out, "A year of %d workspaces, %d invoices and %d payments is in ledger %s. It took %s.\n",
		answer.Workspaces, answer.Invoices, answer.Payments, s.ledger, (time.Duration(answer.TookMS) * time.Millisecond).Round(100*time.Millisecond))
	for _, seen := range sights {
		fmt.Fprintf(std.Out, "\n%s\n    %s\n", seen.title, strings.ReplaceAll(seen.what, "\n", "\n    "))
	}
	if s.stays {
		fmt.Fprintf(std.Out, "\nThe server goes on until Ctrl-C; tallystick serve starts it again.\n")
		<-ctx.Done()
	}
	return nil
}
