package trial

import (
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain"
)

var (
	errIncomplete = errors.New("a trial needs a family, a subscription, a price and an end after its start")
	errNotActive  = errors.New("the trial is not active, though its subscription is trialing")
	errExtension  = errors.New("a trial can only be extended to a later end")
	errStatus     = errors.New("a trial ends converted, expired or canceled")
)

// Decide judges a command on a trial. Only [Start] is ever refused, with trial_already_used; all other errors are faults.
func Decide(s State, command Command, meta domain.Meta) ([]domain.Event, error) {
	if c, ok := command.(Start); ok {
		return start(s, c)
	}
	if s.Status != StatusActive {
		return nil, errNotActive
	}
	switch c := command.(type) {
	case ChangePrice:
		if c.Price == s.Price {
			return nil, nil
		}
		return []domain.Event{PriceChanged{From: s.Price, To: c.Price}}, nil
	case Extend:
		if !c.End.After(s.End) {
			return nil, errExtension
		}
		return []domain.Event{Extended{From: s.End, To: c.End, Reason: c.Reason}}, nil
	case Remind:
		if at, ok := s.ReminderAt(); !ok || at.After(meta.Now) {
			return nil, nil
		}
		return []domain.Event{Reminded{End: s.End}}, nil
	case End:
		if c.Status != StatusConverted && c.Status != StatusExpired && c.Status != StatusCanceled {
			return nil, errStatus
		}
		return []domain.Event{Ended{Status: c.Status, EndedAt: c.At}}, nil
	}
	return nil, fmt.Errorf("trial has no command %T", command)
}

func start(s State, c Start) ([]domain.Event, error) {
	if c.Family == "" || c.Subscription == "" || c.Price == "" || !c.End.After(c.Start) {
		return nil, errIncomplete
	}
	if err := s.CheckUnused(c.Family); err != nil {
		return nil, err
	}
	return []domain.Event{Started(c)}, nil
}
