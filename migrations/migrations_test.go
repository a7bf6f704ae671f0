package migrations_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/migrations"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return conn
}

func exec(t *testing.T, conn *pgx.Conn, sql string) {
	t.Helper()
	if _, err := conn.Exec(t.Context(), sql); err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
}

func TestManyStartersTakeTurns(t *testing.T) {
	t.Parallel()
	url := pgtest.Empty(t)
	var starting sync.WaitGroup
	var mu sync.Mutex
	applied := 0
	for range 8 {
		starting.Go(func() {
			status, err := migrations.Up(t.Context(), url)
			if err != nil || status.Roles.App == "" {
				t.Errorf("status %+v, %v", status, err)
			}
			mu.Lock()
			defer mu.Unlock()
			applied += status.Applied
		})
	}
	starting.Wait()
	numbered, err := filepath.Glob("0*.sql")
	if err != nil || applied != len(numbered) {
		t.Errorf("%d migrations applied, want each of %d once, %v", applied, len(numbered), err)
	}
}

// Each ledger has a secret of its own.
func TestEachLedgerHasASecret(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	conn := connect(t, url)
	const insert = `INSERT INTO tallystick.ledgers (ledger_id, name, mode, created_at) VALUES `
	exec(t, conn, insert+`(gen_random_uuid(), 'a', 'live', now()), (gen_random_uuid(), 'b', 'live', now())`)
	var secrets, bytes int
	err := conn.QueryRow(t.Context(), `SELECT count(DISTINCT secret), sum(octet_length(secret)) FROM tallystick.ledgers`).Scan(&secrets, &bytes)
	if err != nil || secrets != 2 || bytes != 2*32 {
		t.Errorf("%d secrets of %d bytes in all, %v", secrets, bytes, err)
	}
}

// A second server starts while others read; asserting what holds already must not wait for them.
func TestAStartWaitsForNoReader(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	reader := connect(t, url)
	exec(t, reader, `BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM tallystick.events;
		SELECT count(*) FROM tallystick.idempotency; SELECT count(*) FROM tallystick.projection_versions`)
	ctx, cancel := context.WithTimeout(t.Context(), pgtest.Patience)
	defer cancel()
	if _, err := migrations.Up(ctx, url); err != nil {
		t.Error(err)
	}
}

func TestOtherEncodingsAreRefused(t *testing.T) {
	t.Parallel()
	there := pgtest.Database(t)
	admin := connect(t, there)
	name := "latin_" + strings.ToLower(t.Name())
	exec(t, admin, `CREATE DATABASE `+name+` ENCODING 'LATIN1' TEMPLATE template0`)
	t.Cleanup(func() { _, _ = admin.Exec(context.Background(), `DROP DATABASE `+name+` WITH (FORCE)`) })
	if _, err := migrations.Up(t.Context(), in(t, there, name)); err == nil || !strings.Contains(err.Error(), "LATIN1") {
		t.Errorf("got %v, want an error that names the encoding", err)
	}
}

const insertEvent = `
	INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
	                               effective_at, actor, command, correlation, data, leaf_hash)
	VALUES (gen_random_uuid(), 1, 1, gen_random_uuid(), 'box:a', 1, 'box.x.v1', 1, now(), now(), 'me', gen_random_uuid(), 'c',
	        '{}', sha256(''))`

const insertKey = `
	INSERT INTO tallystick.idempotency (ledger_id, key, fingerprint, command, status, stream, version, first_position,
	                                    last_position, answer)
	VALUES (gen_random_uuid(), sha256('key'), sha256(''), gen_random_uuid(), 200, 'box:a', 1, 1, 1, '')`

const insertPart = `
	INSERT INTO tallystick.private_parts (ledger_id, position, salt, data)
	VALUES (gen_random_uuid(), 1, decode(repeat('00', 16), 'hex'), '{}')`

// The function is the only way to write, for the program, for a superuser, and for one who switches ordinary triggers off.
func TestEventsCanOnlyBeAppended(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	for name, become := range map[string]string{
		"the program":         `SET ROLE ` + pgtest.AppRole,
		"a superuser":         `SELECT 1`,
		"a replica superuser": `SET session_replication_role = replica`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, sql := range []string{
				insertEvent,
				insertKey,
				insertPart,
				`UPDATE tallystick.events SET actor = 'somebody else'`,
				`DELETE FROM tallystick.events`,
				`TRUNCATE tallystick.events`,
				`UPDATE tallystick.idempotency SET status = 500`,
				`DELETE FROM tallystick.idempotency`,
				`TRUNCATE tallystick.idempotency`,
				`UPDATE tallystick.private_parts SET data = ''`,
				`DELETE FROM tallystick.private_parts`,
				`TRUNCATE tallystick.private_parts`,
				`UPDATE tallystick.credential_audit SET operator = 'somebody else'`,
				`DELETE FROM tallystick.credential_audit`,
				`TRUNCATE tallystick.credential_audit`,
				`UPDATE tallystick.access_log SET actor = 'somebody else'`,
				`DELETE FROM tallystick.access_log`,
				`TRUNCATE tallystick.access_log`,
				`COPY tallystick.events FROM STDIN`,
			} {
				conn := connect(t, url)
				exec(t, conn, become)
				_, err := conn.Exec(t.Context(), sql)
				if strings.HasPrefix(sql, "COPY") {
					_, err = conn.PgConn().CopyFrom(t.Context(), strings.NewReader(""), sql)
				}
				var pgErr *pgconn.PgError
				if !errors.As(err, &pgErr) || pgErr.Code != "42501" {
					t.Errorf("%s: %v, want insufficient_privilege", strings.TrimSpace(sql), err)
				}
			}
		})
	}
}

func TestTheProgramMayNotMuchElse(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Database(t))
	exec(t, conn, `SET ROLE `+pgtest.AppRole)
	for _, sql := range []string{
		`INSERT INTO tallystick.ledgers (ledger_id, name, mode, created_at) VALUES (gen_random_uuid(), 'x', 'live', now())`,
		`UPDATE tallystick.api_keys SET role = 'admin'`,
		`ALTER TABLE tallystick.events DISABLE TRIGGER ALL`,
		`DROP TABLE tallystick.events`,
		`DROP FUNCTION tallystick.append`,
		`CREATE TABLE tallystick.mine (n int)`,
	} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("the program may %s", sql)
		}
	}
}

// Snapshots are a cache and leases save work; the program fills and empties both as it likes.
func TestTheProgramKeepsSnapshotsAndLeases(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Database(t))
	exec(t, conn, `SET ROLE `+pgtest.AppRole)
	exec(t, conn, `INSERT INTO tallystick.snapshots (ledger_id, stream, revision, version, leaf_hash, digest, data)
		VALUES (gen_random_uuid(), 'box:a', 1, 1, sha256(''), sha256(''), '')`)
	exec(t, conn, `UPDATE tallystick.snapshots SET version = 2`)
	exec(t, conn, `DELETE FROM tallystick.snapshots`)
	exec(t, conn, `INSERT INTO tallystick.leases (ledger_id, holder, expires_at) VALUES (gen_random_uuid(), gen_random_uuid(), now())`)
	exec(t, conn, `UPDATE tallystick.leases SET expires_at = now()`)
	exec(t, conn, `DELETE FROM tallystick.leases`)
}

// auditor is the auditors' role of every database that is copied from the template.
var auditor = strings.Replace(pgtest.AppRole, "_app_", "_auditor_", 1)

// Whatever was granted, taken away or switched off by hand stands again after the next start.
func TestPrivilegesAreAsserted(t *testing.T) {
	t.Parallel()
	url := pgtest.Database(t)
	conn := connect(t, url)
	exec(t, conn, `ALTER TABLE tallystick.events DISABLE TRIGGER refuse_rewriting`)
	exec(t, conn, `DROP TRIGGER refuse_rewriting ON tallystick.idempotency`)
	exec(t, conn, `ALTER TABLE tallystick.events OWNER TO postgres`)
	exec(t, conn, `ALTER TABLE tallystick.private_parts OWNER TO postgres`)
	exec(t, conn, `ALTER TABLE tallystick.private_parts DISABLE TRIGGER refuse_rewriting`)
	exec(t, conn, `REVOKE ALL ON ALL TABLES IN SCHEMA tallystick FROM `+pgtest.AppRole)
	exec(t, conn, `REVOKE SELECT ON tallystick.events_readable FROM `+auditor+`; GRANT SELECT ON ALL TABLES IN SCHEMA tallystick TO `+auditor)
	exec(t, conn, `GRANT UPDATE (name), SELECT (secret) ON tallystick.ledgers TO `+auditor)
	exec(t, conn, `COMMENT ON TABLE tallystick.events IS 'mine'; COMMENT ON COLUMN tallystick.events.data IS NULL`)
	for range 2 {
		if status, err := migrations.Up(t.Context(), url); err != nil || status.Roles.App != pgtest.AppRole {
			t.Fatalf("status %+v, %v", status, err)
		}
	}
	for _, sql := range []string{insertEvent, insertKey, insertPart, `DELETE FROM tallystick.private_parts`} {
		if _, err := conn.Exec(t.Context(), sql); err == nil {
			t.Errorf("%s worked", strings.TrimSpace(sql))
		}
	}
	exec(t, conn, `SET ROLE `+pgtest.AppRole)
	exec(t, conn, `SELECT count(*) FROM tallystick.events`)
	exec(t, conn, `SELECT count(*) FROM tallystick.private_parts`)
	exec(t, conn, `RESET ROLE; SET ROLE `+auditor)
	exec(t, conn, `SELECT count(*) FROM tallystick.events_readable; SELECT name FROM tallystick.ledgers`)
	refused(t, conn, readSecrets, readHashes, `SELECT FROM tallystick.private_parts`, `SELECT FROM tallystick.idempotency`, `UPDATE tallystick.ledgers SET name = ''`)
	var table, column string
	err := conn.QueryRow(t.Context(), `
		SELECT obj_description('tallystick.events'::regclass), col_description('tallystick.events'::regclass, attnum)
		FROM pg_attribute
		WHERE attrelid = 'tallystick.events'::regclass AND attname = 'data'`).Scan(&table, &column)
	if err != nil || table == "mine" || column == "" {
		t.Errorf("the comments are %q and %q, %v", table, column, err)
	}
}

// Comments of what is not there are left out, so a wrong name would pass unseen.
func TestEveryCommentIsOfSomething(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("comments.sql")
	if err != nil {
		t.Fatal(err)
	}
	var made int
	err = connect(t, pgtest.Database(t)).QueryRow(t.Context(), `
		SELECT (SELECT count(*)
		        FROM pg_description d
		        JOIN pg_class c ON d.classoid = 'pg_class'::regclass AND c.oid = d.objoid
		        WHERE c.relnamespace = n.oid)
		       + (SELECT count(obj_description(p.oid, 'pg_proc')) FROM pg_proc p WHERE p.pronamespace = n.oid)
		       + (obj_description(n.oid, 'pg_namespace') IS NOT NULL)::int
		FROM pg_namespace n
		WHERE n.nspname = 'tallystick'`).Scan(&made)
	if written := strings.Count(string(text), "\nCOMMENT ON "); err != nil || made != written {
		t.Errorf("%d comments are made, %d are written, %v", made, written, err)
	}
}

// A ledger's rows are found, kept apart and moved by its id, so every key begins with it. What is no ledger's own, or is
// how a ledger is found in the first place, is named here.
func TestEveryKeyBeginsWithTheLedger(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Database(t))
	exempt := map[string]bool{
		"goose_db_version_pkey": true, "ledgers_name_unique": true, "api_keys_key_id_unique": true,
		"projection_versions_pkey": true, "projection_versions_one_active": true, "rate_buckets_pkey": true,
		"installation_pkey": true,
		"license_keys_pkey": true, // a license key is asked by alone, as an API key is, and tells the ledger
	}
	rows, err := conn.Query(t.Context(), `
		SELECT i.indexrelid::regclass::text, a.attname
		FROM pg_index i
		JOIN pg_class c ON c.oid = i.indrelid
		JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = i.indkey[0]
		WHERE c.relnamespace = 'tallystick'::regnamespace AND i.indisunique`)
	if err != nil {
		t.Fatal(err)
	}
	var index, first string
	_, err = pgx.ForEachRow(rows, []any{&index, &first}, func() error {
		if name := strings.TrimPrefix(index, "tallystick."); first != "ledger_id" && !exempt[name] {
			t.Errorf("unique index %s begins with %s", name, first)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// T18: plans are cached, and the first ones are made on empty tables.
func TestPlansAreRightFromTheFirstEvent(t *testing.T) {
	t.Parallel()
	conn := connect(t, pgtest.Database(t))
	exec(t, conn, `SET enable_seqscan = off`)
	for sql, index := range map[string]string{
		`SELECT count(*) FROM tallystick.events WHERE ledger_id = $1 AND position BETWEEN 1000 AND 2000`:                            "events_pkey",
		`SELECT leaf_hash FROM tallystick.events WHERE ledger_id = $1 AND position = 1000`:                                          "events_pkey",
		`SELECT data FROM tallystick.private_parts WHERE ledger_id = $1 AND position = 1000`:                                        "private_parts_pkey",
		`SELECT position FROM tallystick.events WHERE ledger_id = $1 ORDER BY position DESC LIMIT 1`:                                "events_pkey",
		`SELECT version FROM tallystick.events WHERE ledger_id = $1 AND stream = 'a' AND version > 0 ORDER BY version DESC LIMIT 1`: "events_stream_version_unique",
		`SELECT data FROM tallystick.events WHERE ledger_id = $1 AND stream = 'a' AND version > 7 AND version > 0 ORDER BY version`: "events_stream_version_unique",
	} {
		rows, err := conn.Query(t.Context(), `EXPLAIN `+strings.ReplaceAll(sql, "$1", "'00000000-0000-0000-0000-000000000001'"))
		if err != nil {
			t.Fatal(err)
		}
		plan, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			t.Fatal(err)
		}
		if text := strings.Join(plan, "\n"); !strings.Contains(text, "using "+index) {
			t.Errorf("%s\n%s", sql, text)
		}
	}
}
