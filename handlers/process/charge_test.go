package process

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/dunning"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/sandbox"
)

// cut is the sandbox gateway in a process that is killed between an answer and its record.
type cut struct {
	gateway.Gateway
	kill func()
}

func (c cut) Charge(ctx context.Context, ledger eventstore.Ledger, asked gateway.Charge) (payment.Answer, error) {
	a, err := c.Gateway.Charge(ctx, ledger, asked)
	c.kill()
	<-ctx.Done()
	return a, err
}

// late is the sandbox gateway on a line that loses every answer.
type late struct{ gateway.Gateway }

func (l late) Charge(ctx context.Context, ledger eventstore.Ledger, asked gateway.Charge) (none payment.Answer, err error) {
	if _, err := l.Gateway.Charge(context.WithoutCancel(ctx), ledger, asked); err != nil {
		return none, err
	}
	<-ctx.Done()
	return none, ctx.Err()
}

// collected sells seats whose renewals are collected by a token, and has the first invoice paid by hand.
func (p *program) collected(ledger eventstore.Ledger, workspaces int, token string) {
	p.bench.t.Helper()
	do(p, ledger, command.SetDunning(dunning.Policy{RestrictAfterDays: 365, Settlement: dunning.SettlementCredit}))
	p.sell(ledger, workspaces)
	for i := range workspaces {
		name := fmt.Sprintf("w%d", i)
		do(p, ledger, command.ChangeCollection(name, subscription.ChangeCollection{Collection: subscription.CollectionAutomatic}))
		do(p, ledger, command.AddPaymentMethod(name, paymentmethod.Add{ID: "m", Description: paymentmethod.Description{
			Gateway: gateway.Sandbox, Token: token, Kind: paymentmethod.KindCard,
		}}))
	}
}

// charges lists what the gateway was asked.
func (p *program) charges(ledger eventstore.Ledger) []sandbox.Charge {
	p.bench.t.Helper()
	listed, err := p.gateways[gateway.Sandbox].(*sandbox.Gateway).Charges(p.bench.ctx, ledger.ID, sandbox.Filter{}, begin.AddDate(1, 0, 0), 0, 10_000)
	p.bench.must(err)
	return listed
}

// TestKilledBetweenChargeAndRecord: whoever goes on asks with the same key, so that nothing is charged twice or forgotten.
func TestKilledBetweenChargeAndRecord(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.collected(ledger, 3, "tok_ok")
	killed := b.program()
	ctx, kill := context.WithCancel(t.Context())
	killed.gateways = gateway.Of(cut{p.gateways[gateway.Sandbox], kill})
	if _, err := killed.Advance(ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 1, 0)); err == nil {
		t.Fatal("the process was not killed")
	}
	asked := map[string]int{}
	for _, c := range p.charges(ledger) {
		asked[c.Key] = c.Requests
	}
	if len(asked) == 0 {
		t.Fatal("the gateway was not asked before")
	}
	_, err := p.Advance(t.Context(), ledger, Caller{Actor: "tester"}, begin.AddDate(0, 1, 0))
	b.must(err)
	charges := p.charges(ledger)
	if len(charges) != 3 {
		t.Fatalf("%d charges of 3 renewals", len(charges))
	}
	for _, c := range charges {
		found, err := observe(t.Context(), p.store, ledger, command.LookAtPayment(c.Payment))
		if err != nil || found.State.Status() != payment.StatusSucceeded || len(found.State.Attempts) != 1 {
			t.Errorf("%+v, %v", found, err)
		}
		if c.Requests <= asked[c.Key] {
			t.Errorf("%s was asked for %d times before the kill and %d in all", c.Key, asked[c.Key], c.Requests)
		}
	}
}

// TestTwoProcessesCharge: two processes that look after a ledger at once charge each invoice once.
func TestTwoProcessesCharge(t *testing.T) {
	t.Parallel()
	b := setup(t)
	one, other := b.program(), b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	one.collected(ledger, 20, "tok_ok")
	done := make(chan error, 2)
	for _, p := range []*program{one, other} {
		go func() {
			_, err := p.Advance(b.ctx, ledger, Caller{Actor: "tester"}, begin.AddDate(0, 2, 0))
			done <- err
		}()
	}
	b.must(<-done)
	b.must(<-done)
	keys := map[string]bool{}
	for _, c := range one.charges(ledger) {
		keys[c.Payment] = true
		if c.Outcome != "succeeded" {
			t.Errorf("%+v", c)
		}
	}
	if len(keys) != 40 || len(one.charges(ledger)) != 40 {
		t.Errorf("%d charges of %d payments, want 40", len(one.charges(ledger)), len(keys))
	}
}

// TestTheRunnerCharges: what a sandbox's runner finds due is charged without an advance.
func TestTheRunnerCharges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.collected(ledger, 1, "tok_ok")
	ctx, stop := context.WithCancel(t.Context())
	running := make(chan error, 1)
	go func() { running <- p.Run(ctx) }()
	b.begin(p, ledger, "extra")
	testbed.Eventually(t, "the payment succeeds", func() bool {
		charges := p.charges(ledger)
		if len(charges) != 1 {
			return false
		}
		found, err := observe(t.Context(), p.store, ledger, command.LookAtPayment(charges[0].Payment))
		return err == nil && found.State.Status() == payment.StatusSucceeded
	})
	stop()
	b.must(<-running)
}

// begin buys a subscription whose first payment the gateway is asked for.
func (b *bench) begin(p *program, ledger eventstore.Ledger, name string) {
	b.t.Helper()
	do(p, ledger, command.AddPaymentMethod(name, paymentmethod.Add{ID: "m", Description: paymentmethod.Description{
		Gateway: gateway.Sandbox, Token: "tok_ok", Kind: paymentmethod.KindCard,
	}}))
	do(p, ledger, command.CreateSubscription(name, subscription.Create{
		Billing: subscription.Billing{Change: "c" + name, Invoice: "i" + name}, ID: "s" + name, Price: "month", Seats: 1,
		Collection: subscription.CollectionAutomatic,
	}))
}

// TestTheGatewayIsGivenUp: what does not answer in time is unknown, and asked for later. How often it is asked for depends
// on the machine, since the questions before the line is whole again are given up too.
func TestTheGatewayIsGivenUp(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	ledger := b.ledger("sandbox", eventstore.ModeSandbox)
	p.collected(ledger, 1, "tok_ok")
	whole := p.gateways
	p.gateways, p.gatewayTimeout = gateway.Of(late{whole[gateway.Sandbox]}), time.Millisecond
	_, err := p.Advance(t.Context(), ledger, Caller{Actor: "tester"}, begin.AddDate(0, 1, 0))
	b.must(err)
	p.gateways, p.gatewayTimeout = whole, pgtest.Patience
	_, err = p.Advance(t.Context(), ledger, Caller{Actor: "tester"}, begin.AddDate(0, 1, 1))
	b.must(err)
	charges := p.charges(ledger)
	for _, c := range charges {
		found, err := observe(t.Context(), p.store, ledger, command.LookAtPayment(c.Payment))
		if err != nil || found.State.Status() != payment.StatusSucceeded || c.Requests != 1 || c.Lookups == 0 {
			t.Errorf("%+v, %+v, %v", c, found.State, err)
		}
	}
	if len(charges) != 1 {
		t.Errorf("%d charges", len(charges))
	}
}
