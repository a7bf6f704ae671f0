package subscriptions

import (
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// cancelBody is the body of POST …/subscription/cancel.
type cancelBody struct {
	When       string                   `json:"when" example:"period_end" doc:"period_end, now, or a time in the future: RFC 3339 with its zone, to the year 2200 and no finer than microseconds."`
	Settlement *subscription.Settlement `json:"settlement,omitempty" doc:"What becomes of time that is charged and will not be used. Required before the period's end; where a later period is cut, credit when it is not given."`
}

// resumeBody is the body of POST …/subscription/resume.
type resumeBody struct {
	Anchor *subscription.ResumeAnchor `json:"anchor,omitempty" default:"now" doc:"now begins a full period; unchanged goes on with the rest of the one that it would be."`
}

func cancel(c *endpoint.Call, b cancelBody) command.Command[command.Subscription] {
	return command.CancelSubscription(c.Workspace(), subscription.Cancel{
		Billing: newBilling(), When: b.When, Settlement: b.Settlement,
	})
}

func pause(c *endpoint.Call) command.Command[command.Subscription] {
	return command.PauseSubscription(c.Workspace(), subscription.Pause{Billing: newBilling()})
}

func resume(c *endpoint.Call, b resumeBody) command.Command[command.Subscription] {
	return command.ResumeSubscription(c.Workspace(), subscription.Resume{
		Billing: newBilling(), Anchor: b.Anchor,
	})
}
