package api

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// startTrialBody is the body of POST …/trial.
type startTrialBody struct {
	Price    string  `json:"price" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-month"`
	Seats    *int64  `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"As many as are in use at least; just as many when it is not given, and as the price asks for."`
	TimeZone *string `json:"time_zone,omitempty" default:"UTC" example:"Europe/Berlin" doc:"An IANA name; the trial ends at its midnight."`
	AtEnd    *string `json:"at_end,omitempty" enum:"free,cancel,pause" default:"free" doc:"What becomes of it without a way to pay."`
}

// convertTrialBody is the body of POST …/trial/convert.
type convertTrialBody struct {
	Price         *string `json:"price,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Another one of the same family; the one that was tried when it is not given."`
	Seats         *int64  `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"As many as the trial has when it is not given."`
	Collection    *string `json:"collection,omitempty" enum:"automatic,send_invoice" doc:"automatic waits for money; send_invoice never does. As it is when it is not given."`
	PaymentMethod *string `json:"payment_method,omitempty" doc:"There are none yet."`
	Anchor        *string `json:"anchor,omitempty" enum:"now,trial_end" default:"now" doc:"When the first paid period begins. With trial_end nothing is billed before that."`
}

// extendTrialBody is the body of POST …/trial/extend.
type extendTrialBody struct {
	End    time.Time `json:"end" example:"2030-01-31T00:00:00Z" doc:"Later than the present end, and at most 730 days after the start."`
	Reason string    `json:"reason" minLength:"1" maxLength:"500"`
}

// trialView is a trial as clients see it.
type trialView struct {
	Family string    `json:"family"`
	Price  string    `json:"price" doc:"Tried last."`
	Start  time.Time `json:"start"`
	End    time.Time `json:"end" doc:"When its time is up, also of one that ended before."`
	Status string    `json:"status" enum:"active,converted,expired,canceled" doc:"converted became paid; the time of expired was up, whatever at_end says; canceled was ended on request."`
}

// trialAnswer is the answer to every command on a trial.
type trialAnswer struct {
	Trial        trialView        `json:"trial"`
	Subscription subscriptionView `json:"subscription"`
	Invoice      *string          `json:"invoice" doc:"The id of the invoice that the command made; null for none."`
}

func viewTrial(t trial.State) trialView {
	return trialView{Family: t.Family, Price: t.Price, Start: t.Start.UTC(), End: t.End.UTC(), Status: string(t.Status)}
}

func viewTrialResult(r command.Trial) trialAnswer {
	of := viewSubscriptionResult(r.Subscription)
	return trialAnswer{Trial: viewTrial(r.Trial), Subscription: of.Subscription, Invoice: of.Invoice}
}

func trialRoutes() []route {
	return []route{
		commandRoute(startTrialRoute, func(c *call, b startTrialBody) command.Command[command.Trial] {
			return command.StartTrial(c.workspace(), subscription.StartTrial{
				ID: newID(), Price: b.Price, Seats: b.Seats, TimeZone: b.TimeZone, AtEnd: (*subscription.AtEnd)(b.AtEnd),
			})
		}, viewTrialResult),
		commandRoute(convertTrialRoute, func(c *call, b convertTrialBody) command.Command[command.Trial] {
			return command.ConvertTrial(c.workspace(), subscription.ConvertTrial{
				Billing: newBilling(), Price: b.Price, Seats: b.Seats, Collection: (*subscription.Collection)(b.Collection),
				PaymentMethod: b.PaymentMethod, Anchor: (*subscription.ConvertAnchor)(b.Anchor),
			})
		}, viewTrialResult),
		commandRoute(cancelTrialRoute, func(c *call, _ noBody) command.Command[command.Trial] {
			return command.CancelTrial(c.workspace())
		}, viewTrialResult),
		commandRoute(extendTrialRoute, func(c *call, b extendTrialBody) command.Command[command.Trial] {
			return command.ExtendTrial(c.workspace(), subscription.ExtendTrial{End: b.End, Reason: b.Reason})
		}, viewTrialResult),
		queryRoute(listTrialsRoute, projections.Plans, listTrials),
	}
}

// listTrials pages through what is read whole: a workspace tries as many families as there are, which is few.
func listTrials(ctx context.Context, tx pgx.Tx, c *call) (list[trialView], int64, error) {
	after, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return list[trialView]{}, 0, err
	}
	trials, err := projections.FindTrials(ctx, tx, c.ledger.ID, c.workspace(), c.now())
	if err != nil {
		return list[trialView]{}, 0, err
	}
	family := func(t trial.State) string { return t.Family }
	shown, found := slices.BinarySearchFunc(trials, after, func(t trial.State, after string) int { return strings.Compare(t.Family, after) })
	if found {
		shown++
	}
	return pageOf(c.cursors(), trials[shown:], c.limit(), family, viewTrial), unversioned, nil
}
