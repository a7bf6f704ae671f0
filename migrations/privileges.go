package migrations

import (
	"context"
	"database/sql"
	_ "embed"
	"fmt"
)

//go:embed functions.sql
var functions string

//go:embed privileges.sql
var privileges string

//go:embed auditor.sql
var auditorPrivileges string

//go:embed ownroles.sql
var dropRolesBefore string

// chosen holds the roles that a database is to have.
type chosen struct {
	roles   Roles // none where the database user may not create them
	before  Roles // those that the database leaves
	settled bool  // somebody else has seen to the privileges, and the database user may not
}

// keepRoles keeps the roles that the tables have, and else takes those of the database's name.
func keepRoles(ctx context.Context, conn *sql.Conn, s standing) (chosen, error) {
	roles, found := rolesByOwner(s.tablesOwner)
	if !found {
		roles = RolesOf(s.database)
		if err := checkNotTaken(ctx, conn, roles); err != nil {
			return chosen{}, err
		}
	}
	m, err := lookAtMembership(ctx, conn, roles)
	switch {
	case err != nil:
		return chosen{}, err
	case s.maySettle(m):
		return chosen{roles: roles}, nil
	case !found && s.ownsEvents:
		return chosen{}, nil
	case !found:
		return chosen{}, fmt.Errorf("the tables belong to %s, and database user %s is none of its members", s.eventsOwner, s.user)
	case !m.ofApp:
		return chosen{}, fmt.Errorf("database user %s may not act as role %s: GRANT %[2]s TO %[1]s", s.user, roles.App)
	}
	return chosen{roles: roles, settled: true}, nil
}

// takeOwnRoles leaves the roles that the tables have for those of the database's name.
func takeOwnRoles(ctx context.Context, conn *sql.Conn, s standing) (chosen, error) {
	own := RolesOf(s.database)
	before, _ := rolesByOwner(s.tablesOwner)
	if before == own {
		return keepRoles(ctx, conn, s)
	}
	if err := checkNoServer(ctx, conn); err != nil {
		return chosen{}, err
	}
	if err := checkNotTaken(ctx, conn, own); err != nil {
		return chosen{}, err
	}
	m, err := lookAtMembership(ctx, conn, own)
	if err != nil {
		return chosen{}, err
	}
	if !s.maySettle(m) {
		return chosen{}, fmt.Errorf("database user %s may not create roles: ALTER ROLE %[1]s CREATEROLE", s.user)
	}
	return chosen{roles: own, before: before}, nil
}

// settle sees to all of privileges.sql, without roles to what needs none, and to the comments.
func (c chosen) settle(ctx context.Context, conn *sql.Conn) error {
	if c.settled {
		return nil
	}
	if _, err := conn.ExecContext(ctx, functions); err != nil {
		return fmt.Errorf("assert functions: %w", err)
	}
	if err := c.assert(ctx, conn); err != nil {
		return err
	}
	if err := Describe(ctx, executeOn(conn), comments); err != nil {
		return err
	}
	if c.before == (Roles{}) {
		return nil
	}
	if _, err := conn.ExecContext(ctx, dropRolesBefore); err != nil {
		return fmt.Errorf("leave the roles of before: %w", err)
	}
	return nil
}

// assert sees to roles, owners, grants and triggers. It changes only what does not hold.
func (c chosen) assert(ctx context.Context, conn *sql.Conn) error {
	_, err := conn.ExecContext(ctx, `
		SELECT set_config('tallystick.owner_role', $1, false), set_config('tallystick.app_role', $2, false),
		       set_config('tallystick.auditor_role', $3, false),
		       set_config('tallystick.roles_before', ARRAY[$4, $5, $6, $7]::text, false)`,
		c.roles.Owner, c.roles.App, c.roles.Auditor, c.before.Owner, c.before.App, c.before.Operator, c.before.Auditor)
	if err != nil {
		return fmt.Errorf("assert privileges: %w", err)
	}
	for _, assert := range []string{privileges, auditorPrivileges} {
		if _, err := conn.ExecContext(ctx, assert); err != nil {
			return fmt.Errorf("assert privileges: %w", err)
		}
	}
	return nil
}

func executeOn(conn *sql.Conn) execute {
	return func(ctx context.Context, sql string, args ...any) error {
		_, err := conn.ExecContext(ctx, sql, args...)
		return err
	}
}

// checkNoServer looks for servers on this database.
func checkNoServer(ctx context.Context, conn *sql.Conn) error {
	var connections int
	err := conn.QueryRowContext(ctx, `
		SELECT count(*)
		FROM pg_stat_activity
		WHERE datname = current_database() AND starts_with(application_name, 'tallystick ')`).Scan(&connections)
	if err != nil {
		return fmt.Errorf("look for servers: %w", err)
	}
	if connections > 0 {
		return fmt.Errorf("servers run on this database (%d connections), and would lose their rights: stop them first", connections)
	}
	return nil
}

// checkNotTaken refuses roles of this database's name that another database uses, such as one that had this name before.
func checkNotTaken(ctx context.Context, conn *sql.Conn, r Roles) error {
	var other sql.NullString
	err := conn.QueryRowContext(ctx, `
		SELECT min(other.datname)
		FROM pg_shdepend d
		JOIN pg_roles r ON d.refclassid = 'pg_authid'::regclass AND d.refobjid = r.oid
		JOIN pg_database other ON other.oid = d.dbid OR d.dbid = 0 AND d.classid = 'pg_database'::regclass AND other.oid = d.objid
		WHERE r.rolname IN ($1, $2) AND other.datname <> current_database()`, r.Owner, r.App).Scan(&other)
	if err != nil {
		return fmt.Errorf("look at privileges: %w", err)
	}
	if other.Valid {
		return fmt.Errorf("roles %s and %s are in use by database %s: run tallystick migrate --own-roles on that one first",
			r.Owner, r.App, other.String)
	}
	return nil
}
