package seats

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/usage"
)

// usageDaysMax bounds the days of one answer.
const usageDaysMax = 400

// usageView shows a workspace's seats day by day.
type usageView struct {
	TimeZone string         `json:"time_zone" doc:"Of the latest subscription, and UTC without one: the dates are civil days there."`
	Data     []usageDayView `json:"data" doc:"One entry a day. Days that have not begun are left out, and today is what it is so far."`
	SeatDays int64          `json:"seat_days" doc:"The sum of what is allocated."`
}

type usageDayView struct {
	Date      string `json:"date" format:"date"`
	Allocated int64  `json:"allocated" doc:"Admins and members with a seat as the day ended. Guests and invitations are none."`
	Purchased int64  `json:"purchased" doc:"As the day ended; on the free plan the free seats of the time."`
	HighWater int64  `json:"high_water" doc:"The most seats in use at once on the day, with those kept for invitations; on the free plan guests' too."`
}

// memberPaymentsView shows what each member's seat costs of an invoice, or what a credit note takes back of that.
type memberPaymentsView struct {
	Invoice    *string           `json:"invoice" doc:"null where a credit note was asked for."`
	CreditNote *string           `json:"credit_note" doc:"null where an invoice was asked for."`
	Currency   string            `json:"currency"`
	AsOf       time.Time         `json:"as_of" doc:"Who holds a seat then is counted to the end of the document's days. Never after that end."`
	Final      bool              `json:"final" doc:"The document's days are over, so the shares stay as they are."`
	Shares     []memberShareView `json:"shares" doc:"In the order of the members' names."`
	Unassigned unassignedView    `json:"unassigned" doc:"Of the seats that were bought and that nobody held, and of days on which none were bought."`
}

type memberShareView struct {
	Member   string     `json:"member"`
	SeatDays int64      `json:"seat_days" doc:"The days of the document on which the member held a seat."`
	Amount   view.Money `json:"amount" doc:"Of a credit note negative."`
}

type unassignedView struct {
	SeatDays int64      `json:"seat_days" doc:"Day by day those bought less those held, and 0 where more were held than bought."`
	Amount   view.Money `json:"amount"`
}

func getUsage(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (usageView, error) {
	from, to, err := days(c)
	if err != nil {
		return usageView{}, err
	}
	found, err := usage.FindSeats(ctx, tx, c.Ledger.ID, c.Workspace(), from, to, c.Now())
	if err != nil {
		return usageView{}, err
	}
	shown := usageView{TimeZone: found.TimeZone, Data: make([]usageDayView, len(found.Days)), SeatDays: found.SeatDays}
	for i, day := range found.Days {
		shown.Data[i] = usageDayView{
			Date: day.Date.String(), Allocated: day.Allocated, Purchased: day.Purchased, HighWater: day.HighWater,
		}
	}
	return shown, nil
}

// days reads the range that the query asks for.
func days(c *endpoint.Call) (from, to period.Date, err error) {
	if from, err = period.ParseDate(c.Parameter("from")); err != nil {
		return from, to, err
	}
	if to, err = period.ParseDate(c.Parameter("to")); err != nil {
		return from, to, err
	}
	if days := from.DaysUntil(to); days < 1 || days > usageDaysMax {
		err = endpoint.ParameterInvalid(fmt.Sprintf("to must be 1 to %d days after from: it is the day behind the last", usageDaysMax))
	}
	return from, to, err
}

func getMemberPayments(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (memberPaymentsView, error) {
	invoice, note := c.Parameter("invoice"), c.Parameter("credit_note")
	if (invoice == "") == (note == "") {
		return memberPaymentsView{}, endpoint.ParameterInvalid("invoice or credit_note must be given, and not both")
	}
	id, find, missing := invoice, usage.FindInvoicePayments, domain.NotFound("invoice_not_found", "the workspace has no such invoice")
	if note != "" {
		id, find, missing = note, usage.FindCreditNotePayments, domain.NotFound("credit_note_not_found", "the workspace has no such credit note")
	}
	found, ok, err := find(ctx, tx, c.Ledger.ID, c.Workspace(), id, c.Now())
	if err == nil && !ok {
		err = missing
	}
	if err != nil {
		return memberPaymentsView{}, err
	}
	shown := memberPaymentsView{
		Invoice: endpoint.OrNull(invoice), CreditNote: endpoint.OrNull(note), Currency: string(found.Currency), AsOf: found.AsOf.UTC(),
		Final: found.Final, Shares: make([]memberShareView, len(found.Shares)),
		Unassigned: unassignedView{SeatDays: found.Unassigned.Days, Amount: view.MoneyOf(found.Unassigned.Amount)},
	}
	for i, share := range found.Shares {
		shown.Shares[i] = memberShareView{Member: share.Member, SeatDays: share.Days, Amount: view.MoneyOf(share.Amount)}
	}
	return shown, nil
}
