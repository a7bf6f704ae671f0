package endpoint

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/tallystick/tallystick/projections/engine"
)

// readyTimeout is shorter than whoever asks will wait.
const readyTimeout = 2 * time.Second

type healthStatus string

const healthOK healthStatus = "ok"

type healthView struct {
	Status healthStatus `json:"status"`
}

// readyView names what the process does. Roles is empty for a server that does everything by itself.
type readyView struct {
	Status healthStatus `json:"status"`
	Roles  []string     `json:"roles"`
}

// healthy says that the process answers, whatever the database does.
func healthy(c *Call) error {
	return c.show(unversioned, healthView{Status: healthOK})
}

// ready says that the database answers, every read model has a version that serves, and no event was met that only a newer
// release knows.
func ready(c *Call) error {
	if newer := c.server.codec.Newer(); newer != nil {
		return unready("this process waits for a newer release: " + newer.Error())
	}
	ctx, cancel := context.WithTimeout(c.ctx, readyTimeout)
	defer cancel()
	if err := c.server.ready(ctx); err != nil {
		c.server.log.WarnContext(ctx, "not ready", slog.Any("error", err))
		if filling, ok := errors.AsType[*engine.FillingError](err); ok {
			return unready(filling.Error())
		}
		return unready(notReady[0].Text)
	}
	return c.show(unversioned, readyView{Status: healthOK, Roles: c.server.roles})
}

func unready(reason string) error {
	return newProblem(notReady[0].Status, notReady[0].Code, reason).again()
}
