package features

import (
	"time"

	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// useBody is the body of POST …/features/{feature}/usage.
type useBody struct {
	Amount int64 `json:"amount" minimum:"-1000000000000000" maximum:"1000000000000000" example:"1" doc:"Whole, and not 0; a negative one gives back."`
}

// featureUsageView shows how much of a feature is used.
type featureUsageView struct {
	Key       string     `json:"key" example:"calls"`
	Used      int64      `json:"used"`
	Limit     *int64     `json:"limit" doc:"null is without limit."`
	Remaining *int64     `json:"remaining" doc:"null without a limit."`
	ResetsAt  *time.Time `json:"resets_at" doc:"When use begins at zero again, null for never."`
}

func viewUsage(f entitlement.Feature) featureUsageView {
	return featureUsageView{Key: f.Key, Used: f.Used, Limit: f.Limit, Remaining: f.Remaining(), ResetsAt: inUTC(f.ResetsAt)}
}

func useFeature(c *endpoint.Call, b useBody) command.Command[command.Feature] {
	return command.UseFeature(c.Workspace(), c.Name("feature"), b.Amount)
}
