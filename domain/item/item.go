package item

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Bounds of what is billed once.
const (
	WaitingMax     = 500
	quantityMax    = 1_000_000
	descriptionMax = 500
)

// Line says what is to be billed once, as a client gives it. Description and UnitAmount are required.
type Line struct {
	Description string
	Quantity    *int64
	UnitAmount  string
	TaxRate     *string
	TaxBehavior *string
	Period      *period.Period
}

// Read checks a line, whose fields stand below pointer, and gives the item. It checks description_invalid, quantity_invalid,
// unit_amount_invalid, tax_rate_invalid, tax_behavior_invalid, period_invalid and amount_out_of_range.
func (l Line) Read(check *domain.Check, pointer, id string, currency money.Currency) pricing.Item {
	i := pricing.Item{
		ID: id, Currency: currency, Description: l.Description, Quantity: domain.Or(l.Quantity, 1), UnitAmount: l.UnitAmount,
		TaxBehavior: pricing.TaxBehavior(domain.Or(l.TaxBehavior, string(pricing.TaxBehaviorExclusive))), Period: l.Period,
	}
	check.Require(domain.IsLine(l.Description, descriptionMax), pointer+"/description", "description_invalid",
		"description must be one line of at most %d characters, and not blank", descriptionMax)
	counted := check.Require(i.Quantity >= 1 && i.Quantity <= quantityMax, pointer+"/quantity", "quantity_invalid",
		"quantity must be 1 to %d", quantityMax)
	unit, err := money.Parse(currency, l.UnitAmount)
	if check.Require(err == nil && unit.Sign() >= 0, pointer+"/unit_amount", "unit_amount_invalid",
		"unit_amount must not be negative and be %s (%s has %d)", money.AmountRule, currency, currency.Digits()) && counted {
		i.UnitAmount = unit.Plain()
		amount := unit.Mul(i.Quantity)
		check.Require(amount.InRange(), pointer+"/unit_amount", "amount_out_of_range", "the line comes to %s; %s", amount, money.RangeRule)
	}
	rate, ok := pricing.TaxRate(domain.Or(l.TaxRate, "0"))
	i.TaxRate = rate
	check.Require(ok, pointer+"/tax_rate", "tax_rate_invalid",
		`tax_rate is a fraction, "0" or more and below "1" with at most 6 digits after the point: "0.19" is 19 %%, not "19"`)
	check.Require(i.TaxBehavior == pricing.TaxBehaviorExclusive || i.TaxBehavior == pricing.TaxBehaviorInclusive,
		pointer+"/tax_behavior", "tax_behavior_invalid", "tax_behavior must be exclusive or inclusive")
	check.Require(l.Period == nil || l.Period.Start.Before(l.Period.End), pointer+"/period", "period_invalid",
		"period must end after its start")
	return i
}

// Command changes what waits to be billed.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Add lets a line wait for the next invoice. The id is made at the edge.
type Add struct {
	ID       string
	Currency money.Currency
	Line     Line
}

// Remove takes back an item that is not billed yet.
type Remove struct {
	ID string
}

// Bill notes that an invoice has items of the workspace. It is issued with the invoice.
type Bill struct {
	Items   []string
	Invoice string
}

// Decide judges a command on a workspace's items. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// decide refuses with items_too_many, or its fields: currency_unknown and those of [Line.Read]. An amount that could be out of
// range with tax would wait for ever.
func (c Add) decide(s State, _ domain.Meta) ([]Fact, error) {
	if !c.Currency.Valid() {
		return nil, domain.InvalidField("/currency", "currency_unknown", "%v", money.ErrCurrencyUnknown)
	}
	var check domain.Check
	item := c.Line.Read(&check, "", c.ID, c.Currency)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	fits, err := item.Fits()
	if err != nil {
		return nil, err
	}
	if !fits {
		return nil, domain.InvalidField("/unit_amount", "amount_out_of_range", "with tax the item could come to too much; %s", money.RangeRule)
	}
	if len(s.Waiting) >= WaitingMax {
		return nil, domain.Conflict("items_too_many", "%d items wait for the next invoice, and no more can", len(s.Waiting))
	}
	return []Fact{Added{Item: item}}, nil
}

// decide refuses with item_not_found.
func (c Remove) decide(s State, _ domain.Meta) ([]Fact, error) {
	if s.index(c.ID) < 0 {
		return nil, domain.NotFound("item_not_found", "no such item waits: there never was one, or it is billed")
	}
	return []Fact{Removed(c)}, nil
}

func (c Bill) decide(s State, _ domain.Meta) ([]Fact, error) {
	for _, id := range c.Items {
		if s.index(id) < 0 {
			return nil, fmt.Errorf("item %s on invoice %s does not wait", id, c.Invoice)
		}
	}
	if len(c.Items) == 0 {
		return nil, nil
	}
	return []Fact{Billed(c)}, nil
}
