package gateway

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
)

// News tells what happened to a payment at a gateway by other hands: one of the three.
type News struct {
	Payment string
	Reverse *payment.Reverse
	Dispute *payment.Dispute
	Refund  *ForeignRefund
}

// ForeignRefund is money that a gateway sent back though nobody here asked for it.
type ForeignRefund struct {
	N         int // the payment's attempt
	Reference string
	Amount    money.Amount
}

// Due names news that a gateway tells from an instant on.
type Due struct {
	ID string
	At time.Time
}

// Announcer is a gateway whose news are fetched as the ledger's clock comes to them, and not sent.
type Announcer interface {
	// Announced lists at most limit news up to an instant that were not heard yet, the earliest first.
	Announced(ctx context.Context, ledger uuid.UUID, until time.Time, limit int) ([]Due, error)
	// Tell gives news; ok is false where they were heard.
	Tell(ctx context.Context, ledger uuid.UUID, id string) (news News, ok bool, err error)
	// Heard forgets news.
	Heard(ctx context.Context, ledger uuid.UUID, id string) error
}
