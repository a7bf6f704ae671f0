package command

import (
	"fmt"
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// AddItem lets a line wait for the workspace's next invoice; the currency is the latest subscription's where none is given.
// It refuses with currency_required, or with currency_mismatch where the next invoice will be in another currency.
func AddItem(name string, currency *string, c item.Add) Command[item.Waiting] {
	stream := item.Stream(name)
	return onWorkspaceAs(stream, name, nil, func(w *workspace) (item.Waiting, error) {
		c := c
		var err error
		if c.Currency, err = w.currencyOf(currency); err != nil {
			return item.Waiting{}, err
		}
		if s := w.subscription(); s.Live() && s.Terms.Currency != c.Currency {
			return item.Waiting{}, domain.InvalidField("/currency", "currency_mismatch", "the next invoice is the subscription's, which is in %s", s.Terms.Currency)
		}
		after, err := apply(w.d, stream, item.Decide, item.Command(c))
		if err != nil {
			return item.Waiting{}, err
		}
		return after.Waiting[len(after.Waiting)-1], nil
	})
}

// RemoveItem takes back an item that is not billed; the result is what waited. It refuses with item_on_invoice where an open
// invoice has it.
func RemoveItem(name, id string) Command[item.Waiting] {
	stream := item.Stream(name)
	return onWorkspaceAs(stream, name, nil, func(w *workspace) (removed item.Waiting, err error) {
		if pending := w.subscription().PendingUpdate; pending != nil && len(itemsOn(pending.Bill, id)) > 0 {
			return removed, domain.Conflict("item_on_invoice", "invoice %s, which waits for money, has the item", pending.Invoice)
		}
		for _, waiting := range eventstore.StateOf[item.State](w.d, stream).Waiting {
			if waiting.ID == id {
				removed = waiting
			}
		}
		_, err = apply(w.d, stream, item.Decide, item.Command(item.Remove{ID: id}))
		return removed, err
	})
}

// FindItems gives what waits for the workspace's next invoice to page, which makes the result of it.
func FindItems[R any](name string, page func([]item.Waiting) (R, error)) Command[R] {
	stream := item.Stream(name)
	return Command[R]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (R, error) {
			return page(eventstore.StateOf[item.State](d, stream).Waiting)
		},
	}
}

// OneOff is an invoice for what is beside the seats. Where nothing is given it is in the latest subscription's currency, and
// paid as a running one is.
type OneOff struct {
	Invoice      string
	Currency     *string
	Lines        []item.Line
	Collection   *string
	DaysUntilDue *int
}

// linesMax bounds the lines of a one-off invoice.
const linesMax = 500

// IssueOneOff issues an invoice by hand. It refuses with currency_required, currency_unknown, lines_invalid,
// collection_invalid, days_until_due_invalid, or the fields of a line as [item.Line.Read] checks them.
func IssueOneOff(name string, c OneOff) Command[Invoice] {
	stream := invoice.Stream(c.Invoice)
	return onWorkspaceAs(stream, name, append(slices.Clone(issuing), stream), func(w *workspace) (Invoice, error) {
		currency, err := w.currencyOf(c.Currency)
		if err != nil {
			return Invoice{}, err
		}
		collection, days, err := w.subscription().PaymentTerms(c.Collection, c.DaysUntilDue)
		var check domain.Check
		if err != nil {
			check.Add(err)
		}
		check.Require(currency.Valid(), "/currency", "currency_unknown", "%v", money.ErrCurrencyUnknown)
		check.Require(len(c.Lines) >= 1 && len(c.Lines) <= linesMax, "/lines", "lines_invalid", "lines must be 1 to %d", linesMax)
		var items []pricing.Item
		if err := check.Rejection(); err == nil {
			for i, line := range c.Lines {
				items = append(items, line.Read(&check, domain.Pointer("lines", i), derived("line", c.Invoice, domain.Pointer(i)), currency))
			}
		}
		if err := check.Rejection(); err != nil {
			return Invoice{}, err
		}
		draft := invoice.Draft{ID: c.Invoice, Collection: string(collection), DaysUntilDue: days}
		if err := w.issueItems(draft, items, w.d.Now()); err != nil {
			return Invoice{}, err
		}
		err = w.reconcile(w.d.Now())
		return Invoice{State: w.invoiceState(c.Invoice), Now: w.d.Now()}, err
	})
}

// currencyOf gives a currency, or the latest subscription's. It refuses with currency_required.
func (w *workspace) currencyOf(given *string) (money.Currency, error) {
	if given != nil {
		return money.Currency(*given), nil
	}
	if s := w.subscription(); s.ID != "" {
		return s.Terms.Currency, nil
	}
	return "", domain.InvalidField("/currency", "currency_required", "currency must be given, since the workspace has had no subscription")
}

// issueItems issues an invoice with items alone. The draft says its id and how it is paid.
func (w *workspace) issueItems(c invoice.Draft, items []pricing.Item, at time.Time) error {
	bill, err := pricing.Price(pricing.Order{Currency: items[0].Currency, At: at, Items: items, Tax: w.billable().Tax})
	if err != nil {
		return err
	}
	c.Reason, c.Bill, c.Period = invoice.ReasonManual, bill, pricing.Span(bill.Lines)
	return w.issue(w.subscription(), c, at, at)
}

// followItems notes which items an event bills. When a subscription ends that had begun, an invoice of their own bills those
// that still wait.
func (w *workspace) followItems(before subscription.State, event domain.Event, at time.Time) error {
	switch e := event.(type) {
	case subscription.Billed:
		return w.billItems(e.Bill, e.Invoice, at)
	case subscription.UpdateApplied:
		return w.billItems(before.PendingUpdate.Bill, e.Invoice, at)
	case subscription.Canceled, subscription.Expired:
		if before.Status == subscription.StatusIncomplete {
			return nil
		}
		return w.billRest(before, at)
	}
	return nil
}

func (w *workspace) billItems(bill pricing.Bill, id string, at time.Time) error {
	c := item.Command(item.Bill{Items: itemsOn(bill), Invoice: id})
	_, err := applyAt(w.d, item.Stream(w.name), item.Decide, c, at)
	return err
}

// billRest bills all items that wait, by one invoice for each currency, and more where one can't have them all.
func (w *workspace) billRest(ended subscription.State, at time.Time) error {
	for n := 0; ; n++ {
		waiting := eventstore.StateOf[item.State](w.d, item.Stream(w.name)).Items()
		if len(waiting) == 0 {
			return nil
		}
		currency := waiting[0].Currency
		items, err := pricing.Fitting(slices.DeleteFunc(waiting, func(i pricing.Item) bool { return i.Currency != currency }), money.Zero(currency))
		if err != nil {
			return err
		}
		id := derived("items", ended.ID, fmt.Sprint(n))
		draft := invoice.Draft{ID: id, Collection: string(ended.Collection), DaysUntilDue: ended.DaysUntilDue}
		if err := w.issueItems(draft, items, at); err != nil {
			return err
		}
		if err := w.billItems(w.invoiceState(id).Bill, id, at); err != nil {
			return err
		}
	}
}

// itemsOn lists the items that a bill has, or of these ids those that it has.
func itemsOn(bill pricing.Bill, of ...string) []string {
	var ids []string
	for _, line := range bill.Lines {
		if line.Kind == pricing.LineKindItem && (len(of) == 0 || line.Key == of[0]) {
			ids = append(ids, line.Key)
		}
	}
	return ids
}

// onWorkspaceAs decides on a workspace after its deadlines, where another stream than the subscription's is the resource.
func onWorkspaceAs[R any](resource domain.Stream, name string, more []domain.Stream, decide func(*workspace) (R, error)) Command[R] {
	whole := onWorkspace(name, more, func(w *workspace, _ int64) (R, error) { return decide(w) })
	whole.Resource = resource
	return whole
}
