package gateway

import (
	"context"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

// Refund asks a gateway to send money of a charge back.
type Refund struct {
	Key       string // tells a repeat from another refund
	Refund    string
	Payment   string
	Workspace string
	Charge    string // by which the gateway knows how it took the money
	Amount    money.Amount
	Reason    string
}

// Refunder sends back what it took. Gateways that do not leave refunds to people.
type Refunder interface {
	// Refund sends money back, once for each key. Any error but ErrUnreachable leaves it unknown whether money was sent.
	Refund(ctx context.Context, ledger eventstore.Ledger, r Refund) (refund.Answer, error)
	// AskRefund tells how a refund went. The error is ErrNeverArrived where there was none with this key.
	AskRefund(ctx context.Context, ledger eventstore.Ledger, r Refund) (refund.Answer, error)
}
