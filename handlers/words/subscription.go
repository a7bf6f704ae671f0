package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/subscription"
)

// ofSubscription tells of a subscription's beginning, its bills and what is owed.
func ofSubscription(event domain.Event) string {
	switch e := event.(type) {
	case subscription.Created:
		if e.Trial != nil {
			return fmt.Sprintf("The price %s is tried with %s", e.Terms.Price, counted(e.Seats, "seat"))
		}
		text := fmt.Sprintf("The price %s was bought with %s", e.Terms.Price, counted(e.Seats, "seat"))
		if e.Status == subscription.StatusIncomplete {
			text += ", as soon as the first payment comes"
		}
		return text
	case subscription.Activated:
		return "The first payment came and the subscription is active"
	case subscription.Renewed:
		return "The subscription was renewed until " + at(e.CurrentPeriod.End)
	case subscription.Billed:
		return fmt.Sprintf("%v was billed (%s)", e.Bill.Total, e.Reason)
	case subscription.TakenBack:
		return fmt.Sprintf("The unused part of %s was taken back, as %s", counted(int64(len(e.Parts)), "invoice"), e.Settlement)
	case subscription.LinesCredited:
		return fmt.Sprintf("%s of what is in force became less", counted(int64(len(e.Lines)), "line"))
	case subscription.InvoiceSettled:
		return "An invoice of the subscription expects no money any more"
	case subscription.BecamePastDue:
		return "The subscription is past due since " + at(e.Since)
	case subscription.Recovered:
		return "Nothing of the subscription is past due any more"
	case subscription.Restricted:
		return "The subscription was restricted, because it was past due for long"
	case subscription.CollectionChanged:
		return fmt.Sprintf("Invoices are now collected by %s, due after %s", spoken(e.Collection), counted(int64(e.DaysUntilDue), "day"))
	case subscription.DiscountApplied:
		return fmt.Sprintf("The coupon %s was applied", e.Discount.Coupon)
	case subscription.DiscountRemoved:
		return fmt.Sprintf("The coupon %s was removed", e.Coupon)
	}
	return ""
}

// ofChange tells of changes of price and seats.
func ofChange(event domain.Event) string {
	switch e := event.(type) {
	case subscription.Upgraded:
		return fmt.Sprintf("The price was upgraded from %s to %s", e.From, e.Terms.Price)
	case subscription.Downgraded:
		return fmt.Sprintf("The price was downgraded from %s to %s", e.From, e.Terms.Price)
	case subscription.SeatsChanged:
		return fmt.Sprintf("The seats were changed from %d to %d", e.From, e.To)
	case subscription.ChangeScheduled:
		return fmt.Sprintf("From %s there will be %s of the price %s", at(e.EffectiveAt), counted(e.Seats, "seat"), e.Terms.Price)
	case subscription.ChangeUnscheduled:
		return "The change that waited for the next period was dropped" + because(spoken(e.Reason))
	case subscription.UpdatePending:
		return fmt.Sprintf("A change to %s of the price %s waits for %v until %s",
			counted(e.Seats, "seat"), e.Terms.Price, e.Bill.Total, at(e.ExpiresAt))
	case subscription.UpdateApplied:
		return "The change that waited for money happened"
	case subscription.UpdateCanceled:
		return "The change that waited for money was canceled"
	case subscription.UpdateExpired:
		return "The change that waited for money expired"
	}
	return ""
}

// ofStage tells of pauses and of the end.
func ofStage(event domain.Event) string {
	switch e := event.(type) {
	case subscription.Paused:
		return "The subscription was paused"
	case subscription.Resumed:
		return "The subscription was resumed until " + at(e.CurrentPeriod.End)
	case subscription.CancellationScheduled:
		return fmt.Sprintf("The subscription will end at %s, with the settlement %s", at(e.CancelAt), e.Settlement)
	case subscription.CancellationRevoked:
		return "The subscription will not end, its cancellation was revoked"
	case subscription.Canceled:
		return fmt.Sprintf("The subscription ended, with the settlement %s%s", e.Settlement, because(spoken(e.Reason)))
	case subscription.Expired:
		return fmt.Sprintf("The subscription ended without becoming paid (%s)", spoken(e.Status))
	}
	return ""
}
