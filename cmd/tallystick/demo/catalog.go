package demo

import (
	"bytes"
	"context"
	"encoding/base64"
	"image"
	"image/color"
	"image/png"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// open sets the shop up: the seller, products, prices and coupons, and a gateway that takes a fee and pays out after two days.
func (t *till) open(ctx context.Context) error {
	for _, set := range []func(context.Context) error{t.setSeller, t.setGateway, t.makeProducts, t.makePrices, t.makeCoupons} {
		if err := set(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (t *till) setSeller(ctx context.Context) error {
	logo, err := drawLogo()
	if err != nil {
		return err
	}
	_, err = t.SetSeller(ctx, &client.SetSellerParams{}, client.SetSellerBody{
		LegalName: "Nordlicht Software GmbH", Address: "Hafenstraße 1\n20457 Hamburg", Country: "DE", TaxID: new("DE123456789"),
		Registration: new("HRB 12345, Hamburg"), Email: new("billing@nordlicht.example"), Phone: new("+49 40 123456"),
		Website: new("https://nordlicht.example"), Terms: new("Payable without deduction by the due date."),
		Bank: &client.BankBody{Name: "Elbbank", Iban: new("DE75512108001245126199"), Bic: new("SOLADEST600")}, Logo: &logo,
	})
	return err
}

func (t *till) setGateway(ctx context.Context) error {
	_, err := t.SetSandboxGateway(ctx, &client.SetSandboxGatewayParams{},
		client.SetSandboxGatewayBody{FeeRate: new("0.015"), FeeFixed: new("0.25"), SettleDays: new(int64(2))})
	return err
}

func (t *till) makeProducts(ctx context.Context) error {
	exports := func(limit *int64) map[string]client.LimitBody {
		return map[string]client.LimitBody{"exports": {Limit: limit, Per: new(client.LimitPerPeriod)}}
	}
	for _, product := range []client.CreateProductBody{
		{Code: "free", Name: "Fjord Free", Free: new(true), FreeSeats: new(int64(3)), Limits: exports(new(int64(5)))},
		{Code: "solo", Name: "Fjord Solo", Tier: 5, Limits: exports(new(int64(20)))},
		{Code: "team", Name: "Fjord Team", Tier: 10, Limits: exports(new(int64(100))), Features: map[string]any{"boards": 20}},
		{Code: "business", Name: "Fjord Business", Tier: 20, Limits: exports(nil), Features: map[string]any{"boards": 500, "sso": true}},
	} {
		if _, err := t.CreateProduct(ctx, &client.CreateProductParams{}, product); err != nil {
			return err
		}
	}
	return nil
}

func (t *till) makePrices(ctx context.Context) error {
	const month, year = client.IntervalMonth, client.IntervalYear
	german := new("0.19")
	for _, of := range []struct {
		product string
		prices  []client.CreatePriceBody
	}{
		{"solo", []client.CreatePriceBody{
			{Code: "solo-eur", Currency: "EUR", Interval: month, UnitAmount: new("9.00"), MaxSeats: new(int64(1)), TaxRate: german, TaxBehavior: new(client.TaxBehaviorInclusive)},
		}},
		{"team", []client.CreatePriceBody{
			{Code: "team-usd", Currency: "USD", Interval: month, UnitAmount: new("12.00"), TrialDays: new(int64(14))},
			{Code: "team-usd-year", Currency: "USD", Interval: year, UnitAmount: new("120.00")},
			{Code: "team-eur", Currency: "EUR", Interval: month, UnitAmount: new("11.00"), TaxRate: german, TrialDays: new(int64(14))},
			{Code: "team-eur-year", Currency: "EUR", Interval: year, UnitAmount: new("110.00"), TaxRate: german},
		}},
		{"business", []client.CreatePriceBody{
			{Code: "business-usd", Currency: "USD", Interval: month, UnitAmount: new("29.00"), TrialDays: new(int64(14))},
			{Code: "business-usd-year", Currency: "USD", Interval: year, UnitAmount: new("290.00")},
			{Code: "business-eur", Currency: "EUR", Interval: month, UnitAmount: new("27.00"), TaxRate: german},
			{Code: "business-eur-year", Currency: "EUR", Interval: year, UnitAmount: new("270.00"), TaxRate: german},
			{Code: "business-usd-graduated", Currency: "USD", Interval: month, Scheme: new(client.PriceSchemeGraduated), Tiers: []client.TierBody{
				{UpTo: new(int64(10)), UnitAmount: "29.00"}, {UpTo: new(int64(50)), UnitAmount: "25.00"}, {UnitAmount: "21.00"},
			}},
		}},
	} {
		for _, price := range of.prices {
			if _, err := t.CreatePrice(ctx, of.product, &client.CreatePriceParams{}, price); err != nil {
				return err
			}
		}
	}
	return nil
}

func (t *till) makeCoupons(ctx context.Context) error {
	for _, coupon := range []client.CreateCouponBody{
		{Code: "welcome", Name: new("Welcome"), PercentOff: new("20"), Duration: client.CouponDurationPeriods, Periods: new(int64(3))},
		{Code: "launch", Name: new("Launch present"), AmountOff: &client.MoneyBody{Amount: "30.00", Currency: "EUR"}, Duration: client.CouponDurationOnce},
		{Code: "partner", Name: new("Partner"), PercentOff: new("10"), Duration: client.CouponDurationForever},
	} {
		if _, err := t.CreateCoupon(ctx, &client.CreateCouponParams{}, coupon); err != nil {
			return err
		}
	}
	return nil
}

// drawLogo draws three lights over the sea.
func drawLogo() (string, error) {
	const width, height = 96, 96
	picture := image.NewNRGBA(image.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			dx, dy := x-width/2, y-height/2
			if dx*dx+dy*dy > width*width/4 {
				continue
			}
			shade := color.NRGBA{R: 14, G: 42, B: 71, A: 255}
			switch wave := y - (dx*dx)/96; {
			case y > 70:
				shade = color.NRGBA{R: 9, G: 26, B: 46, A: 255}
			case wave > 24 && wave < 32:
				shade = color.NRGBA{R: 64, G: 224, B: 160, A: 255}
			case wave > 38 && wave < 44:
				shade = color.NRGBA{R: 44, G: 170, B: 190, A: 255}
			case wave > 50 && wave < 54:
				shade = color.NRGBA{R: 110, G: 110, B: 214, A: 255}
			}
			picture.SetNRGBA(x, y, shade)
		}
	}
	var drawn bytes.Buffer
	err := png.Encode(&drawn, picture)
	return base64.StdEncoding.EncodeToString(drawn.Bytes()), err
}
