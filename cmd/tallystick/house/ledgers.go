package house

import (
	"context"
	"fmt"
	"os"
	"os/user"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/access"
)

// DefaultLedger names the ledger that a private database has from its first start.
const DefaultLedger = "default"

// LedgerByName finds a ledger by its name.
func LedgerByName(ctx context.Context, db eventstore.Querier, name string) (eventstore.Ledger, error) {
	ledgers, err := eventstore.Ledgers(ctx, db)
	if err != nil {
		return eventstore.Ledger{}, err
	}
	for _, ledger := range ledgers {
		if ledger.Name == name {
			return ledger, nil
		}
	}
	return eventstore.Ledger{}, fmt.Errorf("there is no ledger %s; see tallystick ledger list", name)
}

// LedgerNames returns the names of all ledgers by id, for people who do not know the ids.
func LedgerNames(ctx context.Context, db eventstore.Querier) (map[uuid.UUID]string, error) {
	ledgers, err := eventstore.Ledgers(ctx, db)
	names := map[uuid.UUID]string{}
	for _, ledger := range ledgers {
		names[ledger.ID] = ledger.Name
	}
	return names, err
}

// OperatorOn acts on a connection, in the name of whoever runs the program.
func OperatorOn(conn *pgx.Conn) access.Operator {
	return access.Operator{DB: conn, Name: operatorName()}
}

// operatorName names whoever runs the program, and the machine.
func operatorName() string {
	who, host := "somebody", "somewhere"
	if u, err := user.Current(); err == nil {
		who = u.Username
	}
	if name, err := os.Hostname(); err == nil {
		host = name
	}
	return who + "@" + host
}
