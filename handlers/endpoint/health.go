package endpoint

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
)

// readyTimeout is shorter than whoever asks will wait.
const readyTimeout = 2 * time.Second

type healthView struct {
	Status string `json:"status" enum:"ok"`
}

// healthy says that the process answers, whatever the database does.
func healthy(c *Call) error {
	return c.show(unversioned, healthView{Status: "ok"})
}

// ready says that the database answers and every read model has a version that serves.
func ready(c *Call) error {
	ctx, cancel := context.WithTimeout(c.ctx, readyTimeout)
	defer cancel()
	if err := c.server.engine.Await(ctx, uuid.Nil, 0); err != nil {
		c.server.log.WarnContext(ctx, "not ready", slog.Any("error", err))
		return newProblem(notReady[0].Status, notReady[0].Code, notReady[0].Text).again()
	}
	return healthy(c)
}
