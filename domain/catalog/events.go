package catalog

import (
	"encoding/json"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type is how the store finds the rules of this package.
var Type = domain.NewStreamType[domain.Event]("catalog", Evolve,
	ProductCreated{},
	ProductChanged{},
	ProductArchived{},
	PriceCreated{},
	PriceArchived{},
	CouponCreated{},
)

// Features are the values of a plan's features by their keys: a JSON boolean, number, string or object each.
type Features map[string]json.RawMessage

// Limits are a plan's metered limits by their keys.
type Limits map[string]Limit

// Limit is how much of something a plan allows.
type Limit struct {
	Limit int64     `json:"limit"`
	Per   *LimitPer `json:"per"` // nil: use never begins at zero again
}

// LimitPer is when use begins at zero again.
type LimitPer string

// LimitPerPeriod begins at zero with each billing period.
const LimitPerPeriod LimitPer = "period"

// ProductCreated: something can be priced and sold, or had for free.
type ProductCreated struct {
	Product       string   `json:"product"`
	Name          string   `json:"name"`
	Family        string   `json:"family"`
	Tier          int      `json:"tier"`
	Features      Features `json:"features"`
	Limits        Limits   `json:"limits"`
	GuestsPerSeat int64    `json:"guests_per_seat"`
	Free          bool     `json:"free"`
	FreeSeats     int64    `json:"free_seats"` // means something only for a free product
}

// EventType is the stored name.
func (ProductCreated) EventType() string { return "catalog.product_created.v1" }

// ProductChanged carries all that can change of a product, as it is from now on.
type ProductChanged struct {
	Product  string   `json:"product"`
	Name     string   `json:"name"`
	Features Features `json:"features"`
	Limits   Limits   `json:"limits"`
}

// EventType is the stored name.
func (ProductChanged) EventType() string { return "catalog.product_changed.v1" }

// ProductArchived: no new sales at any of the product's prices.
type ProductArchived struct {
	Product string `json:"product"`
}

// EventType is the stored name.
func (ProductArchived) EventType() string { return "catalog.product_archived.v1" }

// PriceCreated carries the price whole, since it never changes.
type PriceCreated struct {
	Terms pricing.Terms `json:"terms"`
}

// EventType is the stored name.
func (PriceCreated) EventType() string { return "catalog.price_created.v1" }

// PriceArchived: no new sales at this price.
type PriceArchived struct {
	Price   string `json:"price"`
	Product string `json:"product"`
}

// EventType is the stored name.
func (PriceArchived) EventType() string { return "catalog.price_archived.v1" }

// CouponCreated carries the discount whole, since it never changes.
type CouponCreated struct {
	Discount pricing.Discount `json:"discount"`
}

// EventType is the stored name.
func (CouponCreated) EventType() string { return "catalog.coupon_created.v1" }
