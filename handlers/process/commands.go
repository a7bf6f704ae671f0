package process

import (
	"strings"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

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
}
