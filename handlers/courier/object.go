package courier

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/domain/webhook"
	"github.com/tallystick/tallystick/eventstore"
)

// describe names what an event happened to, by the state of its stream after it.
func describe(e eventstore.Event, after domain.State) (NewsObject, error) {
	switch fact := e.Fact.(type) {
	case invoice.Credited:
		return object("credit_note", fact.CreditNote, "issued"), nil
	case account.CreditGranted:
		return object("credit", fact.ID, "granted"), nil
	case notice.InvoiceUpcoming:
		return object("upcoming_invoice", fact.Subscription, "upcoming"), nil
	case notice.InvoiceOverdue:
		return object("invoice", fact.Invoice, invoice.StatusFinalized), nil
	case entitlement.OverrideSet:
		return object("feature", fact.Key, "changed"), nil
	case entitlement.OverrideRemoved:
		return object("feature", fact.Key, "changed"), nil
	case entitlement.Used:
		return object("feature", fact.Key, "limit_reached"), nil
	case paymentmethod.Added:
		return object("payment_method", fact.ID, "added"), nil
	case paymentmethod.Removed:
		return object("payment_method", fact.ID, "removed"), nil
	}
	switch s := after.(type) {
	case subscription.State:
		return object("subscription", s.ID, s.Status), nil
	case trial.State:
		return object("trial", s.Family, s.Status), nil
	case invoice.State:
		return object("invoice", e.Stream.Entity(), s.Status), nil
	case refund.State:
		return object("refund", s.ID, s.Status), nil
	case payment.State:
		return object("payment", e.Stream.Entity(), s.Status()), nil
	case paymentlink.State:
		return object("payment_link", s.ID, s.Status), nil
	case license.State:
		return object("license", s.ID, s.Status(e.EffectiveAt)), nil
	case webhook.State:
		return object("webhook_endpoint", s.ID, s.Status), nil
	}
	return NewsObject{}, fmt.Errorf("no webhook object is known of stream %s", e.Stream)
}

func object[S ~string](of, id string, status S) NewsObject {
	return NewsObject{Type: of, ID: id, Status: new(string(status))}
}
