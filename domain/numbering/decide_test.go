package numbering

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
)

var spec = domain.Spec[State, Command, Fact]{Decide: Decide, Evolve: Evolve}

func TestNumbersHaveNoHoles(t *testing.T) {
	t.Parallel()
	first := InvoiceNumbered{Invoice: "a", Sequence: 1, Number: "INV-000001"}
	for name, test := range map[string]struct {
		given []domain.Event
		when  Command
		then  domain.Event
	}{
		"the first invoice":  {nil, NumberInvoice{Invoice: "a", Series: "INV-"}, first},
		"the second invoice": {[]domain.Event{first}, NumberInvoice{Invoice: "b", Series: "INV-"}, InvoiceNumbered{Invoice: "b", Sequence: 2, Number: "INV-000002"}},
		"another series begins with 1": {[]domain.Event{first}, NumberCreditNote{CreditNote: "c", Series: "CN-"},
			CreditNoteNumbered{CreditNote: "c", Sequence: 1, Number: "CN-000001"}},
		"a credit note of the invoices' series": {[]domain.Event{first}, NumberCreditNote{CreditNote: "c", Series: "INV-"},
			CreditNoteNumbered{CreditNote: "c", Sequence: 2, Number: "INV-000002"}},
		"an invoice of the credit notes' series": {[]domain.Event{CreditNoteNumbered{CreditNote: "c", Sequence: 4, Number: "CN-000004"}},
			NumberInvoice{Invoice: "a", Series: "CN-"}, InvoiceNumbered{Invoice: "a", Sequence: 5, Number: "CN-000005"}},
		"a year": {[]domain.Event{first}, NumberInvoice{Invoice: "b", Series: "INV-2031-"},
			InvoiceNumbered{Invoice: "b", Sequence: 1, Number: "INV-2031-000001"}},
		"a prefix that reads like a year": {[]domain.Event{InvoiceNumbered{Invoice: "a", Sequence: 8, Number: "INV-2031-000008"}},
			NumberCreditNote{CreditNote: "b", Series: "INV-2031-"}, CreditNoteNumbered{CreditNote: "b", Sequence: 9, Number: "INV-2031-000009"}},
		"no prefix": {[]domain.Event{InvoiceNumbered{Invoice: "a", Sequence: 1, Number: "000001"}}, NumberInvoice{Invoice: "b"},
			InvoiceNumbered{Invoice: "b", Sequence: 2, Number: "000002"}},
		"a number of seven digits": {[]domain.Event{InvoiceNumbered{Sequence: 999_999, Number: "INV-999999"}}, NumberInvoice{Invoice: "a", Series: "INV-"},
			InvoiceNumbered{Invoice: "a", Sequence: 1_000_000, Number: "INV-1000000"}},
		"after seven digits": {[]domain.Event{InvoiceNumbered{Sequence: 1_000_000, Number: "INV-1000000"}}, NumberInvoice{Invoice: "a", Series: "INV-"},
			InvoiceNumbered{Invoice: "a", Sequence: 1_000_001, Number: "INV-1000001"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

func TestWhatIsNotNumbered(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]Command{
		"an invoice without an id": NumberInvoice{Series: "INV-"}, "a credit note without an id": NumberCreditNote{Series: "CN-"},
		"a series that ends with a digit": NumberInvoice{Invoice: "a", Series: "INV-2031"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Decide(State{}, command, domain.Meta{}); err == nil {
				t.Error("it is numbered")
			}
		})
	}
}

func TestStream(t *testing.T) {
	t.Parallel()
	if Stream() != "numbering:main" || Type.Name != Stream().Type() || (State{}).Size() <= 0 {
		t.Errorf("stream %s of type %s", Stream(), Type.Name)
	}
}

// However the series come after one another, each counts 1, 2, 3 … and no number is given twice.
func TestSeriesCountByThemselvesProperty(t *testing.T) {
	t.Parallel()
	series := rapid.SampledFrom([]string{"", "INV-", "CN-", "INV-2031-", "2031-", "R"})
	rapid.Check(t, func(t *rapid.T) {
		var state State
		counts, given := map[string]int64{}, map[string]bool{}
		for range rapid.IntRange(0, 30).Draw(t, "documents") {
			of := series.Draw(t, "series")
			var command Command = NumberInvoice{Invoice: "a", Series: of}
			if rapid.Bool().Draw(t, "credit note") {
				command = NumberCreditNote{CreditNote: "a", Series: of}
			}
			facts, err := Decide(state, command, domain.Meta{})
			if err != nil {
				t.Fatal(err)
			}
			before := state
			state = Evolve(state, facts[0])
			counts[of]++
			var number string
			var sequence int64
			switch fact := facts[0].(type) {
			case InvoiceNumbered:
				number, sequence = fact.Number, fact.Sequence
			case CreditNoteNumbered:
				number, sequence = fact.Number, fact.Sequence
			}
			if given[number] || sequence != counts[of] || before.last(of) != sequence-1 || state.last(of) != sequence {
				t.Fatalf("%s is %d of %q", number, sequence, of)
			}
			given[number] = true
		}
	})
}
