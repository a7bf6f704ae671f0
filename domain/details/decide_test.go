package details

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

var (
	ada = Details{Name: "Ada Lovelace", Email: "ada@example.com", Address: "12 St James's Sq\nLondon", TaxID: "GB123", Country: "GB"}
	bob = Details{Name: "Bob"}
)

func TestReplaceAndErase(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  []domain.Event
	}{
		"the first details":                  {nil, Replace{ada}, []domain.Event{Set{&ada}}},
		"other details":                      {[]domain.Event{Set{&ada}}, Replace{bob}, []domain.Event{Set{&bob}}},
		"the same details":                   {[]domain.Event{Set{&bob}, Set{&ada}}, Replace{ada}, nil},
		"details after they were erased":     {[]domain.Event{Set{nil}, Erased{}}, Replace{ada}, []domain.Event{Set{&ada}}},
		"details before the erasure is seen": {[]domain.Event{Set{nil}}, Replace{ada}, []domain.Event{Set{&ada}}},
		"an erasure":                         {[]domain.Event{Set{&ada}}, Erase{}, []domain.Event{Erased{}}},
		"another erasure of other details":   {[]domain.Event{Set{nil}, Erased{}, Set{&ada}}, Erase{}, []domain.Event{Erased{}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then...)
		})
	}
}

func TestThereIsNothingToErase(t *testing.T) {
	t.Parallel()
	for name, given := range map[string][]domain.Event{"at first": nil, "after an erasure": {Set{nil}, Erased{}}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(given...).When(Erase{}).ThenRejected(t, "details_not_found")
		})
	}
}

func TestWhatIsNoDetail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	for code, bad := range map[string][]Details{
		"details_required":     {{}},
		"display_name_invalid": {{Name: " "}, {Name: "a\x00"}, {Name: "a\nb"}, {Name: "a\u0085"}, {Name: "\xff"}, {Name: long[:402]}},
		"email_invalid": {
			{Email: "a"}, {Email: "@"}, {Email: "a@"}, {Email: "@a"}, {Email: "a@b@c"}, {Email: "a b@c"}, {Email: "a@b\u00a0"},
			{Email: "a@b\x00"}, {Email: "a@b\n"}, {Email: "a@\xff"}, {Email: "a@" + long[:506]},
		},
		"address_invalid": {{Address: "\n"}, {Address: "a\r\nb"}, {Address: "a\tb"}, {Address: "a\x00"}, {Address: "\xc3("}, {Address: long + "a"}},
		"tax_id_invalid":  {{TaxID: "\t"}, {TaxID: "1\n2"}, {TaxID: long[:130]}},
		"country_invalid": {{Country: "de"}, {Country: "DEU"}, {Country: "D"}, {Country: "D1"}, {Country: "Ä"}, {Country: "  "}},
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()
			for _, given := range bad {
				r := spec.Given(Set{&ada}).When(Replace{given}).ThenRejected(t, code)
				if len(r.Fields) != 1 || r.Fields[0].Pointer == "" {
					t.Errorf("%q: %+v", given, r)
				}
			}
		})
	}
	t.Run("all of them", func(t *testing.T) {
		t.Parallel()
		r := spec.Given().When(Replace{Details{Name: "\n", Email: "x", Address: "\t", TaxID: "\t", Country: "x"}}).
			ThenRejected(t, "display_name_invalid")
		if len(r.Fields) != 5 {
			t.Errorf("refused for %+v", r.Fields)
		}
	})
}

func TestTheBoundsOfDetails(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 1000)
	for name, given := range map[string]Details{
		"the longest name": {Name: long[:200]}, "the longest address for e-mail": {Email: "a@" + long[:252]},
		"an odd address for e-mail": {Email: `"o'brien+x"@[127.0.0.1]`}, "the longest address": {Address: long},
		"an address of lines": {Address: "a\n\nb\n"}, "the longest tax id": {TaxID: long[:64]}, "a country alone": {Country: "DE"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given().When(Replace{given}).Then(t, Set{&given})
		})
	}
}

// No refusal repeats what was given, since it may be seen by others than who gave it.
func TestNoRefusalRepeatsWhatWasGiven(t *testing.T) {
	t.Parallel()
	const marker = "Zx9"
	bad := Details{Name: marker + "\x00", Email: marker, Address: marker + "\t", TaxID: marker + "\n", Country: marker}
	_, err := Decide(State{}, Replace{bad}, domain.Meta{})
	var r *domain.Rejection
	if !errors.As(err, &r) || len(r.Fields) != 5 {
		t.Fatal(err)
	}
	for _, field := range r.Fields {
		if strings.Contains(r.Message+field.Message, marker) {
			t.Errorf("%+v", field)
		}
	}
}

func TestStreamsHaveNothingPersonal(t *testing.T) {
	t.Parallel()
	if BillingStream("acme") != "details:acme" || MemberStream("acme", "m-1") != "details:acme:m-1" || Type.Name != "details" {
		t.Errorf("%s, %s of type %s", BillingStream("acme"), MemberStream("acme", "m-1"), Type.Name)
	}
}

// What was given last is what there is, and nothing is once it was erased, whatever came before.
func TestLastWinsProperty(t *testing.T) {
	t.Parallel()
	given := rapid.SampledFrom([]Details{ada, bob, {Country: "DE"}})
	rapid.Check(t, func(t *rapid.T) {
		var state State
		var want *Details
		for range rapid.IntRange(0, 20).Draw(t, "steps") {
			var command Command = Erase{}
			if rapid.IntRange(0, 3).Draw(t, "kind") > 0 {
				command = Replace{given.Draw(t, "details")}
			}
			events, err := Decide(state, command, domain.Meta{})
			if c, ok := command.(Replace); ok {
				if changed := want == nil || *want != c.Details; err != nil || changed != (len(events) == 1) {
					t.Fatalf("%d events, %v", len(events), err)
				}
				want = &c.Details
			} else {
				if (err == nil) != (want != nil) {
					t.Fatalf("erasing %v: %v", want, err)
				}
				want = nil
			}
			before := state
			for _, event := range events {
				state = Evolve(state, event)
			}
			if before.Size() <= 0 || (want == nil) != (state.Details == nil) || want != nil && *want != *state.Details {
				t.Fatalf("state %+v, want %+v", state.Details, want)
			}
		}
	})
}
