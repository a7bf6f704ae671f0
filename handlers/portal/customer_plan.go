package portal

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/api/subscriptions"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/paper"
)

// changed holds what a form's change of the subscription came to.
type changed struct{ Payment string }

// change has a change of the subscription done, and waits a moment for its money.
func (c customer) change(given url.Values, plan command.Command[command.Subscription]) error {
	done, err := endpoint.Do(c.Call, given, command.Command[changed]{
		Resource: plan.Resource, Reads: plan.Reads, Writes: plan.Writes,
		Decide: func(d *eventstore.Decision) (changed, error) {
			after, err := plan.Decide(d)
			if err != nil {
				return changed{}, err
			}
			of, _ := after.Awaited()
			return changed{Payment: of.Entity()}, nil
		},
	})
	if err != nil {
		return err
	}
	return c.await(done.Payment)
}

func showHome(c customer, d command.Desk, f *folio) error {
	f.Title = "Your plan"
	if d.State.ID == "" || !d.State.Live() {
		f.Blocks = append(f.Blocks, block{Title: "No plan", Text: []string{"There is no subscription at the moment."}})
		return nil
	}
	plan := planBlock(d)
	if slices.Contains(d.Actions, subscription.ActionUpgrade) || slices.Contains(d.Actions, subscription.ActionDowngrade) {
		plan.Links = append(plan.Links, link{Label: "Change the plan", Address: c.to("upgrade"), Quiet: true})
	}
	if slices.Contains(d.Actions, subscription.ActionChangeSeats) {
		plan.Links = append(plan.Links, link{Label: "Change the seats", Address: c.to("seats"), Quiet: true})
	}
	f.Blocks = append(f.Blocks, plan)
	if waits := waitingBlock(d); waits != nil {
		f.Blocks = append(f.Blocks, *waits)
	}
	next, err := endpoint.Look(c.Call, command.UpcomingInvoice(c.Customer.Workspace))
	if refused, ok := endpoint.Refused(err); ok && refused.Kind == domain.KindNotFound {
		err = nil
	} else if err == nil {
		f.Blocks = append(f.Blocks, block{Title: "Next invoice", Facts: []fact{
			{"On", day(next.IssuedAt, d)}, {"For", day(next.Period.Start, d) + " to " + day(next.Period.End, d)}, {"Amount", paper.Price(next.AmountDue)},
		}})
	}
	method, has := d.Methods.Find(d.Methods.Default)
	b := block{Title: "Payment", Links: []link{{Label: "Payment methods", Address: c.to("payment-methods"), Quiet: true}}, Text: []string{"Invoices are sent to you."}}
	switch {
	case has:
		b.Text = []string{"Invoices are paid by " + methodName(method.Brand, method.Last4) + "."}
	case d.State.Collection == subscription.CollectionAutomatic:
		b.Text = []string{"There is no payment method yet. Please add one."}
	}
	f.Blocks = append(f.Blocks, b)
	if slices.Contains(d.Actions, "cancel") || slices.Contains(d.Actions, "uncancel") {
		label := "Cancel the subscription"
		if d.State.Cancellation != nil {
			label = "Keep the subscription"
		}
		f.Blocks = append(f.Blocks, block{Title: "Cancellation", Links: []link{{Label: label, Address: c.to("cancel"), Quiet: true}}})
	}
	return err
}

// planBlock tells which plan there is.
func planBlock(d command.Desk) block {
	s := d.State
	b := block{Title: d.Products[s.Terms.Product], Facts: []fact{
		{"Status", strings.TrimSuffix(sentence(strings.ReplaceAll(string(s.Status), "_", " ")), ".")}, {"Seats", fmt.Sprintf("%d of %d in use", d.SeatsInUse, s.Seats)}, {"Billed", "each " + every(s.Terms)},
		{"This period", day(s.CurrentPeriod.Start, d) + " to " + day(s.CurrentPeriod.End, d)},
	}}
	if s.Discount != nil {
		b.Facts = append(b.Facts, fact{"Discount", s.Discount.Value.Title()})
	}
	if s.Cancellation != nil {
		b.Facts = append(b.Facts, fact{"Ends", day(s.Cancellation.At, d)})
	}
	if p := s.PendingChange; p != nil {
		b.Facts = append(b.Facts, fact{"From " + day(p.EffectiveAt, d), fmt.Sprintf("%s, %d seats", d.Products[p.Terms.Product], p.Seats)})
	}
	return b
}

// waitingBlock tells of a change that waits for money.
func waitingBlock(d command.Desk) *block {
	u := d.State.PendingUpdate
	if u == nil {
		return nil
	}
	b := &block{Title: "A change waits for its payment", Text: []string{
		fmt.Sprintf("%s with %d seats begins as soon as %s is paid, at the latest on %s.", d.Products[u.Terms.Product], u.Seats, paper.Price(u.Bill.Total), moment(u.ExpiresAt, d.Seller)),
	}}
	if last := d.Waiting.Last(); d.Waiting.ID != "" {
		if why := declined(last.Failure); why != nil {
			b.Text = append(b.Text, why.Title+". "+why.Text)
		}
		if last.NextAction != nil && last.NextAction.URL != "" {
			b.Links = []link{{Label: "Confirm the payment", Address: last.NextAction.URL}}
		}
	}
	return b
}

func showUpgrade(c customer, d command.Desk, f *folio) error {
	f.Title = "Plans"
	price, seats := c.Asked("price"), c.Asked("seats")
	if price != "" {
		return showPreview(c, d, f, price, seats)
	}
	var has int64
	if d.State.Live() {
		has = d.State.Seats
	}
	offers, err := endpoint.Look(c.Call, command.FindOffersFor(c.Customer.Workspace, has))
	if err != nil {
		return err
	}
	for _, offer := range offers.Products {
		b := block{Title: d.Products[offer.Product]}
		for _, p := range offer.Prices {
			if r, ok := offerRow(d, p); ok {
				b.Rows = append(b.Rows, r)
			}
		}
		if len(b.Rows) > 0 {
			f.Blocks = append(f.Blocks, b)
		}
	}
	return nil
}

// offerRow shows a price, unless it is in a currency in which the subscription can't go on.
func offerRow(d command.Desk, p command.OfferedPrice) (row, bool) {
	r := row{Name: paper.Price(p.Bill.Total) + " each " + every(p.Terms), Detail: "for " + seatsOf(p.Seats)}
	if !d.State.Live() {
		return r, true
	}
	switch {
	case p.Price == d.State.Terms.Price:
		r.Mark = "Your plan"
	case p.Change == pricing.ChangeUpgrade || p.Change == pricing.ChangeDowngrade:
		r.Links = []link{{Label: "Look at the price", About: "of " + r.Name, Address: "?price=" + url.QueryEscape(p.Price), Quiet: true}}
	}
	return r, p.Terms.Currency == d.State.Terms.Currency
}

func doUpgrade(c customer, given url.Values) error {
	if given.Get("do") == "downgrade" {
		return c.change(given, subscriptions.Downgrade(c.Call, given.Get("price")))
	}
	return c.change(given, subscriptions.Upgrade(c.Call, given.Get("price"), given.Get("quote")))
}

func showSeats(c customer, d command.Desk, f *folio) error {
	f.Title = "Seats"
	if seats := c.Asked("seats"); seats != "" {
		return showPreview(c, d, f, "", seats)
	}
	f.Blocks = append(f.Blocks, block{
		Title: "Seats", Text: []string{fmt.Sprintf("You have %s, of which %d are in use.", seatsOf(d.State.Seats), d.SeatsInUse)},
		Form: &form{Get: true, Fields: []field{{Name: "seats", Label: "New number of seats", Kind: "number", Value: fmt.Sprint(d.State.Seats)}},
			Buttons: []button{{Label: "Look at the price"}}},
	})
	return nil
}

func doSeats(c customer, given url.Values) error {
	seats, err := strconv.ParseInt(given.Get("seats"), 10, 64)
	if err != nil {
		return seatsInvalid()
	}
	return c.change(given, subscriptions.ChangeSeats(c.Call, seats, given.Get("quote")))
}

func seatsInvalid() error {
	return domain.InvalidField("/seats", "seats_out_of_range", "seats must be a number of 1 or more")
}

// showPreview shows what a change would cost, and lets it be made for exactly that.
func showPreview(c customer, d command.Desk, f *folio, price, seats string) error {
	proposal := subscription.Proposal{Billing: subscription.Billing{Change: endpoint.NewID()}}
	if seats != "" {
		n, err := strconv.ParseInt(seats, 10, 64)
		if err != nil {
			return seatsInvalid()
		}
		proposal.Seats = &n
	}
	var to *string
	if price != "" {
		to = &price
	}
	p, err := endpoint.Look(c.Call, command.PreviewChange(c.Customer.Workspace, to, proposal))
	if err != nil {
		return err
	}
	later := p.EffectiveAt.After(p.AsOf)
	b := block{Title: "What it costs"}
	for _, l := range p.Bill.Lines {
		name := fmt.Sprintf("%s, %s", d.Products[l.Product], seatsOf(l.Quantity))
		if l.Amount.Sign() < 0 {
			name = "Unused time of " + name
		}
		b.Facts = append(b.Facts, fact{name, paper.Price(l.Amount)})
	}
	if p.Bill.Tax.Sign() != 0 {
		b.Facts = append(b.Facts, fact{"Tax", paper.Price(p.Bill.Tax)})
	}
	b.Facts = append(b.Facts, fact{"Total", paper.Price(p.Bill.Total)})
	do := button{Name: "do", Value: "change", Label: "Change now"}
	if later {
		b.Text = []string{"It changes on " + day(p.EffectiveAt, d) + ". Nothing is due now; the next invoice will be this."}
		do.Label = "Change on " + day(p.EffectiveAt, d)
		if price != "" {
			do.Value = "downgrade"
		}
	} else {
		b.Facts = append(b.Facts, fact{"Due now", paper.Price(p.AmountDue)})
		if method, has := d.Methods.Find(d.Methods.Default); has && p.AmountDue.Sign() > 0 && d.State.Collection == subscription.CollectionAutomatic {
			b.Text = []string{"It changes at once, and " + methodName(method.Brand, method.Last4) + " is charged."}
		}
	}
	b.Form = &form{Key: endpoint.NewID(), Buttons: []button{do}, Hidden: []fact{{"quote", subscriptions.QuoteText(c.Call, p.Quote)}}}
	if price != "" {
		b.Form.Hidden = append(b.Form.Hidden, fact{"price", price})
	} else {
		b.Form.Hidden = append(b.Form.Hidden, fact{"seats", seats})
	}
	b.Links = []link{{Label: "Back", Address: c.to(c.name), Quiet: true}}
	f.Blocks = append(f.Blocks, b)
	return nil
}

func showCancel(_ customer, d command.Desk, f *folio) error {
	f.Title = "Cancel"
	switch {
	case slices.Contains(d.Actions, "uncancel"):
		f.Blocks = append(f.Blocks, block{
			Title: "The subscription ends on " + day(d.State.Cancellation.At, d), Text: []string{"You can keep it as long as it has not ended."},
			Form: &form{Key: endpoint.NewID(), Buttons: []button{{Name: "do", Value: "uncancel", Label: "Keep the subscription"}}},
		})
	case slices.Contains(d.Actions, "cancel"):
		f.Blocks = append(f.Blocks, block{
			Title: "Cancel the subscription", Text: []string{"It goes on until " + day(d.State.CurrentPeriod.End, d) + ", and is not renewed then."},
			Form: &form{Key: endpoint.NewID(), Hidden: []fact{{"when", "period_end"}}, Buttons: []button{{Name: "do", Value: "cancel", Label: "Cancel at the end of the period", Bad: true}}},
		})
	default:
		f.Blocks = append(f.Blocks, block{Title: "Nothing to cancel", Text: []string{"There is no subscription that could be canceled."}})
	}
	return nil
}

func doCancel(c customer, given url.Values) error {
	if given.Get("do") == "uncancel" {
		return c.change(given, command.UncancelSubscription(c.Customer.Workspace))
	}
	return c.change(given, subscriptions.Cancel(c.Call, given.Get("when")))
}

func seatsOf(n int64) string {
	if n == 1 {
		return "1 seat"
	}
	return fmt.Sprintf("%d seats", n)
}
