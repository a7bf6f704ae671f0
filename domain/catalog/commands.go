package catalog

import "github.com/tallystick/tallystick/domain/money"

// Command is an intent of an administrator. Fields that a client may leave out are pointers, maps or slices, so that
// absent differs from given; the path of a request gives what is tagged "-".
type Command interface{ command() }

// CreateProduct makes a product. Code, Name and Tier are required.
type CreateProduct struct {
	Code          string              `json:"code"`
	Name          string              `json:"name"`
	Family        *string             `json:"family"`
	Tier          *int                `json:"tier"`
	Features      Features            `json:"features"`
	Limits        map[string]NewLimit `json:"limits"`
	GuestsPerSeat *int64              `json:"guests_per_seat"`
	Free          bool                `json:"free"`
	FreeSeats     *int64              `json:"free_seats"`
}

// ChangeProduct changes what is given and leaves what is nil. Features and limits are each given whole.
type ChangeProduct struct {
	Code     string              `json:"-"`
	Name     *string             `json:"name"`
	Features Features            `json:"features"`
	Limits   map[string]NewLimit `json:"limits"`
}

// NewLimit is a limit as a client gives it: Limit is required, Per is "period" or null.
type NewLimit struct {
	Limit *int64  `json:"limit"`
	Per   *string `json:"per"`
}

// ArchiveProduct ends new sales of a product. Once is as good as twice.
type ArchiveProduct struct {
	Code string `json:"-"`
}

// CreatePrice makes a price of a product. Code, Currency and Interval are required, and UnitAmount or Tiers.
type CreatePrice struct {
	Product       string  `json:"-"`
	Code          string  `json:"code"`
	Currency      string  `json:"currency"`
	Interval      string  `json:"interval"`
	IntervalCount *int    `json:"interval_count"`
	Scheme        *string `json:"scheme"`
	UnitAmount    *string `json:"unit_amount"`
	Tiers         []Tier  `json:"tiers"`
	TrialDays     *int    `json:"trial_days"`
	MinSeats      *int64  `json:"min_seats"`
	MaxSeats      *int64  `json:"max_seats"`
	TaxRate       *string `json:"tax_rate"`
	TaxBehavior   *string `json:"tax_behavior"`
	Proration     *string `json:"proration"`
}

// Tier is one bracket of a graduated or volume price, up to and including UpTo; the last one has no end.
type Tier struct {
	UpTo       *int64  `json:"up_to"`
	UnitAmount *string `json:"unit_amount"`
	FlatAmount *string `json:"flat_amount"`
}

// ArchivePrice ends new sales at a price. Once is as good as twice.
type ArchivePrice struct {
	Code string `json:"-"`
}

// CreateCoupon makes a coupon. Code and Duration are required, and either PercentOff or AmountOff.
type CreateCoupon struct {
	Code       string        `json:"code"`
	PercentOff *string       `json:"percent_off"` // "25" is 25 %
	AmountOff  *money.Amount `json:"amount_off"`
	Duration   string        `json:"duration"`
	Periods    *int          `json:"periods"` // with the duration periods only
}

func (CreateProduct) command()  {}
func (ChangeProduct) command()  {}
func (ArchiveProduct) command() {}
func (CreatePrice) command()    {}
func (ArchivePrice) command()   {}
func (CreateCoupon) command()   {}
