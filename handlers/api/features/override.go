package features

import (
	"time"

	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// overrideBody is the body of PUT …/features/{feature}.
type overrideBody struct {
	Value   view.FeatureValue        `json:"value,omitempty" null:"unset" example:"true" doc:"Instead of the plan's."`
	Limit   endpoint.OptionalInteger `json:"limit,omitempty" null:"unset" minimum:"0" maximum:"1000000000000000" example:"500" doc:"Instead of the plan's; null is without limit."`
	Removed bool                     `json:"removed,omitempty" default:"false" doc:"The workspace does not have the feature, whatever its plan says."`
	Until   *time.Time               `json:"until,omitempty" doc:"When the override ends; it does not by itself where it is not given."`
	Reason  string                   `json:"reason" minLength:"1" maxLength:"500" example:"A pilot, as agreed with sales"`
}

func overrideFeature(c *endpoint.Call, b overrideBody) command.Command[command.Feature] {
	value := []byte(b.Value)
	if string(value) == "null" {
		value = nil
	}
	return command.OverrideFeature(c.Workspace(), c.Name("feature"), command.Override{
		Value: value, Limited: b.Limit.Given, Limit: b.Limit.Value, Removed: b.Removed, Until: b.Until, Reason: b.Reason,
	})
}

func removeOverride(c *endpoint.Call) command.Command[command.Feature] {
	return command.RemoveOverride(c.Workspace(), c.Name("feature"))
}
