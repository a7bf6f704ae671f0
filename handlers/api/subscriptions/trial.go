package subscriptions

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// startTrialBody is the body of POST …/trial.
type startTrialBody struct {
	Price    string              `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month"`
	Seats    *int64              `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"As many as are in use at least; just as many when it is not given, and as the price asks for."`
	TimeZone *string             `json:"time_zone,omitempty" default:"UTC" example:"Europe/Berlin" doc:"An IANA name; the trial ends at its midnight."`
	AtEnd    *subscription.AtEnd `json:"at_end,omitempty" default:"free" doc:"What becomes of it without a way to pay."`
	Coupon   *string             `json:"coupon,omitempty" example:"spring" doc:"From the first paid period on."`
}

// convertTrialBody is the body of POST …/trial/convert.
type convertTrialBody struct {
	Price         *string                     `json:"price,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Another one of the same family; the one that was tried when it is not given."`
	Seats         *int64                      `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"As many as the trial has when it is not given."`
	Collection    *subscription.Collection    `json:"collection,omitempty" doc:"automatic waits for money; send_invoice never does. As it is when it is not given."`
	PaymentMethod *string                     `json:"payment_method,omitempty" doc:"That pays the invoice; with trial_end it becomes the default. The default one when it is not given."`
	Coupon        *string                     `json:"coupon,omitempty" example:"spring" doc:"From the first paid period on, instead of the trial's."`
	Anchor        *subscription.ConvertAnchor `json:"anchor,omitempty" default:"now" doc:"When the first paid period begins. With trial_end nothing is billed before that."`
}

// extendTrialBody is the body of POST …/trial/extend.
type extendTrialBody struct {
	End    time.Time `json:"end" example:"2030-01-31T00:00:00Z" doc:"Later than the present end, and at most 730 days after the start."`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// trialView shows a trial.
type trialView struct {
	Family string       `json:"family"`
	Price  string       `json:"price" doc:"Tried last."`
	Start  time.Time    `json:"start"`
	End    time.Time    `json:"end" doc:"When its time is up, also of one that ended before."`
	Status trial.Status `json:"status" doc:"converted became paid; the time of expired was up, whatever at_end says; canceled was ended on request."`
}

// trialAnswer answers every command on a trial.
type trialAnswer struct {
	Trial        trialView        `json:"trial"`
	Subscription subscriptionView `json:"subscription"`
	Invoice      *string          `json:"invoice" doc:"The id of the invoice that the command made; null for none."`
	Payment      *view.Payment    `json:"payment" doc:"The one that a gateway was asked for; null where none was."`
}

func viewTrial(t trial.State) trialView {
	return trialView{Family: t.Family, Price: t.Price, Start: t.Start.UTC(), End: t.End.UTC(), Status: t.Status}
}

func viewTrialResult(r command.Trial) trialAnswer {
	of := viewResult(r.Subscription)
	return trialAnswer{Trial: viewTrial(r.Trial), Subscription: of.Subscription, Invoice: of.Invoice, Payment: of.Payment}
}

func startTrial(c *endpoint.Call, b startTrialBody) command.Command[command.Trial] {
	return command.StartTrial(c.Workspace(), subscription.StartTrial{
		ID: endpoint.NewID(), Price: b.Price, Seats: b.Seats, TimeZone: b.TimeZone, AtEnd: b.AtEnd,
		Coupon: b.Coupon,
	})
}

func convertTrial(c *endpoint.Call, b convertTrialBody) command.Command[command.Trial] {
	return command.ConvertTrial(c.Workspace(), subscription.ConvertTrial{
		Billing: newBilling(), Price: b.Price, Seats: b.Seats, Collection: b.Collection,
		PaymentMethod: b.PaymentMethod, Coupon: b.Coupon, Anchor: b.Anchor,
	})
}

func extendTrial(c *endpoint.Call, b extendTrialBody) command.Command[command.Trial] {
	return command.ExtendTrial(c.Workspace(), subscription.ExtendTrial{End: b.End, Reason: b.Reason})
}

// listTrials reads all trials of a workspace for each page: it tries as many families as there are, which is few.
func listTrials(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (endpoint.List[trialView], error) {
	family := func(t trial.State) string { return t.Family }
	return endpoint.Page(c, func(after string, _ int) ([]trial.State, error) {
		trials, err := projections.FindTrials(ctx, tx, c.Ledger.ID, c.Workspace(), c.Now())
		return slices.DeleteFunc(trials, func(t trial.State) bool { return t.Family <= after }), err
	}, family, viewTrial)
}
