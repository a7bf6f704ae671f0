package stripetest

import (
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Behaviour tells what one charge of a payment method does.
type Behaviour string

const (
	Succeeds    Behaviour = "succeeds"
	Declines    Behaviour = "insufficient_funds"
	DeclinesFor Behaviour = "lost_card" // for good
	Processes   Behaviour = "processing"
	Approval    Behaviour = "authentication_required" // wants the customer
	Vanishes    Behaviour = "vanishes"                // charges, and closes the connection
	Loses       Behaviour = "loses"                   // closes the connection before it charges
	Refuses     Behaviour = "refuses"                 // can't be attached

	RefundFails    Behaviour = "refund_fails"    // succeeds, and its refunds fail
	RefundVanishes Behaviour = "refund_vanishes" // succeeds, and its refunds close the connection
)

// Method makes a payment method whose n-th charge behaves as the n-th says, and all later ones as the last.
func (s *Server) Method(behaviours ...Behaviour) (id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id = s.id("pm")
	s.scripts[id] = behaviours
	s.keep(object{
		"id": id, "object": "payment_method", "type": "card", "customer": nil, "livemode": false, "created": time.Now().Unix(), "metadata": map[string]string{},
		"card": object{"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040},
	})
	return id
}

// behaviour takes the next behaviour of a payment method.
func (s *Server) behaviour(method string) Behaviour {
	script := s.scripts[method]
	if len(script) == 0 {
		return Succeeds
	}
	next := script[min(s.charged[method], len(script)-1)]
	s.charged[method]++
	return next
}

func (s *Server) routes() {
	s.handle("GET /v1/payment_methods/{id}", func(r *http.Request, _ url.Values) answer {
		return s.show("payment_method", r.PathValue("id"))
	})
	s.handle("POST /v1/payment_methods/{id}", func(r *http.Request, form url.Values) answer {
		id := r.PathValue("id")
		o, ok := s.objects[id]
		if !ok {
			return missing("payment_method", id)
		}
		return answer{status: 200, body: s.keep(with(o, object{"metadata": metadata(form, "")}))}
	})
	s.handle("POST /v1/payment_methods/{id}/attach", s.attach)
	s.handle("GET /v1/customers/search", func(_ *http.Request, form url.Values) answer {
		return s.search("/v1/customers/search", "customer", form)
	})
	s.handle("POST /v1/customers", func(_ *http.Request, form url.Values) answer {
		return answer{status: 200, body: s.keep(object{"id": s.id("cus"), "object": "customer", "metadata": metadata(form, ""), "description": form.Get("description")})}
	})
	s.handle("POST /v1/payment_intents", s.createIntent)
	s.handle("GET /v1/payment_intents", func(_ *http.Request, form url.Values) answer {
		return s.expanded(form, s.list("/v1/payment_intents", func(o object) bool {
			return o["object"] == "payment_intent" && (!form.Has("customer") || o["customer"] == form.Get("customer"))
		}))
	})
	s.handle("GET /v1/payment_intents/search", func(_ *http.Request, form url.Values) answer {
		return s.expanded(form, s.search("/v1/payment_intents/search", "payment_intent", form))
	})
	s.handle("GET /v1/disputes", func(_ *http.Request, form url.Values) answer {
		return s.list("/v1/disputes", func(o object) bool {
			return o["object"] == "dispute" && o["payment_intent"] == form.Get("payment_intent")
		})
	})
	s.handle("GET /v1/payment_intents/{id}", func(r *http.Request, _ url.Values) answer {
		return s.show("payment_intent", r.PathValue("id"))
	})
	s.handle("POST /v1/payment_intents/{id}/confirm", s.confirmIntent)
	s.handle("POST /v1/checkout/sessions", s.createSession)
	s.handle("POST /v1/checkout/sessions/{id}/expire", func(r *http.Request, _ url.Values) answer {
		o, ok := s.objects[r.PathValue("id")]
		if !ok || o["status"] != "open" {
			return refused(400, "invalid_request_error", "", "Only open sessions can be expired.")
		}
		return answer{status: 200, body: s.keep(with(o, object{"status": "expired"}))}
	})
	s.handle("POST /v1/refunds", s.createRefund)
	s.handle("GET /v1/refunds", func(_ *http.Request, form url.Values) answer {
		return s.list("/v1/refunds", func(o object) bool {
			return o["object"] == "refund" && o["payment_intent"] == form.Get("payment_intent")
		})
	})
	s.handle("POST /v1/payment_intents/{id}/cancel", func(r *http.Request, form url.Values) answer {
		return s.cancelIntent(r.PathValue("id"), form.Get("cancellation_reason"))
	})
}

// search finds the objects of a kind that are of the query's workspace.
func (s *Server) search(path, kind string, form url.Values) answer {
	a := s.list(path, func(o object) bool {
		return o["object"] == kind && strings.HasSuffix(form.Get("query"), ":'"+o["metadata"].(map[string]string)["tallystick_workspace"]+"'")
	})
	a.body["object"] = "search_result"
	return a
}

// expanded shows listed PaymentIntents with their charges as they are now, and with their customers where those are asked for.
func (s *Server) expanded(form url.Values, a answer) answer {
	asked := []string{}
	for name, values := range form {
		if strings.HasPrefix(name, "expand[") {
			asked = append(asked, values...)
		}
	}
	listed := a.body["data"].([]object)
	for i, o := range listed {
		if charge, ok := o["latest_charge"].(object); ok {
			refunds := []object{}
			if slices.Contains(asked, "data.latest_charge.refunds") {
				refunds = s.list("", func(made object) bool { return made["object"] == "refund" && made["payment_intent"] == o["id"] }).body["data"].([]object)
			}
			shown := with(s.objects[charge["id"].(string)], object{"refunds": object{
				"object": "list", "data": refunds[:min(len(refunds), refundsShown)], "has_more": len(refunds) > refundsShown,
			}})
			listed[i] = with(listed[i], object{"latest_charge": shown})
		}
		if customer, ok := s.objects[o["customer"].(string)]; ok && slices.Contains(asked, "data.customer") {
			listed[i] = with(listed[i], object{"customer": customer})
		}
	}
	return a
}

// refundsShown bounds the refunds that are shown with a charge. Stripe shows ten.
const refundsShown = 2

// with gives an object with fields changed. Objects that were handed out stay as they are.
func with(o, change object) object {
	changed := maps.Clone(o)
	maps.Copy(changed, change)
	return changed
}

func (s *Server) show(kind, id string) answer {
	o, ok := s.objects[id]
	if !ok || o["object"] != kind {
		return missing(kind, id)
	}
	return answer{status: 200, body: o}
}

func (s *Server) attach(r *http.Request, form url.Values) answer {
	id := r.PathValue("id")
	o, ok := s.objects[id]
	switch {
	case !ok:
		return missing("payment_method", id)
	case len(s.scripts[id]) > 0 && s.scripts[id][0] == Refuses:
		return refused(402, "card_error", "card_declined", "Your card was declined.")
	}
	return answer{status: 200, body: s.keep(with(o, object{"customer": form.Get("customer")}))}
}

func (s *Server) createIntent(_ *http.Request, form url.Values) answer {
	method := form.Get("payment_method")
	o, ok := s.objects[method]
	if !ok || o["customer"] != form.Get("customer") {
		return missing("payment_method", method)
	}
	amount, _ := strconv.ParseInt(form.Get("amount"), 10, 64)
	b := s.behaviour(method)
	if b == Loses {
		s.charged[method]--
		return answer{silent: true}
	}
	intent := s.keep(object{
		"id": s.id("pi"), "object": "payment_intent", "amount": amount, "amount_received": int64(0), "currency": form.Get("currency"),
		"customer": form.Get("customer"), "payment_method": method, "metadata": metadata(form, ""), "status": "requires_confirmation",
		"latest_charge": nil, "last_payment_error": nil, "next_action": nil, "livemode": false, "client_secret": "secret of the intent",
	})
	return s.charge(intent, b)
}

// charge lets a PaymentIntent behave.
func (s *Server) charge(intent object, b Behaviour) answer {
	switch b {
	case Succeeds, Vanishes, RefundFails, RefundVanishes:
		return answer{status: 200, body: s.succeed(intent), silent: b == Vanishes}
	case Processes:
		return answer{status: 200, body: s.change(intent, "payment_intent.processing", object{"status": "processing"})}
	default: // it is declined
	}
	failure := object{"type": "card_error", "code": "card_declined", "decline_code": string(b), "message": "Your card was declined."}
	if b == Approval {
		failure["code"] = string(b)
	}
	intent = s.change(intent, "payment_intent.payment_failed", object{"status": "requires_payment_method", "last_payment_error": failure})
	return answer{status: 402, body: object{"error": with(failure, object{"payment_intent": intent})}}
}

// change changes a PaymentIntent and makes the event of it.
func (s *Server) change(intent object, event string, change object) object {
	intent = s.keep(with(intent, change))
	s.tell(event, intent)
	return intent
}

// succeed takes the money of a PaymentIntent.
func (s *Server) succeed(intent object) object {
	amount := intent["amount"].(int64)
	charge := s.keep(object{
		"id": s.id("ch"), "object": "charge", "amount": amount, "amount_refunded": int64(0), "currency": intent["currency"], "paid": true, "status": "succeeded",
		"payment_intent": intent["id"], "metadata": intent["metadata"], "refunded": false, "disputed": false,
		"balance_transaction": object{
			"id": s.id("txn"), "object": "balance_transaction", "currency": intent["currency"], "fee": amount*29/1000 + 30,
			"available_on": time.Now().AddDate(0, 0, 2).Unix(),
		},
	})
	return s.change(intent, "payment_intent.succeeded", object{
		"status": "succeeded", "amount_received": amount, "latest_charge": charge, "next_action": nil, "last_payment_error": nil,
	})
}

func (s *Server) confirmIntent(r *http.Request, form url.Values) answer {
	intent, ok := s.objects[r.PathValue("id")]
	switch {
	case !ok:
		return missing("payment_intent", r.PathValue("id"))
	case intent["status"] != "requires_payment_method":
		return unexpected(intent)
	case form.Get("return_url") == "":
		return refused(400, "invalid_request_error", "parameter_missing", "return_url is missing")
	}
	return answer{status: 200, body: s.change(intent, "payment_intent.requires_action", object{
		"status": "requires_action", "last_payment_error": nil,
		"next_action": object{"type": "redirect_to_url", "redirect_to_url": object{"url": s.URL + "/approve/" + intent["id"].(string), "return_url": form.Get("return_url")}},
	})}
}

func unexpected(intent object) answer {
	return refused(400, "invalid_request_error", "payment_intent_unexpected_state", "This PaymentIntent's status is "+intent["status"].(string))
}

func (s *Server) cancelIntent(id, reason string) answer {
	intent, ok := s.objects[id]
	switch {
	case !ok:
		return missing("payment_intent", id)
	case intent["status"] == "succeeded" || intent["status"] == "canceled" || intent["status"] == "processing":
		return unexpected(intent)
	}
	return answer{status: 200, body: s.change(intent, "payment_intent.canceled", object{
		"status": "canceled", "cancellation_reason": reason, "next_action": nil,
	})}
}
