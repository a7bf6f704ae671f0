package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Command is an intent about a workspace's subscription. What is tagged "-" comes from elsewhere than the request's
// body: ids are made at the edge, Terms are the catalog's of Price, which must be for sale, Discount the catalog's of
// Coupon, SeatsInUse the seat pool's, and Version the stream's.
type Command interface{ command() }

// Billing is what a command brings that may bill.
type Billing struct {
	Change  string       `json:"-"` // the id of what happens
	Invoice string       `json:"-"` // the id of the invoice that may come of it
	Credit  money.Amount `json:"-"` // the account's in the subscription's currency; the zero Amount is none
}

// Create buys a subscription. Price, Seats and Collection are required.
type Create struct {
	Billing
	ID            string            `json:"-"`
	Price         string            `json:"price"`
	Terms         pricing.Terms     `json:"-"`
	Seats         int64             `json:"seats"`
	SeatsInUse    int64             `json:"-"`
	Collection    Collection        `json:"collection"`
	PaymentMethod *string           `json:"payment_method"`
	TimeZone      *string           `json:"time_zone"`
	BillingAnchor *string           `json:"billing_anchor"`
	DaysUntilDue  *int              `json:"days_until_due"`
	Coupon        *string           `json:"coupon"`
	Discount      *pricing.Discount `json:"-"` // nil when there is no such coupon
}

// Upgrade changes to a price of a higher tier, or of the same tier and a longer interval, at once.
type Upgrade struct {
	Billing
	Price   string        `json:"price"`
	Terms   pricing.Terms `json:"-"`
	Quote   *Quote        `json:"-"`
	Version int64         `json:"-"`
}

// Downgrade changes to any other price at the period's end; in a trial at once.
type Downgrade struct {
	Change string        `json:"-"`
	Price  string        `json:"price"`
	Terms  pricing.Terms `json:"-"`
}

// ChangeSeats asks for a new total of seats: more at once, fewer at the period's end.
type ChangeSeats struct {
	Billing
	Seats      int64  `json:"seats"`
	SeatsInUse int64  `json:"-"`
	Quote      *Quote `json:"-"`
	Version    int64  `json:"-"`
}

// RemoveUnusedSeats asks for as many seats as are in use, or the fewest that the price allows.
type RemoveUnusedSeats struct {
	Change     string `json:"-"`
	SeatsInUse int64  `json:"-"`
}

// CancelPendingChange takes back what waits for the period's end.
type CancelPendingChange struct{}

// CancelPendingUpdate takes back what waits for money.
type CancelPendingUpdate struct{}

// Complete says that an invoice is paid: what waited for it happens.
type Complete struct {
	Invoice string
}

// Run carries out the first deadline that is due, as of its own instant. Run it until nothing comes of it.
type Run struct {
	Billing
	SeatsInUse    int64
	PaymentMethod bool  // the workspace has one
	Paid          *Paid // needed for a cancellation with a refund
	Operator      bool  // goes on however far back
}

// Paid is what came in for the invoices that billed what is in force, [State.Invoices], and for those that they credit
// in turn: what an upgrade credits was paid for before.
type Paid struct {
	Invoiced money.Amount // their totals
	Settled  money.Amount // what is paid of them, by money or credit, less what became credit
	Received money.Amount // of that, by money, less refunds
}

// Cancel ends the subscription. When is "period_end", "now" or a time.
type Cancel struct {
	Billing
	When       string      `json:"when"`
	Settlement *Settlement `json:"settlement"`
	Paid       *Paid       `json:"-"`
	Unpaid     bool        `json:"-"` // the end of dunning
}

// Uncancel lets it go on.
type Uncancel struct{}

// Pause stops service and bills, and credits what is left of the period.
type Pause struct{ Billing }

// ResumeAnchor is which periods a subscription resumes with.
type ResumeAnchor string

const (
	ResumeNow       ResumeAnchor = "now"       // a new anchor, and a full period
	ResumeUnchanged ResumeAnchor = "unchanged" // the rest of the period that would be
)

// Resume starts service and bills again.
type Resume struct {
	Billing
	Anchor *ResumeAnchor `json:"anchor"` // now when nil
}

func (Create) command()              {}
func (Upgrade) command()             {}
func (Downgrade) command()           {}
func (ChangeSeats) command()         {}
func (RemoveUnusedSeats) command()   {}
func (CancelPendingChange) command() {}
func (CancelPendingUpdate) command() {}
func (Complete) command()            {}
func (Run) command()                 {}
func (Cancel) command()              {}
func (Uncancel) command()            {}
func (Pause) command()               {}
func (Resume) command()              {}

// Quote pins a change's price. It is worth what the stream was worth at Version, so the edge only needs to keep it from
// being forged.
type Quote struct {
	Token     string    `json:"-"` // the quote as its client has it, which a change that waits for money keeps
	Change    string    `json:"change"`
	Version   int64     `json:"version"`
	Price     string    `json:"price"`
	Seats     int64     `json:"seats"`
	AsOf      time.Time `json:"as_of"`
	ExpiresAt time.Time `json:"expires_at"`
}
