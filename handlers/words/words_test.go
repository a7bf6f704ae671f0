package words_test

import (
	"strings"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/clock"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/words"
)

// TestEveryEventHasWords asks for those of every type of event that is ever written.
func TestEveryEventHasWords(t *testing.T) {
	t.Parallel()
	for _, streamType := range append(command.StreamTypes(), clock.Type) {
		for _, event := range streamType.Events {
			t.Run(event.Zero.EventType(), func(t *testing.T) {
				t.Parallel()
				text := words.Of(event.Zero)
				if text == "" || strings.Contains(text, "%!") || strings.HasSuffix(text, ".") {
					t.Errorf("%q", text)
				}
			})
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	usd := func(minor int64) money.Amount {
		amount, _ := money.FromMinor("USD", minor)
		return amount
	}
	july := time.Date(2031, 7, 1, 9, 30, 0, 0, time.UTC)
	terms := pricing.Terms{Price: "team-month"}
	for want, event := range map[string]domain.Event{
		"The price team-month was bought with 3 seats": subscription.Created{Terms: terms, Seats: 3, Status: subscription.StatusActive},
		"The price team-month was bought with 3 seats, as soon as the first payment comes": subscription.Created{
			Terms: terms, Seats: 3, Status: subscription.StatusIncomplete},
		"A subscription on trial began, with 1 seat of the price team-month": subscription.Created{Terms: terms, Seats: 1, Trial: &subscription.Trial{}},
		"From now on invoices are sent, to be paid within 30 days":           subscription.CollectionChanged{Collection: subscription.CollectionSendInvoice, DaysUntilDue: 30},
		"From now on invoices are collected by the payment method":           subscription.CollectionChanged{Collection: subscription.CollectionAutomatic},
		"The subscription ended for non-payment, and what was paid and not used becomes credit": subscription.Canceled{
			Reason: subscription.CanceledUnpaid, Settlement: subscription.SettlementCredit},
		"The subscription ended": subscription.Canceled{Settlement: subscription.SettlementNone},
		"The subscription ended, and what was paid and not used becomes credit": subscription.Canceled{Settlement: subscription.SettlementCredit},
		"The subscription will end on 1 July 2031, 09:30 UTC, and what was paid and not used is refunded": subscription.CancellationScheduled{
			CancelAt: july, Settlement: subscription.SettlementRefund},
		"The change that waited for the next period was dropped, since another takes its place":         subscription.ChangeUnscheduled{Reason: subscription.UnscheduledReplaced},
		"The change that waited for the next period was dropped, since the subscription ends before it": subscription.ChangeUnscheduled{Reason: subscription.UnscheduledEnding},
		"The change that waited for the next period was dropped on request":                             subscription.ChangeUnscheduled{Reason: subscription.UnscheduledCanceled},
		"The trial ended, since it became paid":                                                         trial.Ended{Status: trial.StatusConverted},
		"The trial was extended from 1 July 2031, 09:30 UTC to 2 July 2031, 09:30 UTC, since the new plan has more days of trial": trial.Extended{
			From: july, To: july.AddDate(0, 0, 1), Reason: "plan"},
		"The trial was extended from 1 July 2031, 09:30 UTC to 2 July 2031, 09:30 UTC (asked by phone)": trial.Extended{
			From: july, To: july.AddDate(0, 0, 1), Reason: "asked by phone"},
		"ann became admin instead of member":                     seating.RoleChanged{Member: "ann", From: seating.RoleMember, To: seating.RoleAdmin},
		"bob was invited as guest, until 1 July 2031, 09:30 UTC": seating.Reserved{Member: "bob", Role: seating.RoleGuest, ExpiresAt: &july},
		"Invoice INV-000001 was issued, with 12.00 USD to be paid by 1 July 2031, 09:30 UTC": invoice.Finalized{
			Number: "INV-000001", AmountDue: usd(1200), DueAt: &july},
		"Invoice INV-000002 was issued, with nothing to be paid": invoice.Finalized{Number: "INV-000002", AmountDue: usd(0)},
		"A payment of 12.00 USD was recorded (wire 4711), of which 2.00 USD became credit": invoice.PaymentRecorded{
			Amount: usd(1200), Reference: "wire 4711", Credit: usd(200)},
		"Credit note CN-000001 for 5.00 USD was issued (two days of outage)": invoice.Credited{Number: "CN-000001", Total: usd(500), Reason: "two days\nof outage"},
		"Credit of 5.00 USD came from a credit note, the balance is 7.00 USD": account.CreditGranted{
			Amount: usd(500), Balance: usd(700), Source: account.SourceCreditNote, Reason: "credit_note"},
		"Credit of 5.00 USD was given (goodwill), the balance is 7.00 USD": account.CreditGranted{
			Amount: usd(500), Balance: usd(700), Source: account.SourceManual, Reason: "goodwill"},
		"Personal details were set": details.Set{Details: &details.Details{Name: "Ada"}},
	} {
		t.Run(want, func(t *testing.T) {
			t.Parallel()
			if got := words.Of(event); got != want {
				t.Errorf("%q", got)
			}
		})
	}
}
