package demo

import (
	"context"
	"net/url"

	"github.com/tallystick/tallystick/handlers/api/client"
)

// card gives a payment method of the sandbox gateway, from then on the default. Its token says how its charges go.
func card(token string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.AddPaymentMethod(ctx, workspace, &client.AddPaymentMethodParams{},
			client.AddPaymentMethodBody{Gateway: "sandbox", Token: token, Default: new(true)})
		return err
	}
}

// charge bills a one-off line to the default payment method.
func charge(description, amount, currency string) deed {
	return oneOff(client.CollectionAutomatic, description, amount, currency)
}

// bill bills a one-off line that is paid within two weeks.
func bill(description, amount, currency string) deed {
	return oneOff(client.CollectionSendInvoice, description, amount, currency)
}

func oneOff(how client.Collection, description, amount, currency string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		line := client.LineBody{Description: description, UnitAmount: amount}
		if currency == "EUR" {
			line.TaxRate = new("0.19")
		}
		body := client.IssueInvoiceBody{Collection: &how, Currency: &currency, Lines: []client.LineBody{line}}
		if how == client.CollectionSendInvoice {
			body.DaysUntilDue = new(int64(14))
		}
		_, err := t.IssueInvoice(ctx, workspace, &client.IssueInvoiceParams{}, body)
		return err
	}
}

// item bills a line with the next renewal.
func item(description, amount string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.AddInvoiceItem(ctx, workspace, &client.AddInvoiceItemParams{}, client.AddInvoiceItemBody{Description: description, UnitAmount: amount})
		return err
	}
}

// wire pays what is owed on the oldest unpaid invoice by a bank transfer.
func wire(ctx context.Context, t *till, workspace string) error {
	invoice, err := t.oldestUnpaid(ctx, workspace)
	if err != nil {
		return err
	}
	return record(ctx, t, invoice, invoice.AmountOutstanding.Amount)
}

// wireAmount pays an amount on the oldest unpaid invoice by a bank transfer, whatever is owed.
func wireAmount(amount string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		invoice, err := t.oldestUnpaid(ctx, workspace)
		if err != nil {
			return err
		}
		return record(ctx, t, invoice, amount)
	}
}

func record(ctx context.Context, t *till, invoice client.Invoice, amount string) error {
	_, err := t.RecordPayment(ctx, invoice.ID, &client.RecordPaymentParams{}, client.RecordPaymentBody{
		Amount: client.MoneyBody{Amount: amount, Currency: invoice.Currency}, Reference: "SEPA " + *invoice.Number,
	})
	return err
}

// creditNote takes an amount back of the last invoice. What was paid becomes credit.
func creditNote(amount, reason string) deed { return takeBack(amount, reason, false) }

// sendBack takes an amount back of the last invoice, and owes the customer what was paid.
func sendBack(amount, reason string) deed { return takeBack(amount, reason, true) }

func takeBack(amount, reason string, refund bool) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		invoice, err := t.lastInvoice(ctx, workspace, func(i client.Invoice) bool { return i.Status == client.InvoiceStatusFinalized })
		if err != nil {
			return err
		}
		_, err = t.IssueCreditNote(ctx, invoice.ID, &client.IssueCreditNoteParams{}, client.IssueCreditNoteBody{
			Amount: &client.MoneyBody{Amount: amount, Currency: invoice.Currency}, Reason: reason, Refund: &refund,
		})
		return err
	}
}

// void takes the last unpaid invoice back as a whole.
func void(ctx context.Context, t *till, workspace string) error {
	invoice, err := t.lastInvoice(ctx, workspace, outstanding)
	if err != nil {
		return err
	}
	_, err = t.VoidInvoice(ctx, invoice.ID, &client.VoidInvoiceParams{}, client.VoidInvoiceBody{Reason: new("billed to the wrong customer")})
	return err
}

// writeOff gives up what is owed on the last unpaid invoice.
func writeOff(ctx context.Context, t *till, workspace string) error {
	invoice, err := t.lastInvoice(ctx, workspace, outstanding)
	if err != nil {
		return err
	}
	_, err = t.WriteOffInvoice(ctx, invoice.ID, &client.WriteOffInvoiceParams{}, client.WriteOffInvoiceBody{Reason: new("not worth a lawyer")})
	return err
}

// refund sends an amount of the last payment back.
func refund(amount, reason string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		payment, err := t.lastPayment(ctx, workspace)
		if err != nil {
			return err
		}
		_, err = t.RefundPayment(ctx, payment.ID, &client.RefundPaymentParams{},
			client.RefundPaymentBody{Amount: &client.MoneyBody{Amount: amount, Currency: payment.Amount.Currency}, Reason: reason})
		return err
	}
}

// recordRefunds says of all refunds that the seller sent them by bank transfers.
func recordRefunds(ctx context.Context, t *till, workspace string) error {
	list, err := t.ListRefunds(ctx, &client.ListRefundsParams{Workspace: &workspace, Status: new(client.RefundStatusPending)})
	if err != nil {
		return err
	}
	for _, pending := range list.JSON.Data {
		_, err := t.RecordRefund(ctx, pending.ID, &client.RecordRefundParams{}, client.RecordRefundBody{Reference: "SEPA back"})
		if err != nil {
			return err
		}
	}
	return nil
}

// credit is a present of the seller.
func credit(amount, currency, reason string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.GrantCredit(ctx, workspace, &client.GrantCreditParams{},
			client.GrantCreditBody{Amount: client.MoneyBody{Amount: amount, Currency: currency}, Reason: reason})
		return err
	}
}

// closeDispute lets the bank decide on the workspace's open dispute.
func closeDispute(outcome client.DisputeStatus) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		list, err := t.ListDisputes(ctx, &client.ListDisputesParams{Workspace: &workspace, Status: new(client.DisputeStatusOpen)})
		if err != nil {
			return err
		}
		for _, open := range list.JSON.Data {
			if _, err := t.CloseSandboxDispute(ctx, open.ID, &client.CloseSandboxDisputeParams{}, client.CloseSandboxDisputeBody{Outcome: outcome}); err != nil {
				return err
			}
		}
		return nil
	}
}

// refundElsewhere sends an amount of the last payment back at the gateway, past this program.
func refundElsewhere(amount string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		payment, err := t.lastPayment(ctx, workspace)
		if err != nil {
			return err
		}
		list, err := t.ListSandboxCharges(ctx, &client.ListSandboxChargesParams{Payment: &payment.ID})
		if err != nil {
			return err
		}
		charged := list.JSON.Data[len(list.JSON.Data)-1]
		_, err = t.RefundSandboxCharge(ctx, charged.ID, &client.RefundSandboxChargeParams{},
			client.RefundSandboxChargeBody{Amount: client.MoneyBody{Amount: amount, Currency: payment.Amount.Currency}})
		return err
	}
}

// offer makes a payment link for a subscription.
func offer(price string, seats int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		_, err := t.link(ctx, workspace, client.CreatePaymentLinkBody{Price: &price, Seats: &seats})
		return err
	}
}

// withdrawOffer makes a payment link for a subscription and cancels it.
func withdrawOffer(price string, seats int64) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		link, err := t.link(ctx, workspace, client.CreatePaymentLinkBody{Price: &price, Seats: &seats})
		if err != nil {
			return err
		}
		_, err = t.CancelPaymentLink(ctx, link.ID, &client.CancelPaymentLinkParams{})
		return err
	}
}

// takeOffer makes a payment link for a subscription, which the customer pays on its page.
func takeOffer(price string, seats int64, token string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		link, err := t.link(ctx, workspace, client.CreatePaymentLinkBody{Price: &price, Seats: &seats})
		if err != nil {
			return err
		}
		return t.send(ctx, link.URL, url.Values{"token": {token}, "do": {"pay"}, "keep": {"on"}})
	}
}

// linkInvoice makes a payment link for what is owed on the last unpaid invoice.
func linkInvoice(ctx context.Context, t *till, workspace string) error {
	_, err := t.invoiceLink(ctx, workspace)
	return err
}

// payLink makes a payment link for what is owed on the last unpaid invoice, which the customer pays on its page.
func payLink(token string) deed {
	return func(ctx context.Context, t *till, workspace string) error {
		link, err := t.invoiceLink(ctx, workspace)
		if err != nil {
			return err
		}
		return t.send(ctx, link.URL, url.Values{"token": {token}, "do": {"pay"}})
	}
}

func (t *till) invoiceLink(ctx context.Context, workspace string) (*client.PaymentLink, error) {
	invoice, err := t.lastInvoice(ctx, workspace, outstanding)
	if err != nil {
		return nil, err
	}
	return t.link(ctx, workspace, client.CreatePaymentLinkBody{Invoice: &invoice.ID})
}

func (t *till) link(ctx context.Context, workspace string, body client.CreatePaymentLinkBody) (*client.PaymentLink, error) {
	made, err := t.CreatePaymentLink(ctx, workspace, &client.CreatePaymentLinkParams{}, body)
	if err != nil {
		return nil, err
	}
	return made.JSON, nil
}
