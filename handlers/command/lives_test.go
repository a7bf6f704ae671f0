package command_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"pgregory.net/rapid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/pricing"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
)

// lifeParts times the usual hundred runs of a property are how many lives are told.
const lifeParts = 10

// TestLives tells random lives of a workspace that pays, pays in part, or not at all, at prices of several currencies, with
// coupons of every kind and in four time zones. After each step [equation] holds, and nobody has seats beyond [coverage].
func TestLives(t *testing.T) {
	t.Parallel()
	for part := range lifeParts {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { tellLife(t, yearPrices, nil, 0) })
		})
	}
}

// TestLivesOfVolume tells lives at prices by which more seats often make the plan cheaper, of little but seats and ends, so
// that many credit notes have lines of several invoices.
func TestLivesOfVolume(t *testing.T) {
	t.Parallel()
	volume := slices.DeleteFunc(slices.Clone(yearPrices), func(p catalog.CreatePrice) bool { return p.Scheme == nil })
	acts := []string{
		subscription.ActionCreate, subscription.ActionChangeSeats, subscription.ActionUpgrade, subscription.ActionCancel, subscription.ActionPause,
		subscription.ActionResume, subscription.ActionApplyDiscount, subscription.ActionRemoveDiscount, "tax", "pay", "pay in part", "void", "write off",
		"credit note", "note of a part", "note of a part", "note of a line",
	}
	for part := range lifeParts / 2 {
		t.Run(fmt.Sprint(part), func(t *testing.T) {
			t.Parallel()
			rapid.Check(t, func(t *rapid.T) { tellLife(t, volume, acts, 0) })
		})
	}
	t.Run("begun by an earlier release", func(t *testing.T) {
		t.Parallel()
		rapid.Check(t, func(t *rapid.T) { tellLife(t, volume, acts, actsMax/2) })
	})
}

// act is one thing that somebody does, and when. Only those are drawn that the state allows at first sight.
type act struct {
	at                  time.Time
	name, do            string
	price, coupon, zone string
	seats, pick         int
	minor               int64
	collection          subscription.Collection
	settlement          subscription.Settlement
}

// actsMax bounds a life. The first thing that can be drawn is to wait, so a failure shrinks to the acts that make it.
const actsMax = 30

func (l *lived) drawAct(t *rapid.T, n int, at time.Time) act {
	return act{
		at: at, name: fmt.Sprint(n),
		do:         rapid.SampledFrom(l.possible(at)).Draw(t, "do"),
		price:      rapid.SampledFrom(l.prices()).Draw(t, "price"),
		coupon:     rapid.SampledFrom(append([]string{"", "", ""}, lifeCoupons...)).Draw(t, "coupon"),
		zone:       rapid.SampledFrom([]string{"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"}).Draw(t, "zone"),
		seats:      rapid.IntRange(1, 9).Draw(t, "seats"),
		pick:       rapid.IntRange(0, 5).Draw(t, "pick"),
		minor:      int64(rapid.SampledFrom([]int{1, 333, 1_000, 5_000, 20_000}).Draw(t, "minor")),
		collection: rapid.SampledFrom([]subscription.Collection{subscription.CollectionSendInvoice, subscription.CollectionAutomatic}).Draw(t, "collection"),
		settlement: rapid.SampledFrom([]subscription.Settlement{
			subscription.SettlementCredit, subscription.SettlementRefund, subscription.SettlementNone,
		}).Draw(t, "settlement"),
	}
}

// possible lists what can be done, more often what moves more.
func (l *lived) possible(at time.Time) []string {
	acts := []string{"wait", "sit", "grant", "pay out", "tax", "record refund", "item", "item", "drop item", "one-off", "dunning"}
	for _, action := range l.subscription().AvailableActions(at) {
		acts = append(acts, action)
		switch action {
		case subscription.ActionCreate:
			acts = append(acts, action, action, action, "start trial")
		case subscription.ActionUpgrade, subscription.ActionChangeSeats, subscription.ActionConvertTrial, subscription.ActionResume:
			acts = append(acts, action, action)
		}
	}
	if len(l.equation.order) > 0 {
		acts = append(acts, "pay", "pay", "pay", "pay in part", "pay in part", "pay too much", "void", "write off", "credit note", "refund",
			"note of a part", "note of a line")
	}
	if slices.Contains(l.only, "charge") && len(l.equation.order) > 0 {
		acts = append(acts, "charge", "charge", "charge", "charge")
	}
	if len(l.payments) > 0 {
		acts = append(acts, "send back", "send back", "reverse", "dispute", "sent back elsewhere", "answer refund")
	}
	if l.only != nil {
		acts = slices.DeleteFunc(acts, func(do string) bool { return do != "wait" && !slices.Contains(l.only, do) })
	}
	return acts
}

// prices lists those of the life in the currency of the present subscription, or all.
func (l *lived) prices() (codes []string) {
	s := l.subscription()
	for _, price := range l.sold {
		if !s.Live() || price.Currency == string(s.Terms.Currency) {
			codes = append(codes, price.Code)
		}
	}
	return codes
}

var lifeCoupons = []string{"p-once", "p-periods", "p-forever", "p-months", "a-once", "a-periods", "a-forever", "e-once", "e-forever"}

// sellCoupons makes the coupons of a life.
func (l *life) sellCoupons(at time.Time) {
	dollars, err := money.FromMinor("USD", 2_550)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	euros, err := money.FromMinor("EUR", 900)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	for _, c := range []catalog.CreateCoupon{
		{Code: "p-once", PercentOff: new("33.3"), Duration: "once"},
		{Code: "p-periods", PercentOff: new("50"), Duration: "periods", Periods: new(2)},
		{Code: "p-forever", PercentOff: new("10"), Duration: "forever"},
		{Code: "p-months", PercentOff: new("25"), Duration: "months", Months: new(2)},
		{Code: "a-once", AmountOff: &dollars, Duration: "once"},
		{Code: "a-periods", AmountOff: &dollars, Duration: "periods", Periods: new(3)},
		{Code: "a-forever", AmountOff: &dollars, Duration: "forever"},
		{Code: "e-once", AmountOff: &euros, Duration: "once"},
		{Code: "e-forever", AmountOff: &euros, Duration: "forever"},
	} {
		l.must(at, plain(command.CreateCoupon(c)))
	}
}

// lived is a life of which the seats are followed, too.
type lived struct {
	*life
	sold     []catalog.CreatePrice
	only     []string // the acts beside waiting, all where it is nil
	coverage *coverage
	services *services
	refunds  []string
	payments []string // that a gateway takes
	method   string
	till     *till
	items    []string // that were asked for
	added    []string
	removed  []string
	acts     []string
	dunned   *dunned
	begun    time.Time // when the first invoice was issued
}

// actsBefore are those by which a life that an earlier release begins comes to lines in force.
var actsBefore = []string{subscription.ActionCreate, subscription.ActionChangeSeats, subscription.ActionRemoveDiscount, "tax", "pay", "pay in part", "write off"}

// tellLife tells one life at some of the prices, of all acts or only of some. Its first acts may be those of an earlier release.
func tellLife(t *rapid.T, sold []catalog.CreatePrice, only []string, earlier int) *lived {
	at := time.Date(2031, 1, 29, 9, 30, 0, 0, time.UTC)
	l := &lived{life: newLife(t), sold: sold, only: only, coverage: newCoverage(), services: newServices(), dunned: newDunned(), till: newTill()}
	l.sellCoupons(at)
	l.log = nil
	l.keepBooks(t, at)
	if earlier > 0 {
		l.only = actsBefore
	}
	for n := range actsMax {
		if n == earlier && n > 0 {
			l.only = only
			l.asBefore()
			l.dunned = nil // what an earlier release left is not followed up
		}
		upcoming := l.upcoming(at)
		at = at.Add(time.Duration(rapid.SampledFrom([]int{0, 1, 24, 30, 5 * 24, 12 * 24, 24 * 24, 40 * 24}).Draw(t, "hours")) * time.Hour)
		if n%2 == 0 {
			l.endMonths(at, n%4 == 0)
		}
		proposed, _ := l.play(at, plain(command.RunSubscription("w", true)))
		l.keeps(upcoming, at, proposed)
		a := l.drawAct(t, n, at)
		if earlier == 0 && !l.flies() { // else an invoice may not know what rules an action out: a line, or a payment in flight
			l.keepsActions(a)
		}
		l.till.does = nil
		if c := l.command(a); c != nil {
			l.acts = append(l.acts, fmt.Sprintf("%+v", a))
			preview := l.preview(a)
			proposed, err := l.play(at, *c)
			l.keepsPreview(preview, proposed, err)
			if l.till.does != nil && err == nil {
				l.till.does()
			}
			l.checkTill(a)
		}
	}
	if _, err := l.play(at.AddDate(0, 2, 0), plain(command.RunSubscription("w", true))); err != nil {
		t.Fatal(err)
	}
	l.endMonths(at.AddDate(0, 2, 0), false)
	l.checkBills()
	l.checkItems()
	if earlier == 0 { // else the events are not those that the earlier release wrote
		l.checkVerified()
	}
	return l
}

// checkItems holds that each item waits, or was removed, or was billed, once.
func (l *lived) checkItems() {
	places := map[string]int{}
	for _, waiting := range eventstore.RehearsedState[item.State](l.rehearsal, item.Stream("w")).Waiting {
		places[waiting.ID]++
	}
	for _, id := range l.removed {
		places[id]++
	}
	for _, id := range l.equation.order {
		for _, line := range l.equation.invoices[id].Bill.Lines {
			if line.Kind == pricing.LineKindItem && l.equation.invoices[id].Number != "" {
				places[line.Key]++
			}
		}
	}
	for _, id := range l.added {
		if places[id] != 1 {
			l.fail("item %s is in %d places", id, places[id])
		}
	}
}

// play carries a command out, and checks everything after it. A refusal is no fault.
func (l *lived) play(now time.Time, c eventstore.Command) ([]eventstore.Proposed, error) {
	proposed, err := l.rehearsal.Execute(c, now)
	if err != nil && !errors.As(err, new(*domain.Rejection)) {
		l.fail("at %v: %v", now, err)
	}
	l.tell(proposed)
	for _, e := range proposed {
		data, err := json.Marshal(e.Fact)
		if err != nil {
			l.t.Fatalf("%v", err)
		}
		l.log = append(l.log, fmt.Sprintf("%s %v %s %s", e.Stream, e.EffectiveAt, e.Fact.EventType(), data))
		l.equation.follow(e.Stream, e.Fact)
		l.services.follow(e.Fact)
		l.dunned.follow(e)
		switch fact := e.Fact.(type) {
		case invoice.Finalized:
			if l.begun.IsZero() {
				l.begun = fact.IssuedAt
			}
		case refund.Created:
			l.refunds = append(l.refunds, fact.ID)
		case payment.Started:
			l.payments = append(l.payments, fact.ID)
		case item.Added:
			l.added = append(l.added, fact.Item.ID)
		case item.Removed:
			l.removed = append(l.removed, fact.ID)
		}
		if err := errors.Join(l.coverage.follow(e), checkNote(e.Fact), l.checkNoteLines(e.Fact)); err != nil {
			l.fail("at %v: %v", now, err)
		}
	}
	if err := errors.Join(l.equation.check(), l.coverage.check(now), l.services.check(), l.checkDunning(now)); err != nil {
		l.fail("at %v: %v", now, err)
	}
	return proposed, err
}

// checkNoteLines holds that each line of a credit note is one of the invoice that it names.
func (l *lived) checkNoteLines(fact domain.Event) error {
	note, ok := fact.(invoice.Credited)
	if !ok {
		return nil
	}
	for _, line := range note.Lines {
		source := cmp.Or(line.Invoice, note.ID)
		lines := l.equation.invoices[source].Bill.Lines
		at := slices.IndexFunc(lines, func(billed pricing.Line) bool { return billed.Key == line.Key })
		if at < 0 || line.Invoice == note.ID || line.Invoice != "" && line.Amount.Sign() >= 0 {
			return fmt.Errorf("credit note %s: line %s is not one of %s", note.Number, line.Key, source)
		}
	}
	return nil
}

// checkNote holds the identities of a credit note.
func checkNote(fact domain.Event) error {
	note, ok := fact.(invoice.Credited)
	if !ok {
		return nil
	}
	none := money.Zero(note.Total.Currency())
	lines, tax, settled, back := none, none, none, none
	for _, line := range note.Lines {
		lines, tax = lines.Plus(line.Amount), tax.Plus(line.Tax)
	}
	for _, s := range note.Settled() {
		settled = settled.Plus(s.Amount)
	}
	for _, r := range note.Refunds {
		back = back.Plus(r.Amount)
	}
	outside := note.Total.Minus(lines) // of the tax, what is not in the lines' amounts
	if outside.Sign() < 0 || outside.Minus(tax).Sign() > 0 || !tax.Equal(note.Tax) || !note.Total.Equal(note.Reduced.Plus(note.Refund).Plus(note.Credit)) ||
		!settled.Equal(note.Reduced) || !back.Equal(note.Refund) || note.Total.Sign() <= 0 || note.Credit.Sign() < 0 {
		return fmt.Errorf("credit note %s: its parts are not the whole: %+v", note.Number, note)
	}
	return nil
}

func (l *lived) fail(format string, args ...any) {
	l.t.Fatalf("%s\nafter\n%s\nwith\n%s", fmt.Sprintf(format, args...), strings.Join(l.acts, "\n"), strings.Join(l.log, "\n"))
}

// command makes an act a command of whatever state it meets.
func (l *lived) command(a act) *eventstore.Command {
	b := subscription.Billing{Change: "c" + a.name, Invoice: "i" + a.name}
	var c eventstore.Command
	switch a.do {
	case subscription.ActionCreate:
		c = plain(command.CreateSubscription("w", subscription.Create{
			Billing: b, ID: "s" + a.name, Price: a.price, Seats: int64(a.seats), Collection: a.collection, TimeZone: &a.zone, Coupon: chosen(a.coupon),
		}))
	case "start trial":
		c = plain(command.StartTrial("w", subscription.StartTrial{ID: "s" + a.name, Price: a.price, Seats: new(int64(a.seats)), TimeZone: &a.zone, Coupon: chosen(a.coupon)}))
	case subscription.ActionConvertTrial:
		c = plain(command.ConvertTrial("w", subscription.ConvertTrial{Billing: b, Collection: &a.collection, Coupon: chosen(a.coupon)}))
	case subscription.ActionUpgrade, subscription.ActionDowngrade:
		c = l.changePrice(a, b)
	case subscription.ActionChangeSeats:
		c = plain(command.ChangeSeats("w", subscription.ChangeSeats{Billing: b, Seats: int64(a.seats)}))
	case subscription.ActionRemoveUnusedSeats:
		c = plain(command.RemoveUnusedSeats("w", b.Change))
	case subscription.ActionCancel:
		when := []string{"now", "period_end", a.at.AddDate(0, 0, 9).Format(time.RFC3339), a.at.AddDate(0, 0, 50).Format(time.RFC3339)}[a.pick%4]
		c = plain(command.CancelSubscription("w", subscription.Cancel{Billing: b, When: when, Settlement: &a.settlement}))
	case subscription.ActionUncancel:
		c = plain(command.UncancelSubscription("w"))
	case subscription.ActionPause:
		c = plain(command.PauseSubscription("w", subscription.Pause{Billing: b}))
	case subscription.ActionResume:
		anchor := []subscription.ResumeAnchor{subscription.ResumeNow, subscription.ResumeUnchanged}[a.pick%2]
		c = plain(command.ResumeSubscription("w", subscription.Resume{Billing: b, Anchor: &anchor}))
	case subscription.ActionChangeCollection:
		c = plain(command.ChangeCollection("w", subscription.ChangeCollection{Collection: a.collection}))
	case subscription.ActionApplyDiscount:
		c = plain(command.ApplyDiscount("w", a.coupon))
	case subscription.ActionRemoveDiscount:
		c = plain(command.RemoveDiscount("w"))
	case subscription.ActionCancelPendingChange:
		c = plain(command.CancelPendingChange("w"))
	case subscription.ActionCancelPendingUpdate:
		c = plain(command.CancelPendingUpdate("w"))
	case subscription.ActionCancelTrial:
		c = plain(command.CancelTrial("w"))
	case subscription.ActionExtendTrial:
		c = plain(command.ExtendTrial("w", subscription.ExtendTrial{End: a.at.AddDate(0, 0, 20), Reason: "slow"}))
	case "tax":
		c = plain(command.SetTax("w", taxes[a.pick%len(taxes)]))
	case "record refund":
		return l.recordRefund(a)
	case "dunning":
		c = plain(command.SetDunning(a.policy()))
	case "item", "drop item", "one-off":
		return l.ofItems(a)
	case "send back", "reverse", "dispute", "sent back elsewhere", "answer refund":
		return l.ofGateway(a)
	case "sit", "leave", "grant", "pay out":
		return l.other(step{at: a.at, do: a.do, n: a.pick * 100, name: a.name})
	default:
		return l.ofMoney(a)
	}
	return &c
}

// changePrice is an upgrade or a downgrade, by what the price is.
func (l *lived) changePrice(a act, b subscription.Billing) eventstore.Command {
	if l.isUpgrade(a) {
		return plain(command.UpgradeSubscription("w", subscription.Upgrade{Billing: b, Price: a.price}))
	}
	return plain(command.DowngradeSubscription("w", subscription.Downgrade{Change: b.Change, Price: a.price, Seats: a.downgradeSeats()}))
}

func (l *lived) isUpgrade(a act) bool {
	terms, err := eventstore.RehearsedState[catalog.State](l.rehearsal, catalog.Stream()).ForSale(a.price)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	return pricing.CompareTerms(l.subscription().Terms, terms) == pricing.ChangeUpgrade
}

// downgradeSeats go with every second downgrade.
func (a act) downgradeSeats() *int64 {
	if a.pick%2 == 0 {
		return new(int64(a.seats))
	}
	return nil
}

// ofItems makes the acts on what is billed beside the seats.
func (l *lived) ofItems(a act) *eventstore.Command {
	line := item.Line{Description: "Setup", Quantity: new(int64(a.seats)), UnitAmount: fmt.Sprint(a.pick), TaxRate: new("0.19")}
	var currency *string
	if !l.subscription().Live() {
		currency = new("USD")
	}
	switch a.do {
	case "item":
		l.items = append(l.items, "x"+a.name)
		return new(plain(command.AddItem("w", currency, item.Add{ID: "x" + a.name, Line: line})))
	case "one-off":
		return new(plain(command.IssueOneOff("w", command.OneOff{
			Invoice: "o" + a.name, Currency: currency, Lines: []item.Line{line, line}, Collection: new(string(a.collection)),
		})))
	}
	if len(l.items) == 0 {
		return nil
	}
	return new(plain(command.RemoveItem("w", l.items[a.pick%len(l.items)])))
}

// taxes list the settings that a workspace's tax takes.
var taxes = []tax.Replace{
	{Treatment: "standard"}, {Treatment: "standard", Rate: new("0.07")}, {Treatment: "exempt", Reason: "a school"}, {Treatment: "reverse_charge"},
}

// recordRefund lets the money of a refund go back outside.
func (l *lived) recordRefund(a act) *eventstore.Command {
	if len(l.refunds) == 0 {
		return nil
	}
	return new(plain(command.RecordRefund(l.refunds[a.pick%len(l.refunds)], refund.Record{Reference: "back"})))
}

func chosen(coupon string) *string {
	if coupon == "" {
		return nil
	}
	return &coupon
}

// latest picks an invoice, the latest first.
func (l *lived) latest(a act) string { return l.equation.order[max(0, len(l.equation.order)-1-a.pick)] }

// ofMoney makes the acts on an invoice.
func (l *lived) ofMoney(a act) *eventstore.Command {
	if len(l.equation.order) == 0 || a.do == "wait" {
		return nil
	}
	id := l.latest(a)
	state := l.equation.invoices[id]
	amount, err := money.FromMinor(state.Bill.Currency, a.minor)
	if err != nil {
		l.t.Fatalf("%v", err)
	}
	owed := state.Owed()
	var c eventstore.Command
	switch a.do {
	case "pay", "pay in part", "pay too much":
		switch a.do {
		case "pay":
			amount = owed
		case "pay too much":
			amount = owed.Plus(amount)
		}
		c = plain(command.RecordPayment(id, invoice.RecordPayment{Payment: "p" + a.name, Amount: amount, Reference: "wire"}))
	case "charge":
		return l.charge(a, state)
	case "void":
		c = plain(command.VoidInvoice(id, "by hand"))
	case "write off":
		c = plain(command.WriteOff(id, invoice.WriteOff{Reason: "gone"}))
	case "note of a part", "note of a line":
		c = plain(command.IssueCreditNote(id, noteOf(a, state)))
	case "credit note", "refund":
		c = plain(command.IssueCreditNote(id, invoice.Credit{CreditNote: "n" + a.name, Amount: &amount, Reason: "sorry", Refund: a.do == "refund"}))
	}
	return &c
}

// noteOf is a credit note by hand, of a share of what it can be or of a whole line.
func noteOf(a act, state invoice.State) invoice.Credit {
	c := invoice.Credit{CreditNote: "n" + a.name, Reason: "sorry", Refund: a.settlement == subscription.SettlementRefund}
	if a.do == "note of a line" {
		c.Lines = []invoice.CreditLine{{Key: state.Bill.Lines[a.seats%len(state.Bill.Lines)].Key}}
		return c
	}
	parts, err := state.Creditable().Allocate([]int64{int64(a.seats), a.minor % 7})
	if err != nil {
		parts = []money.Amount{state.Creditable()}
	}
	c.Amount = &parts[0]
	return c
}
