package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/webhook"
)

// story makes a few hundred events of every type, and leaves much undone: invoices unpaid, changes and money waited for, a
// trial in its middle, an invitation without an answer, a quote that nobody has taken.
func (r *recorder) story() {
	now := r.clock()
	january := time.Date(now.Year()+1, time.January, 1, 0, 0, 0, 0, time.UTC)
	r.advanceTo(january)
	r.openShop()
	r.invite(january)
	r.newYear()
	r.advanceTo(january.Add(36 * time.Hour)) // what waited for money has lapsed
	r.onTheSecond()
	r.settles()
	r.features()
	r.licenses()
	r.installs()
	r.charges()
	r.follows()
	r.sellsThroughStripe()
	r.write(audit.Stream(), audit.Restarted{Tree: 2, Reason: "Restored", Refusal: "The outside copy knows more"}) // an operator restarts what is refused
	r.sendsBack()
	r.losesMoney()
	r.listens()
	r.links()
	r.advanceTo(january.AddDate(0, 0, 10))
	r.onTheEleventh(january)
	r.advanceTo(january.AddDate(0, 0, 20)) // the trials have ended
	r.onTheTwentyFirst(january)
	r.advanceTo(january.AddDate(0, 1, 0)) // all was renewed
	r.onTheFirst()
	r.advanceTo(january.AddDate(0, 1, 2)) // and was not paid
	r.atLast()
	r.live()
}

func (r *recorder) openShop() {
	sell := func(path, body string) { r.tell("admin", "POST", path, body) }
	sell("/v1/products", `{"code":"gratis","name":"Gratis","tier":0,"free":true,"free_seats":4}`)
	sell("/v1/products", `{"code":"basic","name":"Basic","tier":10,"guests_per_seat":2,"features":{"export":true,"colour":"red"}}`)
	sell("/v1/products", ` { "tier" : 20, "name" : "Pl\u00fcs", "code" : "plus", "limits" : {"calls":{"limit":1000,"per":"period"},"boards":{"limit":1000000000000000,"per":null}} } `)
	sell("/v1/products", `{"code":"old","name":"Old","tier":30}`)
	sell("/v1/products", `{"code":"desk","name":"Desk","tier":1,"family":"desk"}`)
	basic, plus := "/v1/products/basic/prices", "/v1/products/plus/prices"
	sell(basic, `{"code":"basic-month","currency":"USD","interval":"month","unit_amount":"9.99","trial_days":14}`)
	sell(basic, `{"code":"basic-year","currency":"USD","interval":"year","unit_amount":"99.90"}`)
	sell(basic, `{"code":"basic-second","currency":"USD","interval":"month","unit_amount":"7","proration":"second","max_seats":1000000}`)
	sell(plus, `{"code":"plus-month","currency":"USD","interval":"month","unit_amount":"20","tax_rate":"0.19","trial_days":20}`)
	sell(plus, `{"code":"plus-yen","currency":"JPY","interval":"month","interval_count":2,"unit_amount":"1100","tax_rate":"0.1","tax_behavior":"inclusive"}`)
	sell(plus, `{"code":"plus-graduated","currency":"EUR","interval":"month","scheme":"graduated","tiers":[{"up_to":5,"unit_amount":"10","flat_amount":"20"},{"up_to":null,"unit_amount":"8.5"}]}`)
	sell(plus, `{"code":"plus-volume","currency":"EUR","interval":"month","scheme":"volume","tiers":[{"up_to":10,"unit_amount":"5"},{"up_to":null,"unit_amount":"4"}]}`)
	sell("/v1/products/old/prices", `{"code":"old-month","currency":"USD","interval":"month","unit_amount":"1"}`)
	r.tell("admin", "PUT", "/v1/products/basic", `{"name":"Basics"}`)
	sell("/v1/prices/old-month/archive", "")
	sell("/v1/products/old/archive", "{}")
	sell("/v1/coupons", `{"code":"tenth","percent_off":"10","duration":"periods","periods":3}`)
	sell("/v1/coupons", `{"code":"five","amount_off":{"amount":"5.00","currency":"USD"},"duration":"forever"}`)
	sell("/v1/coupons", `{"code":"quarter","percent_off":"25","duration":"once"}`)
}

// invite fills the free plan's seats.
func (r *recorder) invite(now time.Time) {
	seats := "/v1/workspaces/club/seats"
	r.tell("client", "POST", seats, `{"member":"ada","role":"admin"}`)
	r.tell("client", "POST", seats, `{"member":"bob","role":"member","state":"invited"}`)
	r.tell("client", "POST", on("lapses", "/seats"), fmt.Sprintf(`{"member":"cid","role":"guest","state":"invited","expires_at":%q}`, now.Add(time.Hour).Format(time.RFC3339)))
	r.tell("client", "POST", seats+"/bob/accept", "")
	r.tell("client", "PUT", seats+"/bob", `{"role":"guest"}`)
	r.tell("client", "DELETE", seats+"/ada", "")
	r.tell("client", "PUT", seats, `{"members":[{"member":"bob","role":"member"},{"member":"dan","role":"guest"},{"member":"eve","role":"admin","state":"invited"}]}`)
}

// on is a path below a workspace.
func on(workspace, path string) string { return "/v1/workspaces/" + workspace + path }

// buy gives a workspace a subscription and gives its invoice.
func (r *recorder) buy(workspace, price string, seats int, more string) string {
	r.t.Helper()
	return r.tell("client", "POST", on(workspace, "/subscription"), fmt.Sprintf(`{"price":%q,"seats":%d,%s}`, price, seats, more)).Invoice
}

// change posts to a workspace's subscription and gives the invoice that came of it.
func (r *recorder) change(workspace, what, body string) string {
	r.t.Helper()
	return r.tell("client", "POST", on(workspace, "/subscription/"+what), body).Invoice
}

// try starts a workspace's trial.
func (r *recorder) try(workspace, price, more string) {
	r.t.Helper()
	r.tell("client", "POST", on(workspace, "/trial"), fmt.Sprintf(`{"price":%q%s}`, price, more))
}

// pay records the money that an invoice is due.
func (r *recorder) pay(invoice string) {
	r.t.Helper()
	due := r.look("GET", "/v1/invoices/"+invoice, "").Due
	r.payOf(invoice, due.Amount, due.Currency)
}

func (r *recorder) payOf(invoice, amount, currency string) {
	r.t.Helper()
	r.tell("finance", "POST", "/v1/invoices/"+invoice+"/record-payment",
		fmt.Sprintf(`{"amount":{"amount":%q,"currency":%q},"reference":"wire %s"}`, amount, currency, invoice))
}

// latest gives the last invoice of a workspace.
func (r *recorder) latest(workspace string) string {
	r.t.Helper()
	all := r.list(on(workspace, "/invoices?limit=100"))
	return all[len(all)-1].ID
}

// first gives the id of the first thing that a path lists.
func (r *recorder) first(path string) string {
	r.t.Helper()
	return r.list(path)[0].ID
}

func (r *recorder) list(path string) []told {
	r.t.Helper()
	var page struct {
		Data []told `json:"data"`
	}
	r.readSeen(path, &page)
	if len(page.Data) == 0 {
		r.t.Fatalf("%s lists nothing", path)
	}
	return page.Data
}

const sent, collected = `"collection":"send_invoice"`, `"collection":"automatic"`

// newYear lets everybody buy.
func (r *recorder) newYear() {
	r.buy("grows", "basic-month", 5, sent)
	r.buy("shrinks", "plus-month", 6, sent+`,"days_until_due":14`)
	r.buy("zoned", "basic-second", 2, sent+`,"time_zone":"America/New_York"`)
	r.buy("anchored", "plus-month", 1, sent+`,"time_zone":"Europe/Berlin","billing_anchor":"`+r.clock().AddDate(0, 0, 14).Format(time.DateOnly)+`"`)
	r.buy("graduated", "plus-graduated", 7, sent)
	r.buy("volume", "plus-volume", 10, sent)
	r.buy("yen", "plus-yen", 3, sent)
	r.buy("rests", "basic-month", 2, sent)
	r.buy("sleeps", "basic-month", 2, sent)
	r.pay(r.buy("leaves", "plus-month", 2, sent))
	r.buy("ends", "basic-month", 1, sent)
	r.buy("couponed", "basic-month", 4, sent+`,"coupon":"tenth"`)
	for _, workspace := range []string{"collected", "late", "restricted", "wavers", "recovers"} {
		r.pay(r.buy(workspace, "basic-month", 2, collected))
	}
	r.buy("never", "basic-month", 1, collected)
	r.change("wavers", "upgrade", `{"price":"plus-month"}`)
	r.tell("client", "DELETE", on("wavers", "/subscription/pending-update"), "")
	r.change("wavers", "seats", `{"seats":9}`) // nobody pays
	r.pay(r.change("collected", "upgrade", `{"price":"plus-month"}`))
	r.try("tries", "basic-month", `,"seats":3`)
	r.try("tries-more", "basic-month", `,"seats":2,"at_end":"cancel"`)
	r.try("tries-and-buys", "basic-month", `,"at_end":"cancel","time_zone":"Asia/Tokyo"`)
	r.try("tries-and-rests", "basic-month", `,"at_end":"pause"`)
	r.try("tries-and-leaves", "plus-month", "")
	r.try("tries-and-ends", "basic-month", `,"at_end":"cancel"`)
}

// onTheSecond moves money and keeps personal data.
func (r *recorder) onTheSecond() {
	r.tell("finance", "POST", on("rich", "/credits"), `{"amount":{"amount":"50.00","currency":"USD"},"reason":"a gift"}`)
	r.buy("rich", "basic-month", 3, sent)
	first := r.latest("grows")
	r.tell("finance", "POST", "/v1/invoices/"+first+"/credit-notes", `{"amount":{"amount":"4.95","currency":"USD"},"reason":"a day of outage"}`)
	r.pay(first)
	r.tell("finance", "POST", "/v1/invoices/"+first+"/credit-notes", `{"amount":{"amount":"3.00","currency":"USD"},"reason":"another","refund":true}`)
	r.tell("finance", "POST", "/v1/invoices/"+r.latest("volume")+"/void", `{"reason":"billed by mistake"}`)
	off := r.latest("yen")
	r.tell("finance", "POST", "/v1/invoices/"+off+"/write-off", `{"reason":"insolvent"}`)
	r.payOf(off, "500", "JPY")
	r.payOf(r.latest("graduated"), "200.00", "EUR") // too much
	details := on("acme", "/billing-details")
	r.tell("client", "PUT", details, `{"name":"Ada Lovelace","email":"ada@example.com","address":"12 St James's Square\nLondon","country":"GB"}`)
	r.kept.Personal = personal{Workspace: "acme", Name: "Ada Lovelace"}
	r.tell("client", "PUT", details, `{"name":"Ada Lovelace","country":"FR"}`)
	r.tell("client", "PUT", on("acme", "/members/ada/details"), `{"name":"Ada","email":"ada@example.com"}`)
	r.tell("client", "PUT", on("grows", "/billing-details"), `{"name":"Grace Hopper"}`)
	r.tell("client", "PUT", on("grows", "/members/bob/details"), `{"name":"Bob"}`)
	r.tell("client", "DELETE", on("grows", "/members/bob/details"), "")
	r.tell("client", "PUT", on("gone", "/billing-details"), `{"name":"Nobody"}`)
	r.tell("client", "DELETE", on("gone", "/billing-details"), "")
	r.tell("admin", "PUT", "/v1/seller", `{"legal_name":"Acme Ltd","address":"1 High Street\nLeeds","country":"GB","yearly_numbers":true}`)
	r.tell("finance", "POST", on("grows", "/invoice-items"), `{"description":"Setup","unit_amount":"30.00"}`)
	item := r.tell("finance", "POST", on("grows", "/invoice-items"), `{"description":"Mistake","unit_amount":"1.00"}`).ID
	r.tell("finance", "DELETE", on("grows", "/invoice-items/"+item), "")
	r.tell("finance", "POST", on("one-off", "/invoices"), `{"currency":"USD","lines":[{"description":"Hours","quantity":2,"unit_amount":"80.00"}]}`)
	r.tell("finance", "PUT", on("wavers", "/tax"), `{"status":"exempt","reason":"charity"}`)
}

// features overrides and uses features. A license comes to a workspace and leaves another one.
func (r *recorder) features() {
	r.tell("client", "POST", on("shrinks", "/features/calls/usage"), `{"amount":3}`)
	r.tell("admin", "PUT", on("grows", "/features/colour"), `{"value":"blue","reason":"a pilot"}`)
	r.tell("admin", "PUT", on("grows", "/features/export"), `{"removed":true,"reason":"abuse"}`)
	r.tell("admin", "DELETE", on("grows", "/features/colour"), "")
	license := entitlement.License{ID: "license", Product: "plus", Seats: 5, Features: map[string]json.RawMessage{}, StartsAt: r.clock()}
	r.write(entitlement.Stream("licensed"), entitlement.Licensed{License: license})
	r.write(entitlement.Stream("licensed"), entitlement.LicenseConfirmed{ID: license.ID})
	r.write(entitlement.Stream("licensed"), entitlement.Unlicensed{ID: license.ID})
}

// installs has licenses from elsewhere: by a link that ends, after all that may happen to it, and by a file.
func (r *recorder) installs() {
	at := r.clock()
	license := installation.License{
		ID: "elsewhere", Issuer: "seller", Product: "plus", Seats: 5, Features: map[string]json.RawMessage{}, Sequence: 1, Instance: "berlin", IssuedAt: at,
		FileExpiresAt: at.AddDate(0, 0, 30), GraceUntil: at.AddDate(0, 0, 44),
	}
	for _, event := range []domain.Event{
		installation.LinkBegun{ID: "first", Server: "https://seller.invalid", Instance: "berlin", At: at},
		installation.LinkRefused{ID: "first", Code: "license_key_invalid", At: at},
		installation.LinkBegun{ID: "second", Server: "https://seller.invalid", Instance: "berlin", At: at},
		installation.TryFailed{ID: "second", Code: "license_server_unreachable", At: at},
		installation.Postponed{ID: "second", Code: "VALID", Error: installation.Problem{Code: "license_active"}, License: "elsewhere", Sequence: 1, At: at},
		installation.SyncAsked{At: at},
		installation.Confirmed{ID: "second", Code: "VALID", License: license, At: at},
		installation.Stopped{ID: "second", Code: installation.CodeRevoked, License: "elsewhere", Sequence: 2, At: at},
		installation.UnlinkBegun{ID: "second", At: at},
		installation.Unlinked{ID: "second", At: at},
		installation.Uploaded{License: license, At: at},
		installation.Checked{Ladder: installation.Warning, At: at},
	} {
		r.write(installation.Stream("installed"), event)
	}
}

// settles sets a negative change off, lets credit pay and pays some of it out.
func (r *recorder) settles() {
	year := r.buy("settles", "basic-year", 1, sent)
	r.change("settles", "upgrade", `{"price":"plus-month"}`)
	r.tell("finance", "POST", on("settles", "/credits"), `{"amount":{"amount":"10.00","currency":"USD"},"reason":"a gift"}`)
	r.payOf(year, "30.00", "USD") // too much
	r.tell("finance", "POST", on("settles", "/credits/refund"), `{"amount":{"amount":"5.00","currency":"USD"},"reason":"asked for"}`)
	r.tell("finance", "POST", "/v1/refunds/"+r.first("/v1/refunds?workspace=settles")+"/record", `{"reference":"wire back"}`)
}

// listens has a webhook endpoint that nobody can reach.
func (r *recorder) listens() {
	r.t.Helper()
	hooks := "/v1/webhook-endpoints"
	made := hooks + "/" + r.tell("admin", "POST", hooks, `{"url":"https://hooks.invalid/all","types":["webhook.*"]}`).ID
	r.tell("admin", "PUT", made, `{"url":"https://hooks.invalid/all","types":["webhook.test"],"description":"the shop"}`)
	r.tell("admin", "POST", made+"/rotate-secret", "")
	r.tell("admin", "POST", made+"/test", "")
	r.tell("admin", "POST", made+"/replay", `{"from":1}`)
	r.tell("admin", "POST", "/v1/webhook-deliveries/"+r.first(made+"/deliveries")+"/redeliver", "")
	r.write(webhook.Stream(strings.TrimPrefix(made, hooks+"/")), webhook.Parked{Position: 1, Reason: "the shop is closed"})
	r.tell("admin", "PUT", made, `{"url":"https://hooks.invalid/all","status":"disabled"}`)
	r.tell("admin", "PUT", made, `{"url":"https://hooks.invalid/all","status":"enabled"}`)
	r.tell("admin", "DELETE", made, "")
}

// links sells by payment links: one is paid, one canceled, and one expires.
func (r *recorder) links() {
	now, sale := r.clock(), `{"price":"basic-month","seats":2}`
	r.payAt(r.tell("client", "POST", on("linked", "/payment-links"), sale).URL)
	r.tell("client", "POST", "/v1/payment-links/"+r.tell("client", "POST", on("unlinked", "/payment-links"), sale).ID+"/cancel", "")
	r.tell("client", "POST", on("unlinked", "/payment-links"), fmt.Sprintf(`{"price":"basic-month","seats":2,"expires_at":%q}`, now.Add(time.Hour).Format(time.RFC3339)))
	r.advanceTo(now.Add(time.Hour))
}

// payAt sends the form of a link's page.
func (r *recorder) payAt(url string) {
	r.t.Helper()
	answer, err := http.PostForm(url, map[string][]string{"do": {"pay"}, "key": {"1"}, "token": {"tok_ok"}})
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	if page, err := io.ReadAll(answer.Body); err != nil || !strings.Contains(string(page), `data-state="paid"`) {
		r.t.Fatalf("%s is not paid: %v %s", url, err, page)
	}
}

// onTheEleventh changes most subscriptions.
func (r *recorder) onTheEleventh(january time.Time) {
	for i := range 4 {
		r.tell("client", "POST", on("shrinks", "/seats"), fmt.Sprintf(`{"member":"m%d","role":"member"}`, i))
	}
	r.tell("client", "POST", on("shrinks", "/seats"), `{"member":"guest","role":"guest"}`)
	r.change("grows", "seats", `{"seats":8}`)
	r.change("graduated", "seats", `{"seats":9}`)
	r.change("volume", "seats", `{"seats":11}`)
	r.change("zoned", "seats", `{"seats":3}`)
	r.change("shrinks", "downgrade", `{"price":"basic-month"}`)
	r.tell("client", "DELETE", on("shrinks", "/subscription/pending-change"), "")
	r.change("shrinks", "downgrade", `{"price":"basic-month"}`)
	r.tell("client", "POST", on("rich", "/seats"), `{"member":"ada","role":"member"}`)
	r.change("rich", "seats/remove-unused", "")
	r.change("rests", "pause", "")
	r.change("sleeps", "pause", "{}")
	r.change("leaves", "cancel", `{"when":"period_end","settlement":"none"}`)
	r.change("leaves", "uncancel", "")
	r.change("leaves", "cancel", `{"when":"now","settlement":"refund"}`)
	r.change("ends", "cancel", `{"when":"period_end"}`)
	r.tell("client", "DELETE", on("couponed", "/subscription/discount"), "")
	r.change("couponed", "discount", `{"coupon":"five"}`)
	r.tell("client", "PUT", on("collected", "/subscription/collection"), `{"collection":"send_invoice","days_until_due":7}`)
	r.change("tries-more", "upgrade", `{"price":"plus-month"}`)
	r.tell("admin", "POST", on("tries-more", "/trial/extend"), fmt.Sprintf(`{"end":%q,"reason":"holidays"}`, january.AddDate(0, 0, 28).Format(time.RFC3339)))
	r.tell("client", "POST", on("tries-more", "/trial/convert"), `{`+sent+`,"anchor":"trial_end"}`)
	r.tell("client", "POST", on("tries-and-buys", "/trial/convert"), `{`+sent+`,"anchor":"now"}`)
	r.tell("client", "POST", on("tries-and-leaves", "/trial/cancel"), "")
}

// onTheTwentyFirst takes up again what was left, at a quoted price.
func (r *recorder) onTheTwentyFirst(january time.Time) {
	quote := r.look("POST", on("grows", "/subscription/proration-preview"), `{"price":"plus-month"}`).Quote
	r.change("grows", "upgrade", fmt.Sprintf(`{"price":"plus-month","quote":%q}`, quote))
	r.change("volume", "cancel", `{"when":"now","settlement":"credit"}`)
	r.change("rests", "resume", `{"anchor":"unchanged"}`)
	r.buy("leaves", "basic-year", 1, sent)
	r.change("zoned", "cancel", fmt.Sprintf(`{"when":%q,"settlement":"none"}`, january.AddDate(0, 2, 3).Format(time.RFC3339)))
	r.try("tries-late", "plus-month", `,"seats":2`)
	r.tell("finance", "POST", "/v1/payments/"+r.first("/v1/payments?workspace=charged")+"/resolve",
		`{"outcome":"failed","reference":"ticket 1","reason":"the gateway has no such charge"}`)
}

// onTheFirst upgrades to other intervals, while some have not paid for their renewal.
func (r *recorder) onTheFirst() {
	r.pay(r.latest("couponed"))
	r.change("rests", "upgrade", `{"price":"basic-year"}`)
	r.change("yen", "seats", `{"seats":4}`)
}

// atLast leaves everything in its middle.
func (r *recorder) atLast() {
	r.pay(r.latest("recovers"))
	r.pay(r.latest("wavers"))
	r.change("wavers", "upgrade", `{"price":"plus-month"}`) // waits
	r.disputes()
	r.compares()
	r.keepsBooks()
	id, owed := r.look("GET", on("restricted", "/subscription"), "").ID, r.latest("restricted")
	for _, event := range []domain.Event{
		subscription.InvoiceOwedAgain{ID: id, Invoice: owed, OwedAt: r.clock()}, subscription.DunningHeld{ID: id, Invoice: owed, HeldAt: r.clock()},
		subscription.DunningReleased{ID: id, Invoice: owed, ReleasedAt: r.clock()}, subscription.RestrictionLifted{ID: id, LiftedAt: r.clock()},
		subscription.Restricted{ID: id, RestrictedAt: r.clock()},
	} {
		r.write(subscription.Stream("restricted"), event)
	}
	r.change("grows", "seats", `{"seats":2}`) // waits for the period's end
	r.tell("client", "POST", on("grows", "/seats"), `{"member":"ida","role":"member","state":"invited"}`)
	r.tell("client", "PUT", on("grows", "/seats"), `{"members":[{"member":"ida","role":"member","state":"invited"},{"member":"jon","role":"admin"}]}`)
	r.kept.Offer = offer{Workspace: "couponed", Price: "plus-month",
		Quote: r.look("POST", on("couponed", "/subscription/proration-preview"), `{"price":"plus-month"}`).Quote}
}

// live does in real books what leads to no deadline.
func (r *recorder) live() {
	r.tell("live", "POST", "/v1/products", `{"code":"gratis","name":"Gratis","tier":0,"free":true,"free_seats":4}`)
	r.tell("live", "POST", on("club", "/seats"), `{"member":"ada","role":"admin"}`)
	r.tell("live", "PUT", on("club", "/members/ada/details"), `{"name":"Ada"}`)
}

// questions are asked at the end.
func (r *recorder) questions() []string {
	january := time.Date(r.clock().Year(), time.January, 1, 0, 0, 0, 0, time.UTC)
	usage := fmt.Sprintf("/seats/usage?from=%s&to=%s", january.Format(time.DateOnly), january.AddDate(0, 1, 0).Format(time.DateOnly))
	paths := []string{
		"/v1/products", "/v1/coupons", "/v1/subscriptions?limit=100", "/v1/workspaces?limit=100", "/v1/invoices?limit=100",
		"/v1/credit-notes?limit=100", "/v1/jobs",
		on("grows", "/seats"), on("club", "/seats"), on("grows", usage), on("club", usage), on("grows", "/products"),
		on("acme", "/billing-details"), on("acme", "/members/ada/details"), on("grows", "/subscription/upcoming-invoice"),
		on("grows", "/member-payments?invoice=") + r.latest("grows"),
	}
	for _, workspace := range []string{"grows", "rich", "tries-late", "tries-and-ends", "volume", "restricted", "wavers"} {
		paths = append(paths, on(workspace, "/current-plan"), on(workspace, "/balance"), on(workspace, "/trial"))
	}
	return paths
}

// readSeen gets what a path shows of all that was told.
func (r *recorder) readSeen(path string, into any) {
	r.t.Helper()
	r.decode(exchange{Method: "GET", Path: path}.send(r.server, r.kept.Keys["admin"], r.seen), into)
}
