package migrations_test

import (
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/pgtest"
)

const insertKeyOfLedger = `
	INSERT INTO tallystick.api_keys (ledger_id, key_id, role, name, secret_hash, created_at)
	SELECT ledger_id, 'k', 'admin', 'a key', sha256(''), now() FROM tallystick.ledgers`

// Every change of a credential leaves a row, whatever program or person makes it.
func TestCredentialsAreAudited(t *testing.T) {
	t.Parallel()
	for name, become := range map[string]string{"a superuser": `SELECT 1`, "a replica superuser": `SET session_replication_role = replica`} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn := connect(t, pgtest.Database(t)+"&application_name=psql")
			exec(t, conn, become)
			exec(t, conn, `INSERT INTO tallystick.ledgers (ledger_id, name, mode, created_at) VALUES (gen_random_uuid(), 'a', 'live', now())`)
			exec(t, conn, insertKeyOfLedger)
			exec(t, conn, `BEGIN; SET LOCAL tallystick.operator = 'ada@desk'; UPDATE tallystick.api_keys SET revoked_at = now(); COMMIT`)
			exec(t, conn, `UPDATE tallystick.api_keys SET name = name`)
			exec(t, conn, `UPDATE tallystick.api_keys SET revoked_at = NULL, expires_at = now()`)
			exec(t, conn, `UPDATE tallystick.ledgers SET name = 'b'`)
			exec(t, conn, `UPDATE tallystick.ledgers SET secret = sha256('another')`)
			exec(t, conn, `DELETE FROM tallystick.api_keys`)
			rows, err := conn.Query(t.Context(), `
				SELECT concat_ws(' ', action, key_id, key_role, key_name, (key_expires_at IS NOT NULL)::text, database_user, program, operator, client_address)
				FROM tallystick.credential_audit
				ORDER BY recorded_at`)
			if err != nil {
				t.Fatal(err)
			}
			got, err := pgx.CollectRows(rows, pgx.RowTo[string])
			if err != nil {
				t.Fatal(err)
			}
			want := []string{
				"key_created k admin a key false postgres psql ",
				"key_revoked k admin a key false postgres psql ada@desk",
				"key_changed k admin a key true postgres psql ",
				"secret_rotated false postgres psql ",
				"key_deleted k admin a key true postgres psql ",
			}
			if len(got) != len(want) {
				t.Fatalf("audited %q", got)
			}
			for i := range want {
				if got[i] != want[i] {
					t.Errorf("audited %q, want %q", got[i], want[i])
				}
			}
		})
	}
}

// Whoever may read the tables reads no secret of them, even when somebody meant well.
func TestSecretsAreForOwnerAndProgram(t *testing.T) {
	t.Parallel()
	to := newTenant(t, "CREATEROLE")
	roles := up(t, to.url).Roles
	user, as := newUser(t, to.admin, "")
	exec(t, to.admin, `GRANT USAGE ON SCHEMA tallystick TO `+user+`; GRANT SELECT ON ALL TABLES IN SCHEMA tallystick TO PUBLIC, `+user)
	exec(t, to.admin, `GRANT SELECT (secret) ON tallystick.ledgers TO `+user)
	reader := connect(t, as)
	exec(t, reader, readSecrets)
	for range 2 {
		up(t, to.url)
		refused(t, reader, readSecrets, readHashes, `SELECT secret FROM tallystick.ledger_secrets`, `TABLE tallystick.api_keys`)
		exec(t, reader, `SELECT ledger_id, name, mode, clock, created_at FROM tallystick.ledgers; SELECT key_id, role FROM tallystick.api_keys`)
	}
	own := connect(t, to.url)
	exec(t, own, `SET ROLE `+roles.App+`; `+readSecrets+`; `+readHashes)
	exec(t, own, `SET ROLE `+roles.Owner+`; `+readSecrets+`; `+readHashes)
}
