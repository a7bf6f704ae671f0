package numbering

import (
	"testing"

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
		"the first invoice":  {nil, NumberInvoice{Invoice: "a"}, first},
		"the second invoice": {[]domain.Event{first}, NumberInvoice{Invoice: "b"}, InvoiceNumbered{Invoice: "b", Sequence: 2, Number: "INV-000002"}},
		"a credit note has numbers of its own": {[]domain.Event{first}, NumberCreditNote{CreditNote: "c"},
			CreditNoteNumbered{CreditNote: "c", Sequence: 1, Number: "CN-000001"}},
		"a number of seven digits": {[]domain.Event{InvoiceNumbered{Sequence: 999_999}}, NumberInvoice{Invoice: "a"},
			InvoiceNumbered{Invoice: "a", Sequence: 1_000_000, Number: "INV-1000000"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec.Given(test.given...).When(test.when).Then(t, test.then)
		})
	}
}

func TestADocumentWithoutAnIDHasNoNumber(t *testing.T) {
	t.Parallel()
	for name, command := range map[string]Command{"invoice": NumberInvoice{}, "credit note": NumberCreditNote{}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := Decide(State{}, command, domain.Meta{}); err == nil {
				t.Error("it is numbered")
			}
		})
	}
}

func TestTheStateKnowsTheLastNumbers(t *testing.T) {
	t.Parallel()
	state := Evolve(Evolve(State{}, InvoiceNumbered{Sequence: 1}), CreditNoteNumbered{Sequence: 7})
	if state.LastInvoice() != "INV-000001" || state.LastCreditNote() != "CN-000007" || state.Size() <= 0 {
		t.Errorf("state %+v", state)
	}
	if Stream() != "numbering:main" || Type.Name != Stream().Type() {
		t.Errorf("stream %s of type %s", Stream(), Type.Name)
	}
}
