package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

func (s *Server) createSession(_ *http.Request, form url.Values) answer {
	expires, err := strconv.ParseInt(form.Get("expires_at"), 10, 64)
	if err != nil {
		expires = time.Now().Add(24 * time.Hour).Unix()
	}
	amount, _ := strconv.ParseInt(form.Get("line_items[0][price_data][unit_amount]"), 10, 64)
	id := s.id("cs")
	return answer{status: 200, body: s.keep(object{
		"id": id, "object": "checkout.session", "mode": form.Get("mode"), "status": "open", "payment_status": "unpaid", "url": s.URL + "/checkout/" + id,
		"customer": form.Get("customer"), "metadata": metadata(form, ""), "amount_total": amount,
		"currency": form.Get("line_items[0][price_data][currency]"), "payment_intent": nil, "setup_intent": nil,
		"expires_at": expires,
		// What the page makes has metadata of its own.
		"inner": metadata(form, "payment_intent_data"), "setup_inner": metadata(form, "setup_intent_data"),
		"save": form.Get("payment_intent_data[setup_future_usage]"), "cancel_url": form.Get("cancel_url"), "success_url": form.Get("success_url"),
	})}
}

// Complete lets a customer do what a page of Checkout asks for.
func (s *Server) Complete(session string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[session]
	if !ok || o["status"] != "open" {
		return fmt.Errorf("the session %s is %v", session, o["status"])
	}
	method := s.keep(object{
		"id": s.id("pm"), "object": "payment_method", "type": "card", "customer": o["customer"], "metadata": map[string]string{},
		"card": object{"brand": "mastercard", "last4": "4444", "exp_month": 6, "exp_year": 2041},
	})
	change := object{"status": "complete"}
	if o["mode"] == "payment" {
		intent := s.keep(object{
			"id": s.id("pi"), "object": "payment_intent", "amount": o["amount_total"], "currency": o["currency"], "customer": o["customer"],
			"payment_method": method["id"], "metadata": o["inner"], "status": "requires_confirmation", "latest_charge": nil, "setup_future_usage": o["save"],
		})
		s.succeed(intent)
		change["payment_status"], change["payment_intent"] = "paid", intent["id"]
	} else {
		setup := s.keep(object{
			"id": s.id("seti"), "object": "setup_intent", "status": "succeeded", "customer": o["customer"], "payment_method": method["id"],
			"metadata": o["setup_inner"],
		})
		s.tell("setup_intent.succeeded", setup)
		change["payment_status"], change["setup_intent"] = "no_payment_required", setup["id"]
	}
	s.tell("checkout.session.completed", s.keep(with(o, change)))
	return nil
}

// Back tells where a page of Checkout leads back to who does not pay, and who paid.
func (s *Server) Back(session string) (canceled, paid string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	canceled, _ = s.objects[session]["cancel_url"].(string)
	paid, _ = s.objects[session]["success_url"].(string)
	return canceled, paid
}

// Expire ends a page of Checkout.
func (s *Server) Expire(session string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[session]
	if !ok || o["status"] != "open" {
		return fmt.Errorf("the session %s is %v", session, o["status"])
	}
	s.tell("checkout.session.expired", s.keep(with(o, object{"status": "expired"})))
	return nil
}

// Detach takes a payment method away from its customer, as somebody does at Stripe itself.
func (s *Server) Detach(method string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[method]
	if !ok || o["customer"] == nil {
		return fmt.Errorf("the payment method %s has no customer", method)
	}
	s.tell("payment_method.detached", s.keep(with(o, object{"customer": nil})))
	return nil
}
