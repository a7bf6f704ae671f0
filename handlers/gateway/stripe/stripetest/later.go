package stripetest

import "fmt"

// Approve lets a customer do what a charge needs of them.
func (s *Server) Approve(intent string) error {
	return s.later(intent, "requires_action", func(o object) { s.succeed(o) })
}

// Deny lets a customer refuse what a charge needs of them.
func (s *Server) Deny(intent string) error {
	return s.later(intent, "requires_action", func(o object) { s.fail(o, "payment_intent_authentication_failure") })
}

// Arrive ends a charge that takes days.
func (s *Server) Arrive(intent string, succeeds bool) error {
	return s.later(intent, "processing", func(o object) {
		if succeeds {
			s.succeed(o)
		} else {
			s.fail(o, "insufficient_funds")
		}
	})
}

func (s *Server) fail(o object, code string) {
	s.change(o, "payment_intent.payment_failed", object{
		"status": "requires_payment_method", "next_action": nil,
		"last_payment_error": object{"type": "card_error", "code": code, "message": "It did not work."},
	})
}

// later does something with a PaymentIntent of a status.
func (s *Server) later(id, status string, do func(object)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[id]
	if !ok || o["status"] != status {
		return fmt.Errorf("%s is %v, want %s", id, o["status"], status)
	}
	do(o)
	return nil
}

// Intents lists the PaymentIntents of an attempt of a payment, oldest first, with their statuses.
func (s *Server) Intents(payment, attempt string) (ids, statuses []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, id := range s.order {
		o := s.objects[id]
		if noted, _ := o["metadata"].(map[string]string); o["object"] == "payment_intent" && noted["tallystick_payment"] == payment &&
			(attempt == "" || noted["tallystick_attempt"] == attempt) {
			ids, statuses = append(ids, id), append(statuses, o["status"].(string))
		}
	}
	return ids, statuses
}

// ReturnURL tells where a customer is led back to who did what a PaymentIntent needs of them.
func (s *Server) ReturnURL(intent string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	action, _ := s.objects[intent]["next_action"].(object)
	redirect, _ := action["redirect_to_url"].(object)
	back, _ := redirect["return_url"].(string)
	return back
}

// ForgetKeys forgets all idempotency keys, as Stripe does after a day.
func (s *Server) ForgetKeys() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.answers)
}
