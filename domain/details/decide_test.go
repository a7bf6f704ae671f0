package details

import (
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var spec = domain.Spec[State, Command, domain.Event]{Decide: Decide, Evolve: Evolve}

var (
	ada = Details{Name: "Ada Lovelace", Email: "ada@example.com", Address: "12 St James's Sq\nLondon", TaxID: "GB123", Country: "GB"}
	bob = Details{Name: "Bob"}
)

func TestReplace(t *testing.T) {
	t.Parallel()
	spec.Given().When(Replace{ada}).Then(t, Set{&ada})
	spec.Given(Set{&ada}).When(Replace{bob}).Then(t, Set{&bob})
	spec.Given(Set{&bob}, Set{&ada}).When(Replace{ada}).Then(t)
	// What was erased can be given again, and its part may be gone before the erasure is seen.
	spec.Given(Set{nil}, Erased{}).When(Replace{ada}).Then(t, Set{&ada})
	spec.Given(Set{nil}).When(Replace{ada}).Then(t, Set{&ada})
}

func TestErase(t *testing.T) {
	t.Parallel()
	spec.Given(Set{&ada}).When(Erase{}).Then(t, Erased{})
	spec.Given(Set{nil}, Erased{}, Set{&ada}).When(Erase{}).Then(t, Erased{})
	spec.Given().When(Erase{}).ThenRejected(t, "details_not_found")
	spec.Given(Set{nil}, Erased{}).When(Erase{}).ThenRejected(t, "details_not_found")
	if _, err := Decide(State{}, nil, domain.Meta{}); err == nil || errors.As(err, new(*domain.Rejection)) {
		t.Errorf("no command: %v", err)
	}
}

func TestWhatIsNoDetail(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 500)
	spec.Given().When(Replace{}).ThenRejected(t, "details_required")
	for code, bad := range map[string][]Details{
		"display_name_invalid": {{Name: " "}, {Name: "a\x00"}, {Name: "a\nb"}, {Name: "a\u0085"}, {Name: "\xff"}, {Name: long[:202]}},
		"email_invalid": {
			{Email: "a"}, {Email: "@"}, {Email: "a@"}, {Email: "@a"}, {Email: "a@b@c"}, {Email: "a b@c"}, {Email: "a@b\u00a0"},
			{Email: "a@b\x00"}, {Email: "a@b\n"}, {Email: "a@\xff"}, {Email: "a@" + long[:254]},
		},
		"address_invalid": {{Address: "\n"}, {Address: "a\r\nb"}, {Address: "a\tb"}, {Address: "a\x00"}, {Address: "\xc3("}, {Address: long + "a"}},
		"tax_id_invalid":  {{TaxID: "\t"}, {TaxID: "1\n2"}, {TaxID: long[:66]}},
		"country_invalid": {{Country: "de"}, {Country: "DEU"}, {Country: "D"}, {Country: "D1"}, {Country: "Ä"}, {Country: "  "}},
	} {
		for _, given := range bad {
			r := spec.Given(Set{&ada}).When(Replace{given}).ThenRejected(t, code)
			if len(r.Fields) != 1 || r.Fields[0].Pointer == "" {
				t.Errorf("%q: %+v", given, r)
			}
		}
	}
	all := spec.Given().When(Replace{Details{Name: "\n", Email: "x", Address: "\t", TaxID: "\t", Country: "x"}}).
		ThenRejected(t, "display_name_invalid")
	if len(all.Fields) != 5 {
		t.Errorf("refused for %+v", all.Fields)
	}
	for _, given := range []Details{
		{Name: long[:200]}, {Email: "a@" + long[:252]}, {Email: `"o'brien+x"@[127.0.0.1]`}, {Address: long}, {Address: "a\n\nb\n"},
		{TaxID: long[:64]}, {Country: "DE"},
	} {
		spec.Given().When(Replace{given}).Then(t, Set{&given})
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
