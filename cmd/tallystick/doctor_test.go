package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/migrations"

	"github.com/tallystick/tallystick/cmd/tallystick/doctor"
	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// examined runs the doctor and gives its findings by their checks.
func examined(t *testing.T, args ...string) (map[string]doctor.Finding, int) {
	t.Helper()
	var out, errs bytes.Buffer
	code := run(t.Context(), &program{}, append([]string{"doctor", "--json"}, args...), house.Streams{Out: &out, Err: &errs})
	var findings []doctor.Finding
	if err := json.Unmarshal(out.Bytes(), &findings); err != nil {
		t.Fatalf("exit %d, %v: %s%s", code, err, out.String(), errs.String())
	}
	byCheck := map[string]doctor.Finding{}
	for _, f := range findings {
		byCheck[f.Check] = f
	}
	return byCheck, code
}

// expectFinding looks for a grade and for parts of what was found or advised.
func expectFinding(t *testing.T, findings map[string]doctor.Finding, check, grade string, parts ...string) {
	t.Helper()
	f, there := findings[check]
	if !there || f.Grade != grade {
		t.Errorf("%s: %+v, want %s", check, f, grade)
	}
	for _, part := range parts {
		if !strings.Contains(f.Found+": "+f.Advice, part) {
			t.Errorf("%s: %q is not in %+v", check, part, f)
		}
	}
}

// allChecks counts the checks of a database with the tables of this release.
const allChecks = 25

// A database of a server finds nothing wrong, whether the server runs or not, and is the same afterwards.
func TestTheDoctorFindsASoundInstallation(t *testing.T) {
	t.Parallel()
	dir := dataDir(t)
	s := boot(t, dir)
	s.sellFreeSeats(5)
	address := strings.TrimPrefix(s.url, "http://")
	s.until("a server carries out deadlines", func() bool {
		findings, _ := examined(t, "--data-dir", dir, "--listen", address)
		return strings.Contains(findings["leases"].Found, "a server carries out")
	})
	for _, running := range []bool{true, false} {
		findings, code := examined(t, "--data-dir", dir, "--listen", address)
		for _, f := range findings {
			if f.Grade != doctor.GradeOK && f.Check != "disk" {
				t.Errorf("a server runs: %t, and found was %+v", running, f)
			}
		}
		if len(findings) != allChecks || code != exitDone {
			t.Errorf("%d findings of %d checks, exit %d", len(findings), allChecks, code)
		}
		if running {
			s.stop(syscall.SIGTERM)
		}
	}
	if left := postgresOf(t, dir); left != "" {
		t.Errorf("Postgres was left running: %s", left)
	}
	if err := os.Chmod(filepath.Join(dir, "admin.key"), 0o644); err != nil {
		t.Fatal(err)
	}
	stdout, stderr, code := invoke(t, "doctor", "--data-dir", dir, "--listen", "127.0.0.1:0")
	if code != exitFailed || !strings.Contains(stdout, "chmod 600 ") || !strings.Contains(stderr, " checks failed") {
		t.Errorf("exit %d: %s%s", code, stdout, stderr)
	}
}

const (
	plantLedger = `INSERT INTO tallystick.ledgers (ledger_id, name, mode, created_at) VALUES ('00000000-0000-0000-0000-00000000000a', 'acme', 'live', now())`
	plantKey    = `INSERT INTO tallystick.api_keys (ledger_id, key_id, role, name, secret_hash, created_at, expires_at)
		VALUES ('00000000-0000-0000-0000-00000000000a', '%s', 'admin', 'ci', sha256(''), now(), now() + interval '%s')`
	plantFailure = `INSERT INTO tallystick.projection_failures
		VALUES ('00000000-0000-0000-0000-00000000000a', 'usage', 1, 'stopped', 1, 3, now(), 'no such luck')`
	plantDeadline = `INSERT INTO deadlines_1.deadlines
		VALUES ('00000000-0000-0000-0000-00000000000a', 'subscription:acme', '', 'renewal', now() - interval '1 hour', NULL, true)`
	plantParked = `UPDATE deadlines_1.deadlines
		SET state = '{"id":"s","status":"active","terms":{"interval":"month","interval_count":1},"time_zone":"UTC","current_period":{"start":"2020-01-01T00:00:00Z","end":"2020-02-01T00:00:00Z"}}'`
	plantVersions = `UPDATE tallystick.projection_versions SET version = 3 WHERE projection = 'seats';
		INSERT INTO tallystick.projection_versions SELECT 'seats', n, n, 'retired', now(), now() FROM generate_series(1, 2) n`
	plantEvent = `ALTER TABLE tallystick.events DISABLE TRIGGER ALL;
		INSERT INTO tallystick.events (ledger_id, position, group_last, event_id, stream, version, type, schema, recorded_at,
		                               effective_at, actor, command, correlation, data, leaf_hash)
		VALUES ('00000000-0000-0000-0000-00000000000a', 1, 1, gen_random_uuid(), 'clock:main', 1, 'clock.advanced.v1', 1,
		        now() - interval '1 hour', now(), 'me', gen_random_uuid(), 'c', '{}', sha256(''))`
)

// planted is a fault of a database, and what the doctor finds.
type planted struct {
	fault, plant, check, grade string
	parts                      []string
}

// The faults of a group are planted into one database, one after the other.
func TestTheDoctorFindsFaultsOfADatabase(t *testing.T) {
	t.Parallel()
	for name, group := range map[string][]planted{
		"settings": {
			{"isolation", `ALTER DATABASE DB SET default_transaction_isolation = serializable`, "transactions", doctor.GradeFailed, []string{"serializable"}},
			{"forgetful", ``, "durability", doctor.GradeFailed, []string{"fsync, full_page_writes, synchronous_commit off"}},
			{"newer", `INSERT INTO tallystick.goose_db_version (version_id, is_applied) VALUES (9999, true)`, "tables", doctor.GradeWarning, []string{"newer release", "9999"}},
			{"behind", `DELETE FROM tallystick.goose_db_version WHERE version_id = 13`, "tables", doctor.GradeWarning, []string{"migrations 13 not applied", "tallystick migrate"}},
		},
		"ledgers": {
			{"no ledger", ``, "ledgers", doctor.GradeWarning, []string{"tallystick ledger create"}},
			{"a ledger without key", plantLedger, "ledgers", doctor.GradeWarning, []string{"no key opens acme"}},
			{"an ended key", fmt.Sprintf(plantKey, "k1", "-1 day"), "ledgers", doctor.GradeWarning, []string{"no key opens acme"}},
			{"a key that ends", fmt.Sprintf(plantKey, "k2", "1 day"), "keys", doctor.GradeWarning, []string{"k2 (ci)", "tallystick key replace"}},
			{"late read models", plantEvent, "read models behind", doctor.GradeWarning, []string{"catalog@1 on acme by 1 events (1h0m", " more"}},
			{"a changed event", ``, "hashes", doctor.GradeFailed, []string{"event 1 of acme", "backup"}},
			{"a stopped read model", plantFailure, "read models", doctor.GradeFailed, []string{"usage@1 on acme (stopped: no such luck)", "projection retry"}},
			{"one that retries", `UPDATE tallystick.projection_failures SET status = 'retrying'`, "read models", doctor.GradeWarning, []string{"retrying"}},
			{"a late deadline", plantDeadline, "deadlines", doctor.GradeFailed, []string{"renewal of subscription:acme in acme"}},
			{"a parked deadline", plantParked, "deadlines", doctor.GradeWarning, []string{"wait for an operator", "/v1/jobs"}},
			{"an old version", plantVersions, "old versions", doctor.GradeWarning, []string{"seats@1", "projection drop"}},
			{"an unfilled one", `UPDATE tallystick.projection_versions SET status = 'filling', ready_at = NULL WHERE projection = 'plans'`, "read models filled", doctor.GradeWarning, []string{"plans", "projection prepare"}},
		},
		// The next start mends each of these.
		"privileges": {
			{"a trigger is off", `ALTER TABLE tallystick.events DISABLE TRIGGER refuse_rewriting`, "privileges", doctor.GradeFailed, []string{"DROP TRIGGER IF EXISTS refuse_rewriting ON tallystick.events"}},
			{"a grant is missing", `REVOKE SELECT ON tallystick.leases FROM APP`, "privileges", doctor.GradeFailed, []string{"GRANT SELECT ON leases"}},
			{"a grant too many", `GRANT SELECT ON tallystick.idempotency TO AUDITOR`, "privileges", doctor.GradeFailed, []string{"REVOKE ALL ON idempotency"}},
			{"another owner", `ALTER TABLE tallystick.leases OWNER TO postgres`, "privileges", doctor.GradeFailed, []string{"ALTER TABLE leases OWNER TO"}},
			{"a comment is gone", `COMMENT ON TABLE tallystick.leases IS NULL`, "comments", doctor.GradeWarning, []string{"COMMENT ON TABLE tallystick.leases"}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := servedDatabase(t)
			conn := connectTo(t, url)
			roles := migrations.RolesOf(conn.Config().Database)
			for _, p := range group {
				if _, err := conn.Exec(t.Context(), strings.NewReplacer("DB", conn.Config().Database, "APP", roles.App, "AUDITOR", roles.Auditor).Replace(p.plant)); err != nil {
					t.Fatalf("%s: %v", p.fault, err)
				}
				findings, _ := examined(t, "--data-dir", filepath.Join(t.TempDir(), "none"), "--listen", "127.0.0.1:0", "--database-url", url)
				expectFinding(t, findings, p.check, p.grade, p.parts...)
				if name == "privileges" {
					if _, err := migrations.Up(t.Context(), url); err != nil {
						t.Fatal(err)
					}
				}
			}
		})
	}
}

// servedDatabase makes a database with roles of its own and with the tables of all read models.
func servedDatabase(t *testing.T) string {
	t.Helper()
	url := pgtest.Empty(t)
	h, err := house.FurnishGiven(t.Context(), &house.Config{}, url)
	if err != nil {
		t.Fatal(err)
	}
	h.Close()
	return url
}

func TestTheDoctorFindsServersThatRestOnTheirLease(t *testing.T) {
	t.Parallel()
	url := servedDatabase(t)
	connectTo(t, url+"&application_name=tallystick%20feed")
	findings, _ := examined(t, "--data-dir", filepath.Join(t.TempDir(), "none"), "--listen", "127.0.0.1:0", "--database-url", url)
	expectFinding(t, findings, "leases", doctor.GradeWarning, "none carries out deadlines")
}

func TestTheDoctorFindsFaultsOfAServer(t *testing.T) {
	t.Parallel()
	none := []string{"--data-dir", filepath.Join(t.TempDir(), "none"), "--listen", "127.0.0.1:0"}
	t.Run("nobody answers", func(t *testing.T) {
		t.Parallel()
		findings, code := examined(t, append(none, "--database-url", "postgres://nobody:hunter2@127.0.0.1:1/db")...)
		expectFinding(t, findings, "database", doctor.GradeFailed, "refused")
		if code != exitFailed || strings.Contains(fmt.Sprint(findings), "hunter2") {
			t.Errorf("exit %d: %v", code, findings)
		}
	})
	t.Run("no database", func(t *testing.T) {
		t.Parallel()
		findings, code := examined(t, none...)
		expectFinding(t, findings, "database", doctor.GradeWarning, "tallystick serve makes it")
		expectFinding(t, findings, "data directory", doctor.GradeOK)
		if code != exitDone {
			t.Errorf("exit %d", code)
		}
	})
	t.Run("no tables, other encoding", func(t *testing.T) {
		t.Parallel()
		url := pgtest.Empty(t)
		findings, _ := examined(t, append(none, "--database-url", url)...)
		expectFinding(t, findings, "tables", doctor.GradeWarning, "tallystick migrate")
		admin := connectTo(t, url)
		latin := "latin_" + strings.Split(admin.Config().Database, "_")[0]
		if _, err := admin.Exec(t.Context(), `CREATE DATABASE `+latin+` ENCODING 'LATIN1' TEMPLATE template0`); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _, _ = admin.Exec(context.Background(), `DROP DATABASE `+latin+` WITH (FORCE)`) })
		findings, _ = examined(t, append(none, "--database-url", strings.Replace(url, "/"+admin.Config().Database, "/"+latin, 1))...)
		expectFinding(t, findings, "encoding", doctor.GradeFailed, "LATIN1")
	})
	t.Run("few connections", func(t *testing.T) {
		t.Parallel()
		small, err := postgres.Start(t.Context(), postgres.Options{DataDir: dataDir(t), Settings: map[string]string{"max_connections": "20"}, Log: slog.New(slog.DiscardHandler)})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = small.Stop(context.Background()) })
		findings, _ := examined(t, append(none, "--database-url", small.URL())...)
		expectFinding(t, findings, "connections", doctor.GradeFailed, "max_connections is 20")
		connectTo(t, small.URL()+"&application_name=tallystick%20append")
		findings, _ = examined(t, append(none, "--database-url", small.URL())...)
		expectFinding(t, findings, "connections", doctor.GradeWarning, "no room for another server")
	})
}

func TestTheDoctorFindsFaultsOfAMachine(t *testing.T) {
	t.Parallel()
	one, other := t.TempDir(), t.TempDir()
	issueUntil(t, one, "one", time.Now().Add(365*24*time.Hour))
	issue(t, other, "other")
	ended := t.TempDir()
	issueUntil(t, ended, "ended", time.Now().Add(-time.Hour))
	tls := func(cert, key string) []string {
		return []string{"--tls-cert", filepath.Join(cert, "cert.pem"), "--tls-key", filepath.Join(key, "key.pem")}
	}
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	foreign := t.TempDir() // holds data of a Postgres that is on no machine
	readable := t.TempDir()
	for path, mode := range map[string]os.FileMode{
		filepath.Join(foreign, "postgres", "PG_VERSION"): 0o600, filepath.Join(readable, "key.pem"): 0o640,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte("9\n"), mode); err != nil {
			t.Fatal(err)
		}
	}
	trust := filepath.Join(readable, "trust.pem")
	if err := os.WriteFile(trust, sellersKey(t), 0o600); err != nil {
		t.Fatal(err)
	}
	seller := func(url string) []string {
		return []string{"--license-server", url, "--license-trust", trust, "--license-instance", "berlin"}
	}
	for name, test := range map[string]struct {
		args         []string
		check, grade string
		part         string
	}{
		"a good certificate":      {tls(one, one), "certificate", doctor.GradeOK, "it fits its key"},
		"a certificate that ends": {tls(other, other), "certificate", doctor.GradeWarning, "it ends at"},
		"one that has ended":      {tls(ended, ended), "certificate", doctor.GradeFailed, "it ended at"},
		"another's key":           {tls(one, other), "certificate", doctor.GradeFailed, "private key does not match"},
		"no certificate":          {tls(foreign, other), "certificate", doctor.GradeFailed, "no such file"},
		"a readable key":          {tls(one, readable), "secret files", doctor.GradeFailed, "chmod 600"},
		"an address in use":       {[]string{"--listen", taken.Addr().String()}, "addresses", doctor.GradeFailed, "address already in use"},
		"metrics in use":          {[]string{"--metrics-listen", taken.Addr().String()}, "addresses", doctor.GradeFailed, "address already in use"},
		"no license":              {nil, "licenses", doctor.GradeOK, "none comes from a seller"},
		"a seller's key":          {[]string{"--license-trust", trust}, "licenses", doctor.GradeOK, "files are believed"},
		"no seller's key":         {[]string{"--license-trust", filepath.Join(one, "key.pem")}, "licenses", doctor.GradeFailed, "PRIVATE KEY"},
		"a seller":                {seller(boot(t, dataDir(t)).url), "licenses", doctor.GradeOK, "the license server answers"},
		"a seller that is away":   {seller("http://127.0.0.1:1"), "licenses", doctor.GradeWarning, "connection refused"},
		"nobody's key":            {append(seller("http://127.0.0.1:1"), "--database-url", "postgres://nobody@127.0.0.1:1/db"), "licenses", doctor.GradeWarning, "--secret-key-file"},
		"another Postgres's data": {[]string{"--data-dir", foreign}, "data directory", doctor.GradeFailed, "9"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"--data-dir", filepath.Join(t.TempDir(), "none"), "--listen", "127.0.0.1:0"}, test.args...)
			findings, _ := examined(t, args...)
			expectFinding(t, findings, test.check, test.grade, test.part)
		})
	}
}
