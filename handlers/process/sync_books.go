package process

import (
	"context"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/projections"
)

// attemptName names an attempt of a payment.
type attemptName struct {
	payment string
	n       int
}

// chargeName names a charge as its gateway does.
type chargeName struct{ gateway, reference string }

// books holds what the ledger knows of gateways.
type books struct {
	position int64
	payments map[string]payment.State
	charges  map[chargeName]attemptName
	refunds  map[chargeName][]refund.State // by the charges that they are of
	methods  []projections.PaymentMethods
}

// find finds the attempt that a charge was asked for by.
func (b books) find(gateway string, k gateway.KnownCharge) (name attemptName, a payment.Attempt, ok bool) {
	name = attemptName{k.Payment, k.Answer.N}
	if k.Payment == "" {
		name = b.charges[chargeName{gateway, k.Answer.Reference}]
	}
	attempts := b.payments[name.payment].Attempts
	if name.n < 1 || name.n > len(attempts) {
		return name, a, false
	}
	return name, attempts[name.n-1], true
}

// uses reports whether a gateway was asked for money, or would be.
func (b books) uses(gateway string) bool {
	for _, p := range b.payments {
		if slices.ContainsFunc(p.Attempts, func(a payment.Attempt) bool { return a.Gateway == gateway }) {
			return true
		}
	}
	for _, of := range b.methods {
		for _, m := range of.State.Methods {
			if m.Gateway == gateway {
				return true
			}
		}
	}
	return false
}

// pageOfBooks bounds what is read at once.
const pageOfBooks = 1_000

// readBooks reads what the ledger knows, as of its newest event.
func (d *Deadlines) readBooks(ctx context.Context, ledger eventstore.Ledger, workspace string) (b books, err error) {
	if b.position, err = eventstore.Tail(ctx, d.pool, ledger.ID); err != nil {
		return b, err
	}
	if err := d.engine.Await(ctx, ledger.ID, b.position, projections.Payments, projections.Invoices); err != nil {
		return b, err
	}
	b.payments, b.charges, b.refunds = map[string]payment.State{}, map[chargeName]attemptName{}, map[chargeName][]refund.State{}
	_, err = d.engine.Read(ctx, projections.Payments.Name, ledger.ID, b.position, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		if b.methods, err = projections.ListPaymentMethods(ctx, tx, ledger.ID, workspace); err != nil {
			return err
		}
		return allPages(func(after int64) (last int64, n int, err error) {
			page, err := projections.ListGatewayPayments(ctx, tx, ledger.ID, projections.PaymentFilter{Workspace: workspace}, after, pageOfBooks)
			for _, p := range page {
				last = p.Made
				b.addPayment(p.State)
			}
			return last, len(page), err
		})
	})
	if err != nil {
		return b, err
	}
	_, err = d.engine.Read(ctx, projections.Invoices.Name, ledger.ID, b.position, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		return allPages(func(after int64) (last int64, n int, err error) {
			page, err := projections.ListRefunds(ctx, tx, ledger.ID, projections.RefundFilter{Workspace: workspace}, after, pageOfBooks)
			for _, r := range page {
				of := chargeName{r.State.Gateway, r.State.Charge}
				last, b.refunds[of] = r.Made, append(b.refunds[of], r.State)
			}
			return last, len(page), err
		})
	})
	return b, err
}

// addPayment adds a payment that a gateway was asked for.
func (b books) addPayment(p payment.State) {
	if p.Last().Gateway == projections.GatewayManual {
		return
	}
	b.payments[p.ID] = p
	for _, a := range p.Attempts {
		if a.Reference != "" {
			b.charges[chargeName{a.Gateway, a.Reference}] = attemptName{p.ID, a.N}
		}
	}
}

// allPages reads pages until one is not full.
func allPages(read func(after int64) (last int64, n int, err error)) error {
	for after := int64(0); ; {
		last, n, err := read(after)
		if err != nil || n < pageOfBooks {
			return err
		}
		after = last
	}
}
