package main

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

const (
	whole  = "*" // auditors read all columns
	hidden = ""  // auditors read nothing
)

// auditorReads decides on every relation of a database, whether auditors read all of it, some columns, or nothing. The version
// is left out of a read model's schema.
var auditorReads = map[string]string{
	"tallystick.events":                  whole,
	"tallystick.events_readable":         whole,
	"tallystick.ledgers":                 "ledger_id, name, mode, clock, created_at", // no secret
	"tallystick.api_keys":                "ledger_id, key_id, role, name, created_at, revoked_at, expires_at, rate",
	"tallystick.credential_audit":        whole,
	"tallystick.access_log":              whole,
	"tallystick.projection_versions":     whole,
	"tallystick.projection_checkpoints":  whole,
	"tallystick.projection_failures":     whole,
	"tallystick.audit_seals":             whole,
	"tallystick.audit_checkpoints":       whole,
	"tallystick.audit_tiles":             whole,
	"tallystick.private_parts":           hidden, // personal data
	"tallystick.idempotency":             hidden, // answers as they were given
	"tallystick.held_answers":            hidden, // as above
	"tallystick.ledger_secrets":          hidden,
	"tallystick.secrets":                 hidden,
	"tallystick.installation":            hidden, // of no interest
	"tallystick.license_keys":            hidden,
	"tallystick.license_heartbeats":      hidden, // what the API shows
	"tallystick.webhook_outcomes":        hidden, // what the API shows
	"tallystick.webhook_cursors":         hidden,
	"tallystick.rate_buckets":            hidden, // of no interest
	"tallystick.exports":                 whole,
	"tallystick.snapshots":               hidden, // a cache
	"tallystick.leases":                  hidden, // of no interest, as the next two
	"tallystick.goose_db_version":        hidden,
	"tallystick.goose_db_version_id_seq": hidden,

	// The memory of the sandbox gateway, which is the other side.
	"tallystick.sandbox_settings": hidden, "tallystick.sandbox_methods": hidden, "tallystick.sandbox_charges": hidden,
	"tallystick.sandbox_charges_position_seq": hidden, "tallystick.sandbox_disputes": hidden, "tallystick.sandbox_news": hidden,

	"tallystick.gateway_messages": hidden, "tallystick.gateway_messages_position_seq": hidden, // personal data

	"catalog.products": whole, "catalog.prices": whole, "catalog.coupons": whole, "catalog.catalogs": whole,
	"deadlines.deadlines": whole, "deadlines.parked": whole,
	"features.holdings": whole, "features.products": whole, "features.catalogs": whole,
	"invoices.invoices": whole, "invoices.credit_notes": whole, "invoices.refunds": whole, "invoices.accounts": whole, "invoices.credits": whole,
	"finance.journal": whole, "finance.kept": whole, "finance.settings": whole, "finance.closed_periods": whole, "finance.invoice_versions": whole,
	"finance.note_rows": whole, "finance.tax_rows": whole, "finance.recurring_rows": whole, "finance.charge_versions": whole, "finance.return_rows": whole, "finance.schedule_rows": whole,
	"licenses.licenses": whole,
	"payments.payments": whole, "payments.charges": whole, "payments.returns": whole, "payments.disputes": whole, "payments.payment_methods": whole,
	"plans.plans": whole, "plans.free_products": whole, "plans.collections": whole,
	"seats.pools": whole, "seats.members": whole, "seats.free_products": whole,
	"subscriptions.subscriptions": whole, "subscriptions.collected": whole,
	"timeline.entries": whole, "timeline.owners": whole, "timeline.numbers": whole,
	"webhooks.endpoints": whole, "webhooks.deliveries": whole, "webhooks.sequences": whole, "webhooks.owners": whole,
	"usage.seats": whole, "usage.plans": whole, "usage.free_plans": whole, "usage.zones": whole, "usage.bills": whole, "usage.credit_notes": whole,
}

// TestAuditors looks at a database as serve leaves it.
func TestAuditors(t *testing.T) {
	t.Parallel()
	s := boot(t, usedDir(t))
	s.auditedStory()
	url, err := postgres.SuperuserURL(s.dir)
	if err != nil {
		t.Fatal(err)
	}
	superuser := connectTo(t, url)
	t.Run("everything has a comment", func(t *testing.T) { everythingHasAComment(t, superuser) })
	t.Run("what they read", func(t *testing.T) { whatAuditorsRead(t, superuser) })
	t.Run("no table that they read holds personal data", func(t *testing.T) { noPersonalData(t, superuser) })
	t.Run("whose events they are", func(t *testing.T) { whoseEvents(t, superuser) })
	t.Run("the readme's page", func(t *testing.T) { s.readmeForAuditors(t) })
}

func connectTo(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

// personalData lists what the story tells of people.
var personalData = []string{"Ada Lovelace", "ada@example.com", "12 St James", "GB123456", "Grace Hopper", "grace@example.com"}

// auditedStory lets the workspace acme buy, upgrade and pay, and gives personal data.
func (s *server) auditedStory() {
	s.t.Helper()
	for _, product := range []string{"team", "pro"} {
		s.must("POST", "/v1/products", product, fmt.Sprintf(`{"code":%q,"name":"A product","tier":%d}`, product, 50-10*len(product)), 201)
		s.must("POST", "/v1/products/"+product+"/prices", product+" price", fmt.Sprintf(
			`{"code":"%s-month","currency":"USD","interval":"month","unit_amount":"%d.00","tax_rate":"0.2"}`, product, 30-5*len(product)), 201)
	}
	const acme = "/v1/workspaces/acme"
	s.must("PUT", acme+"/billing-details", "details",
		`{"name":"Ada Lovelace","email":"ada@example.com","address":"12 St James's Sq","tax_id":"GB123456","country":"GB"}`, 200)
	s.must("POST", acme+"/subscription", "buy", `{"price":"team-month","seats":3,"collection":"send_invoice"}`, 201)
	s.must("POST", acme+"/seats", "seat", `{"member":"m-1","role":"member"}`, 201)
	s.must("PUT", acme+"/members/m-1/details", "member", `{"name":"Grace Hopper","email":"grace@example.com"}`, 200)
	s.must("POST", acme+"/subscription/upgrade", "upgrade", `{"price":"pro-month"}`, 200)
	s.must("POST", acme+"/credits", "gift", `{"amount":{"amount":"100.00","currency":"USD"},"reason":"a gift"}`, 201)
	s.advanceTo(s.clock().AddDate(0, 1, 1))
}

func everythingHasAComment(t *testing.T, superuser *pgx.Conn) {
	for _, name := range lines(t, superuser, `
		SELECT 'schema ' || n.nspname
		FROM pg_namespace n
		WHERE n.nspname !~ '^pg_|^information_schema$|^public$' AND obj_description(n.oid, 'pg_namespace') IS NULL
		UNION ALL
		SELECT 'relation ' || c.oid::regclass
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_|^information_schema$'
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND obj_description(c.oid, 'pg_class') IS NULL
		UNION ALL
		SELECT 'column ' || c.oid::regclass || '.' || a.attname
		FROM pg_attribute a
		JOIN pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_|^information_schema$'
		WHERE a.attnum > 0 AND NOT a.attisdropped AND col_description(a.attrelid, a.attnum) IS NULL
		UNION ALL
		SELECT 'function ' || p.oid::regprocedure
		FROM pg_proc p
		JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname !~ '^pg_|^information_schema$'
		WHERE obj_description(p.oid, 'pg_proc') IS NULL`) {
		t.Errorf("%s has no comment: give it one, in migrations/comments.sql or beside its read model's tables", name)
	}
	for _, name := range lines(t, superuser, `SELECT objoid::text FROM pg_description WHERE description LIKE '%{schema}%'`) {
		t.Errorf("a comment of object %s does not name its schema", name)
	}
}

// relation names a table or view, and its columns.
type relation struct {
	name, decided string // decided is its name in auditorReads
	isTable       bool
	columns       []string
}

var numbered = regexp.MustCompile(`^([a-z]+)_\d+\.`)

func relations(t *testing.T, superuser *pgx.Conn) (all []relation) {
	t.Helper()
	for _, line := range lines(t, superuser, `
		SELECT n.nspname || '.' || c.relname || ' ' || c.relkind::text || ' ' || (
		    SELECT string_agg(a.attname, ' ' ORDER BY a.attnum)
		    FROM pg_attribute a
		    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)
		FROM pg_class c
		JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname !~ '^pg_|^information_schema$'
		WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')`) {
		fields := strings.Fields(line)
		all = append(all, relation{fields[0], numbered.ReplaceAllString(fields[0], "$1."), fields[1] == "r", fields[2:]})
	}
	return all
}

// whatAuditorsRead tries every column of every relation, and every way to write.
func whatAuditorsRead(t *testing.T, superuser *pgx.Conn) {
	for _, table := range relations(t, superuser) {
		reads, decided := auditorReads[table.decided]
		if !decided {
			t.Errorf("whether auditors may read %s is to be decided: add it to auditorReads", table.name)
		}
		for _, column := range table.columns {
			may := reads == whole || slices.Contains(strings.Split(reads, ", "), column)
			if got := auditorMay(t, superuser, fmt.Sprintf(`SELECT %s FROM %s`, column, table.name)); got != may {
				t.Errorf("an auditor reads %s of %s: %t, want %t", column, table.name, got, may)
			}
		}
		for _, write := range []string{`DELETE FROM %s`, `INSERT INTO %s DEFAULT VALUES`, `TRUNCATE %s`, `LOCK TABLE %s IN EXCLUSIVE MODE`} {
			if sql := fmt.Sprintf(write, table.name); table.isTable && auditorMay(t, superuser, sql) {
				t.Errorf("an auditor may %s", sql)
			}
		}
	}
	for _, sql := range []string{
		`CREATE SCHEMA mine`, `CREATE TABLE tallystick.mine (n int)`, `SET ROLE tallystick_app_tallystick`, `CREATE TABLE public.mine (n int)`,
		`SELECT nextval('tallystick.goose_db_version_id_seq')`, `ALTER TABLE tallystick.events DISABLE TRIGGER ALL`,
	} {
		if auditorMay(t, superuser, sql) {
			t.Errorf("an auditor may %s", sql)
		}
	}
}

// auditorMay tries a statement as the auditors' role, and takes it back.
func auditorMay(t *testing.T, superuser *pgx.Conn, sql string) bool {
	t.Helper()
	tx, err := superuser.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tx.Rollback(t.Context()) }()
	if _, err := tx.Exec(t.Context(), `SET LOCAL SESSION AUTHORIZATION tallystick_auditor_tallystick`); err != nil {
		t.Fatal(err)
	}
	_, err = tx.Exec(t.Context(), sql)
	var refused *pgconn.PgError
	if err != nil && (!errors.As(err, &refused) || refused.Code != "42501") {
		t.Errorf("%s: %v", sql, err)
	}
	return err == nil
}

// noPersonalData looks for what the story gave in all that auditors read.
func noPersonalData(t *testing.T, superuser *pgx.Conn) {
	found := map[string]bool{}
	for _, table := range relations(t, superuser) {
		text := strings.Join(lines(t, superuser, `SELECT r.* FROM `+table.name+` r`), "\n")
		for _, given := range personalData {
			if strings.Contains(text, given) || strings.Contains(text, hex.EncodeToString([]byte(given))) {
				found[table.name] = true
				if auditorReads[table.decided] != hidden {
					t.Errorf("auditors read %q in %s", given, table.name)
				}
			}
		}
	}
	if !found["tallystick.private_parts"] {
		t.Error("the story gave no personal data")
	}
}

// whoseEvents holds the workspaces of the view against those of the timeline.
func whoseEvents(t *testing.T, superuser *pgx.Conn) {
	if agree := lines(t, superuser, `
		SELECT count(*) > 5 AND bool_and(n.workspace = e.workspace)
		FROM timeline_1.entries n
		JOIN tallystick.events_readable e ON e.ledger_id = n.ledger_id AND e.position = n.position`); agree[0] != "t" {
		t.Error("the view and the timeline do not agree on the workspaces of events")
	}
	view := lines(t, superuser, `SELECT pg_get_viewdef('tallystick.events_readable'::regclass)`)[0]
	for _, streamType := range command.StreamTypes() {
		ofWorkspace := slices.ContainsFunc(projections.Timeline.Reads, func(read domain.StreamType) bool { return read.Name == streamType.Name })
		if ofWorkspace == strings.Contains(view, "'"+streamType.Name+"'::text") {
			t.Errorf("events of a stream %s are a workspace's: %t, and the view events_readable says otherwise", streamType.Name, ofWorkspace)
		}
	}
}

// readmeForAuditors does what the README says, word for word.
func (s *server) readmeForAuditors(t *testing.T) {
	if _, err := exec.LookPath("psql"); err != nil {
		t.Skip("no psql on this machine")
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, page, _ := strings.Cut(string(readme), "\n## Auditing by SQL\n")
	page, _, _ = strings.Cut(page, "\n## ")
	_, script, _ := strings.Cut(page, "\n    database()")
	script, _, _ = strings.Cut("    database()"+script, "\n\n")
	printed, _ := s.paste("nowhere", strings.ReplaceAll(script, "\n    ", "\n"))
	holds(t, printed, "CREATEROLE", "tallystick", "invoices_1", "Readmodelinvoices,version1")

	url, err := house.LoginURL(s.databaseURL(), "alice", "choose-one")
	if err != nil {
		t.Fatal(err)
	}
	alice := connectTo(t, url)
	queries := regexp.MustCompile("(?s)```sql\n(.*?)```").FindAllStringSubmatch(page, -1)
	want := [][]string{
		{"subscription.created.v1", "seating.allocated.v1", "invoice.finalized.v1", "subscription.renewed.v1", "admin.key"},
		{"team-month | pro-month", "admin.key"},
		{"INV-000001 | 3 seats of team-month | 3 | 30.00 | 6.00 | USD"},
		{"default | ", " | t | t"},
		nil,
		{"USD | "},
		{"key_created"},
	}
	if len(queries) != len(want) {
		t.Fatalf("%d queries, and what %d of them show", len(queries), len(want))
	}
	for i, query := range queries {
		shown := strings.Join(lines(t, alice, query[1]), "\n")
		for _, part := range want[i] {
			if !strings.Contains(shown, part) {
				t.Errorf("%q is not in what this shows:\n%s\n%s", part, query[1], shown)
			}
		}
		if want[i] == nil && shown != "" {
			t.Errorf("this shows something:\n%s\n%s", query[1], shown)
		}
	}
}

// lines shows the rows of a query, each as its values.
func lines(t *testing.T, conn *pgx.Conn, sql string) (shown []string) {
	t.Helper()
	rows, err := conn.Query(t.Context(), sql, pgx.QueryExecModeSimpleProtocol) // as text
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	defer rows.Close()
	for rows.Next() {
		var values []string
		for _, value := range rows.RawValues() {
			values = append(values, string(value))
		}
		shown = append(shown, strings.Join(values, " | "))
	}
	if rows.Err() != nil {
		t.Fatalf("%s: %v", sql, rows.Err())
	}
	return shown
}
