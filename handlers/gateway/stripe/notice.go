package stripe

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// readers read the objects of messages, by the types of those.
var readers = map[string]func(json.RawMessage, *gateway.Notice) error{
	"payment_intent.succeeded":       readIntent,
	"payment_intent.payment_failed":  readIntent,
	"payment_intent.processing":      readIntent,
	"payment_intent.requires_action": readIntent,
	"payment_intent.canceled":        readIntent,
	"charge.refunded":                readRefunded,
	"refund.created":                 readRefund,
	"refund.updated":                 readRefund,
	"refund.failed":                  readRefund,
	"charge.dispute.created":         readDispute,
	"charge.dispute.updated":         readDispute,
	"charge.dispute.closed":          readDispute,
	"checkout.session.completed":     readSession,
	"checkout.session.expired":       func(json.RawMessage, *gateway.Notice) error { return nil }, // our links expire by themselves
	"setup_intent.succeeded":         readSetup,
	"payment_method.detached":        readDetached,
}

// pick decodes some fields of an object alone, so that no other one can make it unreadable, whatever version sent it.
func pick(object json.RawMessage, into any, names ...string) error {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(object, &all); err != nil {
		return err
	}
	picked := map[string]json.RawMessage{}
	for _, name := range names {
		if value, ok := all[name]; ok {
			picked[name] = value
		}
	}
	some, err := json.Marshal(picked)
	if err != nil {
		return err
	}
	return json.Unmarshal(some, into)
}

// name notes what our metadata say.
func name(n *gateway.Notice, noted map[string]string) {
	n.Payment, n.Workspace, n.Link, n.Setup = noted[metaPayment], noted[metaWorkspace], noted[metaLink], noted[metaSetup]
	if n.Payment != "" {
		n.Attempt, _ = strconv.Atoi(noted[metaAttempt])
	}
}

func readIntent(object json.RawMessage, n *gateway.Notice) error {
	var intent stripe.PaymentIntent
	if err := pick(object, &intent, "id", "status", "metadata", "currency", "amount_received", "last_payment_error", "next_action", "cancellation_reason",
		"customer", "payment_method", "setup_future_usage"); err != nil {
		return err
	}
	name(n, intent.Metadata)
	n.Reference = intent.ID
	if e := intent.LastPaymentError; e != nil && e.Code == stripe.ErrorCodeAuthenticationRequired &&
		intent.Status == stripe.PaymentIntentStatusRequiresPaymentMethod {
		return nil // whoever charges opens it to the customer, and hears how it stands then
	}
	told, err := answer(&intent)
	if err != nil {
		return nil //nolint:nilerr // a status that says nothing
	}
	n.Charge = &told
	if n.Link == "" || told.Status != payment.StatusSucceeded {
		return nil
	}
	paid, err := fromUnits(string(intent.Currency), intent.AmountReceived)
	if err != nil {
		return err
	}
	n.Paid = &paid
	if intent.SetupFutureUsage != "" && intent.PaymentMethod != nil {
		n.Token = intent.PaymentMethod.ID
	}
	return nil
}

// taken says that a charge succeeded, as what follows from it implies.
func taken(n *gateway.Notice, intent *stripe.PaymentIntent) {
	if intent == nil || intent.ID == "" {
		return
	}
	n.Reference = intent.ID
	n.Charge = &payment.Answer{Status: payment.StatusSucceeded, Reference: intent.ID}
}

func readRefunded(object json.RawMessage, n *gateway.Notice) error {
	var charge stripe.Charge
	if err := pick(object, &charge, "id", "metadata", "currency", "amount_refunded", "payment_intent"); err != nil {
		return err
	}
	total, err := fromUnits(string(charge.Currency), charge.AmountRefunded)
	if err != nil {
		return err
	}
	name(n, charge.Metadata)
	taken(n, charge.PaymentIntent)
	n.Total = &total
	return nil
}

// readRefund reads a refund of ours. Those that others make say so by the total of their charge.
func readRefund(object json.RawMessage, n *gateway.Notice) error {
	var made stripe.Refund
	if err := pick(object, &made, "id", "metadata", "payment_intent", "status", "failure_reason"); err != nil {
		return err
	}
	n.Payment, n.Refund = made.Metadata[metaPayment], made.Metadata[metaRefund]
	if n.Refund == "" {
		return nil
	}
	taken(n, made.PaymentIntent)
	n.Attempt = 0 // it is the refund's
	told := refundAnswer(&made)
	told.N, _ = strconv.Atoi(made.Metadata[metaAttempt])
	n.Refunded = &told
	return nil
}

func readDispute(object json.RawMessage, n *gateway.Notice) error {
	var dispute stripe.Dispute
	if err := pick(object, &dispute, "id", "currency", "amount", "payment_intent", "status", "reason", "created", "evidence_details", "balance_transactions"); err != nil {
		return err
	}
	told, err := noticedDispute(&dispute)
	if err != nil {
		return err
	}
	taken(n, dispute.PaymentIntent)
	n.Dispute = &told
	return nil
}

// noticedDispute tells how a dispute stands. An inquiry that was closed took no money, like a dispute that was won.
func noticedDispute(dispute *stripe.Dispute) (told gateway.NoticedDispute, err error) {
	told = gateway.NoticedDispute{Reference: dispute.ID, Reason: string(dispute.Reason), OpenedAt: time.Unix(dispute.Created, 0).UTC()}
	if told.Amount, err = fromUnits(string(dispute.Currency), dispute.Amount); err != nil {
		return told, err
	}
	switch dispute.Status {
	case stripe.DisputeStatusLost:
		told.Closed = true
	case stripe.DisputeStatusWon, stripe.DisputeStatusWarningClosed, stripe.DisputeStatusPrevented:
		told.Closed, told.Won = true, true
	default: // it is open
	}
	if dispute.EvidenceDetails != nil && dispute.EvidenceDetails.DueBy > 0 {
		told.EvidenceDueAt = new(time.Unix(dispute.EvidenceDetails.DueBy, 0).UTC())
	}
	var units int64
	for _, booked := range dispute.BalanceTransactions {
		if booked.Currency != dispute.Currency {
			return told, nil
		}
		units += booked.Fee
	}
	if units > 0 {
		fee, err := fromUnits(string(dispute.Currency), units)
		if err != nil {
			return told, err
		}
		told.Fee = &fee
	}
	return told, nil
}

func readSession(object json.RawMessage, n *gateway.Notice) error {
	var session stripe.CheckoutSession
	if err := pick(object, &session, "id", "metadata", "mode", "currency", "amount_total", "payment_intent", "payment_status"); err != nil {
		return err
	}
	name(n, session.Metadata)
	if session.Mode != stripe.CheckoutSessionModePayment || session.PaymentStatus != stripe.CheckoutSessionPaymentStatusPaid {
		return nil // a setup says so by itself, and money that takes days when it comes
	}
	paid, err := fromUnits(string(session.Currency), session.AmountTotal)
	if err != nil {
		return err
	}
	taken(n, session.PaymentIntent)
	n.Paid = &paid
	return nil
}

func readSetup(object json.RawMessage, n *gateway.Notice) error {
	var setup stripe.SetupIntent
	if err := pick(object, &setup, "id", "metadata", "payment_method"); err != nil {
		return err
	}
	name(n, setup.Metadata)
	if setup.PaymentMethod != nil {
		n.Token = setup.PaymentMethod.ID
	}
	return nil
}

func readDetached(object json.RawMessage, n *gateway.Notice) error {
	var method stripe.PaymentMethod
	if err := pick(object, &method, "id", "metadata"); err != nil {
		return err
	}
	name(n, method.Metadata)
	n.Token, n.Detached = method.ID, true
	return nil
}
