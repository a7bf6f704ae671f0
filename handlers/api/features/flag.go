package features

import (
	"encoding/json"
	"net/http"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// flagView shows a flag as OFREP does. The value of a key that is only limited tells whether it is allowed.
type flagView struct {
	Key      string            `json:"key"`
	Value    view.FeatureValue `json:"value"`
	Reason   flagReason        `json:"reason"`
	Variant  string            `json:"variant"`
	Metadata flagMetadata      `json:"metadata"`
}

// flagMetadata is flat, as OpenFeature's clients need it.
type flagMetadata struct {
	Source    entitlement.Source `json:"source"`
	Product   string             `json:"product"`
	Fail      string             `json:"fail"`
	Access    string             `json:"access"`
	Position  int64              `json:"position"`
	Limit     *int64             `json:"limit,omitempty"`
	Used      *int64             `json:"used,omitempty"`
	Remaining *int64             `json:"remaining,omitempty"`
}

// flagReason is OpenFeature's.
type flagReason string

const (
	flagStatic   flagReason = "STATIC"          // by the plan, the trial or the free product
	flagTargeted flagReason = "TARGETING_MATCH" // by an override or the license
	flagDefault  flagReason = "DEFAULT"         // the workspace does not have it
	flagDisabled flagReason = "DISABLED"        // the workspace may only look at what it has
)

// Variants of flags.
const (
	variantOn       = "on"
	variantOff      = "off"
	variantOverride = "override"
	variantNone     = "none"
)

func viewFlag(f entitlement.Feature, position int64) flagView {
	shown := flagView{Key: f.Key, Reason: flagReasonOf(f), Value: flagValue(f), Metadata: flagMetadata{
		Source: f.Source, Product: f.Product, Fail: f.Fail, Access: string(f.Access), Position: position,
	}}
	if f.Limited {
		shown.Metadata.Limit, shown.Metadata.Used, shown.Metadata.Remaining = f.Limit, &f.Used, f.Remaining()
	}
	switch {
	case f.Kind != entitlement.KindStatic:
		shown.Variant = variantOff
		if f.Allowed {
			shown.Variant = variantOn
		}
	case f.Source == entitlement.SourceOverride:
		shown.Variant = variantOverride
	case f.Product != "":
		shown.Variant = f.Product
	default:
		shown.Variant = variantNone
	}
	return shown
}

func flagReasonOf(f entitlement.Feature) flagReason {
	switch {
	case f.Reason == entitlement.ReasonRemoved || f.Reason == entitlement.ReasonNotInPlan:
		return flagDefault
	case f.Reason == entitlement.ReasonReadOnly:
		return flagDisabled
	case f.Source == entitlement.SourceOverride || f.Source == entitlement.SourceLicense:
		return flagTargeted
	}
	return flagStatic
}

// flagValue gives the value of a feature, or its zero where the workspace can't use it.
func flagValue(f entitlement.Feature) view.FeatureValue {
	reason := flagReasonOf(f)
	switch {
	case f.Value == nil && f.Allowed:
		return view.FeatureValue("true")
	case f.Value == nil:
		return view.FeatureValue("false")
	case reason == flagDefault || reason == flagDisabled:
		return view.FeatureValue(f.Zero)
	}
	return view.FeatureValue(f.Value)
}

// flagsView shows all flags.
type flagsView struct {
	Flags []flagView `json:"flags"`
}

// Tagged leaves the positions out.
func (v flagsView) Tagged() any {
	flags := make([]flagView, len(v.Flags))
	for i, flag := range v.Flags {
		flag.Metadata.Position = 0
		flags[i] = flag
	}
	return flags
}

func evaluateFlag(kept *projections.KeptFeatures) endpoint.Keeping[flagView] {
	return func(c *endpoint.Call, minimum int64) (flagView, int64, error) {
		held, err := heldByContext(c, kept, minimum)
		if err != nil {
			return flagView{}, 0, err
		}
		f, known := held.Standing.Feature(c.Name("flag"), held.Now)
		if !known {
			return flagView{}, 0, domain.NotFound(codeFlagNotFound, "no product has a feature %q", c.Name("flag"))
		}
		return viewFlag(f, held.Position), held.Position, nil
	}
}

func evaluateFlags(kept *projections.KeptFeatures) endpoint.Keeping[flagsView] {
	return func(c *endpoint.Call, minimum int64) (flagsView, int64, error) {
		held, err := heldByContext(c, kept, minimum)
		if err != nil {
			return flagsView{}, 0, err
		}
		shown := flagsView{Flags: []flagView{}}
		for _, f := range held.Standing.Features(held.Now) {
			shown.Flags = append(shown.Flags, viewFlag(f, held.Position))
		}
		return shown, held.Position, nil
	}
}

// Codes of OFREP's errors.
const (
	codeParseError     = "PARSE_ERROR"
	codeInvalidContext = "INVALID_CONTEXT"
	codeFlagNotFound   = "FLAG_NOT_FOUND"
	codeGeneral        = "GENERAL"
)

// heldByContext finds what the workspace of the context has. It refuses with PARSE_ERROR or INVALID_CONTEXT.
func heldByContext(c *endpoint.Call, kept *projections.KeptFeatures, minimum int64) (held projections.Held, err error) {
	var given struct {
		Context json.RawMessage `json:"context"`
	}
	if err := json.Unmarshal(c.Body(), &given); err != nil {
		return held, malformed(codeParseError, "the body must be a JSON object with a context")
	}
	var context struct {
		Workspace *string `json:"workspace"`
	}
	if err := json.Unmarshal(given.Context, &context); err != nil || context.Workspace == nil {
		return held, malformed(codeInvalidContext, "the context must be an object with a workspace, which is a string")
	}
	if !domain.ValidName(*context.Workspace) {
		return held, malformed(codeInvalidContext, "the context's workspace must be "+domain.NameRule)
	}
	return kept.Find(c.Context(), c.Ledger, *context.Workspace, minimum, c.At())
}

func malformed(code, text string) error {
	return &domain.Rejection{Kind: domain.KindMalformed, Code: code, Message: text}
}

// flagErrorView is OFREP's error.
type flagErrorView struct {
	Key          string `json:"key,omitempty"`
	ErrorCode    string `json:"errorCode"`
	ErrorDetails string `json:"errorDetails"`
}

// refuseFlag writes a refusal in OFREP's form.
func refuseFlag(c *endpoint.Call, p *endpoint.Problem) (status int, body any) {
	shown := flagErrorView{Key: c.Name("flag"), ErrorCode: codeGeneral, ErrorDetails: p.Detail}
	switch {
	case p.Code == codeParseError || p.Code == codeInvalidContext || p.Code == codeFlagNotFound:
		shown.ErrorCode = p.Code
	case p.Code == "name_invalid":
		return http.StatusNotFound, flagErrorView{ErrorCode: codeFlagNotFound, ErrorDetails: p.Detail}
	case p.Status == http.StatusBadRequest || p.Status == http.StatusUnsupportedMediaType:
		shown.ErrorCode = codeParseError
	}
	return p.Status, shown
}
