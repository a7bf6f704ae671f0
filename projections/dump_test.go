package projections

import (
	"context"
	"fmt"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore/testbed"
	"github.com/tallystick/tallystick/projections/engine"
)

// dumpVersion gives the rows of a version of a read model.
func (b *bench) dumpVersion(name string, number int) string {
	b.T.Helper()
	return testbed.Dump(b.T, b.Admin, fmt.Sprintf("%s_%d", name, number))
}

// scratch makes version 1 of read models without an engine.
func scratch(b *bench, models ...engine.Projection) {
	b.T.Helper()
	for _, p := range models {
		schema := p.Name + "_1"
		b.Exec(`CREATE SCHEMA ` + schema + `; SET search_path = ` + schema + `; ` + p.Tables + `; RESET search_path`)
	}
}

// applyPages applies pages as an engine would, in a transaction that somebody else ends.
func applyPages(ctx context.Context, tx pgx.Tx, p engine.Projection, pages []engine.Page) error {
	if _, err := tx.Exec(ctx, `SELECT set_config('search_path', $1, true)`, p.Name+"_1, tallystick"); err != nil {
		return err
	}
	for _, page := range pages {
		if err := p.Apply(ctx, tx, page); err != nil {
			return err
		}
	}
	return nil
}

// withoutLedger makes the dumps of two ledgers comparable.
func withoutLedger(dump string, ledger uuid.UUID) string {
	return strings.ReplaceAll(dump, ledger.String(), "ledger")
}
