package finance

import (
	"context"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/finance"
)

// bookPolicyView shows the policy of the books.
type bookPolicyView struct {
	TimeZone          string         `json:"time_zone" doc:"In which the days of entries are counted."`
	Recognition       journal.Method `json:"recognition" doc:"How what is billed for a time becomes revenue: by civil days, or by equal months."`
	WriteOffTaxRelief bool           `json:"write_off_tax_relief" doc:"The tax of what is written off is not due."`
}

// bookPolicyBody is the body of PUT /v1/finance/policy.
type bookPolicyBody struct {
	TimeZone          *string         `json:"time_zone,omitempty" default:"UTC"`
	Recognition       *journal.Method `json:"recognition,omitempty" default:"day"`
	WriteOffTaxRelief *bool           `json:"write_off_tax_relief,omitempty" default:"false"`
}

func getPolicy(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (bookPolicyView, error) {
	s, err := finance.FindSettings(ctx, tx, c.Ledger.ID)
	c.SetVersion(s.Version)
	return bookPolicyView{TimeZone: s.TimeZone, Recognition: s.Recognition, WriteOffTaxRelief: s.Relief}, err
}

// findUse looks how the books are used.
func findUse[B any](B) endpoint.Reading[finance.Use] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (finance.Use, error) {
		return finance.FindUse(ctx, tx, c.Ledger.ID)
	}
}

func setPolicy(_ *endpoint.Call, b bookPolicyBody, use finance.Use) eventstore.Plan[bookkeeping.State] {
	otherwise := bookkeeping.Default()
	return command.OnBooks(bookkeeping.SetPolicy{InUse: use.First != 0, Policy: bookkeeping.Policy{
		TimeZone: domain.Or(b.TimeZone, otherwise.TimeZone), Recognition: domain.Or(b.Recognition, otherwise.Recognition),
		WriteOffTaxRelief: domain.Or(b.WriteOffTaxRelief, otherwise.WriteOffTaxRelief),
	}})
}

func viewPolicy(s bookkeeping.State) bookPolicyView { return bookPolicyView(s.Policy()) }

// periodStatus tells whether something may still be dated into a period.
type periodStatus string

const (
	periodOpen   periodStatus = "open"
	periodClosed periodStatus = "closed"
)

var periodStatuses = []periodStatus{periodOpen, periodClosed}

// bookPeriodView shows a month of the books.
type bookPeriodView struct {
	Period   string       `json:"period" example:"2026-01"`
	Status   periodStatus `json:"status"`
	ClosedAt *time.Time   `json:"closed_at"`
	Position *int64       `json:"position" doc:"Up to which the period was looked at as it was closed."`
	Entries  int64        `json:"entries"`
}

func listPeriods(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[bookPeriodView], error) {
	return endpoint.Page(c, func(after string, limit int) ([]finance.Period, error) {
		return finance.ListPeriods(ctx, tx, c.Ledger.ID, after, limit)
	}, func(p finance.Period) string { return p.Period }, func(p finance.Period) bookPeriodView {
		shown := bookPeriodView{Period: p.Period, Status: periodOpen, Position: p.Position, Entries: p.Entries}
		if p.ClosedAt != nil {
			shown.Status, shown.ClosedAt = periodClosed, new(p.ClosedAt.UTC())
		}
		return shown
	})
}

// closedPeriodView shows a period as it is closed.
type closedPeriodView struct {
	Period   string           `json:"period"`
	ClosedAt time.Time        `json:"closed_at"`
	Position int64            `json:"position" doc:"Up to which the period was looked at."`
	Totals   []jsontext.Value `json:"totals" doc:"The debits and credits of the period, one for each currency."`
}

// closing holds what a period has as it is closed.
type closing struct {
	use      finance.Use
	month    journal.Month
	position int64
	totals   []jsontext.Value
}

// findClosing looks at the period that is to be closed. What is no month has nothing.
func findClosing(endpoint.NoBody) endpoint.Reading[closing] {
	return func(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (found closing, err error) {
		found.position = c.Position()
		if found.month, err = journal.ParseMonth(c.Name(placePeriod)); err != nil {
			return found, domain.NotFound("period_not_found", "a period is a month such as 2026-01")
		}
		if found.use, err = finance.FindUse(ctx, tx, c.Ledger.ID); err != nil {
			return found, err
		}
		r, _ := finance.Find(finance.Journal)
		found.totals, err = totalsOf(ctx, tx, c, r, finance.Params{
			Cut: eventstore.Cut{Position: found.position}, From: new(found.month.First()), To: new((found.month + 1).First()),
		})
		return found, err
	}
}

// closed is a period that was closed, and when.
type closed struct {
	closing
	at time.Time
}

func closePeriod(_ *endpoint.Call, _ endpoint.NoBody, found closing) eventstore.Plan[closed] {
	run := command.OnBooks(bookkeeping.Close{Period: found.month, First: found.use.First, Billed: found.use.Billed, Position: found.position})
	return eventstore.Plan[closed]{Resource: run.Resource, Reads: run.Reads, Writes: run.Writes, Decide: func(d *eventstore.Decision) (closed, error) {
		_, err := run.Decide(d)
		return closed{found, d.Now()}, err
	}}
}

func viewClosed(c closed) closedPeriodView {
	return closedPeriodView{Period: c.month.String(), ClosedAt: c.at, Position: c.position, Totals: c.totals}
}
