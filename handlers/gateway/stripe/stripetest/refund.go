package stripetest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
)

func (s *Server) createRefund(_ *http.Request, form url.Values) answer {
	intent, ok := s.objects[form.Get("payment_intent")]
	if !ok || intent["status"] != "succeeded" {
		return missing("payment_intent", form.Get("payment_intent"))
	}
	amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	charge := s.chargeOf(intent)
	if amount > charge["amount"].(int64)-charge["amount_refunded"].(int64) {
		return refused(400, "invalid_request_error", "charge_already_refunded", "The amount is more than what is left of the charge.")
	}
	script, status := s.scripts[intent["payment_method"].(string)], "succeeded"
	last := Succeeds
	if len(script) > 0 {
		last = script[len(script)-1]
	}
	if last == RefundFails {
		status = "failed"
	}
	made := s.refund(intent, amount, status, metadata(form, ""))
	return answer{status: 200, body: made, silent: last == RefundVanishes}
}

// chargeOf gives the charge of a PaymentIntent that succeeded.
func (s *Server) chargeOf(intent object) object {
	return s.objects[intent["latest_charge"].(object)["id"].(string)]
}

// refund sends money of a PaymentIntent back, and tells so.
func (s *Server) refund(intent object, amount int64, status string, noted map[string]string) object {
	made := s.keep(object{
		"id": s.id("re"), "object": "refund", "amount": amount, "currency": intent["currency"], "payment_intent": intent["id"],
		"charge": intent["latest_charge"], "metadata": noted, "status": status, "reason": nil,
	})
	if status == "failed" {
		made = s.keep(with(made, object{"failure_reason": "expired_or_canceled_card"}))
	}
	s.tell("refund.created", made)
	if status == "failed" {
		s.tell("refund.failed", made)
		return made
	}
	charge := s.chargeOf(intent)
	back := charge["amount_refunded"].(int64) + amount
	charge = s.keep(with(charge, object{"amount_refunded": back, "refunded": back == charge["amount"].(int64)}))
	s.tell("charge.refunded", charge)
	return made
}

// SendBack sends money of a charge back as somebody does at Stripe itself.
func (s *Server) SendBack(intent string, amount int64) error {
	return s.later(intent, "succeeded", func(o object) { s.refund(o, amount, "succeeded", map[string]string{}) })
}

// Dispute has a bank take a charge back, and gives the dispute.
func (s *Server) Dispute(intent string) (dispute string, err error) {
	err = s.later(intent, "succeeded", func(o object) {
		made := s.keep(object{
			"id": s.id("dp"), "object": "dispute", "amount": o["amount"], "currency": o["currency"], "payment_intent": o["id"], "charge": o["latest_charge"],
			"status": "needs_response", "reason": "fraudulent", "created": int64(1_925_000_000), "metadata": map[string]string{},
			"evidence_details":     object{"due_by": int64(1_925_600_000)},
			"balance_transactions": []object{{"id": s.id("txn"), "object": "balance_transaction", "currency": o["currency"], "fee": int64(1500)}},
		})
		dispute = made["id"].(string)
		s.keep(with(s.chargeOf(o), object{"disputed": true}))
		s.tell("charge.dispute.created", made)
	})
	return dispute, err
}

// CloseDispute ends a dispute.
func (s *Server) CloseDispute(dispute string, won bool) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.objects[dispute]
	if !ok || o["status"] != "needs_response" {
		return fmt.Errorf("the dispute %s is %v", dispute, o["status"])
	}
	status := "lost"
	if won {
		status = "won"
	}
	s.tell("charge.dispute.closed", s.keep(with(o, object{"status": status})))
	return nil
}

// Refunds counts the refunds of an attempt that sent money back.
func (s *Server) Refunds(refund, attempt string) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, o := range s.objects {
		if noted, _ := o["metadata"].(map[string]string); o["object"] == "refund" && noted["tallystick_refund"] == refund &&
			noted["tallystick_attempt"] == attempt && o["status"] == "succeeded" {
			n++
		}
	}
	return n
}
