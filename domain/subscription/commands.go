package subscription

import "github.com/tallystick/tallystick/domain/pricing"

// Command is an intent of a client. What is tagged "-" comes from elsewhere than the request's body: ids are made at
// the edge, Terms are the catalog's of Price, which must be for sale, and SeatsInUse is the seat pool's.
type Command interface{ command() }

// Create buys a subscription. Price, Seats and Collection are required.
type Create struct {
	ID            string        `json:"-"`
	Price         string        `json:"price"`
	Terms         pricing.Terms `json:"-"`
	Seats         int64         `json:"seats"`
	SeatsInUse    int64         `json:"-"`
	Collection    Collection    `json:"collection"`
	PaymentMethod *string       `json:"payment_method"`
	TimeZone      *string       `json:"time_zone"`
	BillingAnchor *string       `json:"billing_anchor"`
	DaysUntilDue  *int          `json:"days_until_due"`
	Coupon        *string       `json:"coupon"`
}

// Upgrade changes to a price of a higher tier, or of the same tier and a longer interval, at once.
type Upgrade struct {
	Price string        `json:"price"`
	Terms pricing.Terms `json:"-"`
}

// ChangeSeats asks for a new total of seats.
type ChangeSeats struct {
	Seats      int64 `json:"seats"`
	SeatsInUse int64 `json:"-"`
}

func (Create) command()      {}
func (Upgrade) command()     {}
func (ChangeSeats) command() {}
