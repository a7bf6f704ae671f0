package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tallystick/tallystick/handlers/endpoint"
)

// recorded lists the routes whose answers are kept in the log of access.
var recorded = []string{
	"get-billing-details", "get-export-file", "get-export-manifest", "get-gateway-event-raw", "get-member-details", "get-stream", "list-events",
	"list-stream-events", "pdf-credit-note", "pdf-invoice", "print-credit-note", "print-invoice", "prove-consistency", "prove-event",
	"show-linked-credit-note", "show-linked-credit-note-pdf", "show-linked-invoice", "show-linked-invoice-pdf",
	"portal-credit-note-pdf", "portal-invoice-pdf", "show-portal-billing-details",
}

// unmarked lists the routes whose answers have no fields, and that nobody needs to know the readers of.
var unmarked = []string{
	"get-checkpoint", "get-checkpoint-of-size", "get-audit-key", "get-tile", // what holds no personal data
}

// TestPersonalDataIsRecorded finds the routes that show personal data by their answers' fields. One whose answer has no fields must
// be decided on here.
func TestPersonalDataIsRecorded(t *testing.T) {
	t.Parallel()
	var marked []string
	served := table(Options{})
	for _, r := range slices.Concat(served.Routes, served.Pages, served.Foreign) {
		if r.Recorded != endpoint.RecordsNothing {
			marked = append(marked, r.ID)
			continue
		}
		if r.Changes() || r.Method != http.MethodGet || r.Roles == nil {
			continue
		}
		if answer := r.Answer(); answer != nil && personal(answer, nil) {
			t.Errorf("%s shows personal data, and is not Recorded", r.ID)
		} else if answer == nil && !slices.Contains(unmarked, r.ID) {
			t.Errorf("%s hands something out in a form of its own: have it Recorded, or list it as unmarked", r.ID)
		}
	}
	want := slices.Sorted(slices.Values(recorded))
	slices.Sort(marked)
	if diff := cmp.Diff(want, marked); diff != "" {
		t.Errorf("the recorded routes are others:\n%s", diff)
	}
}

// personal reports whether a type has a field for personal data.
func personal(of reflect.Type, above []reflect.Type) bool {
	switch of.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array, reflect.Map:
		return personal(of.Elem(), above)
	case reflect.Struct:
	default:
		return false
	}
	if slices.Contains(above, of) {
		return false
	}
	for i := range of.NumField() {
		if field := of.Field(i); field.Tag.Get("personal") != "" || personal(field.Type, append(above, of)) {
			return true
		}
	}
	return false
}

// TestAccessLog reads all that is recorded and some that is not, and then who did.
func TestAccessLog(t *testing.T) {
	t.Parallel()
	b, c := sandbox(t)
	c.openShop()
	bought := c.buy("acme", "pro-month", 2)
	invoice := bought.text("invoice")
	c.put(billing, object{"name": "Ada Lovelace"}).is(200)
	last := len(b.events())
	seals := b.newSealer()
	seals.seal()
	export := "/v1/exports/" + c.exported(object{"kind": "events"}).text("id")
	link, portal := c.post("/v1/invoices/"+invoice+"/link", nil).is(200), c.post("/v1/workspaces/acme/portal", object{}).is(201)
	events := len(b.events())
	auditor := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleAuditor)}
	seller := &client{t: t, base: c.base, token: b.token(b.ledger, endpoint.RoleClient)}
	lines := header("Accept", "application/x-ndjson")

	// What shows nothing of the kind is nobody's business.
	c.get("/v1/invoices").is(200)
	c.get("/v1/events?limit=3").is(200)
	c.get("/v1/events?type=invoice.*", lines).is(200)
	c.get("/v1/streams/subscription:acme").is(200)
	c.get("/v1/streams/subscription:acme/events").is(200)
	c.get("/v1/audit/checkpoint").is(200)
	c.get(export).is(200)
	c.get("/v1/audit/access").is(200).says(object{"data": []any{}, "page.next": nil})

	var want []string
	expect := func(who *client, role, path string, status int, from, to any) {
		actor := ""
		if who != nil {
			actor = strings.Split(who.token, "_")[2]
		}
		want = append(want, fmt.Sprint(actor, " ", role, " GET ", path, " ", status, " ", from, "-", to))
	}
	proof := fmt.Sprint("/v1/audit/proofs/", last)
	auditor.get(proof).is(200)
	expect(auditor, "auditor", proof, 200, last, last)
	auditor.get(proof, header("Accept", "text/plain")).is(200)
	expect(auditor, "auditor", proof, 200, last, last)
	c.get(fmt.Sprintf("/v1/audit/consistency?from=%d&to=%d", last, last)).is(200)
	expect(c, "admin", "/v1/audit/consistency", 200, last, last)
	c.get(export + "/files/events.ndjson").is(200)
	expect(c, "admin", export+"/files/events.ndjson", 200, 1, last)
	c.get(export+"/files/events.ndjson", header("Range", "bytes=0-9")).is(206)
	expect(c, "admin", export+"/files/events.ndjson", 206, 1, last)
	c.get(export+"/files/events.ndjson", header("Range", "bytes=99999999-")).refused(416, "range_invalid")
	expect(c, "admin", export+"/files/events.ndjson", 416, 1, last)
	c.get(export + "/manifest").is(200)
	expect(c, "admin", export+"/manifest", 200, 1, last)
	c.get("/v1/exports/nobodys/manifest").refused(404, "export_not_found")
	expect(c, "admin", "/v1/exports/nobodys/manifest", 404, nil, nil)
	c.get("/v1/events?limit=100").is(200)
	expect(c, "admin", "/v1/events", 200, last, last)
	c.get("/v1/events", lines).is(200)
	expect(c, "admin", "/v1/events", 200, last, events)
	c.get(fmt.Sprint("/v1/events?limit=1&after=", last-1), lines).is(200)
	expect(c, "admin", "/v1/events", 200, last, last)
	c.get("/v1/streams/details:acme/events").is(200)
	expect(c, "admin", "/v1/streams/details:acme/events", 200, last, last)
	c.get("/v1/streams/details:acme").is(200)
	expect(c, "admin", "/v1/streams/details:acme", 200, 1, events)
	seller.get(billing).is(200)
	expect(seller, "client", billing, 200, nil, nil)
	c.get(adas).refused(404, "details_not_found")
	expect(c, "admin", adas, 404, nil, nil)
	seller.get("/v1/events").refused(403, "role_not_allowed")
	expect(seller, "client", "/v1/events", 403, nil, nil)
	c.get("/v1/invoices/"+invoice+"/pdf", bought.position()).is(200)
	expect(c, "admin", "/v1/invoices/"+invoice+"/pdf", 200, nil, nil)
	c.visit(link.text("url")).is(200)
	expect(nil, "link", "/documents/invoices/{link}", 200, nil, nil)
	(&person{t: t}).open(portal.text("url")+"/billing-details", 200)
	expect(nil, "link", "/portal/{link}/billing-details", 200, nil, nil)
	c.get("/v1/events?limit=3", header("Authorization", "Bearer nobody")).refused(401, "unauthenticated") // by nobody

	var got []string
	var opened []any
	for i, e := range c.get("/v1/audit/access?limit=100").is(200).at("data").([]any) {
		row := e.(object)
		if row["id"] != float64(i+1) || row["client"] != "127.0.0.1" || row["at"] == "" {
			t.Errorf("row %d is %v", i, row)
		}
		actor := row["actor"]
		if row["role"] == "link" {
			opened, actor = append(opened, actor), ""
		}
		got = append(got, fmt.Sprint(actor, " ", row["role"], " ", row["method"], " ", row["path"], " ", row["status"], " ", row["from"], "-", row["to"]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the log of access:\n%s", diff)
	}
	if fmt.Sprint(opened) != fmt.Sprintf("[invoice:%s portal:acme/]", invoice) {
		t.Errorf("by links came %v", opened)
	}
	if n := len(b.events()); n != events {
		t.Errorf("reading wrote %d events", n-events)
	}
	t.Run("pages and filters", func(t *testing.T) {
		ids := c.pages("/v1/audit/access", "data", "id", 5)
		if len(ids) != len(want) {
			t.Errorf("page by page there are %v", ids)
		}
		c.get(fmt.Sprint("/v1/audit/access?after=", len(want)-1)).is(200).says(object{"data.0.id": len(want), "data.1": nil})
		c.get("/v1/audit/access?role=auditor").is(200).says(object{"data.1.path": proof, "data.2": nil})
		c.get("/v1/audit/access?actor=" + strings.Split(seller.token, "_")[2]).is(200).says(object{"data.0.path": billing, "data.1.status": 403, "data.2": nil})
		c.get("/v1/audit/access?actor=nobody").is(200).says(object{"data": []any{}})
		seller.get("/v1/audit/access").refused(403, "role_not_allowed")
	})
}

// forgetful is a log that nothing can be kept in.
type forgetful struct{}

// Record fails.
func (forgetful) Record(context.Context, endpoint.Access) error {
	return errors.New("the disk is full")
}

// TestNothingIsReadUnrecorded: what can't be recorded is not handed out, and what need not be is.
func TestNothingIsReadUnrecorded(t *testing.T) {
	t.Parallel()
	b := setup(t)
	c := b.client(b.start(endpoint.Options{AccessLog: forgetful{}}), endpoint.RoleAdmin)
	c.openShop()
	c.buy("acme", "pro-month", 2)
	c.put(billing, object{"name": "Ada Lovelace"}).is(200)
	b.newSealer().seal()
	export := "/v1/exports/" + c.exported(object{"kind": "events"}).text("id")
	for _, path := range []string{
		billing, "/v1/events?limit=100", "/v1/streams/details:acme", "/v1/audit/proofs/1", export + "/manifest", export + "/files/events.ndjson",
	} {
		if a := c.get(path).refused(503, "access_not_recorded"); strings.Contains(string(a.body), "Lovelace") || a.header.Get("Content-Disposition") != "" {
			t.Errorf("%s: %v %s", path, a.header, a.body)
		}
	}
	c.get("/v1/events", header("Accept", "application/x-ndjson")).refused(503, "access_not_recorded")
	c.get(adas).refused(404, "details_not_found")
	c.get("/v1/invoices").is(200)
}
