package main

import (
	"time"

	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	books "github.com/tallystick/tallystick/domain/journal"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
)

// sellsThroughStripe says how the ledger takes money there, without asking for any.
func (r *recorder) sellsThroughStripe() {
	r.tell("admin", "PUT", "/v1/gateways/stripe", `{"secret_key":"sk_test_story"}`)
	added := r.tell("admin", "POST", "/v1/gateways/stripe/webhooks", `{"secret":"whsec_story"}`).ID
	r.tell("admin", "POST", "/v1/gateways/stripe/webhooks", `{"secret":"whsec_rotated"}`)
	r.tell("admin", "DELETE", "/v1/gateways/stripe/webhooks/"+added, "")
}

// charges has a gateway asked that can't be reached, until a person has it asked again, and then never answers.
func (r *recorder) charges() {
	methods, now := on("charged", "/payment-methods"), r.clock()
	first := r.tell("client", "POST", methods, `{"gateway":"sandbox","token":"tok_ok"}`).ID
	second := r.tell("client", "POST", methods, `{"gateway":"sandbox","token":"tok_timeout_silent"}`).ID
	r.tell("client", "PUT", methods+"/"+second+"/default", "")
	r.tell("client", "DELETE", methods+"/"+first, "")
	r.look("PUT", "/v1/sandbox/gateway", `{"available":false}`)
	r.buy("charged", "basic-month", 1, collected)
	r.advanceTo(now)
	job := "/v1/jobs/" + r.first("/v1/jobs?workspace=charged&kind=charge")
	r.tell("admin", "POST", job+"/park", `{"reason":"the gateway is away"}`)
	r.look("PUT", "/v1/sandbox/gateway", `{}`)
	r.tell("admin", "POST", job+"/retry", "")
	r.advanceTo(now.Add(time.Hour))
}

// follows sets another policy of dunning, and writes what becomes of a subscription while gateways try and fail.
func (r *recorder) follows() {
	r.tell("admin", "PUT", "/v1/dunning", `{"retry_days":[1,3,5,7,10],"cancel_after_days":null}`)
	r.write(payment.Stream(r.first("/v1/payments?workspace=charged")), payment.RetryPlanned{N: 1, Retries: payment.RetriesDone})
}

// sendsBack lets what a gateway took go back by it, which can't be reached at first, and then does not answer.
func (r *recorder) sendsBack() {
	now := r.clock()
	r.tell("client", "POST", on("backed", "/payment-methods"), `{"gateway":"sandbox","token":"tok_refund_timeout"}`)
	r.buy("backed", "basic-month", 1, collected)
	r.advanceTo(now)
	r.look("PUT", "/v1/sandbox/gateway", `{"available":false}`)
	r.change("backed", "cancel", `{"when":"now","settlement":"refund"}`)
	r.advanceTo(now)
	r.look("PUT", "/v1/sandbox/gateway", `{}`)
	r.advanceTo(now.Add(time.Minute))
	sent, next := r.first("/v1/refunds?workspace=backed"), now.Add(6*time.Minute)
	r.write(refund.Stream(sent), refund.Asked{N: 1, Tries: 1, AskedAt: now.Add(time.Minute), NextAt: &next}) // a gateway that is asked has news
	r.advanceTo(next)
}

// losesMoney has a gateway take money that the bank will take back, and money for what was paid by hand meanwhile.
func (r *recorder) losesMoney() {
	r.tell("client", "POST", on("returned", "/payment-methods"), `{"gateway":"sandbox","token":"tok_returned"}`)
	r.buy("returned", "basic-month", 1, collected)
	settles := r.clock().AddDate(0, 0, 2)
	r.write(payment.Stream(r.first("/v1/payments?workspace=returned")), payment.Costed{N: 1, SettlesAt: &settles, ToldAt: r.clock()})
	r.tell("client", "POST", on("disputed", "/payment-methods"), `{"gateway":"sandbox","token":"tok_pending_ok"}`)
	twice := r.buy("disputed", "basic-month", 1, collected)
	r.advanceTo(r.clock())
	r.pay(twice)
}

// disputes takes the money back that was paid twice, when it has paid for another month.
func (r *recorder) disputes() {
	charge := r.first("/v1/sandbox/charges?workspace=disputed")
	dispute := r.tell("admin", "POST", "/v1/sandbox/charges/"+charge+"/dispute", `{}`).ID
	r.tell("admin", "POST", "/v1/sandbox/disputes/"+dispute+"/close", `{"outcome":"lost"}`)
}

// compares has the ledger compared with its gateways, which can't be reached at first.
func (r *recorder) compares() {
	now := r.clock()
	night := billingsync.Night(now)
	r.write(billingsync.Stream(), billingsync.Deferred{Code: billingsync.CodeUnreachable, At: now, Until: now.Add(time.Hour)})
	r.write(billingsync.Stream(), billingsync.Hurried{At: now})
	r.write(billingsync.Stream(), billingsync.Ran{Checked: 1, RanAt: now, NextAt: night})
}

// keepsBooks sets how the books are kept, and closes a period before the first one.
func (r *recorder) keepsBooks() {
	now := r.clock()
	month := books.DayIn(now, time.UTC).Month() - 2
	r.tell("admin", "PUT", "/v1/finance/policy", `{"write_off_tax_relief":true}`)
	r.write(bookkeeping.Stream(), bookkeeping.MonthEnded{Month: month, EndedAt: now})
	r.tell("admin", "POST", "/v1/finance/periods/"+month.String()+"/close", "")
}
