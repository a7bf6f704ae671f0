package migrations_test

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	osexec "os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/tallystick/tallystick/eventstore/pgtest"
	"github.com/tallystick/tallystick/eventstore/postgres"
	"github.com/tallystick/tallystick/migrations"
)

func TestRolesCarryTheDatabasesName(t *testing.T) {
	t.Parallel()
	forty := strings.Repeat("d", 40)
	for database, suffix := range map[string]string{
		"acme":                  "_acme",
		forty:                   "_" + forty,
		forty + "d":             "_" + forty[:31] + "_311a6fb4",
		forty + "e":             "_" + forty[:31] + "_98be5ac8",
		strings.Repeat("ü", 21): "_" + strings.Repeat("ü", 15) + "_12251e17",
	} {
		want := migrations.Roles{Owner: "tallystick_owner" + suffix, App: "tallystick_app" + suffix, Operator: "tallystick_operator" + suffix, Auditor: "tallystick_auditor" + suffix}
		if got := migrations.RolesOf(database); got != want {
			t.Errorf("%s: %+v, want %+v", database, got, want)
		}
	}
}

// tenant is a database and the user who owns it.
type tenant struct {
	name, user string
	url        string // as that user
	admin      *pgx.Conn
}

// newTenant makes a user with the attributes, and an empty database of its own.
func newTenant(t *testing.T, attributes string) tenant {
	t.Helper()
	admin := pgtest.Empty(t)
	to := tenant{admin: connect(t, admin)}
	to.name = to.admin.Config().Database
	to.user, to.url = newUser(t, to.admin, attributes)
	exec(t, to.admin, fmt.Sprintf(`ALTER DATABASE %q OWNER TO %q`, to.name, to.user))
	return to
}

// newUser makes a database user who may log in, and gives the URL that logs it in.
func newUser(t *testing.T, admin *pgx.Conn, attributes string) (name, as string) {
	t.Helper()
	const password = "a password"
	config := admin.Config()
	if err := admin.QueryRow(t.Context(), `SELECT 'user_' || substr(md5(random()::text), 1, 12)`).Scan(&name); err != nil {
		t.Fatal(err)
	}
	exec(t, admin, fmt.Sprintf(`CREATE ROLE %q LOGIN PASSWORD '%s' %s`, name, password, attributes))
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(name, password), Path: "/" + config.Database,
		RawQuery: url.Values{"host": {config.Host}, "port": {fmt.Sprint(config.Port)}}.Encode(),
	}
	return name, u.String()
}

// in is the same user's URL of another database.
func in(t *testing.T, as, database string) string {
	t.Helper()
	u, err := url.Parse(as)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + database
	return u.String()
}

func up(t *testing.T, url string) migrations.Status {
	t.Helper()
	status, err := migrations.Up(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// refused asserts that each statement fails for want of privileges.
func refused(t *testing.T, conn *pgx.Conn, statements ...string) {
	t.Helper()
	for _, sql := range statements {
		_, err := conn.Exec(t.Context(), sql)
		var pgErr *pgconn.PgError
		if !errors.As(err, &pgErr) || pgErr.Code != "42501" {
			t.Errorf("%s: %v, want insufficient_privilege", strings.TrimSpace(sql), err)
		}
	}
}

const (
	readSecrets    = `SELECT secret FROM tallystick.ledgers`
	readHashes     = `SELECT secret_hash FROM tallystick.api_keys`
	switchTriggers = `ALTER TABLE tallystick.events DISABLE TRIGGER ALL`
)

func TestDatabasesOfOneClusterAreApart(t *testing.T) {
	t.Parallel()
	one, two := newTenant(t, "CREATEROLE"), newTenant(t, "CREATEROLE")
	for _, to := range []tenant{one, two, one} {
		if status := up(t, to.url); status.Roles != migrations.RolesOf(to.name) || status.RolesForeign {
			t.Errorf("database %s: %+v", to.name, status)
		}
	}
	stranger := connect(t, in(t, one.url, two.name))
	refused(t, stranger, readSecrets, readHashes, switchTriggers, insertEvent)
	own := connect(t, two.url)
	exec(t, own, readSecrets)
	exec(t, own, `SET ROLE `+migrations.RolesOf(two.name).App)
	exec(t, own, readSecrets)
	refused(t, own, insertEvent, switchTriggers)
}

// A user who may not create roles owns the tables. The start works and says so, whatever other databases have.
func TestAUserWhoMayNotCreateRoles(t *testing.T) {
	t.Parallel()
	to := newTenant(t, "")
	for range 2 {
		if status := up(t, to.url); status.Roles != (migrations.Roles{}) || status.RolesForeign || !status.NoAuditor {
			t.Errorf("%+v", status)
		}
	}
	own := connect(t, to.url)
	exec(t, own, insertEvent)
	refused(t, own, `UPDATE tallystick.events SET actor = 'x'`, `DELETE FROM tallystick.events`, `TRUNCATE tallystick.events`)

	exec(t, to.admin, `ALTER ROLE `+to.user+` CREATEROLE`)
	if status := up(t, to.url); status.Roles != migrations.RolesOf(to.name) || status.NoAuditor {
		t.Errorf("%+v", status)
	}
	exec(t, own, `SET ROLE `+migrations.RolesOf(to.name).App)
	refused(t, own, insertEvent)
}

// Whoever runs the server need not be able to change the tables.
func TestAUserWhoMayOnlyActAsTheProgram(t *testing.T) {
	t.Parallel()
	to := newTenant(t, "CREATEROLE")
	user, as := newUser(t, to.admin, "")
	if _, err := migrations.Up(t.Context(), as); err == nil || !strings.Contains(err.Error(), "create schema") {
		t.Errorf("without tables: %v", err)
	}
	roles := up(t, to.url).Roles
	if _, err := migrations.Up(t.Context(), as); err == nil {
		t.Error("a stranger was let in")
	}
	exec(t, to.admin, `GRANT USAGE ON SCHEMA tallystick TO `+user+`; GRANT SELECT ON ALL TABLES IN SCHEMA tallystick TO `+user)
	if _, err := migrations.Up(t.Context(), as); err == nil || !strings.Contains(err.Error(), "GRANT "+roles.App+" TO "+user) {
		t.Errorf("without the role: %v", err)
	}
	exec(t, to.admin, `GRANT `+roles.App+` TO `+user)
	if status := up(t, as); status.Roles != roles || status.Applied != 0 {
		t.Errorf("%+v, want the roles %+v", status, roles)
	}
	refused(t, connect(t, as), insertEvent, switchTriggers, `UPDATE tallystick.api_keys SET role = 'admin'`)

	// A newer program finds that it has to change the tables.
	exec(t, to.admin, `DELETE FROM tallystick.goose_db_version WHERE version_id = (SELECT max(version_id) FROM tallystick.goose_db_version)`)
	if _, err := migrations.Up(t.Context(), as); err == nil || !strings.Contains(err.Error(), "run tallystick migrate as one who may") {
		t.Errorf("with tables that are behind: %v", err)
	}
}

func TestARenamedDatabase(t *testing.T) {
	t.Parallel()
	to := newTenant(t, "CREATEROLE")
	before := up(t, to.url).Roles
	renamed := "renamed_" + to.name
	admin := connect(t, pgtest.Empty(t))
	_ = to.admin.Close(context.Background())
	exec(t, admin, fmt.Sprintf(`ALTER DATABASE %q RENAME TO %q`, to.name, renamed))
	exec(t, admin, fmt.Sprintf(`CREATE DATABASE %q OWNER %q TEMPLATE template0`, to.name, to.user)) // its cleanup drops it
	t.Cleanup(func() { _, _ = admin.Exec(context.Background(), fmt.Sprintf(`DROP DATABASE %q WITH (FORCE)`, renamed)) })

	as := in(t, to.url, renamed)
	if status := up(t, as); status.Roles != before || !status.RolesForeign {
		t.Errorf("%+v, want the roles %+v and that they are foreign", status, before)
	}
	if _, err := migrations.Up(t.Context(), to.url); err == nil || !strings.Contains(err.Error(), renamed) {
		t.Errorf("another database takes the roles: %v", err)
	}
	for range 2 {
		status, err := migrations.TakeOwnRoles(t.Context(), as)
		if err != nil || status.Roles != migrations.RolesOf(renamed) || status.RolesForeign {
			t.Fatalf("%+v, %v", status, err)
		}
	}
	if status := up(t, to.url); status.Roles != before {
		t.Errorf("%+v, want the roles %+v", status, before)
	}
}

// Databases that were made when all shared two roles go on, and leave them when told to.
func TestSharedRolesAreLeft(t *testing.T) {
	t.Parallel()
	shared := migrations.Roles{Owner: "tallystick_owner", App: "tallystick_app", Operator: "tallystick_operator", Auditor: "tallystick_auditor"}
	one, two := newTenant(t, "CREATEROLE"), newTenant(t, "CREATEROLE")
	exec(t, one.admin, `CREATE ROLE tallystick_owner; CREATE ROLE tallystick_app`)
	for _, to := range []tenant{one, two} {
		own := up(t, to.url).Roles
		exec(t, to.admin, `REASSIGN OWNED BY `+own.Owner+` TO tallystick_owner; DROP OWNED BY `+own.Owner+`; DROP OWNED BY `+own.App)
		exec(t, to.admin, `DROP ROLE `+own.Owner+`; DROP ROLE `+own.App)
		exec(t, to.admin, `
			INSERT INTO tallystick.projection_versions VALUES ('seats', 1, 1, 'active', now());
			CREATE SCHEMA seats_1 AUTHORIZATION tallystick_app; CREATE TABLE seats_1.seats (n int);
			ALTER TABLE seats_1.seats OWNER TO tallystick_app`)
		// From Postgres 16 on whoever makes a role has the option, and needs it to drop the role.
		exec(t, to.admin, `GRANT tallystick_owner, tallystick_app TO `+to.user+` WITH ADMIN OPTION`)
		if status := up(t, to.url); status.Roles != shared || !status.RolesForeign {
			t.Fatalf("%+v, want the roles that all share", status)
		}
	}
	stranger := connect(t, in(t, one.url, two.name))
	exec(t, stranger, readSecrets)

	server := connect(t, two.url+"&application_name=tallystick%20append")
	if _, err := migrations.TakeOwnRoles(t.Context(), two.url); err == nil || !strings.Contains(err.Error(), "stop them first") {
		t.Errorf("beneath a server: %v", err)
	}
	_ = server.Close(context.Background())
	for i, to := range []tenant{two, one} {
		roles := migrations.RolesOf(to.name)
		status, err := migrations.TakeOwnRoles(t.Context(), to.url)
		if err != nil || status.Roles != roles || status.RolesForeign {
			t.Fatalf("%+v, %v", status, err)
		}
		if status := up(t, to.url); status.Roles != roles || status.RolesForeign {
			t.Errorf("at the next start: %+v", status)
		}
		refused(t, stranger, readSecrets, readHashes, switchTriggers, `SELECT * FROM seats_1.seats`)
		own := connect(t, to.url)
		exec(t, own, `SET ROLE `+roles.App+`; SELECT * FROM seats_1.seats; CREATE SCHEMA seats_2; `+readSecrets)
		refused(t, own, insertEvent)
		var left int
		if err := to.admin.QueryRow(t.Context(), `SELECT count(*) FROM pg_roles WHERE rolname IN ('tallystick_owner', 'tallystick_app')`).Scan(&left); err != nil {
			t.Fatal(err)
		}
		if want := []int{2, 0}[i]; left != want {
			t.Errorf("%d shared roles are left, want %d", left, want)
		}
	}
}

// A dump with owners and grants goes into another database of the cluster, whose user can't give anything to those. Everything
// gets this database's roles.
func TestADumpTakesTheRolesOfItsNewDatabase(t *testing.T) {
	t.Parallel()
	bin, err := postgres.FindBinaries(t.Context(), 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(bin, "pg_dump")); err != nil {
		t.Skip("pg_dump is not beside the server's binaries")
	}
	one, two := newTenant(t, "CREATEROLE"), newTenant(t, "CREATEROLE")
	up(t, one.url)
	command := osexec.Command("sh", "-c", fmt.Sprintf(`"%[1]s/pg_dump" "%[2]s" | "%[1]s/psql" -q "%[3]s"`, bin, one.url, two.url))
	if output, err := command.CombinedOutput(); err != nil || !strings.Contains(string(output), "must be") {
		t.Fatalf("%v: %s", err, output)
	}
	roles := migrations.RolesOf(two.name)
	if status := up(t, two.url); status.Roles != roles || status.RolesForeign || status.Applied != 0 {
		t.Errorf("%+v", status)
	}
	own := connect(t, two.url)
	exec(t, own, `SET ROLE `+roles.App+`; `+readSecrets)
	refused(t, own, insertEvent, switchTriggers)
	exec(t, two.admin, `SET ROLE `+roles.Auditor+`; SELECT count(*) FROM tallystick.events_readable`)
	refused(t, connect(t, in(t, one.url, two.name)), readSecrets)
}

// Names of databases need quotes, and so do their roles'.
func TestRolesOfAnyName(t *testing.T) {
	t.Parallel()
	to := newTenant(t, "CREATEROLE")
	name := "An-Odd name " + to.name
	exec(t, to.admin, fmt.Sprintf(`CREATE DATABASE %q OWNER %q TEMPLATE template0`, name, to.user))
	t.Cleanup(func() { _, _ = to.admin.Exec(context.Background(), fmt.Sprintf(`DROP DATABASE %q WITH (FORCE)`, name)) })
	for range 2 {
		if status := up(t, in(t, to.url, name)); status.Roles != migrations.RolesOf(name) {
			t.Errorf("%+v", status)
		}
	}
	if r, err := migrations.Inspect(t.Context(), in(t, to.url, name)); err != nil || r.Missing+r.Comment != "" {
		t.Errorf("%+v, %v", r, err)
	}
}
