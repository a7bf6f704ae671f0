package events

import (
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections/engine"
)

// projectionView shows where a version of a read model stands.
type projectionView struct {
	Name     string        `json:"name"`
	Version  int           `json:"version"`
	Position int64         `json:"position"`
	Lag      int64         `json:"lag" doc:"Events that are not applied yet."`
	Status   engine.Status `json:"status"`
	Error    *string       `json:"error" doc:"What stands in its way, if something does."`
}

type projectionList struct {
	Data []projectionView `json:"data"`
}

func listProjections(models *engine.Engine) func(*endpoint.Call) (projectionList, error) {
	return func(c *endpoint.Call) (projectionList, error) {
		reports, err := models.Report(c.Context(), c.Ledger.ID)
		shown := projectionList{Data: make([]projectionView, 0, len(reports))}
		for _, r := range reports {
			shown.Data = append(shown.Data, projectionView{
				Name: r.Projection, Version: r.Version, Position: r.Position, Lag: r.Lag(), Status: r.Status,
				Error: endpoint.OrNull(r.Error),
			})
		}
		return shown, err
	}
}
