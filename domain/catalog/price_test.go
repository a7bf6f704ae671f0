package catalog

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

// price has the defaults of everything that a client may leave out.
func price(code, product string) PriceCreated {
	return PriceCreated{Terms: pricing.Terms{
		Price: code, Product: product, Family: "main", Tier: 20, Currency: "USD", Interval: period.IntervalMonth, IntervalCount: 1,
		Scheme: pricing.SchemePerUnit, UnitAmount: "10.00", MinSeats: 1, TaxRate: "0", TaxBehavior: pricing.TaxBehaviorExclusive,
		Proration: period.ProrationDay, GuestsPerSeat: 5,
	}}
}

func newPrice(change func(*CreatePrice)) CreatePrice {
	command := CreatePrice{Product: "pro", Code: "pro-monthly", Currency: "USD", Interval: "month", UnitAmount: new("10")}
	change(&command)
	return command
}

func nothing(*CreatePrice) {}

func TestCreatePrice(t *testing.T) {
	t.Parallel()
	t.Run("by its defaults", func(t *testing.T) {
		t.Parallel()
		spec.Given(product("pro", 20)).When(newPrice(nothing)).Then(t, price("pro-monthly", "pro"))
	})
	t.Run("with all that can be given", func(t *testing.T) {
		t.Parallel()
		whole := price("pro-yearly", "pro")
		whole.Terms.Currency, whole.Terms.Interval, whole.Terms.IntervalCount = "JPY", period.IntervalYear, 3
		whole.Terms.Scheme, whole.Terms.UnitAmount = pricing.SchemeVolume, ""
		whole.Terms.Tiers = []pricing.Bracket{
			{UpTo: new(int64(10)), UnitAmount: "800", FlatAmount: "0"},
			{UpTo: new(int64(11)), UnitAmount: "700", FlatAmount: "50"},
			{UnitAmount: "0", FlatAmount: "0"},
		}
		whole.Terms.TrialDays, whole.Terms.MinSeats, whole.Terms.MaxSeats = 730, 5, new(int64(5))
		whole.Terms.TaxRate, whole.Terms.TaxBehavior, whole.Terms.Proration = "0.19", pricing.TaxBehaviorInclusive, period.ProrationSecond
		spec.Given(product("pro", 20)).When(CreatePrice{
			Product: "pro", Code: "pro-yearly", Currency: "JPY", Interval: "year", IntervalCount: new(3), Scheme: new("volume"),
			Tiers: []Tier{
				{UpTo: new(int64(10)), UnitAmount: new("800")},
				{UpTo: new(int64(11)), UnitAmount: new("700"), FlatAmount: new("50")},
				{UnitAmount: new("0")},
			},
			TrialDays: new(730), MinSeats: new(int64(5)), MaxSeats: new(int64(5)), TaxRate: new("0.190"), TaxBehavior: new("inclusive"),
			Proration: new("second"),
		}).Then(t, whole)
	})
	for given, want := range map[string]string{"0": "0", "0.0": "0", "0.190": "0.19", "0.999999": "0.999999", "0.000001": "0.000001"} {
		t.Run("with the tax rate "+given, func(t *testing.T) {
			t.Parallel()
			rated := price("pro-monthly", "pro")
			rated.Terms.TaxRate = want
			spec.Given(product("pro", 20)).When(newPrice(func(c *CreatePrice) { c.TaxRate = &given })).Then(t, rated)
		})
	}
}

func TestCreatePriceIsRefused(t *testing.T) {
	t.Parallel()
	tiers := func(tiers ...Tier) func(*CreatePrice) {
		return func(c *CreatePrice) { c.Scheme, c.UnitAmount, c.Tiers = new("graduated"), nil, tiers }
	}
	upTo := func(n int64) Tier { return Tier{UpTo: &n, UnitAmount: new("1")} }
	last := Tier{UnitAmount: new("1")}
	for name, tt := range map[string]struct {
		change  func(*CreatePrice)
		code    string
		pointer string
	}{
		"code":                {func(c *CreatePrice) { c.Code = "a b" }, "name_invalid", "/code"},
		"currency":            {func(c *CreatePrice) { c.Currency = "usd" }, "currency_unknown", "/currency"},
		"interval":            {func(c *CreatePrice) { c.Interval = "week" }, "interval_invalid", "/interval"},
		"no interval":         {func(c *CreatePrice) { c.Interval = "" }, "interval_invalid", "/interval"},
		"no count":            {func(c *CreatePrice) { c.IntervalCount = new(0) }, "interval_count_invalid", "/interval_count"},
		"many months":         {func(c *CreatePrice) { c.IntervalCount = new(37) }, "interval_count_invalid", "/interval_count"},
		"many years":          {func(c *CreatePrice) { c.Interval, c.IntervalCount = "year", new(4) }, "interval_count_invalid", "/interval_count"},
		"scheme":              {func(c *CreatePrice) { c.Scheme = new("package") }, "scheme_invalid", "/scheme"},
		"no amount":           {func(c *CreatePrice) { c.UnitAmount = nil }, "unit_amount_required", "/unit_amount"},
		"negative amount":     {func(c *CreatePrice) { c.UnitAmount = new("-1") }, "amount_invalid", "/unit_amount"},
		"fine amount":         {func(c *CreatePrice) { c.UnitAmount = new("1.234") }, "amount_invalid", "/unit_amount"},
		"exponent":            {func(c *CreatePrice) { c.UnitAmount = new("1e3") }, "amount_invalid", "/unit_amount"},
		"amount and tiers":    {func(c *CreatePrice) { c.Tiers = []Tier{last} }, "tiers_not_allowed", "/tiers"},
		"tiers and amount":    {func(c *CreatePrice) { c.Scheme, c.Tiers = new("volume"), []Tier{last} }, "unit_amount_not_allowed", "/unit_amount"},
		"no tiers":            {tiers(), "tiers_required", "/tiers"},
		"many tiers":          {tiers(manyTiers(101)...), "tiers_too_many", "/tiers"},
		"last tier ends":      {tiers(upTo(1), upTo(2)), "up_to_invalid", "/tiers/1/up_to"},
		"first has no end":    {tiers(last, last), "up_to_invalid", "/tiers/0/up_to"},
		"tiers fall":          {tiers(upTo(5), upTo(5), last), "up_to_invalid", "/tiers/1/up_to"},
		"tier of nothing":     {tiers(upTo(0), last), "up_to_invalid", "/tiers/0/up_to"},
		"tier without amount": {tiers(Tier{FlatAmount: new("1")}), "unit_amount_required", "/tiers/0/unit_amount"},
		"flat amount":         {tiers(Tier{UnitAmount: new("1"), FlatAmount: new("-1")}), "amount_invalid", "/tiers/0/flat_amount"},
		"trial":               {func(c *CreatePrice) { c.TrialDays = new(731) }, "trial_days_invalid", "/trial_days"},
		"no seats":            {func(c *CreatePrice) { c.MinSeats = new(int64(0)) }, "min_seats_invalid", "/min_seats"},
		"more least than most": {func(c *CreatePrice) { c.MinSeats, c.MaxSeats = new(int64(3)), new(int64(2)) },
			"max_seats_invalid", "/max_seats"},
		"many seats":        {func(c *CreatePrice) { c.MaxSeats = new(int64(1_000_001)) }, "max_seats_invalid", "/max_seats"},
		"tax percentage":    {func(c *CreatePrice) { c.TaxRate = new("19") }, "tax_rate_invalid", "/tax_rate"},
		"tax of all":        {func(c *CreatePrice) { c.TaxRate = new("1") }, "tax_rate_invalid", "/tax_rate"},
		"negative tax":      {func(c *CreatePrice) { c.TaxRate = new("-0.1") }, "tax_rate_invalid", "/tax_rate"},
		"tax with exponent": {func(c *CreatePrice) { c.TaxRate = new("0e9999") }, "tax_rate_invalid", "/tax_rate"},
		"tax of no digits":  {func(c *CreatePrice) { c.TaxRate = new("") }, "tax_rate_invalid", "/tax_rate"},
		"tax behavior":      {func(c *CreatePrice) { c.TaxBehavior = new("none") }, "tax_behavior_invalid", "/tax_behavior"},
		"proration":         {func(c *CreatePrice) { c.Proration = new("hour") }, "proration_invalid", "/proration"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rejection := spec.Given(product("pro", 20)).When(newPrice(tt.change)).ThenRejected(t, tt.code)
			if len(rejection.Fields) != 1 || rejection.Fields[0].Pointer != tt.pointer || rejection.Kind != domain.KindInvalid {
				t.Errorf("%s, fields %+v, want %s", rejection.Kind, rejection.Fields, tt.pointer)
			}
		})
	}
	for code, given := range map[string][]domain.Event{
		"product_not_found":          nil,
		"free_product_has_no_prices": {freeProduct("pro")},
		"product_archived":           {product("pro", 20), ProductArchived{Product: "pro"}},
		"price_exists":               {product("pro", 20), product("max", 30), price("pro-monthly", "max")},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			spec.Given(given...).When(newPrice(nothing)).ThenRejected(t, code)
		})
	}
	t.Run("all fields at once", func(t *testing.T) {
		t.Parallel()
		r := spec.Given(product("pro", 20)).When(CreatePrice{Product: "pro", TaxRate: new("x"), MinSeats: new(int64(0))}).
			ThenRejected(t, "name_invalid")
		if len(r.Fields) != 6 {
			t.Errorf("fields %+v", r.Fields)
		}
	})
}

func manyTiers(n int) []Tier {
	many := make([]Tier, n)
	for i := range many {
		many[i] = Tier{UpTo: new(int64(i + 1)), UnitAmount: new("1")}
	}
	many[n-1].UpTo = nil
	return many
}

func TestArchivePrice(t *testing.T) {
	t.Parallel()
	given := []domain.Event{product("pro", 20), price("p", "pro")}
	t.Run("once", func(t *testing.T) {
		t.Parallel()
		spec.Given(given...).When(ArchivePrice{Code: "p"}).Then(t, PriceArchived{Price: "p", Product: "pro"})
	})
	t.Run("twice", func(t *testing.T) {
		t.Parallel()
		spec.Given(product("pro", 20), price("p", "pro"), PriceArchived{Price: "p", Product: "pro"}).When(ArchivePrice{Code: "p"}).Then(t)
	})
	t.Run("no price", func(t *testing.T) {
		t.Parallel()
		spec.Given(given...).When(ArchivePrice{Code: "q"}).ThenRejected(t, "price_not_found")
	})
}
