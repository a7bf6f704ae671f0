package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/finance"
)

// pages walks a list to its end and gives what it found of each entry.
func (c *client) pages(path, entries, field string, limit int, more ...with) []string {
	c.t.Helper()
	var found []string
	for cursor := ""; ; {
		a := c.get(fmt.Sprintf("%s?limit=%d%s", path, limit, cursor), more...).is(200)
		list, page := a.at(entries).([]any), "page"
		if entries != "data" {
			page = entries[:len(entries)-len("data")] + "page"
		}
		if len(list) > limit || len(list) == 0 && cursor != "" {
			c.t.Fatalf("a page of %d: %s", len(list), a.body)
		}
		for _, entry := range list {
			found = append(found, fmt.Sprint(entry.(object)[field]))
		}
		next := a.text(page + ".next")
		if a.at(page+".has_more") != (next != "") {
			c.t.Fatalf("has_more and next differ: %s", a.body)
		}
		if next == "" {
			return found
		}
		cursor = "&cursor=" + next
	}
}

func TestPages(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	var products, coupons, workspaces, members, positions []string
	for i := range 7 {
		products = append(products, fmt.Sprint("p", 9-i)) // in the order of their creation
		c.post("/v1/products", object{"code": products[i], "name": "P", "tier": i}).is(201)
	}
	c.post("/v1/products/p9/prices", object{"code": "m", "currency": "USD", "interval": "month", "unit_amount": "1"}).is(201)
	for i := range 5 {
		workspaces = append(workspaces, fmt.Sprint("w", i))
		c.buy(workspaces[i], "m", 30)
	}
	for i := range 6 {
		coupons = append(coupons, fmt.Sprint("c", 9-i))
		c.post("/v1/coupons", object{"code": coupons[i], "percent_off": "10", "duration": "once"}).is(201)
		price := object{"code": coupons[i], "currency": "USD", "interval": "month", "unit_amount": "1", "trial_days": 7}
		c.post("/v1/products", object{"code": coupons[i], "name": "C", "tier": 1, "family": coupons[i]}).is(201)
		c.post("/v1/products/"+coupons[i]+"/prices", price).is(201)
		c.tryOut("w5", coupons[i], 1)
		c.post("/v1/workspaces/w5/trial/cancel", nil).is(200)
	}
	products = append(products, coupons...)
	for i := range 26 {
		members = append(members, fmt.Sprintf("m%02d", i))
		c.seat("w0", members[i], "member")
	}
	for _, e := range b.events() {
		positions = append(positions, strconv.FormatInt(e.Position, 10))
	}
	last := header("Min-Position", positions[len(positions)-1])
	for _, limit := range []int{1, 2, 3, 5, 7, 25, 26, 100} {
		for _, list := range []struct {
			path, entries, field string
			want                 []string
		}{
			{"/v1/products", "data", "code", products},
			{"/v1/coupons", "data", "code", coupons},
			{"/v1/subscriptions", "data", "workspace", append(slices.Clip(workspaces), "w5")},
			{"/v1/workspaces", "data", "workspace", append(slices.Clip(workspaces), "w5")},
			{"/v1/workspaces/w5/trial", "data", "family", slices.Sorted(slices.Values(coupons))},
			{"/v1/workspaces/w0/trial", "data", "family", nil},
			{"/v1/workspaces/w0/seats", "members.data", "member", members},
			{"/v1/events", "data", "position", positions},
			{"/v1/streams/seating:w0/events", "data", "version", positions[:27]},
		} {
			c.run(t, fmt.Sprint(list.path, " by ", limit), func(t *testing.T) {
				if got := c.pages(list.path, list.entries, list.field, limit, last); !slices.Equal(got, list.want) {
					t.Errorf("%s by %d: %v", list.path, limit, got)
				}
			})
		}
	}
	if a := c.get("/v1/workspaces/w0/seats", last); len(a.at("members.data").([]any)) != 25 {
		t.Errorf("a page without a limit has %d members", len(a.at("members.data").([]any)))
	}
}

// TestForeignCursors gives each list the cursors of others, and mangled ones.
func TestForeignCursors(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 3)
	c.buy("beta", "pro-month", 3)
	for _, workspace := range []string{"acme", "beta"} {
		c.seat(workspace, "ada", "member")
		c.seat(workspace, "bob", "member")
	}
	for _, code := range []string{"half", "tenth"} {
		c.post("/v1/coupons", object{"code": code, "percent_off": "10", "duration": "once"}).is(201)
	}
	for _, price := range []string{"pro-try", "desk-try"} {
		c.tryOut("tried", price, 1)
		c.post("/v1/workspaces/tried/trial/cancel", nil).is(200)
	}
	at := c.get("/v1/events").position()
	lists := map[string]string{
		"/v1/coupons?": "page.next", "/v1/workspaces?": "page.next", "/v1/workspaces/tried/trial?": "page.next",
		"/v1/products?": "page.next", "/v1/subscriptions?": "page.next", "/v1/subscriptions?status=active&": "page.next",
		"/v1/workspaces/acme/seats?": "members.page.next", "/v1/workspaces/beta/seats?": "members.page.next", "/v1/events?": "page.next",
		"/v1/events?type=seating.*&": "page.next", "/v1/events?stream=seating:acme&": "page.next",
		"/v1/streams/seating:acme/events?": "page.next", "/v1/streams/seating:beta/events?": "page.next",
	}
	cursors := map[string]string{}
	for list, next := range lists {
		cursors[list] = c.get(list+"limit=1", at).is(200).text(next)
	}
	for list := range lists {
		c.run(t, list, func(t *testing.T) {
			for from, cursor := range cursors {
				a := c.get(list+"cursor="+cursor, at)
				if list == from {
					a.is(200)
					continue
				}
				a.refused(400, "cursor_invalid")
			}
			for i := range cursors[list] {
				mangled := []byte(cursors[list])
				mangled[i] ^= 1
				if _, err := base64.RawURLEncoding.Strict().DecodeString(string(mangled)); err == nil {
					c.do(http.MethodGet, list+"cursor="+string(mangled), nil).refused(400, "cursor_invalid")
				}
			}
		})
	}
}

// TestForgedCursors gives each list cursors that anybody can make up who knows the ledger's id, around keys that no list has.
func TestForgedCursors(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.buy("acme", "pro-month", 3)
	keys := []string{
		"", " ", "x\x00y", "\xff\xfe", "a b", "-1", "0", "007", "+5", "1e3", "9223372036854775807", "9223372036854775808", "٣", strings.Repeat("x", 10_000),
		"2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z x y z", "2026-01-01T00:00:00Z subscription:acme \x00", "0000-00-00 a b", "9999-12-31T23:59:59.999999999999Z subscription:acme ",
		"2026-01-01T00:00:00+25:00 subscription:acme ",
	}
	for i := range routes {
		r := &routes[i]
		if !slices.ContainsFunc(r.Parameters, func(p endpoint.Parameter) bool { return p.Name == "cursor" }) {
			continue
		}
		if r.ID == "list-sandbox-charges" {
			continue // a live ledger has no such list
		}
		t.Run(r.ID, func(t *testing.T) {
			c := &client{t: t, base: c.base, token: c.token}
			answer := func(key string) *answered { return c.get(fill(r.Path) + "?cursor=" + forge(b.ledger.ID, r, key)) }
			// Of what is not there, a list takes a cursor, and says so.
			taken := func(key string) bool { status := answer(key).status; return status == 200 || status == 404 }
			named := taken("acme")
			possible, forged := []string{"1", "2026-01-01T00:00:00Z subscription:acme "}, slices.Clone(keys)
			if report, is := finance.Find(strings.TrimPrefix(r.ID, "report-")); is {
				good, bad := rowKeys(report)
				possible, forged = []string{good}, append(forged, bad...)
			}
			if !named && !slices.ContainsFunc(possible, taken) {
				t.Error("the cursors are not forged well enough")
			}
			for _, key := range forged {
				if named && domain.ValidName(key) {
					continue
				}
				answer(key).refused(400, "cursor_invalid")
				c.get(fill(r.Path)+"?cursor=s."+forge(b.ledger.ID, r, key)).refused(400, "cursor_invalid")
			}
		})
	}
}

// rowKeys makes a key that a row of a report could have, and such that are wrong in one value.
func rowKeys(r finance.Report) (good string, bad []string) {
	values := map[string]string{"date": "2026-01-31", "integer": "1", "bigint": "1", "text": "a"}
	wrong := map[string][]string{
		"date": {"", "2026-02-30", "infinity", "now"}, "integer": {"", "x", "1.0", "2147483648"}, "bigint": {"", "x", "9223372036854775808"}, "text": {"\x00"},
	}
	columns := r.Key
	if r.Name == finance.Journal {
		columns = columns[:2] // entries are listed, and not lines
	}
	key := make([]string, len(columns))
	for i, column := range columns {
		key[i] = values[column.Type]
	}
	bad = []string{"[]", "{}", "null", encode(append(slices.Clone(key), "1")), encode(key) + "]"}
	for i, column := range columns {
		for _, value := range wrong[column.Type] {
			changed := slices.Clone(key)
			changed[i] = value
			bad = append(bad, encode(changed))
		}
	}
	return encode(key), bad
}

// forge makes a cursor of the list that has no filters, in the form whose MAC is under the ledger's id.
func forge(ledger uuid.UUID, r *endpoint.Route, key string) string {
	list := r.ID
	for _, place := range placesOf(r.Path) {
		list += "\x00" + fill("{"+place+"}")
	}
	for _, p := range r.Parameters {
		if p.Name != "limit" && p.Name != "cursor" {
			list += "\x00" + p.Name + "="
		}
	}
	mac := hmac.New(sha256.New, ledger[:])
	mac.Write([]byte(list + "\x00" + key))
	return base64.RawURLEncoding.EncodeToString(append(mac.Sum(nil)[:12], key...))
}

// TestFiltersThatFindNothing are refused with all that there is to be found.
func TestFiltersThatFindNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)
	for path, possible := range map[string]string{
		"/v1/invoices?status=cancelled":              "voided",
		"/v1/invoices?payment_status=Paid":           "pending",
		"/v1/workspaces/acme/invoices?status=%C3%A4": "open",
		"/v1/subscriptions?status=cancelled":         "canceled",
		"/v1/events?type=refund":                     "account.credit_granted.v1",
		"/v1/events?type=seat.*":                     "seating.allocated.v1",
		"/v1/events?type=seating.allocated":          "seating.allocated.v1",
	} {
		c.run(t, path, func(t *testing.T) {
			a := c.get(path).refused(422, "filter_invalid")
			values, _ := a.at("possible").([]any)
			if !slices.Contains(values, any(possible)) || a.text("parameter") == "" {
				t.Errorf("%s", a.body)
			}
		})
	}
	for _, path := range []string{"/v1/invoices?status=voided&payment_status=", "/v1/subscriptions?status=canceled", "/v1/events?type=seating.*"} {
		c.run(t, path, func(*testing.T) { c.get(path).is(200) })
	}
}
