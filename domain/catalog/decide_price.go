package catalog

import (
	"regexp"

	"github.com/shopspring/decimal"

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

// createPrice is refused with product_not_found, product_archived, free_product_has_no_prices, price_exists, or its
// fields, whose codes stand at the functions that check them.
func createPrice(s State, c CreatePrice) ([]domain.Event, error) {
	product, ok := s.Product(c.Product)
	if !ok {
		return nil, productNotFound(c.Product)
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
	return []domain.Event{PriceCreated{Terms: terms}}, nil
}

// setCycle checks interval_invalid and interval_count_invalid.
func setCycle(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.Interval, terms.IntervalCount = period.Interval(c.Interval), or(c.IntervalCount, 1)
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
	terms.MinSeats, terms.MaxSeats = or(c.MinSeats, 1), c.MaxSeats
	ok := requireRange(check, "/min_seats", "min_seats_invalid", terms.MinSeats, 1, seatsMax)
	if terms.MaxSeats != nil && ok {
		requireRange(check, "/max_seats", "max_seats_invalid", *terms.MaxSeats, terms.MinSeats, seatsMax)
	}
}

// setTrial checks trial_days_invalid.
func setTrial(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.TrialDays = or(c.TrialDays, 0)
	requireRange(check, "/trial_days", "trial_days_invalid", int64(terms.TrialDays), 0, trialDaysMax)
}

// setTax checks tax_rate_invalid and tax_behavior_invalid.
func setTax(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.TaxRate = taxRate(check, or(c.TaxRate, "0"))
	terms.TaxBehavior = pricing.TaxBehavior(or(c.TaxBehavior, string(pricing.TaxBehaviorExclusive)))
	check.Require(terms.TaxBehavior == pricing.TaxBehaviorExclusive || terms.TaxBehavior == pricing.TaxBehaviorInclusive,
		"/tax_behavior", "tax_behavior_invalid", "tax_behavior must be exclusive or inclusive")
}

// setProration checks proration_invalid.
func setProration(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.Proration = period.Proration(or(c.Proration, string(period.ProrationDay)))
	check.Require(terms.Proration == period.ProrationDay || terms.Proration == period.ProrationSecond,
		"/proration", "proration_invalid", "proration must be day or second")
}

var rate = regexp.MustCompile(`\A(?:0(?:\.[0-9]{1,6})?|1(?:\.0{1,6})?)\z`)

// taxRate checks tax_rate_invalid. A rate is a fraction, since the tax in an inclusive amount is what dividing it by
// 1 + rate takes away.
func taxRate(check *domain.Check, text string) string {
	if !check.Require(rate.MatchString(text), "/tax_rate", "tax_rate_invalid",
		`tax_rate must be a fraction from "0" to "1" with at most 6 digits after the point: "0.19" is 19 %%`) {
		return text
	}
	// The grammar allows nothing that the decimal package refuses.
	return decimal.RequireFromString(text).String()
}

// archivePrice is refused with price_not_found. Archiving again changes nothing.
func archivePrice(s State, c ArchivePrice) ([]domain.Event, error) {
	price, ok := s.Price(c.Code)
	if !ok {
		return nil, domain.NotFound("price_not_found", "there is no price %q", c.Code)
	}
	if price.Archived {
		return nil, nil
	}
	return []domain.Event{PriceArchived{Price: c.Code, Product: price.Terms.Product}}, nil
}
