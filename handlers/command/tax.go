package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/eventstore"
)

// SetTax says how a workspace is taxed from now on; the result is that. Deadlines that are due come first, so that what was
// to be billed before is taxed as it was. It refuses with amount_out_of_range.
func SetTax(name string, c tax.Replace) Command[pricing.Tax] {
	stream := tax.Stream(name)
	return Command[pricing.Tax]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   streamsOf(name),
		Decide: func(d *eventstore.Decision) (pricing.Tax, error) {
			w := &workspace{d: d, name: name}
			if err := w.catchUp(); err != nil {
				return pricing.Tax{}, err
			}
			after, err := apply(d, stream, tax.Decide, tax.Command(c))
			if err != nil {
				return pricing.Tax{}, err
			}
			pointer := "/status"
			if c.Rate != nil {
				pointer = "/rate"
			}
			return after.Tax(), w.subscription().Taxed(after.Override()).CheckTax(pointer)
		},
	}
}

// FindTax tells how a workspace is taxed now. It writes nothing and is never refused.
func FindTax(name string) Command[pricing.Tax] {
	stream := tax.Stream(name)
	return Command[pricing.Tax]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (pricing.Tax, error) {
			return eventstore.StateOf[tax.State](d, stream).Tax(), nil
		},
	}
}

// billable returns the subscription as commands decide on it: with the workspace's tax, what waits to be billed, and what is
// past due. Their streams must be there. What a payment link sells has the tax that it had when the link was made, and comes alone.
func (w *workspace) billable() subscription.State {
	if w.sale != nil {
		return w.subscription().Taxed(w.sale.Tax).WithPastDue(w.account().PastDue(w.d.Now()))
	}
	return w.subscription().Taxed(eventstore.StateOf[tax.State](w.d, tax.Stream(w.name)).Override()).
		WithItems(eventstore.StateOf[item.State](w.d, item.Stream(w.name)).Items()).
		WithPastDue(w.account().PastDue(w.d.Now()))
}
