package api

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/audit"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

const (
	billing = "/v1/workspaces/acme/billing-details"
	adas    = "/v1/workspaces/acme/members/ada/details"
)

func TestDetails(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	for path, given := range map[string][2]object{
		billing: {
			{"name": "Ada Lovelace", "email": "ada@example.com", "address": "12 St James's Sq\nLondon", "tax_id": "GB1", "country": "GB"},
			{"address": "Köln", "name": ""},
		},
		adas: {{"name": "Ada", "email": "ada@example.com"}, {"email": "a@b"}},
	} {
		c.run(t, path, func(t *testing.T) {
			first, second := given[0], given[1]
			c.get(path).refused(404, "details_not_found")
			c.put(path+"?dry_run=true", first).is(200).says(object{"events.0.type": "details.set.v1", "events.0.data": object{}, "events.1": nil})
			c.get(path).refused(404, "details_not_found")
			set := c.put(path, first).is(200).says(first)
			shown := c.get(path, set.position()).is(200).says(first)
			if !bytes.Equal(set.body, shown.body) || set.header.Get("ETag") != `"v1"` || shown.header.Get("ETag") != `"v1"` {
				t.Errorf("set %s %s\nshown %s %s", set.body, set.header.Get("ETag"), shown.body, shown.header.Get("ETag"))
			}
			again := c.put(path, first).is(200)
			if again.header.Get("Ledger-Position") != set.header.Get("Ledger-Position") || !bytes.Equal(again.body, set.body) {
				t.Errorf("the same again: %v %s", again.header, again.body)
			}
			c.put(path, second, header("If-Match", `"v2"`)).refused(412, eventstore.CodeVersionMismatch)
			replaced := c.put(path, second, header("If-Match", `"v1"`)).is(200).says(object{"name": nil})
			c.get(path, replaced.position()).is(200).says(object{"name": nil, "tax_id": nil})

			c.delete(path + "?dry_run=true").is(200).says(object{"events.0.type": "details.erased.v1"})
			erased := c.delete(path).is(200)
			if erased.text("erased_at") == "" || erased.header.Get("ETag") != `"v3"` {
				t.Errorf("erased: %s %v", erased.body, erased.header)
			}
			c.get(path, erased.position()).refused(404, "details_not_found")
			c.delete(path).refused(404, "details_not_found")
			if a := c.put(path, first).is(200).says(first); a.header.Get("ETag") != `"v4"` {
				t.Errorf("set after erasing: %v", a.header)
			}
			c.get(path).is(200).says(first)
		})
	}
	c.get("/v1/workspaces/acme/members/bob/details").refused(404, "details_not_found")
	c.get("/v1/workspaces/other/billing-details").refused(404, "details_not_found")
}

func TestASeatIsNoMatterOfDetails(t *testing.T) {
	t.Parallel()
	_, c := serve(t)
	c.openShop()
	c.put(adas, object{"name": "Ada"}).is(200)
	c.seat("acme", "ada", "member")
	c.delete("/v1/workspaces/acme/seats/ada").is(200)
	c.get(adas).is(200).says(object{"name": "Ada"})
	c.seat("acme", "ada", "member")
	erased := c.delete(adas).is(200)
	c.get("/v1/workspaces/acme/seats", erased.position()).is(200).says(object{"members.data.0.member": "ada"})
}

// The log shows private parts as long as they are there; the leaf that an auditor recomputes stays.
func TestEventsShowPrivateParts(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.put(billing, object{"name": "Ada", "country": "GB"}).is(200)
	shown := func() []*answered {
		return []*answered{
			c.get("/v1/events?limit=1").is(200), c.get("/v1/streams/details:acme/events?limit=1").is(200),
			c.get("/v1/events?type=details.set.v1&limit=1").is(200),
		}
	}
	set := b.events()[0]
	for _, a := range shown() {
		a.says(object{
			"data.0.stream": "details:acme", "data.0.data": object{}, "data.0.private": object{"name": "Ada", "country": "GB"},
			"data.0.private_hash": hex.EncodeToString(set.PrivateHash), "data.0.private_salt": hex.EncodeToString(set.PrivateSalt),
			"data.0.leaf_hash": hex.EncodeToString(set.LeafHash),
		})
	}
	if hash := audit.PrivateHash(set.PrivateSalt, []byte(`{"country":"GB","name":"Ada"}`)); !bytes.Equal(hash[:], set.PrivateHash) {
		t.Errorf("the private hash is %x", set.PrivateHash)
	}
	c.delete(billing).is(200)
	for _, a := range shown() {
		a.says(object{
			"data.0.data": object{}, "data.0.private": nil, "data.0.private_hash": hex.EncodeToString(set.PrivateHash),
			"data.0.private_salt": nil, "data.0.leaf_hash": hex.EncodeToString(set.LeafHash),
		})
	}
	c.get("/v1/streams/details:acme/events").is(200).says(object{
		"data.1.type": "details.erased.v1", "data.1.data": object{}, "data.1.private": nil, "data.1.private_hash": nil,
	})
	lines := c.get("/v1/events", header("Accept", "application/x-ndjson")).is(200)
	if bytes.Contains(lines.body, []byte("Ada")) || bytes.Count(lines.body, []byte(`"private":null`)) != 2 {
		t.Errorf("lines: %s", lines.body)
	}
}

// tablesWith names the tables of all schemas that have a text anywhere, also within bytes. What the database keeps of rows
// that are gone, in its write-ahead log and until the next vacuum, is out of our hands.
func (b *bench) tablesWith(text string) []string {
	b.t.Helper()
	ctx := b.t.Context()
	rows, err := b.admin.Query(ctx, `
		SELECT format('%I.%I', schemaname, tablename)
		FROM pg_tables
		WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
		ORDER BY 1`)
	if err != nil {
		b.t.Fatal(err)
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		b.t.Fatal(err)
	}
	return slices.DeleteFunc(tables, func(table string) bool {
		var found bool
		err := b.admin.QueryRow(ctx, `
			SELECT EXISTS (SELECT FROM `+table+` t WHERE strpos(t::text, $1) > 0 OR strpos(t::text, $2) > 0)`,
			text, hex.EncodeToString([]byte(text))).Scan(&found)
		if err != nil {
			b.t.Fatal(err)
		}
		return !found
	})
}

func TestWhatIsErasedLeavesNoTrace(t *testing.T) {
	t.Parallel()
	b := setup(t)
	var logged lines
	o := endpoint.Options{Log: slog.New(slog.NewJSONHandler(&logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	c := b.client(b.start(o), endpoint.RoleAdmin)
	other := b.client(b.start(o), endpoint.RoleAdmin)
	const marker, secretKey = "Zaphod-4711", "0b7c9e4e-some-random-key"
	details := object{"name": marker, "email": marker + "@example.com"}
	for _, path := range []string{billing, adas} {
		c.put(path, details, key(secretKey+path)).is(200)
		c.put(path, details).is(200)
		c.put(path+"?dry_run=true", object{"name": marker + "!"}).is(200)
		c.put(path, object{"name": marker, "email": marker}).refused(422, "email_invalid")
		c.put(path, object{"name": marker + " of old"}).is(200)
		other.get(path).is(200)
		other.put(path, details, header("If-Match", `"v1"`)).refused(412, eventstore.CodeVersionMismatch)
	}
	last := c.get("/v1/events").is(200)
	c.get("/v1/subscriptions", last.position()).is(200) // read models have seen it all
	if tables := b.tablesWith(marker); !slices.Equal(tables, []string{"tallystick.private_parts"}) {
		t.Errorf("it is in %v", tables)
	}
	for _, path := range []string{billing, adas} {
		c.delete(path).is(200)
	}
	for _, who := range []*client{c, other} {
		for _, path := range []string{billing, adas} {
			who.get(path).refused(404, "details_not_found")
		}
		if all := who.get("/v1/events").is(200); bytes.Contains(all.body, []byte(marker)) {
			t.Errorf("shown: %s", all.body)
		}
	}
	if tables := b.tablesWith(marker); len(tables) > 0 {
		t.Errorf("it is in %v", tables)
	}
	// Nor is there anything that a guess could be held against: no plain hash of the body, and no key of the keyed one.
	if tables := b.tablesWith(secretKey); len(tables) > 0 {
		t.Errorf("the idempotency key is in %v", tables)
	}
	kept := func(key string) []string {
		const algorithm = 2
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write([]byte{algorithm})
		for _, part := range []string{http.MethodPut, billing, "", encode(details)} {
			mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
			mac.Write([]byte(part))
		}
		sum := mac.Sum(nil)
		sum[0] = algorithm
		return b.tablesWith(hex.EncodeToString(sum))
	}
	if with, without := kept(secretKey+billing), kept(""); !slices.Equal(with, []string{"tallystick.idempotency"}) || len(without) > 0 {
		t.Errorf("the fingerprint is in %v, one that needs no key in %v", with, without)
	}
	if plain := sha256.Sum256([]byte(encode(details))); len(b.tablesWith(hex.EncodeToString(plain[:]))) > 0 {
		t.Error("a plain hash of the body is kept")
	}
	// The stored answer has nothing, and a repeat is answered all the same, without doing anything.
	again := c.put(billing, details, key(secretKey+billing)).is(200).says(details)
	if again.header.Get("Idempotent-Replayed") != "true" || again.header.Get("ETag") != `"v1"` {
		t.Errorf("repeated: %v", again.header)
	}
	c.put(billing, object{"name": marker}, key(secretKey+billing)).refused(422, eventstore.CodeKeyReused)
	c.get(billing).refused(404, "details_not_found")
	if text := logged.text.String(); strings.Contains(text, marker) || !strings.Contains(text, "/billing-details") {
		t.Errorf("logged: %s", text)
	}
}

// Setting and erasing at once, in two processes: each is refused or done, and what is there in the end is what came last.
func TestSettingMeetsErasing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	clients := []*client{b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin), b.client(b.start(endpoint.Options{}), endpoint.RoleAdmin)}
	var callers sync.WaitGroup
	for i := range 200 {
		callers.Go(func() {
			c := clients[i%2]
			var a *answered
			var err error
			if i%4 < 2 {
				a, err = c.quick(http.MethodPut, billing, object{"name": fmt.Sprint("name ", i)})
			} else {
				a, err = c.quick(http.MethodDelete, billing, nil)
			}
			if err != nil || a.status != 200 && (i%4 < 2 || a.status != 404) {
				t.Errorf("%d: %+v, %v", i, a, err)
			}
		})
	}
	callers.Wait()
	events := b.events()
	last, parts := events[len(events)-1], 0
	for i, e := range events {
		erased := slices.ContainsFunc(events[i:], func(e eventstore.Event) bool { return e.Type == "details.erased.v1" })
		if (e.Private == nil) != erased {
			t.Errorf("position %d, %s: private part %s, erased %v", e.Position, e.Type, e.Private, erased)
		}
		if !erased {
			parts++
		}
	}
	for _, c := range clients {
		if a := c.get(billing); last.Private == nil {
			a.refused(404, "details_not_found")
		} else if want := fmt.Sprintf(`{"name":%q}`, a.is(200).text("name")); want != string(last.Private) {
			t.Errorf("shown %s, and last was %s", a.body, last.Private)
		}
	}
	var stored int
	if err := b.admin.QueryRow(t.Context(), `SELECT count(*) FROM tallystick.private_parts`).Scan(&stored); err != nil || stored != parts {
		t.Errorf("%d parts, want %d, %v", stored, parts, err)
	}
}
