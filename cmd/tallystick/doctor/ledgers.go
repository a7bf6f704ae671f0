package doctor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/projections"
	"github.com/tallystick/tallystick/projections/engine"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// named joins some of many names.
func named(names []string) string {
	const most = 5
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

const (
	// The newest events of some ledgers are hashed again: each costs a hundredth of a millisecond.
	hashedLedgers = 100
	hashedEvents  = 1_000
)

// checkHashes computes the hashes of the newest events again, of all that the rows hold.
func checkHashes(ctx context.Context, p *patient) Finding {
	rows, err := p.db.Query(ctx, `
		SELECT e.ledger, count(*), min(e.position) FILTER (WHERE e.leaf_hash <> encode(sha256(
		       '\x00'::bytea || 'tallystick/leaf/v1'::bytea || int8send(e.position) || int8send(e.group_last)
		       || int8send((extract(epoch FROM e.recorded_at) * 1000000)::bigint) || decode(e.body_hash, 'hex')), 'hex'))
		FROM (SELECT ledger_id FROM tallystick.ledgers ORDER BY ledger_id LIMIT $1) AS l
		CROSS JOIN LATERAL (
			SELECT r.ledger, r.position, r.group_last, r.recorded_at, r.body_hash, r.leaf_hash
			FROM tallystick.events_readable r
			WHERE r.ledger_id = l.ledger_id
			ORDER BY r.position DESC
			LIMIT $2) AS e
		GROUP BY e.ledger
		ORDER BY e.ledger`, hashedLedgers, hashedEvents)
	if err != nil {
		return unknown(err)
	}
	var ledger string
	var events, all int
	var wrong *int64
	var changed []string
	_, err = pgx.ForEachRow(rows, []any{&ledger, &events, &wrong}, func() error {
		if all += events; wrong != nil {
			changed = append(changed, fmt.Sprintf("%d of %s", *wrong, ledger))
		}
		return nil
	})
	if err != nil {
		return unknown(err)
	}
	if changed != nil {
		return failed("somebody changed what was written: hash all events, by README, Auditing by SQL, and compare them with a backup",
			"the hash does not fit event %s", named(changed))
	}
	return fine("those of the newest %d events fit", all)
}

// checkLedgers looks for ledgers that nobody can use.
func checkLedgers(ctx context.Context, p *patient) Finding {
	ledgers, err := eventstore.Ledgers(ctx, p.db)
	if err != nil {
		return unknown(err)
	}
	if len(ledgers) == 0 {
		return warn("tallystick ledger create NAME --live", "there is no ledger")
	}
	keys, err := access.ListKeys(ctx, p.db, uuid.Nil)
	if err != nil {
		return unknown(err)
	}
	opened := map[uuid.UUID]bool{}
	for _, key := range keys {
		if key.RevokedAt == nil && (key.ExpiresAt == nil || key.ExpiresAt.After(time.Now())) {
			opened[key.Ledger] = true
		}
	}
	var closed []string
	for _, ledger := range ledgers {
		if !opened[ledger.ID] {
			closed = append(closed, ledger.Name)
		}
	}
	if closed != nil {
		return warn("tallystick key create --ledger NAME --role admin", "no key opens %s", named(closed))
	}
	return fine("%d, each with a key", len(ledgers))
}

// keySoon is the time that giving clients another key may take.
const keySoon = 14 * 24 * time.Hour

// checkKeys looks for API keys that end soon.
func checkKeys(ctx context.Context, p *patient) Finding {
	keys, err := access.ListKeys(ctx, p.db, uuid.Nil)
	if err != nil {
		return unknown(err)
	}
	var ending []string
	for _, key := range keys {
		if key.RevokedAt == nil && key.ExpiresAt != nil && time.Until(*key.ExpiresAt) > 0 && time.Until(*key.ExpiresAt) < keySoon {
			ending = append(ending, fmt.Sprintf("%s (%s) at %s", key.ID, key.Name, house.PrintTime(key.ExpiresAt)))
		}
	}
	if ending != nil {
		return warn("tallystick key replace ID", "soon these end: %s", named(ending))
	}
	return fine("none ends within two weeks")
}

// reported says something of those reports, over all ledgers, of which it is to be said.
func (p *patient) reported(ctx context.Context, say func(r engine.Report, ledger string) (string, bool)) (found []string, err error) {
	names, err := house.LedgerNames(ctx, p.db)
	if err != nil {
		return nil, err
	}
	reports, err := p.troubled()
	if err != nil {
		return nil, err
	}
	for _, r := range reports {
		if what, ok := say(r, names[r.Ledger]); ok {
			found = append(found, what)
		}
	}
	return found, nil
}

// checkReadModels looks for read models that stand still at an event.
func checkReadModels(ctx context.Context, p *patient) Finding {
	grade := GradeWarning
	wrong, err := p.reported(ctx, func(r engine.Report, ledger string) (string, bool) {
		if r.Status == engine.StatusStopped {
			grade = GradeFailed
		}
		return fmt.Sprintf("%s@%d on %s (%s: %s)", r.Projection, r.Version, ledger, r.Status, r.Error),
			r.Status == engine.StatusStopped || r.Status == engine.StatusRetrying
	})
	if err != nil {
		return unknown(err)
	}
	if wrong != nil {
		return Finding{Grade: grade, Found: "at an event stand " + named(wrong),
			Advice: "mend the cause, then tallystick projection retry NAME@VERSION --ledger LEDGER; of a history that was restored, tallystick projection rebuild NAME"}
	}
	return fine("none stands still")
}

// behindLong is the time after which an event should be everywhere.
const behindLong = time.Minute

// checkBehind looks for read models that do not keep up.
func checkBehind(ctx context.Context, p *patient) Finding {
	behind, err := p.reported(ctx, func(r engine.Report, ledger string) (string, bool) {
		late := time.Duration(r.LagSeconds * float64(time.Second))
		return fmt.Sprintf("%s@%d on %s by %d events (%s)", r.Projection, r.Version, ledger, r.Lag(), late.Round(time.Second)),
			r.Status == engine.StatusActive && late > behindLong
	})
	if err != nil {
		return unknown(err)
	}
	if behind != nil {
		return warn("look whether a server runs", "behind are %s", named(behind))
	}
	return fine("all that serve have what is older than a minute")
}

// checkFilled looks for read models from which this release can't answer yet.
func checkFilled(ctx context.Context, p *patient) Finding {
	unready, err := p.engine.Unready(ctx)
	if err != nil {
		return unknown(err)
	}
	if unready != nil {
		return warn("tallystick projection prepare fills them beside the release before; a server does, too, and answers queries once it has",
			"this release has no filled version of %s", named(unready))
	}
	return fine("this release can answer every query")
}

// checkOlder looks for tables that nobody reads any more.
func checkOlder(ctx context.Context, p *patient) Finding {
	older, err := p.engine.Older(ctx)
	if err != nil {
		return unknown(err)
	}
	if older != nil {
		return warn("tallystick projection drop NAME@VERSION", "neither this release nor the one before reads %s", named(older))
	}
	return fine("none is left")
}

const (
	// deadlineLate is the time after which a deadline should be carried out.
	deadlineLate = 5 * time.Minute
	// jobsMax bounds the jobs of one ledger that are looked at.
	jobsMax = 100
)

// checkDeadlines looks at the live ledgers for what is late, and for what waits for an operator.
func checkDeadlines(ctx context.Context, p *patient) Finding {
	ledgers, err := house.LedgerNames(ctx, p.db)
	if err != nil {
		return unknown(err)
	}
	var late, parked []string
	_, err = p.engine.Read(ctx, projections.Deadlines.Name, uuid.Nil, 0, func(ctx context.Context, tx pgx.Tx, _ int64) error {
		late, parked = nil, nil
		now := time.Now()
		due, err := projections.DueLedgers(ctx, tx, now.Add(-deadlineLate))
		if err != nil {
			return err
		}
		for _, ledger := range due {
			jobs, err := projections.ListJobs(ctx, tx, ledger, now.Add(-deadlineLate), projections.JobFilter{}, projections.Deadline{}, jobsMax)
			if err != nil {
				return err
			}
			for _, job := range jobs {
				what := fmt.Sprintf("%s of %s in %s", job.Kind, job.Stream, ledgers[ledger])
				if job.Parked {
					parked = append(parked, what)
				} else {
					late = append(late, what)
				}
			}
		}
		return nil
	})
	switch filling := (*engine.FillingError)(nil); {
	case errors.As(err, &filling):
		return fine("their read model is not filled yet")
	case err != nil:
		return unknown(err)
	case late != nil:
		return failed("look whether a server runs, and for its errors in the log", "late are %s", named(late))
	case parked != nil:
		return warn("GET /v1/jobs, then POST /v1/jobs/{stream}/retry", "these would bill many periods at once, and wait for an operator: %s", named(parked))
	}
	return fine("nothing is late in a live ledger")
}

// checkLeases looks whether somebody carries out deadlines, where servers run.
func checkLeases(ctx context.Context, p *patient) Finding {
	var servers, held int
	err := p.db.QueryRow(ctx, `
		SELECT (SELECT count(*)
		        FROM pg_stat_activity
		        WHERE datname = current_database() AND application_name = 'tallystick feed'),
		       (SELECT count(*) FROM tallystick.leases WHERE ledger_id = $1 AND expires_at > clock_timestamp())`,
		[16]byte(uuid.Nil)).Scan(&servers, &held)
	switch {
	case err != nil:
		return unknown(err)
	case held > 0:
		return fine("a server carries out the deadlines of live ledgers")
	case servers > 0:
		return warn("look again in ten seconds, then at the log of the servers", "servers run, and none carries out deadlines")
	}
	return fine("no server runs")
}
