package process

import (
	"context"
	"errors"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/audit"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/command"
)

// auditActor stands in the event where those of a request have an API key's id.
const auditActor = "operator"

var errNeverSealed = errors.New("nothing of the ledger was ever sealed")

// RestartAudit lets a new tree begin where the sealer refuses, and gives what was written.
func RestartAudit(ctx context.Context, store *eventstore.Store, db eventstore.Querier, ledger eventstore.Ledger, reason string) (audit.Restarted, error) {
	log, found, err := sealer.Open(ctx, db, ledger.ID)
	if err == nil && !found {
		err = errNeverSealed
	}
	if err != nil {
		return audit.Restarted{}, err
	}
	restart := audit.Restart{Reason: reason, Tree: log.Tree(), Refusal: log.Refusal(), Outside: lastOutside(log.Outside())}
	_, err = store.Execute(ctx, ledger, made("restart-audit", Caller{Actor: auditActor}, restartAudit(restart)))
	return audit.Restarted{Tree: restart.Tree + 1, Reason: reason, Refusal: restart.Refusal, Outside: restart.Outside}, err
}

// restartAudit is the command.
func restartAudit(c audit.Restart) command.Command[int] {
	return command.Command[int]{
		Resource: audit.Stream(),
		Writes:   []domain.Stream{audit.Stream()},
		Decide: func(d *eventstore.Decision) (int, error) {
			facts, err := audit.Decide(eventstore.StateOf[audit.State](d, audit.Stream()), c, d.Meta())
			d.Append(audit.Stream(), domain.Events(facts)...)
			return eventstore.StateOf[audit.State](d, audit.Stream()).Tree(), err
		},
	}
}

// lastOutside gives the copy that knows most.
func lastOutside(all []sealer.Outside) (last *audit.Outside) {
	for _, o := range all {
		if o.Note != "" && (last == nil || o.Size > last.Size) {
			last = &audit.Outside{Name: o.Name, Size: o.Size, Note: o.Note}
		}
	}
	return last
}
