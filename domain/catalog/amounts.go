package catalog

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

const tiersMax = 100

// Tier describes one bracket of a graduated or volume price, up to and including UpTo; the last one has no end.
type Tier struct {
	UpTo       *int64
	UnitAmount *string
	FlatAmount *string
}

// setAmounts checks scheme_invalid, unit_amount_required, unit_amount_not_allowed, tiers_required, tiers_not_allowed,
// tiers_too_many and what [amount] and [bracket] check: a price has either one amount a seat or tiers.
func setAmounts(check *domain.Check, terms *pricing.Terms, c CreatePrice) {
	terms.Scheme = pricing.Scheme(domain.Or(c.Scheme, string(pricing.SchemePerUnit)))
	switch terms.Scheme {
	case pricing.SchemePerUnit:
		check.Require(len(c.Tiers) == 0, "/tiers", "tiers_not_allowed", "tiers go with the schemes graduated and volume")
		if check.Require(c.UnitAmount != nil, "/unit_amount", "unit_amount_required", "unit_amount is required") {
			terms.UnitAmount = amount(check, "/unit_amount", terms.Currency, *c.UnitAmount)
		}
	case pricing.SchemeGraduated, pricing.SchemeVolume:
		check.Require(c.UnitAmount == nil, "/unit_amount", "unit_amount_not_allowed",
			"unit_amount goes with the scheme per_unit; tiers have their own")
		check.Require(len(c.Tiers) > 0, "/tiers", "tiers_required", "tiers are required, at least one")
		check.Require(len(c.Tiers) <= tiersMax, "/tiers", "tiers_too_many", "tiers must be at most %d", tiersMax)
		terms.Tiers = brackets(check, terms.Currency, c.Tiers)
	default:
		check.Require(false, "/scheme", "scheme_invalid", "scheme must be per_unit, graduated or volume")
	}
}

// brackets checks up_to_invalid and unit_amount_required: tiers rise, and the last one alone has no end.
func brackets(check *domain.Check, currency money.Currency, tiers []Tier) []pricing.Bracket {
	var checked []pricing.Bracket
	below := int64(0)
	for i, tier := range tiers {
		pointer := func(field string) string { return domain.Pointer("tiers", i, field) }
		switch last := i == len(tiers)-1; {
		case last:
			check.Require(tier.UpTo == nil, pointer("up_to"), "up_to_invalid", "up_to of the last tier must be null")
		case check.Require(tier.UpTo != nil, pointer("up_to"), "up_to_invalid", "up_to may be null in the last tier only"):
			check.Require(*tier.UpTo > below, pointer("up_to"), "up_to_invalid", "up_to must be more than %d", below)
			below = max(below, *tier.UpTo)
		}
		check.Require(tier.UnitAmount != nil, pointer("unit_amount"), "unit_amount_required", "unit_amount is required")
		checked = append(checked, pricing.Bracket{
			UpTo:       tier.UpTo,
			UnitAmount: amount(check, pointer("unit_amount"), currency, domain.Or(tier.UnitAmount, "0")),
			FlatAmount: amount(check, pointer("flat_amount"), currency, domain.Or(tier.FlatAmount, "0")),
		})
	}
	return checked
}

// amount checks amount_invalid and writes an amount with the currency's digits. It refuses nothing that it can't judge for
// want of a currency.
func amount(check *domain.Check, pointer string, currency money.Currency, text string) string {
	if !currency.Valid() {
		return text
	}
	parsed, err := money.Parse(currency, text)
	check.Require(err == nil && parsed.Sign() >= 0, pointer, "amount_invalid",
		"amount must not be negative and be %s (%s has %d)", money.AmountRule, currency, currency.Digits())
	return parsed.Plain()
}
