package process

import (
	"github.com/tallystick/tallystick/domain/bookkeeping"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/projections"
)

// alone makes the command that carries out a deadline which is carried out with no other one: the clock stops for it. A month of the
// books ends so.
var alone = map[string]func(projections.Deadline) command.Command[struct{}]{
	bookkeeping.Type.Name: func(due projections.Deadline) command.Command[struct{}] { return command.EndMonth(due.DueAt) },
}
