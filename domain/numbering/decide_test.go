package numbering

import (
	"testing"

	"github.com/tallystick/tallystick/domain"
)

var spec = domain.Spec[State, Command]{Decide: Decide, Evolve: Evolve}

func TestNumbersHaveNoHoles(t *testing.T) {
	t.Parallel()
	first := InvoiceNumbered{Invoice: "a", Sequence: 1, Number: "INV-000001"}
	spec.Given().When(NumberInvoice{Invoice: "a"}).Then(t, first)
	spec.Given(first).When(NumberInvoice{Invoice: "b"}).Then(t, InvoiceNumbered{Invoice: "b", Sequence: 2, Number: "INV-000002"})
	// Credit notes have numbers of their own.
	spec.Given(first).When(NumberCreditNote{CreditNote: "c"}).
		Then(t, CreditNoteNumbered{CreditNote: "c", Sequence: 1, Number: "CN-000001"})
	many := InvoiceNumbered{Sequence: 999_999}
	spec.Given(many).When(NumberInvoice{Invoice: "a"}).Then(t, InvoiceNumbered{Invoice: "a", Sequence: 1_000_000, Number: "INV-1000000"})

	state := Evolve(Evolve(State{}, first), CreditNoteNumbered{Sequence: 7})
	if state.LastInvoice() != "INV-000001" || state.LastCreditNote() != "CN-000007" || state.Size() <= 0 {
		t.Errorf("state %+v", state)
	}
	if Stream() != "numbering:main" || Type.Name != Stream().Type() {
		t.Errorf("stream %s of type %s", Stream(), Type.Name)
	}
	for _, command := range []Command{NumberInvoice{}, NumberCreditNote{}, nil} {
		if _, err := Decide(State{}, command, domain.Meta{}); err == nil {
			t.Errorf("%T without an id is numbered", command)
		}
	}
}
