package gateway

import (
	"context"
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/eventstore"
)

var (
	// ErrUnreachable says that the gateway was not asked at all.
	ErrUnreachable = errors.New("the gateway can't be reached")
	// ErrNeverArrived says of a charge or a refund that the gateway was never asked for it.
	ErrNeverArrived = errors.New("the gateway was never asked")
)

// Charge asks a gateway to take money.
type Charge struct {
	Key       string // tells a repeat from another charge
	Payment   string
	Workspace string
	Method    string // the payment method's id
	Token     string // by which the gateway knows the method
	Amount    money.Amount
	// Attempt is the number of the payment's charge, which the key names too.
	Attempt int
	// Reference is the gateway's name for the charge, where it has told one.
	Reference string
	// RequestedAt and Now are times of the ledger's clock: when the charge was first asked for, and the present.
	RequestedAt time.Time
	Now         time.Time
}

// Gateway takes money. Its methods are called outside of transactions, by many at once.
type Gateway interface {
	// Name gives the word for the gateway in the API.
	Name() string
	// Attach looks a token up for a workspace. It refuses with token_unknown, payment_method_declined or gateway_not_configured.
	Attach(ctx context.Context, ledger eventstore.Ledger, workspace, token string) (paymentmethod.Description, error)
	// Charge takes money, once for each key. Any error but ErrUnreachable leaves it unknown whether money was taken.
	Charge(ctx context.Context, ledger eventstore.Ledger, c Charge) (payment.Answer, error)
	// AskCharge tells how a charge went. The error is ErrNeverArrived where there was none with this key.
	AskCharge(ctx context.Context, ledger eventstore.Ledger, c Charge) (payment.Answer, error)
}

// Attach has a gateway look a token up. It refuses as the gateway does, and with gateway_unreachable.
func Attach(ctx context.Context, g Gateway, ledger eventstore.Ledger, workspace, token string) (paymentmethod.Description, error) {
	described, err := g.Attach(ctx, ledger, workspace, token)
	if errors.Is(err, ErrUnreachable) {
		err = domain.Conflict("gateway_unreachable", "the gateway %s can't be reached now", g.Name())
	}
	return described, err
}

// Leader leads customers who must confirm a charge to pages of ours, or back to them.
type Leader interface {
	// LeadTo names those pages, by the charge's key. It is called before the first charge.
	LeadTo(page ActionPage)
}

// Actor answers for customers who must confirm a charge, where a gateway has no page of its own for that.
type Actor interface {
	Leader
	// Act approves or denies the charge of a key, once. The result is the charge as it stands then.
	Act(ctx context.Context, ledger eventstore.Ledger, key string, approve bool) (payment.Answer, error)
}

// ActionPage gives the address of the page that shows the charge of a key, and has it confirmed so long where no other page does.
type ActionPage func(ctx context.Context, ledger eventstore.Ledger, key string, expires time.Time) (string, error)

// Set holds the gateways of a program by their names.
type Set map[string]Gateway

// Of lists gateways by their names.
func Of(gateways ...Gateway) Set {
	set := Set{}
	for _, g := range gateways {
		set[g.Name()] = g
	}
	return set
}

// Names of gateways.
const (
	Sandbox = "sandbox" // it is built in, for sandboxes alone
	Stripe  = "stripe"
)

// ActionTime is the time that customers have to do what a charge needs of them.
const ActionTime = 23 * time.Hour

// Find finds the gateway of a name for a ledger. It refuses with gateway_unknown.
func (s Set) Find(ledger eventstore.Ledger, name string) (Gateway, error) {
	found, ok := s[name]
	if !ok || name == Sandbox && ledger.Mode != eventstore.ModeSandbox {
		return nil, domain.InvalidField("/gateway", "gateway_unknown", "the ledger has no gateway %s", name)
	}
	return found, nil
}
