package api

import (
	"context"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// createSubscriptionBody is the body of POST …/subscription.
type createSubscriptionBody struct {
	Price         string  `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month"`
	Seats         int64   `json:"seats" minimum:"1" maximum:"1000000" example:"5" doc:"As many as are in use at least, and as the price allows."`
	Collection    string  `json:"collection" enum:"automatic,send_invoice" doc:"automatic waits for money before anything happens; send_invoice never does."`
	PaymentMethod *string `json:"payment_method,omitempty" doc:"There are none yet."`
	TimeZone      *string `json:"time_zone,omitempty" default:"UTC" example:"Europe/Berlin" doc:"An IANA name; periods begin at its midnight."`
	BillingAnchor *string `json:"billing_anchor,omitempty" format:"date" doc:"A date in the future, at most one interval away: the first period is cut and ends there. Today's is the same as none."`
	DaysUntilDue  *int    `json:"days_until_due,omitempty" minimum:"0" maximum:"365" doc:"30 where an invoice is sent, and 0 where money is collected, when it is not given."`
	Coupon        *string `json:"coupon,omitempty" example:"spring" doc:"From the first period on."`
}

// subscriptionView is a subscription as clients see it.
type subscriptionView struct {
	ID               string             `json:"id"`
	Previous         *string            `json:"previous" doc:"The workspace's subscription before this one."`
	Workspace        string             `json:"workspace"`
	Status           string             `json:"status" doc:"incomplete waits for its first payment; active, past_due, restricted, paused and trialing are live; canceled, expired and incomplete_expired have ended."`
	Product          string             `json:"product"`
	Price            string             `json:"price"`
	Seats            int64              `json:"seats"`
	Currency         string             `json:"currency"`
	TimeZone         string             `json:"time_zone"`
	Collection       string             `json:"collection" enum:"automatic,send_invoice"`
	DaysUntilDue     int                `json:"days_until_due"`
	Trial            *periodView        `json:"trial"`
	CurrentPeriod    *periodView        `json:"current_period"`
	Anchor           string             `json:"anchor" format:"date" doc:"The civil date, in time_zone, that the periods' boundaries repeat."`
	CancelAt         *time.Time         `json:"cancel_at"`
	PendingChange    *pendingChangeView `json:"pending_change" doc:"What waits for the period's end."`
	PendingUpdate    *pendingUpdateView `json:"pending_update" doc:"What waits for money."`
	Discount         *discountView      `json:"discount"`
	Version          int64              `json:"version" doc:"The number in the ETag."`
	AvailableActions []string           `json:"available_actions"`
}

// periodView is half open: the end belongs to what follows.
type periodView struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

type pendingChangeView struct {
	ID          string    `json:"id"`
	Kind        string    `json:"kind"`
	Price       string    `json:"price"`
	Seats       int64     `json:"seats"`
	EffectiveAt time.Time `json:"effective_at"`
}

type pendingUpdateView struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	Price     string    `json:"price"`
	Seats     int64     `json:"seats"`
	Quote     *string   `json:"quote" doc:"That it was asked for with; null without one. What waits happens as its invoice says in either case."`
	Invoice   string    `json:"invoice"`
	ExpiresAt time.Time `json:"expires_at"`
}

type discountView struct {
	Coupon string `json:"coupon"`
}

// subscriptionAnswer is the answer to every command on a subscription.
type subscriptionAnswer struct {
	Subscription subscriptionView `json:"subscription"`
	Invoice      *string          `json:"invoice" doc:"The id of the invoice that the command made; null for none."`
}

func viewSubscription(workspace string, s subscription.State, version int64, actions []string) subscriptionView {
	view := subscriptionView{
		ID: s.ID, Previous: s.Previous, Workspace: workspace, Status: string(s.Status), Product: s.Terms.Product,
		Price: s.Terms.Price, Seats: s.Seats, Currency: string(s.Terms.Currency), TimeZone: s.TimeZone,
		Collection: string(s.Collection), DaysUntilDue: s.DaysUntilDue, CurrentPeriod: viewPeriod(&s.CurrentPeriod),
		Anchor: s.Anchor.Date.String(), Version: version, AvailableActions: append([]string{}, actions...),
	}
	if s.Trial != nil {
		view.Trial = viewPeriod(&period.Period{Start: s.Trial.Start, End: s.Trial.End})
	}
	if s.Cancellation != nil {
		view.CancelAt = new(s.Cancellation.At.UTC())
	}
	if waiting := s.PendingChange; waiting != nil {
		view.PendingChange = &pendingChangeView{
			ID: waiting.Change, Kind: string(waiting.Kind), Price: waiting.Terms.Price, Seats: waiting.Seats,
			EffectiveAt: waiting.EffectiveAt.UTC(),
		}
	}
	if waiting := s.PendingUpdate; waiting != nil {
		view.PendingUpdate = &pendingUpdateView{
			ID: waiting.Change, Kind: string(waiting.Kind), Price: waiting.Terms.Price, Seats: waiting.Seats,
			Quote: given(waiting.Quote), Invoice: waiting.Invoice, ExpiresAt: waiting.ExpiresAt.UTC(),
		}
	}
	if s.Discount != nil {
		view.Discount = &discountView{Coupon: s.Discount.Value.Coupon}
	}
	return view
}

// newBilling makes the ids of what a command may bring about.
func newBilling() subscription.Billing {
	return subscription.Billing{Change: newID(), Invoice: newID()}
}

func newID() string { return uuid.Must(uuid.NewV7()).String() }

func viewPeriod(p *period.Period) *periodView {
	if p == nil {
		return nil
	}
	return &periodView{Start: p.Start.UTC(), End: p.End.UTC()}
}

func viewSubscriptionResult(r command.Subscription) subscriptionAnswer {
	return subscriptionAnswer{Subscription: viewSubscription(r.Workspace, r.State, r.Version, r.Actions), Invoice: r.Invoice}
}

func subscriptionRoutes() []route {
	return []route{
		commandRoute(createSubscriptionRoute, func(c *call, b createSubscriptionBody) command.Command[command.Subscription] {
			return command.CreateSubscription(c.workspace(), subscription.Create{
				Billing: newBilling(), ID: newID(), Price: b.Price, Seats: b.Seats, Collection: subscription.Collection(b.Collection),
				PaymentMethod: b.PaymentMethod, TimeZone: b.TimeZone, BillingAnchor: b.BillingAnchor, DaysUntilDue: b.DaysUntilDue,
				Coupon: b.Coupon,
			})
		}, viewSubscriptionResult),
		queryRoute(getSubscriptionRoute, projections.Subscriptions, getSubscription),
		queryRoute(listSubscriptionsRoute, projections.Subscriptions, listSubscriptions),
	}
}

func getSubscription(ctx context.Context, tx pgx.Tx, c *call) (subscriptionView, int64, error) {
	found, ok, err := projections.FindSubscription(ctx, tx, c.ledger.ID, c.workspace())
	if err == nil && !ok {
		err = subscription.NotFound()
	}
	if err != nil {
		return subscriptionView{}, 0, err
	}
	return c.viewFound(found), found.Version, nil
}

func listSubscriptions(ctx context.Context, tx pgx.Tx, c *call) (list[subscriptionView], int64, error) {
	after, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return list[subscriptionView]{}, 0, err
	}
	filter := projections.SubscriptionFilter{Status: c.query.Get("status"), Price: c.query.Get("price")}
	found, err := projections.ListSubscriptions(ctx, tx, c.ledger.ID, filter, after, c.limit()+1)
	if err != nil {
		return list[subscriptionView]{}, 0, err
	}
	workspace := func(s projections.Subscription) string { return s.Workspace }
	return pageOf(c.cursors(), found, c.limit(), workspace, c.viewFound), unversioned, nil
}

func (c *call) viewFound(s projections.Subscription) subscriptionView {
	return viewSubscription(s.Workspace, s.State.At(c.now()), s.Version, s.State.AvailableActions(c.now()))
}

// filterWord takes a word of ours, and nothing for no filter.
func filterWord(text string) bool {
	ok := len(text) <= 32
	for i := range len(text) {
		ok = ok && (text[i] >= 'a' && text[i] <= 'z' || text[i] == '_')
	}
	return ok
}
