package doctor

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

func checkVersion(_ context.Context, p *patient) Finding {
	if err := p.report.Server.CheckVersion(); err != nil {
		return failed("upgrade it", "%v", err)
	}
	return fine("Postgres %d", p.report.Server.Version/10000)
}

func checkEncoding(_ context.Context, p *patient) Finding {
	if err := p.report.Server.CheckEncoding(); err != nil {
		return failed("make a database with ENCODING 'UTF8'", "%v", err)
	}
	return fine("UTF-8")
}

// settingsOf reads settings as they are for whoever connects as the program does. Another default of a role or of the database shows.
func (p *patient) settingsOf(ctx context.Context, names ...string) (map[string]string, error) {
	settings := map[string]string{}
	for _, name := range names {
		var value string
		// What this connection asked for is not what others get.
		err := p.db.QueryRow(ctx, `
			SELECT coalesce((
			    SELECT split_part(c, '=', 2)
			    FROM pg_db_role_setting s
			    CROSS JOIN unnest(s.setconfig) AS c
			    LEFT JOIN pg_database d ON d.oid = s.setdatabase
			    LEFT JOIN pg_roles r ON r.oid = s.setrole
			    WHERE split_part(c, '=', 1) = $1 AND coalesce(d.datname, current_database()) = current_database()
			      AND coalesce(r.rolname, current_user) IN (current_user, $2)
			    ORDER BY s.setrole <> 0 DESC, s.setdatabase <> 0 DESC
			    LIMIT 1), current_setting($1))`, name, p.report.Status.Roles.App).Scan(&value)
		if err != nil {
			return nil, fmt.Errorf("read the setting %s: %w", name, err)
		}
		settings[name] = value
	}
	return settings, nil
}

// checkTransactions looks at what every transaction begins with: append refuses any other isolation.
func checkTransactions(ctx context.Context, p *patient) Finding {
	settings, err := p.settingsOf(ctx, "default_transaction_isolation")
	if err != nil {
		return unknown(err)
	}
	if level := settings["default_transaction_isolation"]; level != "read committed" {
		return failed("ALTER DATABASE … RESET default_transaction_isolation, and so for the roles", "the isolation is %s, and no event can be appended", level)
	}
	var standby bool
	if err := p.db.QueryRow(ctx, `SELECT pg_is_in_recovery()`).Scan(&standby); err != nil {
		return unknown(err)
	}
	if standby {
		return failed("give the address of the primary", "the database is a standby, which takes no events")
	}
	return fine("read committed")
}

// checkDurability looks at the settings without which a crash loses events that were acknowledged.
func checkDurability(ctx context.Context, p *patient) Finding {
	names := []string{"fsync", "full_page_writes", "synchronous_commit"}
	settings, err := p.settingsOf(ctx, names...)
	if err != nil {
		return unknown(err)
	}
	var off []string
	for _, name := range names {
		if settings[name] == "off" {
			off = append(off, name)
		}
	}
	if off != nil {
		return failed("switch them on", "a crash loses events that were acknowledged: %s off", strings.Join(off, ", "))
	}
	return fine("fsync, full_page_writes and synchronous_commit are on")
}

// checkConnections counts what a further server would find.
func checkConnections(ctx context.Context, p *patient) Finding {
	allowed, reserved, held, err := house.CountConnections(ctx, p.db)
	if err != nil {
		return unknown(err)
	}
	var servers int
	err = p.db.QueryRow(ctx, `
		SELECT count(*)
		FROM pg_stat_activity
		WHERE datname = current_database() AND application_name IN ('tallystick append', 'tallystick query', 'tallystick feed')`).Scan(&servers)
	if err != nil {
		return unknown(err)
	}
	if err := house.EnoughConnections(house.ConnectionsNeeded(house.AllRoles), allowed, reserved, max(held-p.db.Stat().TotalConns(), 0)); err != nil {
		if servers > 0 {
			return warn("before another server is started, such as for a deploy, raise it", "there is no room for another server: %v", err)
		}
		return failed("raise max_connections", "%v", err)
	}
	return fine("a server needs %d; of %d others hold %d", house.ConnectionsNeeded(house.AllRoles), allowed, held)
}

// checkClock compares the clocks of this machine and of the database, by which leases end.
func checkClock(ctx context.Context, p *patient) Finding {
	var skew, spread time.Duration
	for i := range 3 { // the quickest answer tells most
		asked := time.Now()
		var there time.Time
		if err := p.db.QueryRow(ctx, `SELECT clock_timestamp()`).Scan(&there); err != nil {
			return unknown(err)
		}
		if took := time.Since(asked); i == 0 || took < spread {
			skew, spread = there.Sub(asked.Add(took/2)), took
		}
	}
	return judgeClock(skew, spread)
}

// judgeClock judges how far the database's clock is ahead, give or take the time of its answer.
func judgeClock(skew, spread time.Duration) Finding {
	const advice = "let both machines follow the same time server"
	apart := max(skew.Abs()-spread/2, 0)
	switch {
	case apart > time.Minute:
		return failed(advice, "the database's clock is %s apart from this machine's", apart.Round(time.Second))
	case apart > time.Second:
		return warn(advice, "the database's clock is %s apart from this machine's", apart.Round(100*time.Millisecond))
	}
	return fine("the clocks of this machine and of the database agree")
}

// checkTables compares the numbered migrations.
func checkTables(_ context.Context, p *patient) Finding {
	switch r := p.report; {
	case !r.Exists:
		return warn("tallystick migrate makes them, and so does serve", "there are no tables yet")
	case len(r.Pending) > 0:
		return warn("run tallystick migrate, or start a server of this release", "%s not applied", numbers(r.Pending))
	case len(r.Unknown) > 0:
		return warn("use that release, unless it is to be taken back", "a newer release migrated the database: %s", numbers(r.Unknown))
	}
	return fine("all migrations are applied")
}

func numbers(migrations []int64) string {
	return strings.Trim(strings.Replace(fmt.Sprintf("migrations %v", migrations), "[", "", 1), "]")
}

// checkPrivileges asserts them as a start does, where nothing can be changed.
func checkPrivileges(_ context.Context, p *patient) Finding {
	switch r := p.report; {
	case r.Missing != "":
		return failed("the next start puts it right, or tallystick migrate; it mends no event that was changed meanwhile, which README, Auditing by SQL, finds",
			"something was changed by hand; a start would begin with: %s", oneLine(r.Missing))
	case len(house.Warnings(r.Status)) > 0:
		return Finding{Grade: GradeWarning, Found: strings.Join(house.Warnings(r.Status), " ")}
	case r.Settled:
		return fine("this database user may act as %s, and may not look at more", r.Status.Roles.App)
	}
	return fine("roles, owners, grants and triggers are as they should be")
}

func checkComments(_ context.Context, p *patient) Finding {
	if p.report.Comment != "" {
		return warn("the next start puts it right, or tallystick migrate", "a start would begin with: %s", oneLine(p.report.Comment))
	}
	return fine("auditors find every table described")
}

// oneLine shortens a text to fit into a line.
func oneLine(text string) string {
	const longest = 240
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) > longest {
		return string(line[:longest]) + " …"
	}
	return string(line)
}
