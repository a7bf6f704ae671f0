package words

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
)

// ofRefund tells of money that goes back, or that is taken away.
func ofRefund(event domain.Event) string {
	switch e := event.(type) {
	case refund.Created:
		return fmt.Sprintf("A refund of %v is to be paid back%s", e.Amount, because(spoken(e.Reason)))
	case refund.Recorded:
		return "A refund was paid back" + because(e.Reference)
	case refund.Attempted:
		return fmt.Sprintf("The gateway is asked to send a refund back (attempt %d)", e.N)
	case refund.Deferred:
		return "The gateway can't be reached for a refund and will be asked again on " + at(e.Until)
	case refund.Asked:
		if e.NextAt == nil {
			return "The gateway was asked once more how a refund went, and has no news: the refund waits for a person"
		}
		return "The gateway is asked how a refund went"
	case refund.Answered:
		return refundAnswered(e)
	case payment.Reversed:
		return fmt.Sprintf("%v that the gateway took is gone again%s", e.Amount, because(spoken(e.Reason)))
	case payment.Disputed:
		return fmt.Sprintf("The customer disputes a payment of %v%s", e.Amount, because(spoken(e.Reason)))
	case payment.DisputeClosed:
		return "A dispute was " + string(e.Outcome)
	}
	return ""
}

// refundAnswered tells what a gateway said of a refund.
func refundAnswered(e refund.Answered) string {
	switch e.Status {
	case refund.AttemptSucceeded:
		return "The gateway sent a refund back"
	case refund.AttemptFailed:
		return "The gateway sent no refund back" + because(e.Failure.Code)
	case refund.AttemptProcessing:
		return "The gateway is sending a refund back, which takes days"
	case refund.AttemptPending, refund.AttemptUnknown:
	}
	return "It is not known whether the gateway sent a refund back"
}
