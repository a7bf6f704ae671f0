package finance

import (
	"math/big"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// kindPlan keeps the subscription of a workspace for its recurring revenue.
const kindPlan = "plan"

// plan is a workspace's subscription, with what it brings a month.
type plan struct {
	State   subscription.State `json:"state"`
	Monthly *money.Amount      `json:"monthly,omitempty"` // nil before the first one that brought any
}

// Kinds of movements of the monthly recurring revenue.
const (
	moveNew          = "new"
	moveExpansion    = "expansion"
	moveContraction  = "contraction"
	moveChurn        = "churn"
	moveReactivation = "reactivation"
)

// subscription adds the movement of the recurring revenue that an event brings about.
func (r *registers) subscription(e eventstore.Event) error {
	workspace := e.Stream.Entity()
	found, err := find[plan](r.kept, kindPlan, workspace)
	if err != nil {
		return err
	}
	var before plan
	if found != nil {
		before = *found
	}
	after := plan{State: subscription.Evolve(before.State, e.Fact), Monthly: before.Monthly}
	monthly, ok := Monthly(after.State)
	switch {
	case ok && (before.Monthly == nil || before.Monthly.Currency() != monthly.Currency()):
		if before.Monthly != nil {
			r.move(e, 0, moveChurn, before.Monthly.Neg())
		}
		r.move(e, 1, moveNew, monthly)
		after.Monthly = &monthly
	case before.Monthly != nil:
		if !ok {
			monthly = money.Zero(before.Monthly.Currency())
		}
		change, kind := monthly.Minus(*before.Monthly), moveExpansion
		switch {
		case before.Monthly.IsZero():
			kind = moveReactivation
		case monthly.IsZero():
			kind = moveChurn
		case change.Sign() < 0:
			kind = moveContraction
		}
		r.move(e, 0, kind, change)
		after.Monthly = &monthly
	}
	return r.kept.put(kindPlan, workspace, &after)
}

func (r *registers) move(e eventstore.Event, n int, kind string, amount money.Amount) {
	if amount.IsZero() {
		return
	}
	r.batch.Queue(`
		INSERT INTO recurring_rows (ledger_id, position, n, dated, workspace, kind, currency, amount)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8::text::numeric)`,
		[16]byte(r.kept.ledger), e.Position, n, r.day(e.EffectiveAt), e.Stream.Entity(), kind, string(amount.Currency()), amount.Plain())
}

// Monthly computes what a subscription brings a month, before tax and after its coupon, unless that is for once; ok is false where it
// brings nothing.
func Monthly(s subscription.State) (monthly money.Amount, ok bool) {
	switch s.Status {
	case subscription.StatusActive, subscription.StatusPastDue, subscription.StatusRestricted:
	default:
		return monthly, false
	}
	months := int64(s.Terms.Cycle().Months())
	bill, err := s.Terms.Bill(s.Seats)
	if err != nil || months <= 0 {
		return monthly, false
	}
	net := bill.Total.Minus(bill.Tax)
	if s.Discount != nil && s.Discount.Value.Duration != pricing.DurationOnce {
		net = net.Minus(takenOff(net, s.Discount.Value, months, int64(s.Discount.CycleMonths)))
	}
	if monthly, err = net.MulRatio(1, months); err != nil {
		return monthly, false
	}
	return monthly, monthly.Sign() > 0
}

// takenOff computes what a coupon takes off an amount of a full period of so many months. An amount is for the months of the interval at
// its first use.
func takenOff(net money.Amount, d pricing.Discount, months, first int64) money.Amount {
	if d.AmountOff != nil {
		off := *d.AmountOff
		if first > 0 {
			if part, err := off.MulRatio(months, first); err == nil {
				off = part
			}
		}
		if off.Currency() != net.Currency() || net.Minus(off).Sign() < 0 {
			return net
		}
		return off
	}
	percent, ok := new(big.Rat).SetString(d.PercentOff)
	if !ok {
		return money.Zero(net.Currency())
	}
	percent.Mul(percent, big.NewRat(1, 100))
	off, err := money.RoundHalfAwayFromZero(net.Currency(), percent.Mul(percent, net.Decimal().Rat()))
	if err != nil {
		return money.Zero(net.Currency())
	}
	return off
}

// Names of reports on recurring revenue.
const (
	MRR          = "mrr"
	MRRMovements = "mrr-movements"
)

// mrr shows each month from the first movement to that of the cut.
var mrr = Report{
	Name: MRR,
	Columns: []Column{
		{"month", Text}, {"currency", Text}, {"opening", Amount}, {"new", Amount}, {"expansion", Amount}, {"contraction", Amount}, {"churn", Amount},
		{"reactivation", Amount}, {"closing", Amount},
	},
	Takes: []string{TakesFrom, TakesTo, TakesDate},
	Sums:  []string{"new", "expansion", "contraction", "churn", "reactivation"},
	Key:   []KeyColumn{{"month", "text"}, {"currency", "text"}},
	rows: `
		SELECT to_char(m.first, 'YYYY-MM') AS month, m.currency, coalesce(sum(r.amount) FILTER (WHERE r.dated < m.first), 0) AS opening,
		       coalesce(sum(r.amount) FILTER (WHERE r.dated >= m.first AND r.kind = 'new'), 0) AS new,
		       coalesce(sum(r.amount) FILTER (WHERE r.dated >= m.first AND r.kind = 'expansion'), 0) AS expansion,
		       coalesce(sum(r.amount) FILTER (WHERE r.dated >= m.first AND r.kind = 'contraction'), 0) AS contraction,
		       coalesce(sum(r.amount) FILTER (WHERE r.dated >= m.first AND r.kind = 'churn'), 0) AS churn,
		       coalesce(sum(r.amount) FILTER (WHERE r.dated >= m.first AND r.kind = 'reactivation'), 0) AS reactivation, coalesce(sum(r.amount), 0) AS closing
		FROM (
			SELECT f.currency, g.first::date AS first
			FROM (
				SELECT currency, min(dated) AS dated
				FROM recurring_rows
				WHERE ledger_id = @ledger AND position <= @position
				GROUP BY currency) AS f
			CROSS JOIN LATERAL generate_series(date_trunc('month', f.dated), coalesce(@date::date, f.dated), interval '1 month') AS g (first)) AS m
		JOIN recurring_rows r ON r.currency = m.currency AND r.dated < m.first + interval '1 month'
		WHERE r.ledger_id = @ledger AND r.position <= @position AND (@from::date IS NULL OR m.first >= date_trunc('month', @from::date))
		  AND (@to::date IS NULL OR m.first < @to::date)
		GROUP BY m.first, m.currency`,
}

var mrrMovements = Report{
	Name:    MRRMovements,
	Columns: []Column{{"month", Text}, {"workspace", Text}, {"kind", Text}, {"currency", Text}, {"amount", Amount}},
	Takes:   []string{TakesFrom, TakesTo},
	Sums:    []string{"amount"},
	Key:     []KeyColumn{{"dated", "date"}, {"position", "bigint"}, {"n", "integer"}},
	rows: `
		SELECT to_char(r.dated, 'YYYY-MM') AS month, r.workspace, r.kind, r.currency, r.amount, r.dated, r.position, r.n
		FROM recurring_rows r
		WHERE r.ledger_id = @ledger AND r.position <= @position AND (@from::date IS NULL OR r.dated >= date_trunc('month', @from::date))
		  AND (@to::date IS NULL OR r.dated < @to::date)`,
}
