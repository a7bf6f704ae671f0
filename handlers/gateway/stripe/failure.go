package stripe

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/stripe/stripe-go/v85"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// hard lists the codes after which the method will not work again. All others are soft.
var hard = map[string]bool{
	"expired_card": true, "incorrect_number": true, "invalid_number": true, "invalid_expiry_month": true, "invalid_expiry_year": true,
	"lost_card": true, "stolen_card": true, "pickup_card": true, "restricted_card": true, "card_not_supported": true,
	"invalid_account": true, "account_closed": true, "bank_account_unusable": true, "debit_not_authorized": true, "revocation_of_authorization": true,
	"revocation_of_all_authorizations": true, "stop_payment_order": true, "highest_risk_level": true, "payment_method_unactivated": true,
	codeNoMethod: true,
}

const (
	codeNoMethod      = "payment_method_missing"
	codeActionExpired = "action_expired"
	codeCanceled      = "canceled"
	codeAmount        = "amount_not_chargeable"
)

// messageMax bounds what is kept of a message.
const messageMax = 500

// failed makes the failure of a code. Nobody is told more of a message than fits.
func failed(code, message string) *payment.Failure {
	kind := payment.Soft
	if hard[code] {
		kind = payment.Hard
	}
	if runes := []rune(message); len(runes) > messageMax {
		message = string(runes[:messageMax])
	}
	return &payment.Failure{Code: code, Kind: kind, Message: message}
}

// declined tells why a charge failed, in the words of whoever declined it where there are any.
func declined(e *stripe.Error) *payment.Failure {
	code := cmp.Or(string(e.DeclineCode), string(e.Code), string(e.Type), "declined")
	if e.Code == stripe.ErrorCodeExpiredCard {
		code = string(e.Code) // whatever the issuer says besides
	}
	return failed(code, e.Msg)
}

// refusalError tells of a refusal of Stripe's without what its own error shows beside, such as the secrets of PaymentIntents.
type refusalError struct {
	status               int
	kind, code, msg, ref string
}

func (e *refusalError) Error() string {
	return fmt.Sprintf("stripe answered %d %s %s: %s (request %s)", e.status, e.kind, e.code, e.msg, e.ref)
}

// refusal finds Stripe's own error.
func refusal(err error) (*stripe.Error, bool) { return errors.AsType[*stripe.Error](err) }

func unreachable(err error) error { return fmt.Errorf("%w: %w", gateway.ErrUnreachable, err) }

// explain tells whether what failed can have been done: ErrUnreachable where it surely was not.
func (c call) explain(err error) error {
	e, answered := refusal(err)
	if !answered {
		if !c.sent.Load() {
			return unreachable(err)
		}
		return err
	}
	plain := &refusalError{status: e.HTTPStatusCode, kind: string(e.Type), code: string(e.Code), msg: e.Msg, ref: e.RequestID}
	switch e.HTTPStatusCode {
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return unreachable(plain) // refused before anything was done; it is done once the key is right, or there is room
	}
	return plain
}

const (
	inUseWait  = 100 * time.Millisecond
	inUseTries = 100
)

// request asks once, and again for as long as another request with the same key is being worked on. The caller's limit ends it.
func request[V any](c call, do func() (V, error)) (v V, err error) {
	c.sent.Store(false)
	for range inUseTries {
		v, err = do()
		e, refused := refusal(err)
		if !refused || e.HTTPStatusCode != http.StatusConflict || e.Code != stripe.ErrorCodeIdempotencyKeyInUse {
			return v, err
		}
		select {
		case <-time.After(inUseWait):
		case <-c.ctx.Done():
			return v, c.ctx.Err()
		}
	}
	return v, err
}
