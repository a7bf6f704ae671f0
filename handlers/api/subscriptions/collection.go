package subscriptions

import (
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// collectionBody is the body of PUT …/subscription/collection.
type collectionBody struct {
	Collection    subscription.Collection `json:"collection"`
	PaymentMethod *string                 `json:"payment_method,omitempty" doc:"Becomes the default."`
	DaysUntilDue  *int                    `json:"days_until_due,omitempty" minimum:"0" maximum:"365" doc:"30 where an invoice is sent, and 0 where money is collected, when it is not given."`
}

func changeCollection(c *endpoint.Call, b collectionBody) command.Command[command.Subscription] {
	return command.ChangeCollection(c.Workspace(), subscription.ChangeCollection{
		Collection: b.Collection, PaymentMethod: b.PaymentMethod, DaysUntilDue: b.DaysUntilDue,
	})
}
