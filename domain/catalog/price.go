package catalog

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

const (
	monthsMax    = 36
	yearsMax     = 3
	trialDaysMax = 730
)

// Price offers a product on its terms.
type Price struct {
	Terms    pricing.Terms `json:"terms"`
	Archived bool          `json:"archived"`
}

// CreatePrice makes a price of a product. Code, Currency and Interval are required, and UnitAmount or Tiers.
type CreatePrice struct {
	Product       string
	Code          string
	Currency      string
	Interval      string
	IntervalCount *int
	Scheme        *string
	UnitAmount    *string
	Tiers         []Tier
	TrialDays     *int
	MinSeats      *int64
	MaxSeats      *int64
	TaxRate       *string
	TaxBehavior   *string
	Proration     *string
}

// PriceCreated carries the price whole, since it never changes.
type PriceCreated struct {
	Terms pricing.Terms `json:"terms"`
}

// EventType gives the stored name.
func (PriceCreated) EventType() string { return "catalog.price_created.v1" }

func (e PriceCreated) evolve(s State) State {
	s.prices = s.prices.with(e.Terms.Price, Price{Terms: e.Terms})
	s.bytes += 500 + 64*len(e.Terms.Tiers)
	return s
}

// decide refuses with product_not_found, product_archived, free_product_has_no_prices, price_exists, or its fields, whose
// codes stand at the functions that check them.
func (c CreatePrice) decide(s State, _ domain.Meta) ([]Fact, error) {
	product, ok := s.Product(c.Product)
	if !ok {
		return nil, ProductNotFound(c.Product)
	}
	var check domain.Check
	terms := pricing.Terms{
		Price: c.Code, Product: product.Code, Family: product.Family, Tier: product.Tier,
		Currency: money.Currency(c.Currency), GuestsPerSeat: product.GuestsPerSeat,
	}
	check.Name("/code", c.Code)
	check.Require(terms.Currency.Valid(), "/currency", "currency_unknown", "%v", money.ErrCurrencyUnknown)
	setCycle(&check, &terms, c)
	setAmounts(&check, &terms, c)
	setTrial(&check, &terms, c)
	setSeats(&check, &terms, c)
	setTax(&check, &terms, c)
	setProration(&check, &terms, c)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if product.Free {
		return nil, domain.Conflict("free_product_has_no_prices", "product %s is free and has no prices", product.Code)
	}
	if product.Archived {
		return nil, productArchived(product.Code)
	}
	if _, exists := s.Price(c.Code); exists {
		return nil, domain.Conflict("price_exists", "price %s exists already", c.Code)
	}
	return []Fact{PriceCreated{Terms: terms}}, nil
}

// setCycle checks interval_invalid and interval_count_invalid.
func setCycle(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.Interval, terms.IntervalCount = period.Interval(c.Interval), domain.Or(c.IntervalCount, 1)
	check.Require(terms.Interval == period.IntervalMonth || terms.Interval == period.IntervalYear,
		"/interval", "interval_invalid", "interval must be month or year")
	most := int64(monthsMax)
	if terms.Interval == period.IntervalYear {
		most = yearsMax
	}
	requireRange(check, "/interval_count", "interval_count_invalid", int64(terms.IntervalCount), 1, most)
}

// setSeats checks min_seats_invalid and max_seats_invalid.
func setSeats(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.MinSeats, terms.MaxSeats = domain.Or(c.MinSeats, 1), c.MaxSeats
	ok := requireRange(check, "/min_seats", "min_seats_invalid", terms.MinSeats, 1, seatsMax)
	if terms.MaxSeats != nil && ok {
		requireRange(check, "/max_seats", "max_seats_invalid", *terms.MaxSeats, terms.MinSeats, seatsMax)
	}
}

// setTrial checks trial_days_invalid.
func setTrial(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.TrialDays = domain.Or(c.TrialDays, 0)
	requireRange(check, "/trial_days", "trial_days_invalid", int64(terms.TrialDays), 0, trialDaysMax)
}

// setTax checks tax_rate_invalid and tax_behavior_invalid.
func setTax(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.TaxRate = taxRate(check, domain.Or(c.TaxRate, "0"))
	terms.TaxBehavior = pricing.TaxBehavior(domain.Or(c.TaxBehavior, string(pricing.TaxBehaviorExclusive)))
	check.Require(terms.TaxBehavior == pricing.TaxBehaviorExclusive || terms.TaxBehavior == pricing.TaxBehaviorInclusive,
		"/tax_behavior", "tax_behavior_invalid", "tax_behavior must be exclusive or inclusive")
}

// setProration checks proration_invalid.
func setProration(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.Proration = period.Proration(domain.Or(c.Proration, string(period.ProrationDay)))
	check.Require(terms.Proration == period.ProrationDay || terms.Proration == period.ProrationSecond,
		"/proration", "proration_invalid", "proration must be day or second")
}

// taxRate checks tax_rate_invalid.
func taxRate(check *domain.Check, text string) string {
	rate, ok := pricing.TaxRate(text)
	check.Require(ok, "/tax_rate", "tax_rate_invalid",
		`tax_rate is a fraction, "0" or more and below "1" with at most 6 digits after the point: "0.19" is 19 %%, not "19"`)
	return rate
}

// ArchivePrice ends new sales at a price. Once is as good as twice.
type ArchivePrice struct {
	Code string
}

// PriceArchived ends new sales at the price.
type PriceArchived struct {
	Price   string `json:"price"`
	Product string `json:"product"`
}

// EventType gives the stored name.
func (PriceArchived) EventType() string { return "catalog.price_archived.v1" }

func (e PriceArchived) evolve(s State) State {
	price, _ := s.Price(e.Price)
	price.Archived = true
	s.prices = s.prices.with(e.Price, price)
	return s
}

// decide refuses with price_not_found. It changes nothing the second time.
func (c ArchivePrice) decide(s State, _ domain.Meta) ([]Fact, error) {
	price, ok := s.Price(c.Code)
	if !ok {
		return nil, domain.NotFound("price_not_found", "there is no price %q", c.Code)
	}
	if price.Archived {
		return nil, nil
	}
	return []Fact{PriceArchived{Price: c.Code, Product: price.Terms.Product}}, nil
}
