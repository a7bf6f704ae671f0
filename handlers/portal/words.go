package portal

import (
	"fmt"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/seller"
)

// codeDeclined refuses a method that the gateway does not take.
const codeDeclined = "payment_method_declined"

// refusals tell people what codes tell programs.
var refusals = map[string]string{
	"token_unknown":           "This token is not known. Please check it for typing errors.",
	codeDeclined:              "This payment method is not accepted. Please use another one.",
	"gateway_unreachable":     "The payment can't be made at the moment, and nothing was charged. Please try again in a few minutes.",
	"gateway_unknown":         "Payments can't be made on this page.",
	"payment_in_progress":     "A payment is being made already.",
	"payment_methods_full":    "There are as many payment methods as there may be. Please remove one first.",
	"idempotency_key_reused":  "This form was sent before with other details. Please try again.",
	"idempotency_key_missing": "The form was incomplete. Please try again.",
}

// refuse says why what the person asked for was not done.
func (s *sheet) refuse(code string) {
	if code == "" {
		return
	}
	text, known := refusals[code]
	if !known {
		code, text = "not_done", "This was not done. Please try again."
	}
	s.Panel.Alert = &alert{Code: code, Text: text}
}

// failures tell people why a bank declined.
var failures = map[string]string{
	"insufficient_funds": "There is not enough money on the account.",
	"expired_card":       "The card has expired.",
	"lost_card":          "The bank does not allow payments by this card.",
	"stolen_card":        "The bank does not allow payments by this card.",
	"incorrect_number":   "The card's number is wrong.",
	"action_denied":      "The payment was not confirmed.",
	"action_expired":     "The payment was not confirmed in time.",
}

// declined says why a payment failed.
func declined(f *payment.Failure) *alert {
	if f == nil {
		return nil
	}
	text, known := failures[f.Code]
	if !known {
		text = "The bank did not say why."
	}
	advice := " You can try again, or pay by another method."
	if f.Kind == payment.Hard {
		advice = " Please pay by another method."
	}
	return &alert{Code: f.Code, Title: "Your payment was declined", Text: text + " Nothing was charged." + advice}
}

// changes tell people why a link can't be paid any more.
var changes = map[string]string{
	"invoice_voided":      "The invoice was taken back.",
	"seats_in_use":        "More seats are in use by now than it sells.",
	"subscription_exists": "There is a subscription already.",
	"payment_past_due":    "An earlier invoice has to be paid first.",
	"license_active":      "A license is the plan by now.",
	"link_out_of_date":    "The amount is not right any more.",
}

// outOfDate says why a link can't be paid any more.
func outOfDate(code, seller string) panel {
	if code == "invoice_paid" {
		return panel{Mark: markGood, Title: "Nothing is left to pay", Text: []string{"The invoice was paid in another way. Nothing was charged here."}}
	}
	text, known := changes[code]
	if !known {
		text = "What it was made for has changed."
	}
	return panel{Mark: markBad, Title: "This link is out of date", Text: []string{text, "Nothing was charged. Please ask " + seller + " for a new link."}}
}

func processing() panel {
	return panel{
		Mark: markWait, Title: "Your payment is on its way", Text: []string{
			"We are waiting for the bank. Cards take moments, bank debits up to a few days.", "You can close this page and come back to it. Please don't pay again.",
		},
		Links: []link{{Label: "Look again", Address: "?", Quiet: true}},
	}
}

// reversed tells that the money of a payment is gone again.
func reversed(a payment.Attempt, seller string) panel {
	text := "Your bank took the money back."
	if a.Reversal != nil && a.Reversal.Reason == payment.ReasonRefunded {
		text = "The money went back to you."
	}
	return panel{Mark: markBad, Title: "The payment did not last", Text: []string{text, "Please ask " + seller + " how to pay."}}
}

func mustConfirm(a payment.Attempt, by seller.Profile) panel {
	p := panel{Mark: markWait, Title: "Please confirm the payment", Text: []string{"Your bank wants to be sure that it is you."}}
	if next := a.NextAction; next != nil {
		p.Text = append(p.Text, "You have time until "+moment(next.ExpiresAt, by)+".")
		if next.URL != "" {
			p.Links = []link{{Label: "Continue to your bank", Address: next.URL}}
		}
	}
	return p
}

// tokenField takes what the sandbox gateway knows a method by.
func tokenField(wrong *alert) field {
	return field{
		Name: fieldToken, Label: "Test token", Hint: "Such as tok_ok. No money moves here.", Wrong: wrong != nil && wrong.Code == "token_unknown",
	}
}

// brands name payment methods by their gateways' words.
var brands = map[string]string{"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "sepa_debit": "SEPA debit"}

// methodName names a payment method.
func methodName(brand, last4 string) string {
	name, known := brands[brand]
	if !known {
		name = strings.ReplaceAll(brand, "_", " ")
	}
	return name + " ending in " + last4
}

// every names the time that a price is for.
func every(t pricing.Terms) string {
	if t.IntervalCount <= 1 {
		return string(t.Interval)
	}
	return fmt.Sprintf("%d %ss", t.IntervalCount, t.Interval)
}

func zoneOf(name string) *time.Location {
	zone, err := time.LoadLocation(name)
	if err != nil {
		return time.UTC
	}
	return zone
}
