package process

import (
	"context"
	"errors"
	"strings"

	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// errand asks the outside for what a deadline needs, outside of every transaction, and makes the command that records the
// result. It may be cut off at any point and done again, by several at once: what it sends has a key that follows from the
// stream's state.
type errand func(context.Context, eventstore.Ledger, projections.Deadline, sender) (command.Command[struct{}], error)

// sender tells who has an errand done.
type sender struct {
	// patient leaves what somebody waits for to them, with errAwaited.
	patient bool
	// stays reports whether the sender still waits, at the moment at which the answer is recorded; nil for nobody who does.
	stays func() bool
}

// errAwaited says that whoever began something also has the errand done for it.
var errAwaited = errors.New("whoever asked for it waits for it")

// errandsOf lists the errands for each type of stream whose deadlines need the outside.
func (d *Deadlines) errandsOf() map[string]errand {
	return map[string]errand{payment.Type.Name: d.chargeOrAsk, refund.Type.Name: d.sendBackOrAsk, billingsync.Type.Name: d.compareNightly, installation.Type.Name: d.syncLicense}
}

// commands makes the command that carries out a deadline, for each type of stream that has deadlines.
var commands = map[string]func(projections.Deadline) command.Command[struct{}]{
	subscription.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		return command.RunSubscription(due.Stream.Entity(), false)
	},
	seating.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		return command.ExpireInvitations(due.Stream.Entity(), due.DueAt)
	},
	trial.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		workspace, family, _ := strings.Cut(due.Stream.Entity(), ":")
		return command.RemindTrial(workspace, family)
	},
	notice.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		return command.TellNotices(due.Stream.Entity())
	},
	paymentlink.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		return command.ExpirePaymentLink(due.Stream.Entity())
	},
	bookkeeping.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		return command.EndMonth(due.DueAt)
	},
}

// alone makes the command of a deadline that is carried out with no other one: the clock of a sandbox stops for it.
var alone = map[string]func(projections.Deadline) command.Command[struct{}]{
	license.Type.Name: func(due projections.Deadline) command.Command[struct{}] {
		return command.RunLicense(due.Stream.Entity())
	},
}
