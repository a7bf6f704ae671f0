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
			return fmt.Sprintf("A subscription on trial began, with %s of the price %s", counted(e.Seats, "seat"), e.Terms.Price)
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
		return fmt.Sprintf("The unused part of %s was taken back%s", counted(int64(len(e.Parts)), "invoice"), settled(e.Settlement))
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
	case subscription.RestrictionLifted:
		return "The subscription is not restricted any more, but still past due"
	case subscription.DunningBegan:
		text := "Unless it is paid, the subscription will be restricted on " + at(e.RestrictAt)
		if e.CancelAt != nil {
			text += " and canceled on " + at(*e.CancelAt)
		}
		return text
	case subscription.DunningHeld:
		return "A payment is under way, so that nothing is done about what is not paid until it is known how it went"
	case subscription.DunningReleased:
		return "It is known how the payment went"
	case subscription.InvoiceOwedAgain:
		return "An invoice of the subscription expects money again"
	case subscription.CollectionChanged:
		if e.Collection == subscription.CollectionSendInvoice {
			return "From now on invoices are sent, to be paid within " + counted(int64(e.DaysUntilDue), "day")
		}
		return "From now on invoices are collected by the payment method"
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
		return "The change that waited for the next period was dropped" + dropped(e.Reason)
	case subscription.UpdatePending:
		return fmt.Sprintf("A change to %s of the price %s waits for %v until %s",
			counted(e.Seats, "seat"), e.Terms.Price, e.Bill.Total, at(e.ExpiresAt))
	case subscription.UpdateApplied:
		return "The change that waited for money happened"
	case subscription.UpdateCanceled:
		return "The change that waited for money was canceled"
	case subscription.UpdateHeld:
		if e.Held {
			return "The change that waits for money waits until it is known whether that came"
		}
		return "It is known again whether the money came that a change waits for"
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
		return fmt.Sprintf("The subscription will end on %s%s", at(e.CancelAt), settled(e.Settlement))
	case subscription.CancellationRevoked:
		return "The cancellation was revoked: the subscription will not end"
	case subscription.Canceled:
		return "The subscription ended" + ended(e.Reason) + settled(e.Settlement)
	case subscription.Expired:
		return fmt.Sprintf("The subscription ended without becoming paid (%s)", spoken(e.Status))
	}
	return ""
}

// ended tells why a subscription ended, if nobody asked for it.
func ended(reason string) string {
	switch reason {
	case subscription.CanceledUnpaid:
		return " for non-payment"
	case subscription.CanceledTrial:
		return " with its trial"
	}
	return ""
}

// settled tells what becomes of what was paid and is not used.
func settled(s subscription.Settlement) string {
	switch s {
	case subscription.SettlementCredit:
		return ", and what was paid and not used becomes credit"
	case subscription.SettlementRefund:
		return ", and what was paid and not used is refunded"
	case subscription.SettlementNone:
	}
	return ""
}

// dropped tells why a change does not wait any more.
func dropped(reason string) string {
	switch reason {
	case subscription.UnscheduledReplaced:
		return ", since another takes its place"
	case subscription.UnscheduledSuperseded:
		return ", since another change happened at once"
	case subscription.UnscheduledPaused:
		return ", since the subscription was paused"
	case subscription.UnscheduledEnding:
		return ", since the subscription ends before it"
	}
	return " on request"
}
