package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/merchant"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
)

// ofPayment tells of payments that gateways take, of payment methods, and of how a ledger takes money.
func ofPayment(event domain.Event) string {
	switch e := event.(type) {
	case payment.Started:
		return "A payment was started"
	case payment.Attempted:
		return fmt.Sprintf("The gateway %s is asked for %v (attempt %d)", e.Gateway, e.Amount, e.N)
	case payment.Deferred:
		return "The gateway can't be reached and will be asked again on " + at(e.Until)
	case payment.Resolved:
		if e.Status == payment.StatusSucceeded {
			return "A person found out that the gateway took the money" + because(e.Reason)
		}
		return "A person found out that the gateway took no money" + because(e.Reason)
	case payment.Hurried:
		return "The gateway is to be asked at once, because a person says so"
	case payment.Asked:
		if e.NextAt == nil {
			return "The gateway was asked once more how a charge went, and has no news: the payment waits for a person"
		}
		return "The gateway was asked how a charge went, and has no news"
	case payment.Answered:
		return answered(e)
	case payment.Costed:
		if e.Fee != nil {
			return fmt.Sprintf("The gateway tells what it keeps of the payment (%v)", *e.Fee)
		}
		return "The gateway tells when the money is in the bank"
	case payment.RetryPlanned:
		switch {
		case e.RetryAt != nil:
			return "The payment will be tried again on " + at(*e.RetryAt)
		case e.Retries == payment.RetriesStopped:
			return "The payment will not be tried again by itself, unless another payment method becomes the default"
		}
		return "The payment will not be tried again by itself"
	case merchant.KeySet:
		return "Another secret key of the gateway holds"
	case merchant.EndpointAdded:
		return "An endpoint for what the gateway sends was added"
	case merchant.EndpointRemoved:
		return "An endpoint for what the gateway sends was taken away"
	case paymentmethod.Added:
		text := fmt.Sprintf("A payment method was added (%s %s)", e.Brand, e.Last4)
		if e.Default {
			text += ", as the default"
		}
		return text
	case paymentmethod.DefaultSet:
		return "Another payment method is the default"
	case paymentmethod.Removed:
		return "A payment method was taken away"
	case dunning.Set:
		return "The policy for what is not paid was set, of what falls due from now on"
	}
	return ""
}

// ofJob tells of deadlines that persons stop, and of how the ledger is compared with its gateways.
func ofJob(event domain.Event) string {
	switch e := event.(type) {
	case job.Parked:
		return fmt.Sprintf("A person stopped %s of %s%s", e.Kind, e.Stream, because(e.Reason))
	case job.Released:
		return fmt.Sprintf("A person lets what was stopped in %s happen", e.Stream)
	case billingsync.Ran:
		if e.Differences == 0 {
			return "The ledger was compared with its gateways, and nothing differs"
		}
		return fmt.Sprintf("The ledger was compared with its gateways (%s)", counted(int64(e.Differences), "difference"))
	case billingsync.Deferred:
		return "A gateway can't be reached, and the ledger is compared with it on " + at(e.Until)
	case billingsync.Hurried:
		return "The ledger is to be compared with its gateways at once, because a person says so"
	}
	return ""
}

// answered tells what a gateway said of an attempt.
func answered(e payment.Answered) string {
	switch e.Status {
	case payment.StatusSucceeded:
		return "The gateway took the money"
	case payment.StatusFailed:
		return "The gateway declined" + because(e.Failure.Code)
	case payment.StatusProcessing:
		return "The gateway is taking the money, which takes days"
	case payment.StatusRequiresAction:
		return "The customer must confirm the payment"
	case payment.StatusPending, payment.StatusUnknown, payment.StatusReversed:
	}
	return "It is not known whether the gateway took the money"
}
