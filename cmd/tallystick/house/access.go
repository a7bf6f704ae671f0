package house

import (
	"context"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/accesslog"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// roleOperator stands in the log of access for whoever runs a command of the program.
const roleOperator = "operator"

// Record keeps that a command reads what is not for everybody, before it shows it: events from one position to another, or 0 for none.
func (h *House) Record(ctx context.Context, ledger eventstore.Ledger, command string, from, to int64) error {
	return accesslog.New(h.Queries).Record(ctx, endpoint.Access{
		Ledger: ledger.ID, Actor: operatorName(), Role: roleOperator, Method: "RUN", Path: "tallystick " + command, Status: 200, From: from, To: to,
	})
}
