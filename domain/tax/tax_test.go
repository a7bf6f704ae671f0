package tax

import (
	"os"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

func TestReplace(t *testing.T) {
	t.Parallel()
	exempt := Set{pricing.Tax{Treatment: pricing.TaxExempt, Reason: "charity"}}
	for name, test := range map[string]struct {
		given    []domain.Event
		when     Replace
		then     []domain.Event
		override bool
	}{
		"standard is so from the beginning": {nil, Replace{Treatment: pricing.TaxStandard}, nil, false},
		"a rate of its own": {nil, Replace{Treatment: pricing.TaxStandard, Rate: new("0.190")},
			[]domain.Event{Set{pricing.Tax{Treatment: pricing.TaxStandard, Rate: "0.19"}}}, true},
		"the rate 0": {nil, Replace{Treatment: pricing.TaxStandard, Rate: new("0")},
			[]domain.Event{Set{pricing.Tax{Treatment: pricing.TaxStandard, Rate: "0"}}}, true},
		"exempt":         {nil, Replace{Treatment: pricing.TaxExempt, Reason: "charity"}, []domain.Event{exempt}, true},
		"exempt again":   {[]domain.Event{exempt}, Replace{Treatment: pricing.TaxExempt, Reason: "charity"}, nil, true},
		"another reason": {[]domain.Event{exempt}, Replace{Treatment: pricing.TaxExempt, Reason: "school"}, []domain.Event{Set{pricing.Tax{Treatment: pricing.TaxExempt, Reason: "school"}}}, true},
		"reverse charge": {[]domain.Event{exempt}, Replace{Treatment: pricing.TaxReverseCharge}, []domain.Event{Set{pricing.Tax{Treatment: pricing.TaxReverseCharge}}}, true},
		"standard again": {[]domain.Event{exempt}, Replace{Treatment: pricing.TaxStandard}, []domain.Event{Set{pricing.Tax{Treatment: pricing.TaxStandard}}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
			var state State
			for _, event := range append(test.given, test.then...) {
				state = Evolve(state, event)
			}
			if override := state.Override(); (override != nil) != test.override {
				t.Errorf("override %+v", override)
			}
		})
	}
}

func TestWhatIsNoTax(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		when          Replace
		code, pointer string
	}{
		"no status":             {Replace{}, "status_invalid", "/status"},
		"exempt without reason": {Replace{Treatment: pricing.TaxExempt}, "reason_required", "/reason"},
		"exempt at a rate":      {Replace{Treatment: pricing.TaxExempt, Reason: "x", Rate: new("0.1")}, "rate_not_allowed", "/rate"},
		"a percentage":          {Replace{Treatment: pricing.TaxStandard, Rate: new("19")}, "tax_rate_invalid", "/rate"},
		"all of it":             {Replace{Treatment: pricing.TaxStandard, Rate: new("1")}, "tax_rate_invalid", "/rate"},
		"less than none":        {Replace{Treatment: pricing.TaxStandard, Rate: new("-0.1")}, "tax_rate_invalid", "/rate"},
		"too fine":              {Replace{Treatment: pricing.TaxStandard, Rate: new("0.1234567")}, "tax_rate_invalid", "/rate"},
		"a blank reason":        {Replace{Treatment: pricing.TaxReverseCharge, Reason: " "}, "reason_invalid", "/reason"},
		"a long reason":         {Replace{Treatment: pricing.TaxReverseCharge, Reason: strings.Repeat("x", 501)}, "reason_invalid", "/reason"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := spec.Given().When(test.when).ThenRejected(t, test.code)
			if len(r.Fields) != 1 || r.Fields[0].Pointer != test.pointer {
				t.Errorf("%+v", r)
			}
		})
	}
}

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), Set{pricing.Tax{Treatment: pricing.TaxStandard, Rate: "0.19", Reason: "as agreed"}})
	if Stream("acme") != "tax:acme" || (State{}).Size() <= 0 {
		t.Error(Stream("acme"))
	}
}
