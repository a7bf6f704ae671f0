package item

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

var january = period.Period{Start: time.Date(2031, 1, 1, 0, 0, 0, 0, time.UTC), End: time.Date(2031, 2, 1, 0, 0, 0, 0, time.UTC)}

func added(id string) Added {
	return Added{pricing.Item{ID: id, Currency: "USD", Description: "Setup", Quantity: 1, UnitAmount: "5.00", TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive}}
}

func TestItems(t *testing.T) {
	t.Parallel()
	full := Added{pricing.Item{ID: "b", Currency: "JPY", Description: "Hours", Quantity: 3, UnitAmount: "500", TaxRate: "0.1",
		TaxBehavior: pricing.TaxBehaviorInclusive, Period: &january}}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"the least of an item": {nil, Add{"a", "USD", Line{Description: "Setup", UnitAmount: "5"}}, []domain.Event{added("a")}},
		"all of an item": {[]domain.Event{added("a")}, Add{"b", "JPY", Line{Description: "Hours", Quantity: new(int64(3)), UnitAmount: "500",
			TaxRate: new("0.10"), TaxBehavior: new("inclusive"), Period: &january}}, []domain.Event{full}},
		"free of charge": {nil, Add{"a", "USD", Line{Description: "Gift", UnitAmount: "0"}}, []domain.Event{Added{pricing.Item{ID: "a", Currency: "USD", Description: "Gift", Quantity: 1, UnitAmount: "0.00", TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive}}}},
		"taken back":     {[]domain.Event{added("a"), added("b")}, Remove{"a"}, []domain.Event{Removed{"a"}}},
		"billed":         {[]domain.Event{added("a"), added("b")}, Bill{[]string{"a", "b"}, "i"}, []domain.Event{Billed{[]string{"a", "b"}, "i"}}},
		"nothing billed": {[]domain.Event{added("a")}, Bill{nil, "i"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

func TestWhatIsNoItem(t *testing.T) {
	t.Parallel()
	many := make([]domain.Event, WaitingMax)
	for i := range many {
		many[i] = added(strings.Repeat("x", i+1))
	}
	item := func(change func(*Line)) Add {
		l := Line{Description: "Setup", UnitAmount: "5.00"}
		change(&l)
		return Add{"a", "USD", l}
	}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		code  string
	}{
		"no currency":        {nil, Add{"a", "XXX", Line{Description: "Setup", UnitAmount: "5.00"}}, "currency_unknown"},
		"no description":     {nil, item(func(l *Line) { l.Description = " " }), "description_invalid"},
		"a long description": {nil, item(func(l *Line) { l.Description = strings.Repeat("x", 501) }), "description_invalid"},
		"none of it":         {nil, item(func(l *Line) { l.Quantity = new(int64(0)) }), "quantity_invalid"},
		"too many of it":     {nil, item(func(l *Line) { l.Quantity = new(int64(1_000_001)) }), "quantity_invalid"},
		"less than nothing":  {nil, item(func(l *Line) { l.UnitAmount = "-1.00" }), "unit_amount_invalid"},
		"too fine":           {nil, item(func(l *Line) { l.UnitAmount = "1.001" }), "unit_amount_invalid"},
		"too much":           {nil, item(func(l *Line) { l.UnitAmount, l.Quantity = "999999999999999999.00", new(int64(1_000_000)) }), "amount_out_of_range"},
		"too much with tax":  {nil, item(func(l *Line) { l.UnitAmount = "500000000000000000.00" }), "amount_out_of_range"},
		"a percentage":       {nil, item(func(l *Line) { l.TaxRate = new("19") }), "tax_rate_invalid"},
		"another behavior":   {nil, item(func(l *Line) { l.TaxBehavior = new("none") }), "tax_behavior_invalid"},
		"no time":            {nil, item(func(l *Line) { l.Period = &period.Period{Start: january.Start, End: january.Start} }), "period_invalid"},
		"too many":           {many, item(func(*Line) {}), "items_too_many"},
		"unknown":            {[]domain.Event{added("a")}, Remove{"b"}, "item_not_found"},
		"removed before":     {[]domain.Event{added("a"), Removed{"a"}}, Remove{"a"}, "item_not_found"},
		"billed before":      {[]domain.Event{added("a"), Billed{[]string{"a"}, "i"}}, Remove{"a"}, "item_not_found"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).ThenRejected(t, test.code)
		})
	}
	if _, err := Decide(State{}, Bill{[]string{"a"}, "i"}, domain.Meta{}); err == nil {
		t.Error("an item is billed that does not wait")
	}
}

func TestStateKeepsTheOrder(t *testing.T) {
	t.Parallel()
	var state State
	for _, event := range []domain.Event{added("a"), added("b"), Removed{"a"}, added("c")} {
		before := state
		state = Evolve(state, event)
		if before.Size() <= 0 {
			t.Error("no size")
		}
	}
	if len(state.Items()) != 2 || state.Waiting[0].ID != "b" || state.Waiting[1].Number != 3 || Stream("acme") != "item:acme" {
		t.Errorf("%+v", state)
	}
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	item := added("a")
	item.Item.Period = &january
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), item, Removed{ID: "a"}, Billed{Items: []string{"a", "b"}, Invoice: "i"})
	domain.CheckShape(t, os.DirFS("testdata/events"), "item.added.v1.least", added("a"))
}
