package stripetest

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/stripe/stripe-go/v85/webhook"
)

// Event is a message that the server sends unasked.
type Event struct {
	ID   string
	Type string
	Body []byte
}

// tell makes an event of an object. Objects within it are names there, as Stripe does not expand them.
func (s *Server) tell(kind string, o object) {
	shown := with(o, nil)
	for _, name := range []string{"latest_charge", "balance_transaction", "charge", "payment_intent"} {
		if inner, ok := shown[name].(object); ok {
			shown[name] = inner["id"]
		}
	}
	delete(shown, "client_secret")
	e := Event{ID: s.id("evt"), Type: kind}
	body, err := json.MarshalIndent(object{
		"id": e.ID, "object": "event", "api_version": "2019-02-19", "created": time.Now().Unix(), "livemode": false, "pending_webhooks": 1,
		"request": object{"id": nil, "idempotency_key": nil}, "type": kind, "data": object{"object": shown},
	}, "", "  ")
	if err != nil {
		panic(err) // it was made of plain values
	}
	e.Body = body
	s.events = append(s.events, e)
}

// Events gives what the server has to tell, oldest first.
func (s *Server) Events() []Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Event(nil), s.events...)
}

// Sign makes the header that Stripe sends with a body.
func Sign(body []byte, secret string, at time.Time) string {
	return fmt.Sprintf("t=%d,v1=%s", at.Unix(), hex.EncodeToString(webhook.ComputeSignature(at, body, secret)))
}
