package subscriptions

import (
	"time"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// previewBody is the body of POST …/subscription/proration-preview.
type previewBody struct {
	Price *string    `json:"price,omitempty" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"pro-year" doc:"Another price. A lower one goes with seats, as in a downgrade; an upgrade does not."`
	Seats *int64     `json:"seats,omitempty" minimum:"1" maximum:"1000000" doc:"The new total."`
	At    *time.Time `json:"at,omitempty" doc:"From now to the period's end; there is no quote then. Now when it is not given."`
}

func viewPreview(c *endpoint.Call, p command.Preview) view.Preview {
	return view.PreviewOf(p.Preview, p.Version, quotesOf(c).encode(p.Quote))
}

func previewChange(c *endpoint.Call, b previewBody) command.Command[command.Preview] {
	return command.PreviewChange(c.Workspace(), b.Price, subscription.Proposal{
		Billing: subscription.Billing{Change: endpoint.NewID()}, Seats: b.Seats, At: b.At,
	})
}
