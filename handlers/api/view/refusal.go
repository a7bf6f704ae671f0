package view

import "github.com/tallystick/tallystick/handlers/endpoint"

// Refusals of rules that the commands of several nouns meet.
var (
	NoSubscription   = endpoint.NotFound("no_subscription", "the workspace never had one")
	TooFarBehind     = endpoint.Conflict("too_far_behind", "more than six periods are to be billed first")
	AmountOutOfRange = endpoint.Unprocessable("amount_out_of_range", "an amount, or a sum such as the balance, would be 10^18 or more")
	// PaymentPastDue is the refusal of whoever buys more while earlier invoices are owed.
	PaymentPastDue = endpoint.Declined("payment_past_due", "money of invoices was collected in vain: pay them first; with invoices")

	// PaymentDeclined lists the refusals of commands that have a gateway asked.
	PaymentDeclined = endpoint.Declined("payment_declined",
		"the gateway declined at once, and what waited for the money has ended; with payment, invoice, decline_code and decline_kind")
	PriceNotFound = endpoint.NotFound("price_not_found", "there is no such price")
)
