package projections

import (
	"fmt"
	"maps"
	"slices"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/job"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore/testbed"
)

// drawPayment lets something happen to a payment, to payment methods or links, or lets a part of a payment go back.
func (b *books) drawPayment(t *rapid.T) {
	workspace := rapid.SampledFrom(workspaces).Draw(t, "workspace")
	id, n := fmt.Sprintf("payment-%d", rapid.IntRange(1, 3).Draw(t, "payment")), rapid.IntRange(1, 2).Draw(t, "n")
	amount := must(money.FromMinor("USD", rapid.Int64Range(1, 9_999).Draw(t, "amount")))
	charge := payment.Charge{Gateway: "sandbox", Method: "m", Token: "tok_ok", Amount: amount}
	switch rapid.IntRange(0, 8).Draw(t, "pay") {
	case 0, 1:
		b.pay(id, payment.Start{ID: id, Workspace: workspace, Invoice: "invoice-of-" + id, Charge: charge})
	case 2:
		status := rapid.SampledFrom(payment.Statuses[1:]).Draw(t, "status")
		c := payment.Answer{N: n, Status: status, Reference: "ch_1", Asked: true}
		if status == payment.StatusFailed {
			c.Failure = &payment.Failure{Code: "lost_card", Kind: payment.Hard, Message: "lost"}
		}
		b.pay(id, c)
	case 3:
		b.pay(id, payment.Retry{Charge: charge})
	case 4:
		b.onMethods(t, workspace)
	case 7:
		b.onLink(t, workspace, amount)
	case 5:
		back := "refund-" + fmt.Sprint(len(b.history))
		create := refund.Create{ID: back, Workspace: workspace, Payment: &id, Amount: amount}
		if rapid.Bool().Draw(t, "by a gateway") {
			create.Gateway, create.Charge = "sandbox", "ch_1"
		}
		b.sendBack(back, create)
		if before, ok := b.returned[id]; ok {
			amount = amount.Plus(before)
		}
		b.returned[id] = amount
	case 6:
		b.onRefund(t)
	case 8:
		b.onJob(t)
	}
}

// onJob stops something that is due or to come, or lets all that is stopped in a stream happen again.
func (b *books) onJob(t *rapid.T) {
	var c job.Command
	if stopped := b.jobs.Parked; len(stopped) > 0 && rapid.Bool().Draw(t, "release") {
		c = job.Release{Stream: rapid.SampledFrom(stopped).Draw(t, "stopped").Stream}
	} else if to := b.deadlines(); len(to) > 0 {
		c = job.Park{Deadline: jobDeadline(rapid.SampledFrom(to).Draw(t, "deadline")), Reason: "r"}
	} else {
		return
	}
	if facts, err := job.Decide(b.jobs, c, b.meta()); err == nil {
		b.write(testbed.To(job.Stream(), domain.Events(facts)...))
	}
}

func jobDeadline(d Deadline) job.Deadline {
	return job.Deadline{Kind: d.Kind, Stream: d.Stream, Subject: d.Subject, DueAt: d.DueAt}
}

// onRefund lets a gateway, or a person, say something of a refund.
func (b *books) onRefund(t *rapid.T) {
	if len(b.refunds) == 0 {
		return
	}
	id := rapid.SampledFrom(slices.Sorted(maps.Keys(b.refunds))).Draw(t, "refund")
	c := refund.Answer{N: 1, Status: rapid.SampledFrom(refund.AttemptStatuses[1:]).Draw(t, "refund status"), Reference: "re_1", Asked: true}
	if c.Status == refund.AttemptFailed {
		c.Failure = &refund.Failure{Code: "refund_failed", Message: "failed"}
	}
	b.sendBack(id, rapid.SampledFrom([]refund.Command{c, c, refund.Retry{}, refund.Defer{N: 1, Code: "away"}, refund.Record{Reference: "wire"}}).Draw(t, "refunds"))
}

func (b *books) sendBack(id string, c refund.Command) {
	if facts, err := refund.Decide(b.refunds[id], c, b.meta()); err == nil {
		b.write(testbed.To(refund.Stream(id), domain.Events(facts)...))
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		panic(err)
	}
	return value
}

func (b *books) pay(id string, c payment.Command) {
	if facts, err := payment.Decide(b.collections[id], c, b.meta()); err == nil {
		b.write(testbed.To(payment.Stream(id), domain.Events(facts)...))
	}
}

// onMethods adds, prefers or removes a payment method.
func (b *books) onMethods(t *rapid.T, workspace string) {
	id := fmt.Sprintf("method-%d", rapid.IntRange(1, 3).Draw(t, "method"))
	add := paymentmethod.Add{ID: id, Description: paymentmethod.Description{Gateway: "sandbox", Token: "tok_ok"}}
	c := rapid.SampledFrom([]paymentmethod.Command{add, paymentmethod.SetDefault{ID: id}, paymentmethod.Remove{ID: id}}).Draw(t, "methods")
	if facts, err := paymentmethod.Decide(b.methods[workspace], c, b.meta()); err == nil {
		b.write(testbed.To(paymentmethod.Stream(workspace), domain.Events(facts)...))
	}
}

// onLink makes, tries, completes, cancels or expires a payment link.
func (b *books) onLink(t *rapid.T, workspace string, amount money.Amount) {
	id := fmt.Sprintf("link-%d", rapid.IntRange(1, 4).Draw(t, "link"))
	c := rapid.SampledFrom([]paymentlink.Command{
		paymentlink.Create{ID: id, Workspace: workspace, Invoice: "i", Amount: amount}, paymentlink.Try{Payment: "payment-1", N: 1, Invoice: "i"},
		paymentlink.Complete{Payment: "payment-1"}, paymentlink.Cancel{}, paymentlink.Expire{},
	}).Draw(t, "links")
	if b.links[id].ID == "" && !isCreate(c) {
		return
	}
	if facts, err := paymentlink.Decide(b.links[id], c, b.meta()); err == nil {
		b.write(testbed.To(paymentlink.Stream(id), domain.Events(facts)...))
	}
}

func isCreate(c paymentlink.Command) bool {
	_, is := c.(paymentlink.Create)
	return is
}

// checkGatewayPayments holds payments and payment methods against their streams.
func (b *books) checkGatewayPayments(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID) {
	var want []Payment
	for id, state := range b.collections {
		expected := Payment{State: state, Version: b.versions[payment.Stream(id)], Returned: money.Zero("USD")}
		if returned, ok := b.returned[id]; ok {
			expected.Returned = returned
		}
		found, ok, err := FindGatewayPayment(bench.Ctx, tx, ledger, id)
		expected.Made = found.Made
		if diff := cmp.Diff(expected, found); diff != "" || !ok || err != nil {
			t.Fatalf("payment %s: %v, %v (-want +got):\n%s", id, ok, err, diff)
		}
		want = append(want, found)
	}
	for id, expected := range b.byHand {
		found, ok, err := FindGatewayPayment(bench.Ctx, tx, ledger, id)
		expected.Made = found.Made
		if diff := cmp.Diff(expected, found); diff != "" || !ok || err != nil {
			t.Fatalf("money %s: %v, %v (-want +got):\n%s", id, ok, err, diff)
		}
		want = append(want, found)
	}
	slices.SortFunc(want, func(a, b Payment) int { return int(a.Made - b.Made) })
	listed, err := ListGatewayPayments(bench.Ctx, tx, ledger, PaymentFilter{}, 0, 1_000)
	if diff := cmp.Diff(want, listed); err != nil || len(want)+len(listed) > 0 && diff != "" {
		t.Fatalf("payments: %v (-want +got):\n%s", err, diff)
	}
	for _, p := range want {
		filter := PaymentFilter{Workspace: p.State.Workspace, Invoice: p.State.Invoice, Status: string(p.State.Status()), Gateway: p.State.Last().Gateway}
		alike := slices.DeleteFunc(slices.Clone(want), func(o Payment) bool {
			return filter != PaymentFilter{Workspace: o.State.Workspace, Invoice: o.State.Invoice, Status: string(o.State.Status()), Gateway: o.State.Last().Gateway}
		})
		only, err := ListGatewayPayments(bench.Ctx, tx, ledger, filter, 0, 1_000)
		if diff := cmp.Diff(alike, only); err != nil || diff != "" {
			t.Fatalf("%+v: %v (-want +got):\n%s", filter, err, diff)
		}
	}
	for _, workspace := range workspaces {
		found, ok, err := FindPaymentMethods(bench.Ctx, tx, ledger, workspace)
		version := b.versions[paymentmethod.Stream(workspace)]
		if diff := cmp.Diff(b.methods[workspace], found.State); err != nil || ok != (version > 0) || found.Version != version || ok && diff != "" {
			t.Fatalf("methods of %s: %v, %v (-want +got):\n%s", workspace, ok, err, diff)
		}
	}
}

// checkRefunds holds refunds against their streams.
func (b *books) checkRefunds(t rapid.TB, bench *bench, tx pgx.Tx, ledger uuid.UUID) {
	for id, state := range b.refunds {
		found, ok, err := FindRefund(bench.Ctx, tx, ledger, id)
		if diff := cmp.Diff(state, found.State); diff != "" || !ok || err != nil || found.Version != b.versions[refund.Stream(id)] {
			t.Fatalf("refund %s: %v, %v (-want +got):\n%s", id, ok, err, diff)
		}
	}
}
