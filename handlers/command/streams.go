package command

import (
	"errors"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/merchant"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/domain/webhook"
)

// StreamTypes lists the types of all streams that commands write. Without its type here, no event of a stream can be
// written or read. None admits an amount that is out of range, whatever rule computed it.
func StreamTypes() []domain.StreamType {
	types := []domain.StreamType{
		account.Type,
		billingsync.Type,
		bookkeeping.Type,
		catalog.Type,
		details.Type,
		dunning.Type,
		entitlement.Type,
		installation.Type,
		invoice.Type,
		item.Type,
		job.Type,
		license.Type,
		merchant.Type,
		notice.Type,
		audit.Type,
		numbering.Type,
		payment.Type,
		paymentlink.Type,
		paymentmethod.Type,
		refund.Type,
		seating.Type,
		seller.Type,
		subscription.Type,
		tax.Type,
		trial.Type,
		webhook.Type,
	}
	for i := range types {
		types[i] = types[i].Admitting(func(event domain.Event) error { return checkAmounts(event) })
	}
	return types
}

// streamsOf lists the streams of a workspace that its bills are decided on: every command that may bill, and every deadline,
// needs all of them.
func streamsOf(workspace string) []domain.Stream {
	return []domain.Stream{
		subscription.Stream(workspace), seating.Stream(workspace), account.Stream(workspace), tax.Stream(workspace), item.Stream(workspace),
	}
}

// checkAmounts refuses a value with an amount that is out of range: amount_out_of_range, with the sum that it would be.
func checkAmounts(value any) error {
	err := money.Check(value)
	if beyond, ok := errors.AsType[*money.RangeError](err); ok {
		return domain.InvalidField(beyond.Pointer, "amount_out_of_range", "%s", beyond)
	}
	return err
}
