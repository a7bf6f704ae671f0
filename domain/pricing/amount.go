package pricing

import (
	"fmt"

	"github.com/tallystick/tallystick/domain/money"
)

// FullAmount computes what so many seats cost for a full period, before discounts and exclusive tax. No seats cost the
// first tier's flat amount, so a price that asks nothing of nobody declares none there. The error is a fault: terms are
// checked when a price is made.
func (t Terms) FullAmount(seats int64) (money.Amount, error) {
	switch t.Scheme {
	case SchemePerUnit:
		unit, err := money.Parse(t.Currency, t.UnitAmount)
		return unit.Mul(seats), err
	case SchemeGraduated:
		return t.graduated(seats)
	case SchemeVolume:
		return t.volume(seats)
	}
	return money.Amount{}, fmt.Errorf("price %s has no scheme %q", t.Price, t.Scheme)
}

// graduated adds up the tiers that are reached: the seats that fall into each, and its flat amount once.
func (t Terms) graduated(seats int64) (money.Amount, error) {
	sum, err := money.FromMinor(t.Currency, 0)
	if err != nil {
		return sum, err
	}
	below := int64(0)
	for i, tier := range t.Tiers {
		if i > 0 && seats <= below {
			break
		}
		upTo := seats
		if tier.UpTo != nil {
			upTo = min(seats, *tier.UpTo)
		}
		part, err := tier.amount(t.Currency, upTo-below)
		if err != nil {
			return part, err
		}
		if sum, err = sum.Add(part); err != nil {
			return sum, err
		}
		below = upTo
	}
	return sum, nil
}

// volume charges all seats by the one tier that their number falls into.
func (t Terms) volume(seats int64) (money.Amount, error) {
	for _, tier := range t.Tiers {
		if tier.UpTo == nil || seats <= *tier.UpTo {
			return tier.amount(t.Currency, seats)
		}
	}
	return money.Amount{}, fmt.Errorf("price %s has no tier for %d seats", t.Price, seats)
}

func (b Bracket) amount(currency money.Currency, seats int64) (money.Amount, error) {
	unit, err := money.Parse(currency, b.UnitAmount)
	if err != nil {
		return unit, err
	}
	flat, err := money.Parse(currency, b.FlatAmount)
	if err != nil {
		return flat, err
	}
	return unit.Mul(seats).Add(flat)
}
