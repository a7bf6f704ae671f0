package sandbox

import (
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// behaviour tells what one charge does.
type behaviour struct {
	succeeds *time.Duration // after which time the money is taken; nil for never
	fails    *time.Duration // after which time the charge is declined
	failure  payment.Failure
	slow     bool // the answer takes a while of the system's time
	silent   bool // the charge is not answered
	acts     bool // the customer must confirm it, until it fails
	asked    answering
	refunds  refunding
	returned bool // the bank takes the money back later
	disputed bool // the customer disputes it later
}

// refunding tells what becomes of refunds of a charge.
type refunding int

const (
	sentBack    refunding = iota
	notSentBack           // each of them fails
	unanswered            // each succeeds, and is not answered
)

// answering tells how the gateway answers when it is asked how a charge went.
type answering int

const (
	truly answering = iota
	never           // it says that the charge never arrived
	notAtAll
)

var (
	atOnce  = new(time.Duration(0))
	twoDays = new(48 * time.Hour)
)

// returnTime and disputeTime are how long it takes until a bank takes money back, and until a customer disputes a charge.
const (
	returnTime  = 5 * 24 * time.Hour
	disputeTime = 24 * time.Hour
)

// slowness delays the answer to a slow charge.
const slowness = 8 * time.Second

func declining(code string, kind payment.FailureKind, message string) behaviour {
	return behaviour{fails: atOnce, failure: payment.Failure{Code: code, Kind: kind, Message: message}}
}

// behaviours lists what the parts of tokens do.
var behaviours = map[string]behaviour{
	"ok":                 {succeeds: atOnce},
	"insufficient_funds": declining("insufficient_funds", payment.Soft, "the account has too little money"),
	"generic_decline":    declining("generic_decline", payment.Soft, "the bank declined without a reason"),
	"processing_error":   declining("processing_error", payment.Soft, "the bank could not process the charge"),
	"expired_card":       declining("expired_card", payment.Hard, "the card has expired"),
	"lost_card":          declining("lost_card", payment.Hard, "the card was reported lost"),
	"stolen_card":        declining("stolen_card", payment.Hard, "the card was reported stolen"),
	"incorrect_number":   declining("incorrect_number", payment.Hard, "the card's number is wrong"),
	"requires_action":    {fails: new(gateway.ActionTime), acts: true},
	"slow":               {succeeds: atOnce, slow: true},
	"pending_ok":         {succeeds: twoDays},
	"pending_failed":     {fails: twoDays, failure: payment.Failure{Code: "generic_decline", Kind: payment.Soft, Message: "the bank declined after two days"}},
	"timeout_ok":         {succeeds: atOnce, silent: true},
	"timeout_failed":     {fails: atOnce, silent: true, failure: payment.Failure{Code: "generic_decline", Kind: payment.Soft, Message: "the bank declined"}},
	"timeout_lost":       {silent: true, asked: never},
	"timeout_silent":     {silent: true, asked: notAtAll},
	"returned":           {succeeds: atOnce, returned: true},
	"dispute":            {succeeds: atOnce, disputed: true},
	"refund_failed":      {succeeds: atOnce, refunds: notSentBack},
	"refund_timeout":     {succeeds: atOnce, refunds: unanswered},
}

const (
	tokenPrefix  = "tok_"
	tokenRefused = "tok_refused"
	tokenMax     = 500
)

// parts gives the parts of a token; ok is false where one of them is not known.
func parts(token string) (words []string, ok bool) {
	rest, ok := strings.CutPrefix(token, tokenPrefix)
	if !ok || len(token) > tokenMax {
		return nil, false
	}
	words = strings.Split(rest, ".")
	for _, word := range words {
		if _, known := behaviours[word]; !known {
			return nil, false
		}
	}
	return words, true
}

// describe looks a token up. It refuses with token_unknown or payment_method_declined.
func describe(token string) (paymentmethod.Description, error) {
	if token == tokenRefused {
		return paymentmethod.Description{}, &domain.Rejection{
			Kind: domain.KindDeclined, Code: "payment_method_declined", Message: "the gateway does not take this payment method",
		}
	}
	words, ok := parts(token)
	if !ok {
		return paymentmethod.Description{}, domain.InvalidField("/token", "token_unknown", "the gateway does not know this token")
	}
	d := paymentmethod.Description{
		Gateway: gateway.Sandbox, Token: token, Kind: paymentmethod.KindCard, Brand: "visa", Last4: "4242", ExpMonth: 12, ExpYear: 2040,
	}
	if strings.HasPrefix(words[0], "pending_") {
		d.Kind, d.Brand, d.Last4, d.ExpMonth, d.ExpYear = paymentmethod.KindBankDebit, "sepa_debit", "3000", 0, 0
	}
	return d, nil
}
