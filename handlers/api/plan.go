package api

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/projections"
)

// planView is what a workspace may use now, whatever gives it that.
type planView struct {
	Product               *string     `json:"product" doc:"null where the ledger has no free product and nothing was bought."`
	Price                 *string     `json:"price" doc:"null on the free plan."`
	Status                string      `json:"status" doc:"free without a live subscription, trial or licence."`
	Seats                 int64       `json:"seats"`
	Trial                 *periodView `json:"trial"`
	CurrentPeriod         *periodView `json:"current_period"`
	CancelAt              *time.Time  `json:"cancel_at"`
	Access                string      `json:"access" enum:"full,read_only"`
	IsCancelled           bool        `json:"is_cancelled"`
	IsOfflinePayment      bool        `json:"is_offline_payment" doc:"Paid by invoice."`
	HasActivatedFreeTrial bool        `json:"has_activated_free_trial"`
	HasAddedPaymentMethod bool        `json:"has_added_payment_method"`
}

func planRoutes() []route {
	return []route{queryRoute(route{
		method: http.MethodGet, path: "/v1/workspaces/{workspace}/current-plan", id: "get-current-plan", tag: tagSubscriptions,
		roles: everyRole, summary: "What a workspace may use now", status: http.StatusOK,
		text: "Always answers: a workspace in which nothing was ever done is on the free plan.",
	}, projections.Licences, getPlan)}
}

func getPlan(ctx context.Context, tx pgx.Tx, c *call) (planView, int64, error) {
	licence, err := projections.FindLicence(ctx, tx, c.ledger.ID, c.workspace())
	if err != nil {
		return planView{}, 0, err
	}
	return planView{
		Product:          given(licence.Product),
		Price:            given(licence.Price),
		Status:           licence.Status,
		Seats:            licence.Seats,
		CurrentPeriod:    viewPeriod(licence.CurrentPeriod),
		Access:           "full",
		IsOfflinePayment: licence.Collection == subscription.CollectionSendInvoice,
	}, unversioned, nil
}

// given is nil for no text.
func given(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
