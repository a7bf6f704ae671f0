package subscriptions

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// createSubscriptionBody is the body of POST …/subscription.
type createSubscriptionBody struct {
	Price         string                  `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month"`
	Seats         int64                   `json:"seats" minimum:"1" maximum:"1000000" example:"5" doc:"As many as are in use at least, and as the price allows."`
	Collection    subscription.Collection `json:"collection" doc:"automatic waits for money before anything happens; send_invoice never does."`
	PaymentMethod *string                 `json:"payment_method,omitempty" doc:"That pays the first invoice; the default one when it is not given."`
	TimeZone      *string                 `json:"time_zone,omitempty" default:"UTC" example:"Europe/Berlin" doc:"An IANA name; periods begin at its midnight."`
	BillingAnchor *string                 `json:"billing_anchor,omitempty" format:"date" doc:"A date in the future, at most one interval away: the first period is cut and ends there. Today's is the same as none."`
	DaysUntilDue  *int                    `json:"days_until_due,omitempty" minimum:"0" maximum:"365" doc:"30 where an invoice is sent, and 0 where money is collected, when it is not given."`
	Coupon        *string                 `json:"coupon,omitempty" example:"welcome" doc:"From the first period on."`
}

// subscriptionView shows a subscription.
type subscriptionView struct {
	ID               string                  `json:"id"`
	Previous         *string                 `json:"previous" doc:"The workspace's subscription before this one."`
	Workspace        string                  `json:"workspace"`
	Status           subscription.Status     `json:"status" doc:"incomplete waits for its first payment; active, past_due, restricted, paused and trialing are live; canceled, expired and incomplete_expired have ended."`
	Product          string                  `json:"product"`
	Price            string                  `json:"price"`
	Seats            int64                   `json:"seats"`
	Currency         string                  `json:"currency"`
	TimeZone         string                  `json:"time_zone"`
	Collection       subscription.Collection `json:"collection"`
	DaysUntilDue     int                     `json:"days_until_due"`
	Trial            *view.Period            `json:"trial"`
	CurrentPeriod    *view.Period            `json:"current_period"`
	Anchor           string                  `json:"anchor" format:"date" doc:"The civil date, in time_zone, that the periods' boundaries repeat."`
	CancelAt         *time.Time              `json:"cancel_at"`
	PendingChange    *pendingChangeView      `json:"pending_change" doc:"What waits for the next period: its price and its seats."`
	PendingUpdate    *pendingUpdateView      `json:"pending_update" doc:"What waits for money."`
	Discount         *discountView           `json:"discount"`
	Version          int64                   `json:"version" doc:"The number in the ETag."`
	AvailableActions []endpoint.Action       `json:"available_actions"`
}

type pendingChangeView struct {
	ID          string                  `json:"id"`
	Kind        subscription.ChangeKind `json:"kind" doc:"What of the two differs from today."`
	Price       string                  `json:"price"`
	Seats       int64                   `json:"seats"`
	EffectiveAt time.Time               `json:"effective_at"`
}

type pendingUpdateView struct {
	ID        string                  `json:"id"`
	Kind      subscription.ChangeKind `json:"kind"`
	Price     string                  `json:"price"`
	Seats     int64                   `json:"seats"`
	Quote     *string                 `json:"quote" doc:"That it was asked for with; null without one. What waits happens as its invoice says in either case."`
	Invoice   string                  `json:"invoice"`
	ExpiresAt time.Time               `json:"expires_at"`
}

type discountView struct {
	Coupon      string           `json:"coupon"`
	Name        string           `json:"name" doc:"The coupon's code where it has no name."`
	PercentOff  *string          `json:"percent_off"`
	AmountOff   *view.Money      `json:"amount_off"`
	AmountLeft  *view.Money      `json:"amount_left" doc:"What later charges of the current period may have of amount_off: of a voucher the money, of any other amount for a full period."`
	Duration    pricing.Duration `json:"duration"`
	PeriodsLeft *int             `json:"periods_left" doc:"Those that begin after the current one; null for months and forever."`
	EndsAt      *time.Time       `json:"ends_at" doc:"When the time of periods or months is up; null before the first charge, and where no time ends it."`
}

func viewDiscount(s subscription.State) *discountView {
	if s.Discount == nil {
		return nil
	}
	d := s.Discount
	periods, left := s.DiscountLeft()
	shown := &discountView{
		Coupon: d.Value.Coupon, Name: d.Value.Title(), PercentOff: endpoint.OrNull(d.Value.PercentOff), AmountOff: view.MoneyOrNull(d.Value.AmountOff),
		AmountLeft: view.MoneyOrNull(left), Duration: d.Value.Duration, PeriodsLeft: periods,
	}
	if d.EndsAt != nil {
		shown.EndsAt = new(d.EndsAt.UTC())
	}
	return shown
}

// subscriptionAnswer answers every command on a subscription.
type subscriptionAnswer struct {
	Subscription subscriptionView `json:"subscription"`
	Invoice      *string          `json:"invoice" doc:"The id of the invoice that the command made; null for none."`
	CreditNotes  []string         `json:"credit_notes" doc:"The ids of the credit notes that the command issued."`
	Payment      *view.Payment    `json:"payment" doc:"The one that a gateway was asked for; null where none was."`
}

func viewSubscription(workspace string, s subscription.State, version int64, actions []string) subscriptionView {
	shown := subscriptionView{
		ID: s.ID, Previous: s.Previous, Workspace: workspace, Status: s.Status, Product: s.Terms.Product,
		Price: s.Terms.Price, Seats: s.Seats, Currency: string(s.Terms.Currency), TimeZone: s.TimeZone,
		Collection: s.Collection, DaysUntilDue: s.DaysUntilDue, CurrentPeriod: new(view.PeriodOf(s.CurrentPeriod)),
		Anchor: s.Anchor.Date.String(), Version: version, AvailableActions: endpoint.ActionsOf(actions),
		Discount: viewDiscount(s),
	}
	if s.Trial != nil {
		shown.Trial = new(view.PeriodOf(period.Period{Start: s.Trial.Start, End: s.Trial.End}))
	}
	if s.Cancellation != nil {
		shown.CancelAt = new(s.Cancellation.At.UTC())
	}
	if waiting := s.PendingChange; waiting != nil {
		shown.PendingChange = &pendingChangeView{
			ID: waiting.Change, Kind: waiting.Kind, Price: waiting.Terms.Price, Seats: waiting.Seats,
			EffectiveAt: waiting.EffectiveAt.UTC(),
		}
	}
	if waiting := s.PendingUpdate; waiting != nil {
		shown.PendingUpdate = &pendingUpdateView{
			ID: waiting.Change, Kind: waiting.Kind, Price: waiting.Terms.Price, Seats: waiting.Seats,
			Quote: endpoint.OrNull(waiting.Quote), Invoice: waiting.Invoice, ExpiresAt: waiting.ExpiresAt.UTC(),
		}
	}
	return shown
}

// newBilling makes the ids of what a command may bring about.
func newBilling() subscription.Billing {
	return subscription.Billing{Change: endpoint.NewID(), Invoice: endpoint.NewID()}
}

func viewResult(r command.Subscription) subscriptionAnswer {
	return subscriptionAnswer{
		Subscription: viewSubscription(r.Workspace, r.State, r.Version, r.Actions), Invoice: r.Invoice,
		CreditNotes: append([]string{}, r.CreditNotes...), Payment: viewPayment(r.Payment),
	}
}

func viewPayment(p *command.Payment) *view.Payment {
	if p == nil {
		return nil
	}
	return new(view.PaymentOf(p.State, p.Version, money.Zero(p.State.Currency), p.Now))
}

func createSubscription(c *endpoint.Call, b createSubscriptionBody) command.Command[command.Subscription] {
	return command.CreateSubscription(c.Workspace(), subscription.Create{
		Billing: newBilling(), ID: endpoint.NewID(), Price: b.Price, Seats: b.Seats, Collection: b.Collection,
		PaymentMethod: b.PaymentMethod, TimeZone: b.TimeZone, BillingAnchor: b.BillingAnchor, DaysUntilDue: b.DaysUntilDue,
		Coupon: b.Coupon,
	})
}

func getSubscription(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (subscriptionView, error) {
	found, ok, err := projections.FindSubscription(ctx, tx, c.Ledger.ID, c.Workspace())
	if err == nil && !ok {
		err = subscription.NotFound()
	}
	if err != nil {
		return subscriptionView{}, err
	}
	c.SetVersion(found.Version)
	return viewFound(c)(found), nil
}

func listSubscriptions(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[subscriptionView], error) {
	filter := projections.SubscriptionFilter{Status: c.Parameter("status"), Price: c.Parameter("price")}
	return endpoint.Page(c, func(after string, limit int) ([]projections.Subscription, error) {
		return projections.ListSubscriptions(ctx, tx, c.Ledger.ID, filter, after, limit)
	}, func(s projections.Subscription) string { return s.Workspace }, viewFound(c))
}

// viewFound shows subscriptions as of the call's time.
func viewFound(c *endpoint.Call) func(projections.Subscription) subscriptionView {
	return func(s projections.Subscription) subscriptionView {
		return viewSubscription(s.Workspace, s.State.At(c.Now()), s.Version, s.AvailableActions(c.Now()))
	}
}
