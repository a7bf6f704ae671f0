package gateway

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
)

// Notice holds what a gateway tells unasked. It says one thing or several; what it does not say is nil or empty.
type Notice struct {
	Gateway string
	ID      string // of the message at the gateway
	Type    string // the gateway's word for it

	// Payment and Attempt are ours, where the message names them; else Reference leads to them.
	Payment   string
	Attempt   int
	Reference string // the gateway's name for the charge
	Workspace string

	Charge  *payment.Answer // how the charge stands
	Total   *money.Amount   // what went back of the charge in all
	Dispute *NoticedDispute

	Refund   string         // a refund of ours
	Refunded *refund.Answer // how it stands

	Link     string        // the payment link that was paid
	Paid     *money.Amount // by the link
	Setup    string        // the setup that gave a payment method
	Token    string        // of a payment method
	Detached bool          // whether that method is gone
}

// NoticedDispute tells how a dispute stands.
type NoticedDispute struct {
	Reference     string
	Amount        money.Amount
	Fee           *money.Amount
	Reason        string
	Closed        bool
	Won           bool
	EvidenceDueAt *time.Time
	OpenedAt      time.Time
}

// Of gives the dispute of an attempt.
func (d NoticedDispute) Of(n int) payment.Dispute {
	told := payment.Dispute{
		ID: d.Reference, N: n, Amount: d.Amount, Fee: d.Fee, Reason: d.Reason, Status: payment.DisputeOpen, EvidenceDueAt: d.EvidenceDueAt, OpenedAt: d.OpenedAt,
	}
	switch {
	case d.Won:
		told.Status = payment.DisputeWon
	case d.Closed:
		told.Status = payment.DisputeLost
	}
	return told
}

// Teller is a gateway that tells unasked.
type Teller interface {
	// Verify reports whether one of the secrets signed a message, shortly before now or after.
	Verify(signature string, body []byte, secrets [][]byte, now time.Time) bool
	// Read reads a message. What it does not know says nothing but its id and type.
	Read(body []byte) Notice
}
