package gateway

import (
	"context"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

// Books is a gateway that shows what it knows, so that both sides can be compared. Its methods ask for nothing that changes money.
// They refuse with gateway_not_configured; ErrUnreachable says that the gateway can't be asked now.
type Books interface {
	// KnownCharges lists what the gateway knows of a ledger, or of one workspace where it is named. It leaves out what never
	// arrived.
	KnownCharges(ctx context.Context, ledger eventstore.Ledger, workspace string) ([]KnownCharge, error)
	// HasMethod reports whether the gateway still has a payment method.
	HasMethod(ctx context.Context, ledger eventstore.Ledger, m paymentmethod.Method) (bool, error)
}

// KnownCharge tells how a charge stands. Its answer's N is the payment's attempt.
type KnownCharge struct {
	Payment   string // empty where no payment of ours asked for it
	Link      string // the payment link that was paid on a page of the gateway's; empty for none
	Workspace string
	Amount    money.Amount
	Answer    payment.Answer
	Gone      *payment.Reverse // where a bank took back what the charge took
	Refunds   []KnownRefund    // the earliest first
	Disputes  []payment.Dispute
}

// KnownRefund tells how a refund of a charge stands. Its answer's N is the refund's attempt.
type KnownRefund struct {
	Refund string // empty where nobody here asked for it
	Amount money.Amount
	Answer refund.Answer
}
