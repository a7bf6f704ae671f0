package tax

import (
	"encoding/json"
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("tax", Evolve, Set{})

// Stream names the tax of a workspace.
func Stream(workspace string) domain.Stream { return domain.NewStream("tax", workspace) }

const reasonMax = 500

// State holds how a workspace is taxed.
type State struct {
	tax pricing.Tax // the zero Tax is the standard one
}

// Tax gives what was set, and the standard treatment before.
func (s State) Tax() pricing.Tax {
	if s.tax.Treatment == "" {
		return pricing.Tax{Treatment: pricing.TaxStandard}
	}
	return s.tax
}

// Override gives the tax to bill by in place of the prices', nil for theirs.
func (s State) Override() *pricing.Tax {
	if tax := s.Tax(); tax.Treatment != pricing.TaxStandard || tax.Rate != "" {
		return &tax
	}
	return nil
}

// MarshalJSON shows the tax.
func (s State) MarshalJSON() ([]byte, error) { return json.Marshal(s.Tax()) }

// Size estimates the bytes of the state.
func (s State) Size() int { return 100 + len(s.tax.Reason) }

// Fact is an event of a workspace's tax with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Set taxes the workspace's bills so from now on.
type Set struct {
	Tax pricing.Tax `json:"tax"`
}

// EventType gives the stored name.
func (Set) EventType() string { return "tax.set.v1" }

func (e Set) evolve(s State) State {
	s.tax = e.Tax
	return s
}

// Command changes how a workspace is taxed.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Replace says all of how the workspace is taxed from now on. Treatment is required.
type Replace struct {
	Treatment pricing.TaxTreatment
	Rate      *string
	Reason    string
}

// Decide judges a command on a workspace's tax. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// decide changes nothing where it is so already. It refuses with its fields: status_invalid, rate_not_allowed,
// tax_rate_invalid, reason_required, reason_invalid.
func (c Replace) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	tax := pricing.Tax{Treatment: c.Treatment, Reason: c.Reason}
	switch c.Treatment {
	case pricing.TaxStandard:
		if c.Rate != nil {
			var ok bool
			tax.Rate, ok = pricing.TaxRate(*c.Rate)
			check.Require(ok, "/rate", "tax_rate_invalid",
				`rate is a fraction, "0" or more and below "1" with at most 6 digits after the point: "0.19" is 19 %%, not "19"`)
		}
	case pricing.TaxExempt, pricing.TaxReverseCharge:
		check.Require(c.Rate == nil, "/rate", "rate_not_allowed", "rate goes with the status standard: nothing is taxed here")
		check.Require(c.Reason != "" || c.Treatment == pricing.TaxReverseCharge, "/reason", "reason_required",
			"reason must be given with the status exempt, since documents show it")
	default:
		check.Require(false, "/status", "status_invalid", "status must be standard, exempt or reverse_charge")
	}
	check.Require(c.Reason == "" || domain.IsLine(c.Reason, reasonMax), "/reason", "reason_invalid",
		"reason must be one line of at most %d characters, and not blank", reasonMax)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if s.Tax() == tax {
		return nil, nil
	}
	return []Fact{Set{Tax: tax}}, nil
}
