package subscription

import (
	"testing"
)

func TestCollection(t *testing.T) {
	t.Parallel()
	sold(t, CollectionSendInvoice).
		do(ChangeCollection{Collection: CollectionSendInvoice}).
		do(ChangeCollection{Collection: CollectionAutomatic}, "collection_changed").
		at("06-11").do(ChangeSeats{Seats: 6}, "update_pending seats 20.00").
		refused(ChangeCollection{Collection: CollectionSendInvoice}, "change_in_progress").
		do(CancelPendingUpdate{}, "update_canceled").
		refused(ChangeCollection{Collection: "x"}, "collection_invalid").
		refused(ChangeCollection{Collection: CollectionAutomatic, PaymentMethod: new("pm")}, "payment_method_not_found").
		do(ChangeCollection{Collection: CollectionSendInvoice, DaysUntilDue: new(7)}, "collection_changed").
		do(ChangeSeats{Seats: 6}, "seats_changed 6", "billed change 20.00")
}
