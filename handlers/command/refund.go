package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

// RecordRefund records that a refund was paid outside. It refuses with refund_not_found or refund_settled.
func RecordRefund(id string, c refund.Record) Command[refund.State] {
	stream := refund.Stream(id)
	return Command[refund.State]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (refund.State, error) {
			return apply(d, stream, refund.Decide, refund.Command(c))
		},
	}
}
