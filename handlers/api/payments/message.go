package payments

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
)

// messageView shows what a gateway sent.
type messageView struct {
	ID         string          `json:"id"`
	Gateway    string          `json:"gateway" example:"stripe"`
	GatewayID  string          `json:"gateway_id" doc:"Its id at the gateway."`
	Type       string          `json:"type" example:"payment_intent.succeeded"`
	ReceivedAt time.Time       `json:"received_at" doc:"By the system's clock."`
	Result     accounts.Result `json:"result" doc:"unmatched is of a charge that is not known, and looked at again once it is."`
	Payment    *string         `json:"payment"`
}

func viewMessage(m accounts.Message) messageView {
	return messageView{
		ID: m.ID, Gateway: m.Gateway, GatewayID: m.GatewayID, Type: m.Type, ReceivedAt: m.ReceivedAt.UTC(), Result: m.Result,
		Payment: endpoint.OrNull(m.Payment),
	}
}

func (s GatewayServices) listMessages(c *endpoint.Call) (endpoint.List[messageView], error) {
	filter := accounts.Filter{Gateway: c.Parameter("gateway"), Result: c.Parameter("result"), Payment: c.Parameter("payment")}
	return endpoint.Page(c, func(after int64, limit int) ([]accounts.Message, error) {
		return s.Accounts.List(c.Context(), c.Ledger.ID, filter, after, limit)
	}, func(m accounts.Message) int64 { return m.Position }, viewMessage)
}

func (s GatewayServices) rawMessage(c *endpoint.Call) ([]byte, error) {
	body, found, err := s.Accounts.Body(c.Context(), c.Ledger.ID, c.Name("gateway_event"))
	if err == nil && !found {
		err = domain.NotFound("gateway_event_not_found", "no gateway sent such an event")
	}
	return body, err
}
