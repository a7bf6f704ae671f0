package command_test

import (
	"testing"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
)

// TestPaidAtGateway: money that a gateway took on a page of its own begins what the link sells, once, also after the link expired; more
// money becomes credit.
func TestPaidAtGateway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	l := do(b, command.LinkSale("acme", paymentlink.Create{ID: "link"}, command.Offering{Price: "pro-month", Seats: 3}))
	paid := command.LinkPaid{Gateway: "stripe", Reference: "pi_1", Amount: l.State.Amount}
	refused(b, "payment_link_not_found", command.PayLinkAtGateway("none", paid))
	b.now = l.State.ExpiresAt.AddDate(0, 0, 1)
	do(b, command.ExpirePaymentLink("link"))
	_, _, events, err := try(b, command.PayLinkAtGateway("link", paid))
	if err != nil || len(facts[subscription.Created](events)) != 1 || len(facts[invoice.Finalized](events)) != 1 || len(facts[paymentlink.Completed](events)) != 1 {
		t.Fatalf("%v, %v", types(events), err)
	}
	if _, _, again, err := try(b, command.PayLinkAtGateway("link", paid)); err != nil || len(again) != 0 {
		t.Errorf("told twice, it writes %v, %v", types(again), err)
	}
	if found := do(b, command.FindPaymentLink("link")).State; found.Status != paymentlink.StatusCompleted || found.Subscription == "" {
		t.Errorf("%+v", found)
	}
	paid.Reference = "pi_2"
	_, _, events, err = try(b, command.PayLinkAtGateway("link", paid))
	if granted := facts[account.CreditGranted](events); err != nil || len(granted) != 1 || granted[0].Balance.String() != "36.00 USD" {
		t.Errorf("more money gives %v, %v", types(events), err)
	}
}

// TestPaidInvoiceAtGateway: an invoice's link pays that invoice, and is frozen.
func TestPaidInvoiceAtGateway(t *testing.T) {
	t.Parallel()
	b := setup(t)
	bought := do(b, create("pro-month", 2))
	do(b, command.LinkPayment("acme", paymentlink.Create{ID: "link", Invoice: *bought.Invoice}))
	amount, err := money.Parse("USD", "24.00")
	if err != nil {
		t.Fatal(err)
	}
	_, _, events, err := try(b, command.PayLinkAtGateway("link", command.LinkPaid{Gateway: "stripe", Reference: "pi_1", Amount: amount}))
	if recorded := facts[invoice.PaymentRecorded](events); err != nil || len(recorded) != 1 || recorded[0].Gateway != "stripe" || recorded[0].Applied.String() != "24.00 USD" {
		t.Errorf("%v, %v", types(events), err)
	}
}
