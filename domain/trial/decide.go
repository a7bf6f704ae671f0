package trial

import (
	"errors"

	"github.com/tallystick/tallystick/domain"
)

var (
	errIncomplete = errors.New("a trial needs a family, a subscription, a price and an end after its start")
	errNotActive  = errors.New("the trial is not active, though its subscription is trialing")
	errExtension  = errors.New("a trial can only be extended to a later end")
	errStatus     = errors.New("a trial ends converted, expired or canceled")
)

// Decide judges a command on a trial. It refuses only [Start], with trial_already_used; all other errors are faults.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) {
	if _, starts := c.(Start); !starts && s.Status != StatusActive {
		return nil, errNotActive
	}
	return c.decide(s, meta)
}

func (c Start) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Family == "" || c.Subscription == "" || c.Price == "" || !c.End.After(c.Start) {
		return nil, errIncomplete
	}
	if err := s.CheckUnused(c.Family); err != nil {
		return nil, err
	}
	return []Fact{Started(c)}, nil
}

func (c ChangePrice) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Price == s.Price {
		return nil, nil
	}
	return []Fact{PriceChanged{From: s.Price, To: c.Price}}, nil
}

func (c Extend) decide(s State, _ domain.Meta) ([]Fact, error) {
	if !c.End.After(s.End) {
		return nil, errExtension
	}
	return []Fact{Extended{From: s.End, To: c.End, Reason: c.Reason}}, nil
}

func (c Remind) decide(s State, meta domain.Meta) ([]Fact, error) {
	if at, ok := s.ReminderAt(); !ok || at.After(meta.Now) {
		return nil, nil
	}
	return []Fact{Reminded{End: s.End}}, nil
}

func (c End) decide(State, domain.Meta) ([]Fact, error) {
	if c.Status != StatusConverted && c.Status != StatusExpired && c.Status != StatusCanceled {
		return nil, errStatus
	}
	return []Fact{Ended{Status: c.Status, EndedAt: c.At}}, nil
}
