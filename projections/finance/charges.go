package finance

import (
	"cmp"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/eventstore"
)

const (
	// kindCharges keeps the state of a payment for its reconciliation.
	kindCharges = "charges"
	// kindReturned keeps what a refund sends back, and whether it is gone.
	kindReturned = "returned"
	// gatewayManual stands for the gateway of money that was recorded by hand.
	gatewayManual = "manual"
	// unnamed begins what stands for the name of a payment that has none.
	unnamed = "?"
)

// returned is money that a refund sends back.
type returned struct {
	Payment string       `json:"payment"`
	N       int          `json:"n"` // the charge
	Amount  money.Amount `json:"amount"`
	Gone    bool         `json:"gone,omitzero"`
}

// payment adds what an event changes of the charges of a payment.
func (r *registers) payment(e eventstore.Event) error {
	found, err := find[payment.State](r.kept, kindCharges, e.Stream.Entity())
	if err != nil {
		return err
	}
	var before payment.State
	if found != nil {
		before = *found
	}
	return r.charges(e.Position, payment.Evolve(before, e.Fact))
}

// received adds money that was recorded by hand: what a gateway took is in the payment's own events.
func (r *registers) received(e eventstore.Event, workspace string, paid invoice.PaymentRecorded) error {
	if paid.Gateway != "" {
		return nil
	}
	// Before payments had names nothing told them apart.
	id := cmp.Or(paid.Payment, fmt.Sprint(unnamed, e.Position))
	return r.charges(e.Position, payment.State{
		Started: payment.Started{
			ID: id, Workspace: workspace, Invoice: e.Stream.Entity(), Currency: paid.Amount.Currency(), CreatedAt: e.EffectiveAt,
		},
		Attempts: []payment.Attempt{{
			Attempted: payment.Attempted{N: 1, Gateway: gatewayManual, Amount: paid.Amount}, Status: payment.StatusSucceeded,
			Reference: paid.Reference, AnsweredAt: &paid.PaidAt,
		}},
	})
}

// moneyReversed adds that money which was recorded by hand is gone again.
func (r *registers) moneyReversed(e eventstore.Event, gone account.MoneyReversed) error {
	s, err := find[payment.State](r.kept, kindCharges, gone.Payment)
	if err != nil || s == nil || len(s.Attempts) == 0 || s.Attempts[0].Gateway != gatewayManual {
		return err
	}
	changed := *s
	changed.Attempts = []payment.Attempt{s.Attempts[0]}
	changed.Attempts[0].Reversal = &payment.Reversed{N: 1, Amount: gone.Amount, ReversedAt: e.EffectiveAt}
	return r.charges(e.Position, changed)
}

// charges keeps a payment and adds its charges that succeeded, as they are now.
func (r *registers) charges(position int64, s payment.State) error {
	for _, a := range s.Attempts {
		if a.Status != payment.StatusSucceeded || a.AnsweredAt == nil {
			continue
		}
		status, settles, fee := payment.StatusSucceeded, *a.AnsweredAt, a.Fee
		if a.Reversal != nil {
			status = payment.StatusReversed
		}
		if a.SettlesAt != nil && a.SettlesAt.After(settles) {
			settles = *a.SettlesAt
		}
		lost := money.Zero(a.Amount.Currency())
		reversed := a.Reversal
		for _, d := range s.Disputes {
			if d.N != a.N {
				continue
			}
			if d.Fee != nil {
				fee = plus(fee, *d.Fee)
			}
			if d.Status != payment.DisputeWon {
				lost = lost.Plus(d.Amount)
			}
			if reversed != nil && reversed.Reference == d.ID {
				reversed = nil
			}
		}
		if reversed != nil {
			lost = lost.Plus(reversed.Amount)
		}
		r.charge(position, s, a, chargeRow{status: status, settles: settles, fee: fee, lost: lost})
	}
	return r.kept.put(kindCharges, s.ID, &s)
}

// chargeRow holds what is found out of a charge.
type chargeRow struct {
	status  payment.Status
	settles time.Time
	fee     *money.Amount
	lost    money.Amount // what disputes hold or took, and what a bank took back
}

func plus(sum *money.Amount, more money.Amount) *money.Amount {
	if sum == nil {
		return &more
	}
	return new(sum.Plus(more))
}

func (r *registers) charge(position int64, s payment.State, a payment.Attempt, row chargeRow) {
	var fee *string
	if row.fee != nil {
		fee = new(row.fee.Plain())
	}
	r.batch.Queue(`
		INSERT INTO charge_versions (ledger_id, position, payment, n, gateway, gateway_reference, workspace, invoice, succeeded_on, settles_on, currency,
		                             amount, fee, disputed, status)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12::text::numeric, $13::text::numeric, $14::text::numeric, $15)
		ON CONFLICT (ledger_id, payment, n, position) DO NOTHING`,
		[16]byte(r.kept.ledger), position, s.ID, a.N, a.Gateway, orNull(a.Reference), s.Workspace, orNull(s.Invoice), r.day(*a.AnsweredAt), r.day(row.settles),
		string(a.Amount.Currency()), a.Amount.Plain(), fee, row.lost.Plain(), string(row.status))
}

// refund adds money that goes back of a payment, or came back after all. The journal has moved it by now.
func (r *registers) refund(e eventstore.Event, withReversal bool) error {
	id := e.Stream.Entity()
	if created, is := e.Fact.(refund.Created); is {
		if created.Payment == nil {
			return nil
		}
		s, err := find[payment.State](r.kept, kindCharges, *created.Payment)
		if err != nil {
			return err
		}
		back := returned{Payment: *created.Payment, N: 1, Amount: created.Amount}
		if s != nil && len(s.Attempts) > 0 {
			back.N = s.Leading().N
			for _, a := range s.Attempts {
				if created.Charge != "" && a.Reference == created.Charge {
					back.N = a.N
				}
			}
		}
		return r.kept.put(kindReturned, id, &back)
	}
	found, err := find[returned](r.kept, kindReturned, id)
	if err != nil || found == nil {
		return err
	}
	moved, err := r.kept.Refund(id)
	if err != nil || moved == nil || moved.Gone == found.Gone {
		return err
	}
	back := *found
	back.Gone = moved.Gone
	if !withReversal {
		amount := back.Amount
		if !back.Gone {
			amount = amount.Neg()
		}
		r.batch.Queue(`
			INSERT INTO return_rows (ledger_id, position, refund, payment, n, amount)
			VALUES ($1, $2, $3, $4, $5, $6::text::numeric)`, [16]byte(r.kept.ledger), e.Position, id, back.Payment, back.N, amount.Plain())
	}
	return r.kept.put(kindReturned, id, &back)
}

// PaymentReconciliation names the report on the money that gateways and people took.
const PaymentReconciliation = "payment-reconciliation"

// paymentReconciliation shows each charge that succeeded: of a payment that was taken again after its money was gone, each one. The net
// of what is settled, less what was sent back or is disputed, is cash.
var paymentReconciliation = Report{
	Name: PaymentReconciliation,
	Columns: []Column{
		{"payment", Text}, {"gateway", Text}, {"gateway_reference", Text}, {"workspace", Text}, {"invoice_number", Text}, {"succeeded_on", Date},
		{"settled_on", Date}, {"currency", Text}, {"amount", Amount}, {"fee", Amount}, {"net", Amount}, {"refunded", Amount}, {"disputed", Amount},
		{"in_transit", Amount}, {"status", Text},
	},
	Takes: []string{TakesFrom, TakesTo, TakesDate},
	Sums:  []string{"amount", "fee", "net", "refunded", "disputed", "in_transit"},
	Key:   []KeyColumn{{"succeeded_on", "date"}, {"made", "bigint"}, {"n", "integer"}},
	rows: `
		SELECT CASE WHEN v.payment NOT LIKE '` + unnamed + `%' THEN v.payment END AS payment, v.gateway, v.gateway_reference, v.workspace, i.number AS invoice_number, v.succeeded_on,
		       CASE WHEN @date::date IS NULL OR v.settles_on <= @date::date THEN v.settles_on END AS settled_on, v.currency, v.amount, v.fee,
		       v.amount - coalesce(v.fee, 0) AS net, coalesce(b.amount, 0) AS refunded, v.disputed,
		       CASE WHEN v.settles_on > @date::date THEN v.amount ELSE 0 END AS in_transit, v.status, v.made, v.n
		FROM (
			SELECT DISTINCT ON (c.payment, c.n) c.*, min(c.position) OVER (PARTITION BY c.payment, c.n) AS made
			FROM charge_versions c
			WHERE c.ledger_id = @ledger AND c.position <= @position
			ORDER BY c.payment, c.n, c.position DESC) AS v
		LEFT JOIN LATERAL (
			SELECT n.number
			FROM invoice_versions n
			WHERE n.ledger_id = @ledger AND n.invoice = v.invoice AND n.position <= @position
			LIMIT 1) AS i ON true
		LEFT JOIN (
			SELECT payment, n, sum(amount) AS amount
			FROM return_rows
			WHERE ledger_id = @ledger AND position <= @position
			GROUP BY payment, n) AS b ON b.payment = v.payment AND b.n = v.n
		WHERE (@from::date IS NULL OR v.succeeded_on >= @from::date) AND (@to::date IS NULL OR v.succeeded_on < @to::date)
		  AND (@date::date IS NULL OR v.succeeded_on <= @date::date)`,
}
