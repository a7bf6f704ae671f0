package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
)

// ofTrial tells of trials, in their own streams and in their subscriptions'.
func ofTrial(event domain.Event) string {
	switch e := event.(type) {
	case subscription.TrialExtended:
		return fmt.Sprintf("The trial's subscription goes on until %s instead of %s", at(e.To), at(e.From))
	case subscription.ConversionScheduled:
		return "The trial will become paid at its end"
	case subscription.TrialConverted:
		return fmt.Sprintf("The trial became paid, with %s of the price %s", counted(e.Seats, "seat"), e.Terms.Price)
	case trial.Started:
		return fmt.Sprintf("A trial of the price %s began, until %s", e.Price, at(e.End))
	case trial.PriceChanged:
		return fmt.Sprintf("The trial went from the price %s to %s", e.From, e.To)
	case trial.Extended:
		text := fmt.Sprintf("The trial was extended from %s to %s", at(e.From), at(e.To))
		if e.Reason == "plan" { // in handlers/command
			return text + ", since the new plan has more days of trial"
		}
		return text + because(e.Reason)
	case trial.Reminded:
		return "The trial ends soon, on " + at(e.End)
	case trial.Ended:
		switch e.Status {
		case trial.StatusConverted:
			return "The trial ended, since it became paid"
		case trial.StatusCanceled:
			return "The trial ended on request"
		case trial.StatusExpired, trial.StatusActive:
		}
		return "The trial ended, since its time was up"
	}
	return ""
}

// ofNotice tells of what a workspace is told.
func ofNotice(event domain.Event) string {
	switch e := event.(type) {
	case notice.InvoiceUpcoming:
		return "The subscription will be renewed soon, on " + at(e.RenewsAt)
	case notice.InvoiceOverdue:
		return fmt.Sprintf("The invoice %s is overdue", e.Number)
	}
	return ""
}
