package journal

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tallystick/tallystick/domain/money"
)

// Book makes the entries of a ledger.
type Book struct {
	Settings
	shelf Shelf
	// Booking is the event that is booked, for the shelf.
	Booking Event
}

// NewBook opens a book that remembers what is on a shelf.
func NewBook(settings Settings, shelf Shelf) *Book { return &Book{Settings: settings, shelf: shelf} }

// rule makes the entries of one event.
type rule func(*desk) error

// rules lists the events that the books follow.
var rules = map[string]rule{
	"invoice.drafted.v1":          draftInvoice,
	"invoice.opened.v1":           openInvoice,
	"invoice.finalized.v1":        issueInvoice,
	"invoice.payment_recorded.v1": receiveMoney,
	"invoice.credit_applied.v1":   applyCredit,
	"invoice.credited.v1":         issueNote,
	"invoice.written_off.v1":      writeOff,
	"invoice.voided.v1":           voidInvoice,
	"invoice.payment_reversed.v1": loseHeld,
	"invoice.credit_withdrawn.v1": loseHeld,
	"account.credit_granted.v1":   grantCredit,
	"account.credit_refunded.v1":  payOutCredit,
	"account.money_reversed.v1":   reverseMoney,
	"payment.started.v1":          startPayment,
	"payment.answered.v1":         answerPayment,
	"payment.resolved.v1":         answerPayment,
	"payment.costed.v1":           costPayment,
	"payment.disputed.v1":         openDispute,
	"payment.dispute_closed.v1":   closeDispute,
	"payment.reversed.v1":         reversePayment,
	"refund.created.v1":           createRefund,
	"refund.recorded.v1":          recordRefund,
	"refund.answered.v1":          answerRefund,
	"books.policy_set.v1":         setPolicy,
	"books.month_ended.v1":        endMonth,
	"books.period_closed.v1":      closePeriod,
}

// EventTypes lists the events that the books follow, in order of their names.
func EventTypes() []string {
	var names []string
	for name := range rules {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// Apply makes the entries of a group of events, one after the other. All events of a command must come together.
func (b *Book) Apply(group []Event, post func(Entry) error) error {
	for i, e := range group {
		do, followed := rules[e.Type]
		if !followed {
			continue
		}
		b.Booking = e
		if err := do(&desk{Book: b, event: e, group: group, at: i, post: post}); err != nil {
			return fmt.Errorf("book %s at position %d: %w", e.Type, e.Position, err)
		}
	}
	return nil
}

// desk books one event.
type desk struct {
	*Book
	event Event
	group []Event
	at    int // in the group
	post  func(Entry) error
	n     int // entries made

	postings []Posting // of the entry that is written
	kind     Kind
}

// today gives the day on which the event took effect.
func (d *desk) today() Day { return d.Day(d.event.EffectiveAt) }

// begin begins an entry.
func (d *desk) begin(kind Kind) { d.kind, d.postings = kind, nil }

// put adds an amount to the entry, on the side that the table says.
func (d *desk) put(part Part, amount money.Amount, tags Tags) {
	leg, ok := Table[d.kind][part]
	if !ok {
		panic(fmt.Sprintf("the posting table has no %s of %s", part, d.kind))
	}
	if amount.IsZero() {
		return
	}
	if leg.Credit {
		amount = amount.Neg()
	}
	d.postings = append(d.postings, Posting{Account: leg.Account, Amount: amount, Tags: tags})
}

// end posts the entry on a day, if it has anything. Of a closed period it becomes a correction.
func (d *desk) end(day Day, reversal, memo string) (id string, err error) {
	if len(d.postings) == 0 {
		return "", nil
	}
	heading := Heading{
		Position: d.event.Position, N: d.n + 1, EventID: d.event.ID, EventType: d.event.Type, RecordedAt: d.event.RecordedAt, Kind: d.kind,
		Date: day, ReversalOf: reversal, Memo: strings.TrimSpace(memo),
	}
	if month := day.Month(); month <= d.Closed {
		heading.Date, heading.CorrectionOf = (d.Closed + 1).First(), month
	}
	entry, err := NewEntry(heading, d.postings)
	if err != nil {
		return "", err
	}
	d.n, d.postings = d.n+1, nil
	return entry.ID(), d.post(entry)
}

// earn posts what is earned of a line.
func (d *desk) earn(i *Invoice, l *Line, all []earned) error {
	tags := Tags{Workspace: i.Workspace, Invoice: i.ID, InvoiceLine: l.Key, Product: l.Product}
	for _, e := range all {
		d.begin(KindEarn)
		d.put(PartDeferred, e.amount, tags)
		d.put(PartEarned, e.amount, tags)
		if _, err := d.end(e.day, "", "earned "+e.day.Month().String()); err != nil {
			return err
		}
	}
	return nil
}

// invoice finds the invoice that the event is of.
func (d *desk) invoice() (*Invoice, error) { return d.shelf.Invoice(d.event.entity()) }

func (i *Invoice) tags() Tags { return Tags{Workspace: i.Workspace, Invoice: i.ID} }

func (i *Invoice) tagsOf(l *Line) Tags {
	return Tags{Workspace: i.Workspace, Invoice: i.ID, InvoiceLine: l.Key, Product: l.Product, TaxRate: l.TaxRate}
}

// setPolicy changes what holds for invoices that are issued from now on.
func setPolicy(d *desk) error {
	set, err := read[policySet](d.event)
	d.TimeZone, d.Recognition, d.Relief = set.TimeZone, set.Recognition, set.WriteOffTaxRelief
	return err
}

// endMonth earns what belongs to a month and was not earned by the way.
func endMonth(d *desk) error {
	ended, err := read[monthMarked](d.event)
	if err != nil {
		return err
	}
	d.Ended = max(d.Ended, ended.Month)
	for after := int64(0); ; {
		invoices, err := d.shelf.Unearned(after)
		if err != nil || len(invoices) == 0 {
			return err
		}
		for _, i := range invoices {
			after = i.Made
			for at := range i.Lines {
				l := &i.Lines[at]
				if err := d.earn(i, l, l.earn(ended.Month.Last(), ended.Month.Last())); err != nil {
					return err
				}
			}
			if err := d.shelf.PutInvoice(i); err != nil {
				return err
			}
		}
	}
}

// closePeriod lets nothing be dated into a period any more.
func closePeriod(d *desk) error {
	closed, err := read[struct {
		Period Month `json:"period"`
	}](d.event)
	d.Closed = max(d.Closed, closed.Period)
	return err
}
