package subscriptions

import (
	"slices"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

var (
	invalidTransition = endpoint.Conflict("invalid_transition", "the state does not allow it: the status, an end that is decided, or that there is nothing to undo")
	changeInProgress  = endpoint.Conflict("change_in_progress", "another change waits for its payment")
	noChange          = endpoint.Unprocessable("no_change", "the subscription is at this price already")
	seatsInUse        = endpoint.Conflict("seats_in_use", "more seats are in use than asked for")
	seatsOutOfRange   = slices.Concat(
		endpoint.Unprocessable("seats_out_of_range", "the price has min_seats and max_seats"), view.AmountOutOfRange)
)

// onLive lists the refusals of every command on a live subscription or trial.
var onLive = slices.Concat(view.NoSubscription, invalidTransition, view.TooFarBehind)

// notForSale lists the refusals of a price that is to be bought.
var notForSale = slices.Concat(
	view.PriceNotFound,
	endpoint.Conflict("price_archived", "the price has no new sales"),
	endpoint.Conflict("product_archived", "its product has no new sales"),
)

// changesPlan lists the further refusals of a change of the price.
var changesPlan = slices.Concat(
	changeInProgress,
	endpoint.Conflict("currency_mismatch", "the price is in another currency"),
	seatsOutOfRange,
)

// changesSeats lists the further refusals of a change of the seats.
var changesSeats = slices.Concat(
	seatsInUse,
	endpoint.Conflict("pending_change_conflict", "the price that begins with the next period does not allow so many seats"),
)

// byQuote lists the further refusals of a change with a quote.
var byQuote = slices.Concat(
	endpoint.Conflict("quote_stale", "the subscription has changed since"),
	endpoint.Gone("quote_expired", "it is older than an hour, or of an earlier period"),
	endpoint.Unprocessable("quote_mismatch", "it is for another price or number of seats"),
	endpoint.Unprocessable("quote_not_found", "it was not given to this workspace"),
)
