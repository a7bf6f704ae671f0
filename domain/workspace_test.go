package domain_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
)

// workspace is all streams of one workspace, with the deciders put together as whoever issues commands must: what is
// decided on the subscription is followed, in one group, by invoices, numbers, credit, seats and the trial.
type workspace struct {
	t             interface{ Fatalf(string, ...any) }
	subscription  subscription.State
	version       int64
	seats         seating.State
	account       account.State
	numbers       numbering.State
	trial         trial.State
	invoices      map[string]invoice.State
	order         []string
	log           []string
	paymentMethod bool
}

func newWorkspace(t interface{ Fatalf(string, ...any) }) *workspace {
	return &workspace{t: t, invoices: map[string]invoice.State{}}
}

// follow logs events and folds them.
func follow[S domain.State, F domain.Event](
	w *workspace, state *S, stream domain.Stream, evolve func(S, domain.Event) S, events []F,
) {
	for _, event := range events {
		data, err := json.Marshal(event)
		w.must(err)
		w.log = append(w.log, fmt.Sprintf("%s %s %s", stream, event.EventType(), data))
		*state = evolve(*state, event)
	}
}

func (w *workspace) must(err error) {
	if err != nil {
		w.t.Fatalf("%v", err)
	}
}

// change decides a command on the subscription, and what follows. A refusal changes nothing.
func (w *workspace) change(c subscription.Command, now, at time.Time) error {
	events, err := subscription.Decide(w.subscription, c, domain.Meta{Now: now})
	if err != nil {
		return err
	}
	before := w.subscription
	trialing := before.Status == subscription.StatusTrialing
	for _, event := range events {
		follow(w, &w.subscription, subscription.Stream("w"), subscription.Evolve, []domain.Event{event})
		w.version++
		w.bill(event, at)
		w.prorate(before, event)
		if trialing {
			w.followTrial(event)
		}
	}
	w.copySeats(at)
	return nil
}

// bill makes of the events what money follows from them.
func (w *workspace) bill(event domain.Event, at time.Time) {
	switch e := event.(type) {
	case subscription.Billed:
		credit := w.draft(e.Invoice, invoice.Draft{
			Subscription: &e.ID, Reason: invoice.Reason(e.Reason), Period: e.Period, Bill: e.Bill, DaysUntilDue: e.DaysUntilDue,
		})
		w.onInvoice(e.Invoice, invoice.Finalize{Number: w.number(e.Invoice), Credit: credit, IssuedAt: e.BilledAt}, at)
		w.onAccount(account.Apply{Invoice: e.Invoice, Amount: credit})
		w.grant(account.SourceInvoice, e.Invoice, e.Bill.Total.Neg())
		if e.Refund != nil {
			w.onAccount(account.Refund{ID: "refund-" + e.Invoice, Amount: *e.Refund, Reason: "settlement"})
		}
	case subscription.UpdatePending:
		credit := w.draft(e.Invoice, invoice.Draft{
			Subscription: &e.ID, Reason: invoice.Reason(e.Reason), Period: e.Period(), Bill: e.Bill, DaysUntilDue: e.DaysUntilDue,
		})
		w.onInvoice(e.Invoice, invoice.Open{Credit: credit}, at)
		w.onAccount(account.Apply{Invoice: e.Invoice, Amount: credit})
	case subscription.UpdateExpired:
		w.void(e.Invoice, "expired", at)
	case subscription.UpdateCanceled:
		w.void(e.Invoice, "canceled", at)
	}
}

// prorate notes on earlier invoices what a bill credits of them.
func (w *workspace) prorate(before subscription.State, event domain.Event) {
	var on string
	var prorations []subscription.Proration
	switch e := event.(type) {
	case subscription.Billed:
		on, prorations = e.Invoice, before.Prorations(e.Bill)
	case subscription.UpdateApplied:
		on, prorations = e.Invoice, before.Prorations(before.PendingUpdate.Bill)
	}
	for _, p := range prorations {
		c := invoice.Prorate{CreditedOn: on}
		for _, line := range p.Lines {
			c.Lines = append(c.Lines, invoice.CreditedLine(line))
		}
		w.onInvoice(p.Invoice, c, time.Time{})
	}
}

// draft begins an invoice and gives back what credit covers of it.
func (w *workspace) draft(id string, c invoice.Draft) money.Amount {
	if _, again := w.invoices[id]; again {
		w.t.Fatalf("invoice %s twice", id)
	}
	c.ID, c.Workspace, c.TimeZone = id, "w", w.subscription.TimeZone
	w.order = append(w.order, id)
	w.onInvoice(id, c, time.Time{})
	credit, err := w.account.Covers(c.Bill.Total)
	w.must(err)
	return credit
}

func (w *workspace) number(id string) string {
	events, err := numbering.Decide(w.numbers, numbering.NumberInvoice{Invoice: id, Series: "INV-"}, domain.Meta{})
	w.must(err)
	follow(w, &w.numbers, numbering.Stream(), numbering.Evolve, events)
	return events[0].(numbering.InvoiceNumbered).Number
}

// onInvoice is for commands that can't be refused.
func (w *workspace) onInvoice(id string, c invoice.Command, now time.Time) {
	_, err := w.tryInvoice(id, c, now)
	w.must(err)
}

func (w *workspace) tryInvoice(id string, c invoice.Command, now time.Time) ([]invoice.Fact, error) {
	state := w.invoices[id]
	events, err := invoice.Decide(state, c, domain.Meta{Now: now})
	if err == nil {
		follow(w, &state, invoice.Stream(id), invoice.Evolve, events)
		w.invoices[id] = state
	}
	return events, err
}

func (w *workspace) onAccount(c account.Command) {
	events, err := account.Decide(w.account, c, domain.Meta{})
	w.must(err)
	follow(w, &w.account, account.Stream("w"), account.Evolve, events)
}

// grant gives credit of an amount if there is any.
func (w *workspace) grant(source account.Source, id string, amount money.Amount) {
	if amount.Sign() > 0 {
		grant := fmt.Sprintf("%s-%s-%d", source, id, len(w.log))
		w.onAccount(account.Grant{ID: grant, Source: source, Invoice: &id, Amount: amount, Reason: string(source)})
	}
}

// void takes an invoice back with all that was applied to it, unless that was done by hand.
func (w *workspace) void(id, reason string, at time.Time) {
	if w.invoices[id].Status == invoice.StatusVoided {
		return
	}
	events, err := w.tryInvoice(id, invoice.Void{Reason: reason}, at)
	w.must(err)
	voided := events[0].(invoice.Voided)
	w.grant(account.SourceVoided, id, voided.CreditReturned)
	w.grant(account.SourceOverpayment, id, voided.PaidReturned)
}

// voidByHand also tells the subscription that what was billed is not in force, or what waited will not be.
func (w *workspace) voidByHand(id string, now time.Time) error {
	state := w.invoices[id]
	events, err := w.tryInvoice(id, invoice.Void{Reason: "by hand"}, now)
	if err != nil {
		return err
	}
	voided := events[0].(invoice.Voided)
	w.grant(account.SourceVoided, id, voided.CreditReturned)
	w.grant(account.SourceOverpayment, id, voided.PaidReturned)
	w.must(w.change(subscription.DropUpdate{Invoice: id}, now, now))
	var lines []subscription.CreditedLine
	for _, line := range state.Bill.Lines {
		lines = append(lines, subscription.CreditedLine{Key: line.Key, Amount: line.Base(), Tax: line.Tax})
	}
	w.must(w.change(subscription.CreditLines{Lines: lines}, now, now))
	return w.settle(id, now)
}

func (w *workspace) credit(id string, c invoice.Credit, now time.Time) error {
	events, err := numbering.Decide(w.numbers, numbering.NumberCreditNote{CreditNote: c.CreditNote, Series: "CN-"}, domain.Meta{})
	w.must(err)
	c.Number = events[0].(numbering.CreditNoteNumbered).Number
	notes, err := w.tryInvoice(id, c, now)
	if err != nil {
		return err
	}
	follow(w, &w.numbers, numbering.Stream(), numbering.Evolve, events)
	note := notes[0].(invoice.Credited)
	w.grant(account.SourceCreditNote, id, note.Credit)
	var lines []subscription.CreditedLine
	for _, line := range note.Lines {
		lines = append(lines, subscription.CreditedLine(line))
	}
	w.must(w.change(subscription.CreditLines{Lines: lines}, now, now))
	return w.settle(id, now)
}

// writeOff gives up what is outstanding, so that its service is not credited either.
func (w *workspace) writeOff(id string, now time.Time) error {
	events, err := w.tryInvoice(id, invoice.WriteOff{Reason: "gone"}, now)
	if err != nil {
		return err
	}
	var lines []subscription.CreditedLine
	for _, line := range events[0].(invoice.WrittenOff).Lines {
		lines = append(lines, subscription.CreditedLine(line))
	}
	w.must(w.change(subscription.CreditLines{Lines: lines}, now, now))
	return w.settle(id, now)
}

// pay records money, issues what it completes, and lets happen what waited for it.
func (w *workspace) pay(id string, amount money.Amount, now time.Time) error {
	state, command := w.invoices[id], invoice.RecordPayment{Amount: amount, Reference: "wire"}
	completes := state.Completes(amount)
	if completes {
		command.Number = w.number(id)
	}
	events, err := w.tryInvoice(id, command, now)
	if err != nil {
		return err
	}
	paid := events[0].(invoice.PaymentRecorded)
	w.grant(account.SourceOverpayment, id, paid.Credit)
	var lines []subscription.CreditedLine
	for _, line := range paid.Recovered {
		lines = append(lines, subscription.CreditedLine(line))
	}
	w.must(w.change(subscription.RestoreLines{Lines: lines}, now, now))
	if completes {
		w.must(w.change(subscription.Complete{Invoice: id}, now, now))
	}
	return w.settle(id, now)
}

// settle tells the subscription when no money is expected any more.
func (w *workspace) settle(id string, now time.Time) error {
	if w.invoices[id].PaymentStatus == invoice.PaymentPending {
		return nil
	}
	return w.change(subscription.Settle{Invoice: id}, now, now)
}

func (w *workspace) followTrial(event domain.Event) {
	var c trial.Command
	switch e := event.(type) {
	case subscription.Upgraded:
		c = trial.ChangePrice{Price: e.Terms.Price}
	case subscription.Downgraded:
		c = trial.ChangePrice{Price: e.Terms.Price}
	case subscription.TrialExtended:
		c = trial.Extend{End: e.To, Reason: "plan"}
	case subscription.TrialConverted:
		c = trial.End{Status: trial.StatusConverted, At: e.ConvertedAt}
	case subscription.Expired:
		c = trial.End{Status: trial.StatusExpired, At: e.ExpiredAt}
	case subscription.Paused:
		c = trial.End{Status: trial.StatusExpired, At: e.PausedAt}
	case subscription.Canceled:
		c = trial.End{Status: trial.StatusCanceled, At: e.CanceledAt}
	default:
		return
	}
	events, err := trial.Decide(w.trial, c, domain.Meta{})
	w.must(err)
	follow(w, &w.trial, trial.Stream("w", "main"), trial.Evolve, events)
}

// startTrial asks the trial first, since that is what can refuse it for good.
func (w *workspace) startTrial(c subscription.StartTrial, now time.Time) error {
	if err := w.trial.CheckUnused(c.Terms.Family); err != nil {
		return err
	}
	events, err := subscription.Decide(w.subscription, c, domain.Meta{Now: now})
	if err != nil {
		return err
	}
	created := events[0].(subscription.Created)
	begun, err := trial.Decide(w.trial, trial.Start{
		Family: c.Terms.Family, Subscription: c.ID, Price: c.Terms.Price, Start: created.Trial.Start, End: created.Trial.End,
	}, domain.Meta{Now: now})
	w.must(err)
	follow(w, &w.trial, trial.Stream("w", "main"), trial.Evolve, begun)
	return w.change(c, now, now)
}

// copySeats gives the seat pool what the subscription entitles to.
func (w *workspace) copySeats(now time.Time) {
	limits := seating.Limits{Source: seating.SourceFree, Product: "free", Purchased: 3}
	if s := w.subscription; s.Entitled() {
		limits = seating.Limits{Source: seating.SourceSubscription, Product: s.Terms.Product, Purchased: s.Seats,
			GuestsPerSeat: s.Terms.GuestsPerSeat, Closed: !s.AdmitsSeats()}
		if s.Status == subscription.StatusTrialing {
			limits.Source = seating.SourceTrial
		}
	}
	if u := w.subscription.PendingUpdate; u != nil && (!w.subscription.Entitled() || u.Seats < w.subscription.Seats) {
		limits.Cap = seating.Cap{Reason: seating.CapOfPayment, Seats: u.Seats, Guests: u.Seats * u.Terms.GuestsPerSeat}
	} else if most, ok := w.subscription.WaitingLimit(); ok && most < w.subscription.Seats {
		limits.Cap = seating.Cap{Reason: seating.CapOfChange, Seats: most}
	}
	w.onSeats(seating.SetLimits{Limits: limits}, now)
}

func (w *workspace) onSeats(c seating.Command, now time.Time) {
	events, err := seating.Decide(w.seats, c, domain.Meta{Now: now})
	var refused *domain.Rejection
	if err != nil && !errors.As(err, &refused) {
		w.must(err)
	}
	follow(w, &w.seats, seating.Stream("w"), seating.Evolve, events)
}

// run carries out all deadlines that are due by now, the earliest first, and tells how many there were.
func (w *workspace) run(now time.Time) (ran int) {
	for ; ; ran++ {
		due, ok := w.subscription.NextDeadline()
		if !ok || due.At.After(now) {
			return ran
		}
		w.must(w.change(w.runCommand(due), now, due.At))
	}
}

func (w *workspace) runCommand(due subscription.Deadline) subscription.Run {
	credit, err := w.account.Credit(w.subscription.Terms.Currency)
	w.must(err)
	return subscription.Run{
		Billing: subscription.Billing{
			Change: due.Key(w.subscription.ID), Invoice: "invoice-" + due.Key(w.subscription.ID), Credit: credit,
		},
		SeatsInUse: w.seats.SeatsInUse(), PaymentMethod: w.paymentMethod, Paid: w.paid(), Operator: true,
	}
}

// paid sums up the money that came in for the invoices that billed what is in force.
func (w *workspace) paid() *subscription.Paid {
	if w.subscription.ID == "" {
		return nil
	}
	none, err := money.FromMinor(w.subscription.Terms.Currency, 0)
	w.must(err)
	paid := subscription.Paid{Invoiced: none, Settled: none, Received: none}
	for _, id := range slices.Compact(w.subscription.Invoices()) {
		state := w.invoices[id]
		if state.Status == invoice.StatusVoided {
			continue
		}
		add(&paid.Invoiced, state.Bill.Total)
		add(&paid.Invoiced, state.Credited.Neg())
		add(&paid.Settled, state.AmountPaid)
		add(&paid.Settled, state.Reduced)
		add(&paid.Settled, state.Credited.Neg())
		add(&paid.Received, state.AmountPaid)
		add(&paid.Received, state.Refunded.Neg())
		if state.CreditApplied.Sign() > 0 {
			add(&paid.Settled, state.CreditApplied)
		}
	}
	return &paid
}

func add(sum *money.Amount, amount money.Amount) {
	total, err := sum.Add(amount)
	if err != nil {
		panic(err)
	}
	*sum = total
}
