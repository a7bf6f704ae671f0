package migrations

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/tallystick/tallystick/eventstore/dial"
)

// Report tells how a database differs from what Up leaves.
type Report struct {
	Server  Server
	Exists  bool    // the tables are there; nothing of the following is known without them
	Pending []int64 // numbered migrations that are not applied
	Unknown []int64 // applied ones that this program does not have
	Status  Status
	// Settled tells that the database user sees to no privileges, and may look at none.
	Settled bool
	Missing string // the first statement that the privileges lack, "" where they hold
	Comment string // the first statement that the comments lack
}

// Inspect finds out what Up would do, and does nothing: it runs the same statements where the database refuses all changes.
func Inspect(ctx context.Context, url string) (r Report, err error) {
	config, err := dial.Config(url)
	if err != nil {
		return r, err
	}
	config.RuntimeParams["search_path"] = Schema
	config.RuntimeParams["default_transaction_read_only"] = "on"
	db := stdlib.OpenDB(*config)
	defer db.Close()
	conn, err := db.Conn(ctx)
	if err != nil {
		return r, dial.Explain(ctx, config, err)
	}
	defer conn.Close()
	if r.Server, err = lookAtServer(ctx, conn); err != nil {
		return r, err
	}
	err = conn.QueryRowContext(ctx, `SELECT to_regclass('tallystick.goose_db_version') IS NOT NULL
		AND to_regclass('tallystick.events') IS NOT NULL`).Scan(&r.Exists)
	if err != nil || !r.Exists {
		return r, err
	}
	if err := r.lookAtNumbered(ctx, conn); err != nil || len(r.Pending) > 0 {
		return r, err // the privileges are those of tables that are not there yet
	}
	return r, r.lookAtPrivileges(ctx, conn)
}

func (r *Report) lookAtNumbered(ctx context.Context, conn *sql.Conn) error {
	var applied []int64
	err := conn.Raw(func(driver any) error {
		rows, err := driver.(*stdlib.Conn).Conn().Query(ctx, `SELECT version_id FROM tallystick.goose_db_version WHERE version_id > 0`)
		if err == nil {
			applied, err = pgx.CollectRows(rows, pgx.RowTo[int64])
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("look at the applied migrations: %w", err)
	}
	files, err := fs.Glob(numbered, "0*.sql")
	if err != nil {
		return err
	}
	var known []int64
	for _, file := range files {
		digits, _, _ := strings.Cut(file, "_")
		version, err := strconv.ParseInt(digits, 10, 64)
		if err != nil {
			return fmt.Errorf("migration %s has no number: %w", file, err)
		}
		if known = append(known, version); !slices.Contains(applied, version) {
			r.Pending = append(r.Pending, version)
		}
	}
	for _, version := range applied {
		if !slices.Contains(known, version) {
			r.Unknown = append(r.Unknown, version)
		}
	}
	return nil
}

func (r *Report) lookAtPrivileges(ctx context.Context, conn *sql.Conn) error {
	user, err := lookAtStanding(ctx, conn)
	if err != nil {
		return err
	}
	chosen, err := keepRoles(ctx, conn, user)
	if err != nil {
		return err
	}
	r.Status, r.Settled = chosen.status(user), chosen.settled
	if r.Status.NoAuditor, err = lacksAuditor(ctx, conn, r.Status.Roles); err != nil || r.Settled {
		return err
	}
	if r.Missing, err = refusedChange(chosen.assert(ctx, conn)); err != nil {
		return err
	}
	r.Comment, err = refusedChange(Describe(ctx, executeOn(conn), comments))
	return err
}

// status describes the roles that were chosen.
func (c chosen) status(user standing) Status {
	return Status{Roles: c.roles, RolesForeign: c.roles != Roles{} && c.roles != RolesOf(user.database)}
}

var refusedStatement = regexp.MustCompile(`(?s)^SQL statement "(.*?)"\nPL/pgSQL function`)

// refusedChange gives the statement that a database which takes no changes refused.
func refusedChange(err error) (statement string, other error) {
	refused, ok := errors.AsType[*pgconn.PgError](err)
	if !ok || refused.Code != "25006" {
		return "", err
	}
	if match := refusedStatement.FindStringSubmatch(refused.Where); match != nil {
		return match[1], nil
	}
	return refused.Message, nil
}
