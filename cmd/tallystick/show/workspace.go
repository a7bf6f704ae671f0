package show

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/client"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/words"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const (
	// pageMost is the most that the API gives in one page.
	pageMost = 100
	// lastEvents are shown of a workspace.
	lastEvents = 10
)

type showWorkspace struct {
	workspaceArgument
	showing
}

// Help shows an example.
func (showWorkspace) Help() string {
	return "Examples:\n\n    tallystick show workspace acme --ledger acme-live\n    tallystick show workspace acme | jq .balance"
}

// workspaceShown has the API's views of a workspace.
type workspaceShown struct {
	Workspace      string               `json:"workspace"`
	Plan           *client.Plan         `json:"plan"`
	Subscription   *client.Subscription `json:"subscription"`
	Seats          *client.Pool         `json:"seats"`
	Balance        *client.Balance      `json:"balance"`
	UnpaidInvoices []client.Invoice     `json:"unpaid_invoices"`
	Timeline       []client.Timeline    `json:"timeline"`
}

// Run shows the workspace.
func (s showWorkspace) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return withDesk(ctx, c, std, s.showing, func(d *desk) error {
		shown, err := d.workspace(ctx, s.Name)
		if err != nil {
			return err
		}
		if s.asJSON(std) {
			return house.PrintJSON(std, shown)
		}
		return printWorkspace(std, shown)
	})
}

// workspace asks for all that is shown. The API has an answer for every name, so it is the timeline that tells whether there is
// such a workspace.
func (d *desk) workspace(ctx context.Context, name string) (workspaceShown, error) {
	shown := workspaceShown{Workspace: name}
	timeline, err := d.GetTimeline(ctx, name, nil, with("limit", lastEvents))
	if err != nil {
		return shown, err
	}
	if shown.Timeline = timeline.JSON.Data; len(shown.Timeline) == 0 {
		return shown, fmt.Errorf("ledger %s has no workspace %s", d.ledger.Name, name)
	}
	plan, err := d.GetCurrentPlan(ctx, name, nil)
	if err != nil {
		return shown, err
	}
	seats, err := d.GetSeats(ctx, name, nil, with("limit", pageMost))
	if err != nil {
		return shown, err
	}
	balance, err := d.GetBalance(ctx, name, nil)
	if err != nil {
		return shown, err
	}
	shown.Plan, shown.Seats, shown.Balance = plan.JSON, seats.JSON, balance.JSON
	subscription, err := d.GetSubscription(ctx, name, nil)
	if err == nil {
		shown.Subscription = subscription.JSON
	} else if client.Code(err) != "no_subscription" {
		return shown, err
	}
	shown.UnpaidInvoices, err = d.unpaid(ctx, name)
	return shown, err
}

// unpaid lists the invoices that wait for money.
func (d *desk) unpaid(ctx context.Context, workspace string) ([]client.Invoice, error) {
	var unpaid []client.Invoice
	for _, status := range []string{"pending", "failed", "requires_action", "processing", "unknown"} {
		found, err := all(func(cursor string) ([]client.Invoice, client.Page, error) {
			page, err := d.ListWorkspaceInvoices(ctx, workspace, nil, with("payment_status", status, "limit", pageMost, "cursor", cursor))
			if err != nil {
				return nil, client.Page{}, err
			}
			return page.JSON.Data, page.JSON.Page, nil
		})
		if err != nil {
			return nil, err
		}
		unpaid = append(unpaid, found...)
	}
	return unpaid, nil
}

func printWorkspace(std house.Streams, shown workspaceShown) error {
	s := newSheet(std)
	s.field("workspace", shown.Workspace)
	s.field("plan", strings.TrimPrefix(fmt.Sprintf("%s, %s, access %s", printOf(shown.Plan.Product), shown.Plan.Status, shown.Plan.Access), ", "))
	printSubscription(s, shown.Subscription)
	seats := shown.Seats
	s.field("seats", fmt.Sprintf("%d purchased, %d allocated, %d reserved, %d available", seats.Purchased, seats.Allocated, seats.Reserved, seats.Available))
	if seats.OverLimit > 0 {
		s.field("over limit", fmt.Sprint(seats.OverLimit))
	}
	if seats.Guests > 0 {
		s.field("guests", fmt.Sprintf("%d of %d", seats.Guests, seats.GuestLimit))
	}
	listing(s, "BALANCE", "CURRENCY\tCREDIT\tRECEIVABLE\tOVERDUE", shown.Balance.Balances, func(b client.CurrencyBalance) []string {
		return []string{b.Currency, b.Credit.Amount, b.Receivable.Amount, b.Overdue.Amount}
	})
	listing(s, "UNPAID INVOICES", "NUMBER\tID\tSTATUS\tISSUED\tDUE\tOUTSTANDING", shown.UnpaidInvoices, func(i client.Invoice) []string {
		return []string{printOf(i.Number), i.ID, fmt.Sprint(i.Status), printAt(i.IssuedAt), printAt(i.DueAt), printMoney(i.AmountOutstanding)}
	})
	listing(s, "LAST EVENTS", "POSITION\tAT\tWHAT", shown.Timeline, func(e client.Timeline) []string {
		return []string{fmt.Sprint(e.Position), house.PrintTime(&e.At), e.Text}
	})
	return s.Flush()
}

type showSubscription struct {
	workspaceArgument
	showing
}

// Help shows an example.
func (showSubscription) Help() string {
	return "A subscription goes by the name of its workspace:\n\n    tallystick show subscription acme"
}

// Run shows the subscription as the API does.
func (s showSubscription) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return withDesk(ctx, c, std, s.showing, func(d *desk) error {
		found, err := d.GetSubscription(ctx, s.Name, nil)
		if client.Code(err) == "no_subscription" {
			return fmt.Errorf("ledger %s has no subscription of a workspace %s", d.ledger.Name, s.Name)
		}
		if err != nil {
			return err
		}
		if s.asJSON(std) {
			return house.PrintJSON(std, found.JSON)
		}
		shown := newSheet(std)
		shown.field("workspace", found.JSON.Workspace)
		printSubscription(shown, found.JSON)
		shown.field("previous", printOf(found.JSON.Previous))
		shown.field("actions", listCodes(found.JSON.AvailableActions))
		return shown.Flush()
	})
}

// printSubscription writes what is sold, and what waits; nothing where there is no subscription.
func printSubscription(s sheet, sub *client.Subscription) {
	if sub == nil {
		return
	}
	s.field("subscription", sub.ID)
	s.field("status", fmt.Sprint(sub.Status))
	s.field("line", fmt.Sprintf("%d × %s of %s, %s", sub.Seats, sub.Price, sub.Product, sub.Currency))
	s.field("collection", fmt.Sprintf("%s, due in %d days", sub.Collection, sub.DaysUntilDue))
	s.field("trial", printPeriod(sub.Trial))
	s.field("period", printPeriod(sub.CurrentPeriod))
	s.field("time zone", sub.TimeZone)
	s.field("cancels at", printAt(sub.CancelAt))
	if waits := sub.PendingChange; waits != nil {
		s.field("waits", fmt.Sprintf("%d × %s from %s", waits.Seats, waits.Price, house.PrintTime(&waits.EffectiveAt)))
	}
	if waits := sub.PendingUpdate; waits != nil {
		s.field("waits", fmt.Sprintf("%s: %d × %s once invoice %s is paid, until %s", waits.Kind, waits.Seats, waits.Price, waits.Invoice, house.PrintTime(&waits.ExpiresAt)))
	}
	if discount := sub.Discount; discount != nil {
		s.field("discount", fmt.Sprintf("%s, %s", discount.Name, discount.Duration))
	}
}

type showStream struct {
	Name  string `arg:"" help:"TYPE:NAME, such as subscription:acme." predictor:"stream"`
	After int64  `help:"Only events behind this version."`
	Limit int    `help:"How many events at most." default:"100"`
	showing
}

// Help shows an example.
func (showStream) Help() string {
	return "Examples:\n\n    tallystick show stream subscription:acme\n    tallystick show stream seating:acme --after 100"
}

// Validate refuses what can't be a stream.
func (s showStream) Validate() error {
	if s.Name != "" && !endpoint.ValidStream(s.Name) {
		return fmt.Errorf("%q is no stream: a stream is type:part or type:part:part, such as subscription:acme", s.Name)
	}
	if s.After < 0 || s.Limit < 1 {
		return errors.New("--after is 0 or more, and --limit 1 or more")
	}
	return nil
}

// eventShown has an event by the API's names, without personal data and hashes, and in words.
type eventShown struct {
	Position    int64          `json:"position"`
	Version     int64          `json:"version"`
	Type        string         `json:"type"`
	RecordedAt  time.Time      `json:"recorded_at"`
	EffectiveAt time.Time      `json:"effective_at"`
	Actor       string         `json:"actor"`
	Text        string         `json:"text"`
	Data        jsontext.Value `json:"data"`
}

type streamShown struct {
	Stream  string       `json:"stream"`
	Events  []eventShown `json:"events"`
	HasMore bool         `json:"has_more"`
}

// Run shows the events from the log itself.
func (s showStream) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.Look(ctx, c, func(h *house.House) error {
		ledger, err := house.LedgerByName(ctx, h.Queries, s.Ledger)
		if err != nil {
			return err
		}
		events, err := h.Codec.Stream(ctx, h.Queries, ledger.ID, domain.Stream(s.Name), s.After, s.Limit+1)
		if err != nil {
			return err
		}
		if len(events) == 0 && s.After > 0 {
			return fmt.Errorf("stream %s of ledger %s has no event behind version %d", s.Name, ledger.Name, s.After)
		}
		if len(events) == 0 {
			return fmt.Errorf("ledger %s has no stream %s", ledger.Name, s.Name)
		}
		shown := streamShown{Stream: s.Name, HasMore: len(events) > s.Limit}
		for _, e := range events[:min(len(events), s.Limit)] {
			shown.Events = append(shown.Events, viewEvent(e))
		}
		if s.asJSON(std) {
			return house.PrintJSON(std, shown)
		}
		return printStream(std, shown)
	})
}

func viewEvent(e eventstore.Event) eventShown {
	return eventShown{
		Position: e.Position, Version: e.Version, Type: e.Type, RecordedAt: e.RecordedAt, EffectiveAt: e.EffectiveAt, Actor: e.Actor,
		Text: words.Of(e.Fact), Data: jsontext.Value(e.Data),
	}
}

func printStream(std house.Streams, shown streamShown) error {
	err := house.PrintRows(std, false, shown.Events, "POSITION\tVERSION\tAT\tTYPE\tWHAT", func(e eventShown) string {
		return fmt.Sprintf("%d\t%d\t%s\t%s\t%s", e.Position, e.Version, house.PrintTime(&e.EffectiveAt), e.Type, inCell(e.Text))
	})
	if err == nil && shown.HasMore {
		_, err = fmt.Fprintf(std.Out, "There are more: --after %d\n", shown.Events[len(shown.Events)-1].Version)
	}
	return err
}
