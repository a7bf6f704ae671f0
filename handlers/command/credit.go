package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/eventstore"
)

// Credit is a grant of credit, and the workspace that has it.
type Credit struct {
	Workspace string
	Granted   account.CreditGranted
}

// GrantCredit gives a workspace credit by hand. Deadlines that are due come first, so that credit never pays for an invoice
// from before it was given. The caller fills in ID, Amount and Reason of c.
func GrantCredit(name string, c account.Grant) Command[Credit] {
	c.Source = account.SourceManual
	stream := account.Stream(name)
	return Command[Credit]{
		Resource: stream,
		Reads:    []domain.Stream{catalog.Stream()},
		Writes:   []domain.Stream{stream, subscription.Stream(name), seating.Stream(name)},
		Decide: func(d *eventstore.Decision) (Credit, error) {
			w := &workspace{d: d, name: name}
			if err := w.catchUp(); err != nil {
				return Credit{}, err
			}
			facts, err := decideAt(d, stream, account.Decide, account.Command(c), d.Now())
			if err != nil {
				return Credit{}, err
			}
			return Credit{Workspace: name, Granted: facts[0].(account.CreditGranted)}, nil
		},
	}
}
