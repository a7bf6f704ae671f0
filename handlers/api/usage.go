package api

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/projections/usage"
)

// usageDaysMax is how many days one answer is of at most.
const usageDaysMax = 400

// usageView is a workspace's seats day by day.
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

// memberPaymentsView is an invoice by what each member's seat costs of it.
type memberPaymentsView struct {
	Invoice    string            `json:"invoice"`
	Currency   string            `json:"currency"`
	AsOf       time.Time         `json:"as_of" doc:"Who holds a seat then is counted to the end of the invoice's days. Never after that end."`
	Final      bool              `json:"final" doc:"The invoice's days are over, so the shares stay as they are."`
	Shares     []memberShareView `json:"shares" doc:"In the order of the members' names."`
	Unassigned unassignedView    `json:"unassigned" doc:"Of the seats that were bought and that nobody held."`
}

type memberShareView struct {
	Member   string    `json:"member"`
	SeatDays int64     `json:"seat_days" doc:"The days of the invoice on which the member held a seat."`
	Amount   moneyView `json:"amount"`
}

type unassignedView struct {
	SeatDays int64     `json:"seat_days" doc:"Those bought less those held; 0 where more were held than bought."`
	Amount   moneyView `json:"amount"`
}

func getUsage(ctx context.Context, tx pgx.Tx, c *call) (usageView, int64, error) {
	from, to, err := c.days()
	if err != nil {
		return usageView{}, 0, err
	}
	found, err := usage.FindSeats(ctx, tx, c.ledger.ID, c.workspace(), from, to, c.now())
	if err != nil {
		return usageView{}, 0, err
	}
	view := usageView{TimeZone: found.TimeZone, Data: make([]usageDayView, len(found.Days)), SeatDays: found.SeatDays}
	for i, day := range found.Days {
		view.Data[i] = usageDayView{
			Date: day.Date.String(), Allocated: day.Allocated, Purchased: day.Purchased, HighWater: day.HighWater,
		}
	}
	return view, unversioned, nil
}

// days are the range that the query asks for.
func (c *call) days() (from, to period.Date, err error) {
	if from, err = period.ParseDate(c.query.Get(parameterFrom.name)); err != nil {
		return from, to, err
	}
	if to, err = period.ParseDate(c.query.Get(parameterTo.name)); err != nil {
		return from, to, err
	}
	if days := from.DaysUntil(to); days < 1 || days > usageDaysMax {
		err = malformed(codeParameterInvalid, fmt.Sprintf("to must be 1 to %d days after from: it is the day behind the last", usageDaysMax))
	}
	return from, to, err
}

func getMemberPayments(ctx context.Context, tx pgx.Tx, c *call) (memberPaymentsView, int64, error) {
	found, ok, err := usage.FindPayments(ctx, tx, c.ledger.ID, c.workspace(), c.query.Get(parameterInvoice.name), c.now())
	if err == nil && !ok {
		err = domain.NotFound("invoice_not_found", "the workspace has no such invoice")
	}
	if err != nil {
		return memberPaymentsView{}, 0, err
	}
	view := memberPaymentsView{
		Invoice: found.Invoice, Currency: string(found.Currency), AsOf: found.AsOf.UTC(), Final: found.Final,
		Shares:     make([]memberShareView, len(found.Shares)),
		Unassigned: unassignedView{SeatDays: found.Unassigned.Days, Amount: viewMoney(found.Unassigned.Amount)},
	}
	for i, share := range found.Shares {
		view.Shares[i] = viewShare(share)
	}
	return view, unversioned, nil
}

func viewShare(s pricing.Share) memberShareView {
	return memberShareView{Member: s.Member, SeatDays: s.Days, Amount: viewMoney(s.Amount)}
}
