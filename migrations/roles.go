package migrations

import (
	"context"
	"crypto/md5"
	"database/sql"
	"encoding/hex"
	"fmt"
	"strings"
)

// Roles are the Postgres roles of one database. Roles belong to the cluster and not to the database, so their names carry
// the database's.
type Roles struct {
	Owner    string // owns the tables and the functions
	App      string // the program acts as it: reads everything, and appends events through the function alone
	Operator string // makes ledgers and keys, and may act as the program; only the private Postgres has it
	Auditor  string // reads events and read models, and nothing personal or secret; it exists where the database user may create roles
}

const (
	ownerPrefix    = "tallystick_owner"
	appPrefix      = "tallystick_app"
	operatorPrefix = "tallystick_operator"
	auditorPrefix  = "tallystick_auditor"
)

// RolesOf gives the roles that belong to a database alone.
func RolesOf(database string) Roles { return rolesWith("_" + shortened(database)) }

func rolesWith(suffix string) Roles {
	return Roles{Owner: ownerPrefix + suffix, App: appPrefix + suffix, Operator: operatorPrefix + suffix, Auditor: auditorPrefix + suffix}
}

const (
	// A role's name has at most 63 bytes.
	databaseInRoleMax = 40
	databaseCutAt     = 31
)

// shortened keeps long names apart by their hash.
func shortened(database string) string {
	if len(database) <= databaseInRoleMax {
		return database
	}
	sum := md5.Sum([]byte(database))
	// The cut may go through a character.
	return strings.ToValidUTF8(database[:databaseCutAt], "") + "_" + hex.EncodeToString(sum[:4])
}

// rolesByOwner recognises the roles by the owner of the tables: those of this database, those of another name that it had
// or was restored from, or those that all databases shared once.
func rolesByOwner(owner string) (Roles, bool) {
	suffix, ours := strings.CutPrefix(owner, ownerPrefix)
	if !ours || suffix != "" && suffix[0] != '_' {
		return Roles{}, false
	}
	return rolesWith(suffix), true
}

// standing describes the database user and the owner of the tables.
type standing struct {
	database, user string
	superuser      bool
	mayCreateRoles bool
	eventsOwner    string
	ownsEvents     bool   // as the owner, or as a member of the owner
	tablesOwner    string // the one of most tables that looks like one of our roles, or ""
}

// maySettle reports whether the user can create the roles, or make itself a member, or is one.
func (s standing) maySettle(m membership) bool {
	return s.superuser || s.mayCreateRoles && m.grantable || m.exist && m.ofOwner && m.ofApp
}

func lookAtStanding(ctx context.Context, conn *sql.Conn) (standing, error) {
	var s standing
	err := conn.QueryRowContext(ctx, `
		SELECT current_database(), current_user, u.rolsuper, u.rolcreaterole, pg_get_userbyid(e.relowner),
		       pg_has_role(e.relowner, 'USAGE'),
		       coalesce((SELECT pg_get_userbyid(c.relowner)
		                 FROM pg_class c
		                 WHERE c.relnamespace = e.relnamespace AND c.relkind = 'r' AND starts_with(pg_get_userbyid(c.relowner), $1)
		                 GROUP BY c.relowner
		                 ORDER BY count(*) DESC, c.relowner
		                 LIMIT 1), '')
		FROM pg_class e
		JOIN pg_roles u ON u.rolname = current_user
		WHERE e.oid = 'tallystick.events'::regclass`, ownerPrefix).
		Scan(&s.database, &s.user, &s.superuser, &s.mayCreateRoles, &s.eventsOwner, &s.ownsEvents, &s.tablesOwner)
	if err != nil {
		return s, fmt.Errorf("look at privileges: %w", err)
	}
	return s, nil
}

// lacksAuditor reports whether there is no role for auditors. Without roles of its own a database has none.
func lacksAuditor(ctx context.Context, conn *sql.Conn, r Roles) (lacks bool, err error) {
	err = conn.QueryRowContext(ctx, `SELECT NOT EXISTS (SELECT FROM pg_roles WHERE rolname = $1)`, r.Auditor).Scan(&lacks)
	if err != nil {
		return false, fmt.Errorf("look for the role of auditors: %w", err)
	}
	return lacks, nil
}

// membership lists the rights of the database user on the roles.
type membership struct {
	exist          bool
	ofOwner, ofApp bool
	grantable      bool // whoever may create roles may make itself a member
}

func lookAtMembership(ctx context.Context, conn *sql.Conn, r Roles) (membership, error) {
	// Since Postgres 16 a member may be one that can't act as the role, and whoever may create roles may grant only their own.
	var m membership
	err := conn.QueryRowContext(ctx, `
		SELECT count(*) = 2,
		       coalesce(bool_or(member) FILTER (WHERE rolname = $1), false),
		       coalesce(bool_or(member) FILTER (WHERE rolname = $2), false),
		       coalesce(bool_and(grantable), true)
		FROM pg_roles
		CROSS JOIN LATERAL (SELECT current_setting('server_version_num')::int >= 160000 AS strict) server
		CROSS JOIN LATERAL (SELECT pg_has_role(oid, CASE WHEN strict THEN 'SET' ELSE 'MEMBER' END) AS member,
		                           NOT strict OR pg_has_role(oid, 'MEMBER WITH ADMIN OPTION') AS grantable) user_has
		WHERE rolname IN ($1, $2)`, r.Owner, r.App).Scan(&m.exist, &m.ofOwner, &m.ofApp, &m.grantable)
	if err != nil {
		return m, fmt.Errorf("look at privileges: %w", err)
	}
	return m, nil
}
