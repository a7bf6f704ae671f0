package api

import (
	"fmt"
	"maps"
	"math/big"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// livesTold counts the lives that are told over HTTP, with livesActs acts each; handlers/command tells a thousand in memory.
const (
	livesTold     = 16
	livesActs     = 25
	livesVerified = 2 // by all checks
)

// TestLives lets workspaces live at random, by what available_actions says, and adds up after each act what invoices, credit
// notes, refunds and the balance show: per currency, every cent that was charged is credited, written off, given, paid or
// still to be paid.
func TestLives(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.start(endpoint.Options{})
	for n := range livesTold {
		begin := time.Date(2031, 1, 29, 9, 30, 0, 0, time.UTC)
		ledger, err := eventstore.CreateLedger(t.Context(), b.admin, fmt.Sprint("life", n), eventstore.ModeSandbox, begin)
		if err != nil {
			t.Fatal(err)
		}
		token := b.token(ledger, endpoint.RoleAdmin)
		seed := rand.Uint64()
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			t.Parallel()
			l := &liveOne{
				client: &client{t: t, base: p.url, token: token}, random: rand.New(rand.NewPCG(seed, 0)), seen: without("Min-Position"),
				now: begin, paid: totals{}, granted: totals{},
			}
			defer func() {
				if t.Failed() {
					t.Logf("after\n%s", strings.Join(l.done, "\n"))
				}
			}()
			l.card = n%2 == 0
			l.open()
			for range livesActs {
				l.act()
				l.check()
			}
			if l.card { // until every answer is there
				l.now = l.now.AddDate(0, 0, 35)
				l.seen = l.advance(l.now.Format(time.RFC3339)).position()
				l.check()
			}
			l.checkDocuments()
			if n < livesVerified {
				l.checkVerified(t, b.verifier(t, ledger))
			}
		})
	}
}

// checkVerified holds the life's ledger against all rules.
func (l *liveOne) checkVerified(t *testing.T, v verifier) {
	t.Helper()
	v.inTx(t, func(tx pgx.Tx) {
		for _, r := range v.run(t, tx) {
			if !r.OK {
				t.Errorf("%s: %d of %d are not as they must be, the first: %+v", r.Name, r.Failed, r.Checked, *r.First)
			}
		}
	})
}

// liveOne is a workspace whose life is told, and what was paid and given by hand so far.
type liveOne struct {
	*client
	card          bool // a gateway takes its money, too
	random        *rand.Rand
	now           time.Time
	seen          with
	paid, granted totals
	done          []string
	latest        []string // ids of invoices, in order
	owed          []string // of those, the ones with something to pay
}

// totals adds up amounts by their currency.
type totals map[string]*big.Rat

func (s totals) of(currency string) *big.Rat {
	if s[currency] == nil {
		s[currency] = new(big.Rat)
	}
	return s[currency]
}

// add adds an amount, an object as answers have it, so many times.
func (s totals) add(money any, times int64) {
	amount := money.(map[string]any)
	sum := s.of(amount["currency"].(string))
	sum.Add(sum, new(big.Rat).Mul(rational(money), new(big.Rat).SetInt64(times)))
}

func rational(money any) *big.Rat {
	value, ok := new(big.Rat).SetString(money.(map[string]any)["amount"].(string))
	if !ok {
		panic(fmt.Sprintf("%v is no amount", money))
	}
	return value
}

var (
	lifePrices = map[string][]string{"USD": {"usd-a", "usd-b", "usd-year"}, "EUR": {"eur-a", "eur-b"}}
	lifeZones  = []string{"UTC", "America/New_York", "Asia/Kolkata", "Pacific/Auckland"}
	lifeGifts  = []string{"percent", "voucher", "amount"}
)

// open makes what is for sale.
func (l *liveOne) open() {
	l.t.Helper()
	for tier, code := range []string{"a", "b"} {
		l.post("/v1/products", object{"code": code, "name": code, "tier": tier + 1}).is(201)
	}
	for code, more := range map[string]object{
		"usd-a": {"unit_amount": "9.99", "tax_rate": "0.19", "trial_days": 14}, "usd-b": {"unit_amount": "25.00"},
		"usd-year": {"unit_amount": "99.95", "interval": "year", "tax_rate": "0.19", "tax_behavior": "inclusive"},
		"eur-a":    {"unit_amount": "7.77", "tax_rate": "0.2", "trial_days": 30}, "eur-b": {"unit_amount": "31.00", "proration": "second"},
	} {
		product := "b"
		if strings.HasSuffix(code, "-a") {
			product = "a"
		}
		body := object{"code": code, "currency": strings.ToUpper(code[:3]), "interval": "month"}
		maps.Copy(body, more)
		l.post("/v1/products/"+product+"/prices", body).is(201)
	}
	l.post("/v1/coupons", object{"code": "percent", "percent_off": "33", "duration": "periods", "periods": 2}).is(201)
	l.post("/v1/coupons", object{"code": "voucher", "amount_off": object{"amount": "15.00", "currency": "USD"}, "duration": "once"}).is(201)
	l.post("/v1/coupons", object{"code": "amount", "amount_off": object{"amount": "4.00", "currency": "EUR"}, "duration": "forever"}).is(201)
}

// one picks one of some values.
func one[T any](l *liveOne, values ...T) T { return values[l.random.IntN(len(values))] }

// act does one thing that the state allows at first sight. What is refused is no fault; what fails is.
func (l *liveOne) act() {
	l.t.Helper()
	if days := one(l, 0, 0, 1, 5, 12, 24, 40); days > 0 {
		l.now = l.now.AddDate(0, 0, days)
		l.seen = l.advance(l.now.Format(time.RFC3339)).position()
	}
	subscription := l.get("/v1/workspaces/w/subscription", l.seen)
	actions := []string{"create", "sit", "sit", "leave", "item", "one-off", "tax"}
	var listed []any
	if subscription.status == 200 {
		listed = subscription.at("available_actions").([]any)
		for _, action := range listed {
			actions = append(actions, action.(string), action.(string), action.(string))
		}
	}
	if len(l.latest) > 0 {
		actions = append(actions, "pay", "pay", "pay", "part", "too much", "void", "write-off", "credit-note", "refund-note", "grant", "pay-out", "record-refund")
	}
	if l.card {
		actions = append(actions, gatewayActions...)
	}
	price := one(l, lifePrices[one(l, "USD", "EUR")]...)
	if currency := subscription.text("currency"); currency != "" && !slices.Contains(actions[1:], "create") {
		price = one(l, lifePrices[currency]...)
	}
	action := one(l, actions...)
	method, path, body := l.request(action, price)
	if path == "" {
		return
	}
	a := l.do(method, path, body)
	if a.status >= 500 {
		l.t.Fatalf("%s: %d %s", a.what, a.status, a.body)
	}
	if a.text("code") == "payment_past_due" && slices.Contains(listed, any(action)) && action != "change_seats" { // fewer are never refused for that
		l.t.Errorf("%s is one of %v, and was refused: %s", a.what, listed, a.body)
	}
	l.done = append(l.done, fmt.Sprintf("%s %s %s %s: %d", l.now.Format(time.RFC3339), method, path, encode(body), a.status))
	if a.header.Get("Ledger-Position") != "" { // also of a declined payment
		l.seen = a.position()
	}
	if a.status >= 300 {
		return
	}
	switch action {
	case "pay", "part", "too much":
		l.paid.add(body["amount"], 1)
	case "grant":
		l.granted.add(body["amount"], 1)
	}
}

// request makes a request of an action.
func (l *liveOne) request(action, price string) (method, path string, body object) {
	const on = "/v1/workspaces/w/subscription"
	collection, seats := one(l, "send_invoice", "automatic"), 1+l.random.IntN(6)
	switch action {
	case "create":
		if l.random.IntN(4) == 0 {
			return "POST", "/v1/workspaces/w/trial", object{"price": price, "seats": seats, "time_zone": one(l, lifeZones...)}
		}
		body = object{"price": price, "seats": seats, "collection": collection, "time_zone": one(l, lifeZones...)}
		if l.random.IntN(2) == 0 {
			body["coupon"] = one(l, lifeGifts...)
		}
		return "POST", on, body
	case "sit":
		return "POST", "/v1/workspaces/w/seats", object{"member": one(l, "ann", "bob", "cem", "dua", "eli"), "role": one(l, "member", "admin", "guest")}
	case "leave":
		return "DELETE", "/v1/workspaces/w/seats/" + one(l, "ann", "bob", "cem", "dua", "eli"), nil
	case "item":
		return "POST", "/v1/workspaces/w/invoice-items", object{"currency": strings.ToUpper(price[:3]), "description": "Setup", "unit_amount": one(l, "0", "7.77")}
	case "one-off":
		return "POST", "/v1/workspaces/w/invoices", object{
			"currency": strings.ToUpper(price[:3]), "collection": collection,
			"lines": []any{object{"description": "Work", "quantity": seats, "unit_amount": "1.50", "tax_rate": "0.19"}},
		}
	case "tax":
		return "PUT", "/v1/workspaces/w/tax", one(l,
			object{"status": "standard"}, object{"status": "standard", "rate": "0.07"}, object{"status": "exempt", "reason": "a school"}, object{"status": "reverse_charge"})
	case "upgrade", "downgrade":
		return "POST", on + "/" + action, object{"price": price}
	case "change_seats":
		return "POST", on + "/seats", object{"seats": seats}
	case "remove_unused_seats":
		return "POST", on + "/seats/remove-unused", nil
	case "cancel":
		when := one(l, "now", "period_end", l.now.AddDate(0, 0, 9).Format(time.RFC3339), l.now.AddDate(0, 0, 50).Format(time.RFC3339))
		return "POST", on + "/cancel", object{"when": when, "settlement": one(l, "credit", "refund", "none")}
	case "uncancel", "pause":
		return "POST", on + "/" + action, nil
	case "resume":
		return "POST", on + "/resume", object{"anchor": one(l, "now", "unchanged")}
	case "change_collection":
		return "PUT", on + "/collection", object{"collection": collection}
	case "apply_discount":
		return "POST", on + "/discount", object{"coupon": one(l, lifeGifts...)}
	case "remove_discount":
		return "DELETE", on + "/discount", nil
	case "cancel_pending_change":
		return "DELETE", on + "/pending-change", nil
	case "cancel_pending_update":
		return "DELETE", on + "/pending-update", nil
	case "convert_trial":
		return "POST", "/v1/workspaces/w/trial/convert", object{"collection": collection}
	case "cancel_trial":
		return "POST", "/v1/workspaces/w/trial/cancel", nil
	case "extend_trial":
		return "POST", "/v1/workspaces/w/trial/extend", object{"end": l.now.AddDate(0, 0, 20).Format(time.RFC3339), "reason": "slow"}
	}
	if slices.Contains(gatewayActions, action) {
		return l.requestOfGateway(action)
	}
	return l.requestOfMoney(action)
}

// requestOfMoney makes a request that is about the latest invoices, or about credit.
func (l *liveOne) requestOfMoney(action string) (method, path string, body object) {
	id := l.latest[max(0, len(l.latest)-1-l.random.IntN(4))]
	if len(l.owed) > 0 && action != "credit-note" && action != "refund-note" {
		id = one(l, l.owed...)
	}
	invoice := l.get("/v1/invoices/"+id, l.seen).is(200)
	currency := invoice.text("currency")
	some := object{"amount": one(l, "0.01", "3.33", "10.00", "60.00"), "currency": currency}
	switch action {
	case "pay":
		if len(l.owed) == 0 {
			return "", "", nil
		}
		left := sum(rational(invoice.at("amount_due")), rational(invoice.at("amount_paid")))
		if invoice.text("status") == "finalized" {
			left = rational(invoice.at("amount_outstanding"))
		}
		some["amount"] = left.FloatString(2)
		return "POST", "/v1/invoices/" + id + "/record-payment", object{"amount": some, "reference": "wire"}
	case "part", "too much":
		if action == "too much" {
			some["amount"] = "500.00"
		}
		return "POST", "/v1/invoices/" + id + "/record-payment", object{"amount": some, "reference": "wire"}
	case "void", "write-off":
		return "POST", "/v1/invoices/" + id + "/" + action, nil
	case "credit-note", "refund-note":
		return "POST", "/v1/invoices/" + id + "/credit-notes", object{"amount": some, "reason": "sorry", "refund": action == "refund-note"}
	case "grant":
		return "POST", "/v1/workspaces/w/credits", object{"amount": some, "reason": "sorry"}
	case "pay-out":
		return "POST", "/v1/workspaces/w/credits/refund", object{"amount": some, "reason": "asked"}
	case "record-refund":
		pending := l.get("/v1/refunds?workspace=w&status=pending", l.seen).is(200)
		if refund := pending.text("data.0.id"); refund != "" {
			return "POST", "/v1/refunds/" + refund + "/record", object{"reference": "back"}
		}
		return "", "", nil
	}
	l.t.Fatalf("nobody knows how to %s", action)
	return "", "", nil
}

// check adds everything up.
func (l *liveOne) check() {
	l.t.Helper()
	paid, awaited := totals{}, false
	if l.card {
		paid, awaited = l.checkGateway()
	}
	for currency, amount := range l.paid {
		paid.of(currency).Add(paid.of(currency), amount)
	}
	charged, credited, writtenOff, receivable, held, refunded, credit := totals{}, totals{}, totals{}, totals{}, totals{}, totals{}, totals{}
	l.latest, l.owed = nil, nil
	for _, entry := range l.all("/v1/invoices?workspace=w") {
		i := entry.(map[string]any)
		l.latest = append(l.latest, i["id"].(string))
		l.checkInvoice(i)
		if i["status"] == "open" || rational(i["amount_outstanding"]).Sign() > 0 {
			l.owed = append(l.owed, i["id"].(string))
		}
		switch i["status"] {
		case "finalized":
			charged.add(i["total"], 1)
			credited.add(i["amount_credited"], 1)
			writtenOff.add(i["amount_written_off"], 1)
			receivable.add(i["amount_outstanding"], 1)
		case "open":
			held.add(i["credit_applied"], 1)
			held.add(i["amount_paid"], 1)
		}
	}
	noted := totals{}
	for _, entry := range l.all("/v1/credit-notes?workspace=w") {
		note := entry.(map[string]any)
		sum := totals{}
		noted.add(note["total"], 1)
		sum.add(note["total"], 1)
		for _, part := range []string{"reduced", "refund", "credit"} {
			sum.add(note[part], -1)
		}
		l.nothing("credit note "+note["number"].(string), sum)
	}
	for _, entry := range l.all("/v1/refunds?workspace=w") {
		refunded.add(entry.(map[string]any)["amount"], 1)
	}
	for _, entry := range l.get("/v1/workspaces/w/balance", l.seen).is(200).at("balances").([]any) {
		b := entry.(map[string]any)
		credit.add(b["credit"], 1)
		if shown := rational(b["receivable"]); shown.Cmp(receivable.of(b["currency"].(string))) != 0 {
			l.t.Errorf("the balance shows %v of receivables, and invoices %v", shown, receivable)
		}
		if rational(b["credit"]).Sign() > 0 && rational(b["receivable"]).Sign() > 0 && !awaited {
			l.t.Errorf("credit and receivables side by side: %v", b)
		}
	}
	for _, currency := range []string{"USD", "EUR"} {
		left := sum(charged.of(currency), credited.of(currency), writtenOff.of(currency), l.granted.of(currency))
		right := new(big.Rat).Add(sum(paid.of(currency), refunded.of(currency), credit.of(currency), held.of(currency)), receivable.of(currency))
		if left.Cmp(right) != 0 || refunded.of(currency).Cmp(paid.of(currency)) > 0 || noted.of(currency).Cmp(credited.of(currency)) != 0 {
			l.t.Errorf("%s: charged %v − credited %v (by notes %v) − written off %v − granted %v is not paid %v − refunded %v + receivable %v − credit %v − held %v",
				currency, charged.of(currency), credited.of(currency), noted.of(currency), writtenOff.of(currency), l.granted.of(currency), paid.of(currency),
				refunded.of(currency), receivable.of(currency), credit.of(currency), held.of(currency))
		}
	}
	if l.t.Failed() {
		l.t.FailNow()
	}
}

// checkDocuments prints every document, and holds what members pay of it against what it says of seats.
func (l *liveOne) checkDocuments() {
	l.t.Helper()
	items := map[any]bool{}
	for _, entry := range l.all("/v1/invoices?workspace=w") {
		i := entry.(map[string]any)
		if i["number"] == nil {
			continue
		}
		l.get("/v1/invoices/by-number/"+i["number"].(string), l.seen).is(200).says(object{"id": i["id"]})
		net := totals{}
		net.add(i["subtotal"], 1)
		net.add(i["discount"], -1)
		for _, line := range i["lines"].([]any) {
			if line := line.(map[string]any); line["kind"] == "item" {
				net.add(line["amount"], -1)
				items[line["key"]] = true
			}
		}
		l.checkDocument("/v1/invoices/", "invoice", i["id"].(string), net)
	}
	for _, entry := range l.all("/v1/credit-notes?workspace=w") {
		note := entry.(map[string]any)
		net := totals{}
		net.add(note["total"], -1)
		net.add(note["tax"], 1)
		for _, line := range note["lines"].([]any) {
			if line := line.(map[string]any); items[line["key"]] {
				net.add(line["amount"], 1)
			}
		}
		l.checkDocument("/v1/credit-notes/", "credit_note", note["id"].(string), net)
	}
}

func (l *liveOne) checkDocument(path, kind, id string, net totals) {
	l.t.Helper()
	l.get(path+id+"/print", l.seen).is(200)
	l.get(path+id+"/pdf", l.seen).is(200)
	shared := l.get("/v1/workspaces/w/member-payments?"+kind+"="+id, l.seen).is(200)
	net.add(shared.at("unassigned.amount"), -1)
	for _, share := range shared.at("shares").([]any) {
		net.add(share.(map[string]any)["amount"], -1)
	}
	l.nothing("what members pay of "+kind+" "+id, net)
}

// sum takes the others off the first.
func sum(first *big.Rat, others ...*big.Rat) *big.Rat {
	left := new(big.Rat).Set(first)
	for _, other := range others {
		left.Sub(left, other)
	}
	return left
}

// checkInvoice holds the identities that an invoice has by itself.
func (l *liveOne) checkInvoice(i map[string]any) {
	l.t.Helper()
	total, due := totals{}, totals{}
	total.add(i["total"], -1)
	total.add(i["subtotal"], 1)
	total.add(i["discount"], -1)
	total.add(i["tax"], 1)
	l.nothing("the total of "+i["id"].(string), total)
	due.add(i["amount_due"], -1)
	due.add(i["total"], 1)
	due.add(i["credit_applied"], -1)
	l.nothing("what is due of "+i["id"].(string), due)
	if rational(i["amount_outstanding"]).Sign() < 0 || rational(i["amount_written_off"]).Sign() < 0 || rational(i["amount_due"]).Sign() < 0 {
		l.t.Errorf("an amount is negative: %v", i)
	}
}

func (l *liveOne) nothing(what string, left totals) {
	l.t.Helper()
	for currency, rest := range left {
		if rest.Sign() != 0 {
			l.t.Errorf("%s: %v %s are left over", what, rest.FloatString(4), currency)
		}
	}
}

// all reads a list page by page.
func (l *liveOne) all(path string) (entries []any) {
	l.t.Helper()
	for cursor := ""; ; {
		page := l.get(path+"&limit=100"+cursor, l.seen).is(200)
		entries = append(entries, page.at("data").([]any)...)
		next := page.text("page.next")
		if next == "" {
			return entries
		}
		cursor = "&cursor=" + next
	}
}
