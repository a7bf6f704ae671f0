package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/projections/engine"
)

// projectionView says where a version of a read model stands.
type projectionView struct {
	Name     string  `json:"name"`
	Version  int     `json:"version"`
	Position int64   `json:"position"`
	Lag      int64   `json:"lag" doc:"Events that are not applied yet."`
	Status   string  `json:"status" enum:"filling,active,retired,retrying,stopped"`
	Error    *string `json:"error" doc:"What stands in its way, if something does."`
}

type projectionList struct {
	Data []projectionView `json:"data"`
}

func projectionRoutes() []route {
	return []route{{
		method: http.MethodGet, path: "/v1/projections", id: "list-projections", tag: tagAudit, roles: roleReaders,
		summary: "Where the read models stand", text: "On the key's ledger. Ledger-Position is the newest event's.",
		status: http.StatusOK, answer: reflect.TypeFor[projectionList](), kind: kindQuery, positioned: true,
		handle: (*Server).listProjections,
	}}
}

func (s *Server) listProjections(c *call) error {
	tail, err := s.tail(c)
	if err != nil {
		return err
	}
	reports, err := s.engine.Report(c.ctx, c.ledger.ID)
	if err != nil {
		return err
	}
	shown := projectionList{Data: make([]projectionView, 0, len(reports))}
	for _, r := range reports {
		shown.Data = append(shown.Data, projectionView{
			Name: r.Projection, Version: r.Version, Position: r.Position, Lag: r.Lag(), Status: string(r.Status), Error: given(r.Error),
		})
	}
	c.header(unversioned, tail)
	return c.send(c.route.status, "application/json", marshal(shown))
}

// tail is the position of the ledger's newest event, which is what queries of the log itself show. The log is never
// behind, so a Min-Position beyond it has not been written.
func (s *Server) tail(c *call) (int64, error) {
	minimum, err := c.minimum()
	if err != nil {
		return 0, err
	}
	return tailOf(c.ctx, s.pool, c.ledger.ID, minimum)
}

func tailOf(ctx context.Context, db eventstore.Querier, ledger uuid.UUID, minimum int64) (int64, error) {
	tail, err := eventstore.Tail(ctx, db, ledger)
	if err == nil && tail < minimum {
		err = &engine.BehindError{Projection: "the log", Position: tail, Required: minimum}
	}
	return tail, err
}
