package gateway

import (
	"context"
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
)

// Page is a page of a gateway's own, to which a customer is led.
type Page struct {
	URL       string
	Reference string    // the gateway's name for it
	ExpiresAt time.Time // by the system's clock
}

// PaymentPage asks for a page on which a customer pays what a link says.
type PaymentPage struct {
	Key       string // tells a repeat from another page
	Link      string
	Workspace string
	Title     string // of what is paid for
	Amount    money.Amount
	Save      bool // the payment method, for later charges
	ReturnURL string
	PaidURL   string    // leads whoever paid back; empty for ReturnURL
	ExpiresAt time.Time // zero for the gateway's own limit
}

// SetupPage asks for a page on which a customer gives a payment method.
type SetupPage struct {
	Key       string // tells a repeat from another page
	Setup     string
	Workspace string
	Currency  money.Currency // empty where it is not known
	ReturnURL string
}

// Hosted is a gateway with pages of its own. They refuse with gateway_not_configured, or gateway_refused; ErrUnreachable says that
// nothing was made.
type Hosted interface {
	PaymentPage(ctx context.Context, ledger eventstore.Ledger, p PaymentPage) (Page, error)
	SetupPage(ctx context.Context, ledger eventstore.Ledger, p SetupPage) (Page, error)
	// ClosePage ends a page. One that was used, or has expired, is as it is.
	ClosePage(ctx context.Context, ledger eventstore.Ledger, reference string) error
}
