package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/projections"
)

const (
	codeNotReady = "not_ready"
	// readyTimeout is less than what who asks will wait.
	readyTimeout = 2 * time.Second
)

type healthView struct {
	Status string `json:"status" enum:"ok"`
}

// healthy says that the process answers, whatever the database does.
func (s *Server) healthy(c *call) error {
	return c.send(http.StatusOK, "application/json", marshal(healthView{Status: "ok"}))
}

// ready says that the database answers and every read model has a version that serves.
func (s *Server) ready(c *call) error {
	ctx, cancel := context.WithTimeout(c.ctx, readyTimeout)
	defer cancel()
	nothing := func(context.Context, pgx.Tx, int64) error { return nil }
	for _, model := range projections.All() {
		if _, err := s.engine.Read(ctx, model.Name, uuid.Nil, 0, nothing); err != nil {
			s.log.WarnContext(ctx, "not ready", slog.String("read_model", model.Name), slog.Any("error", err))
			return newProblem(http.StatusServiceUnavailable, codeNotReady, "the database or a read model is not there yet").again()
		}
	}
	return s.healthy(c)
}
