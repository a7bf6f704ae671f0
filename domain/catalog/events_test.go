package catalog

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/period"
	"github.com/tallystick/tallystick/domain/pricing"
)

var update = flag.Bool("update", false, "write the golden files of new event types")

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	someFeatures := Features{"sso": raw(`true`), "storage": raw(`{"gib":10,"kind":"ssd"}`), "support": raw(`"mail"`)}
	someLimits := Limits{"calls": {Limit: 1000, Per: new(LimitPerPeriod)}, "projects": {Limit: 3}}
	examples := map[string]domain.Event{}
	for _, event := range []domain.Event{
		ProductCreated{Product: "pro", Name: "Pro", Family: "main", Tier: 20, Features: someFeatures, Limits: someLimits,
			GuestsPerSeat: 5, FreeSeats: 12},
		ProductChanged{Product: "pro", Name: "Pro plan", Features: someFeatures, Limits: someLimits},
		ProductArchived{Product: "pro"},
		PriceCreated{Terms: pricing.Terms{
			Price: "pro-monthly", Product: "pro", Family: "main", Tier: 20, Currency: "USD", Interval: period.IntervalMonth,
			IntervalCount: 1, Scheme: pricing.SchemeGraduated,
			Tiers: []pricing.Bracket{
				{UpTo: new(int64(10)), UnitAmount: "8.00", FlatAmount: "0.00"}, {UnitAmount: "6.00", FlatAmount: "1.00"},
			},
			TrialDays: 14, MinSeats: 1, MaxSeats: new(int64(500)), TaxRate: "0.19", TaxBehavior: pricing.TaxBehaviorExclusive,
			Proration: period.ProrationDay, GuestsPerSeat: 5,
		}},
		PriceArchived{Price: "pro-monthly", Product: "pro"},
		CouponCreated{Discount: pricing.Discount{Coupon: "quarter", PercentOff: "25", Duration: pricing.DurationPeriods, Periods: 3}},
	} {
		examples[event.EventType()] = event
	}
	for _, eventType := range Type.Events {
		name := eventType.Zero.EventType()
		example, ok := examples[name]
		if !ok {
			t.Errorf("no example of %s", name)
			continue
		}
		compareGolden(t, name, example)
	}
	if len(examples) != len(Type.Events) {
		t.Errorf("%d examples of %d event types", len(examples), len(Type.Events))
	}
}

func compareGolden(t *testing.T, name string, event domain.Event) {
	t.Helper()
	data, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join("testdata", "events", name+".json")
	if _, err := os.Stat(path); *update && os.IsNotExist(err) {
		if err := os.WriteFile(path, append(data, '\n'), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(data, bytes.TrimSuffix(want, []byte("\n"))) {
		t.Errorf("%s is written as\n%s\nand stored as\n%s", name, data, want)
	}
	back := reflect.New(reflect.TypeOf(event))
	if err := json.Unmarshal(want, back.Interface()); err != nil || !reflect.DeepEqual(back.Elem().Interface(), event) {
		t.Errorf("%s comes back as %+v, %v", name, back.Elem(), err)
	}
}
