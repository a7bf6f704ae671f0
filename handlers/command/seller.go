package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seller"
	"github.com/tallystick/tallystick/eventstore"
)

// SetSeller replaces the seller's profile; the result is the new one.
func SetSeller(c seller.Replace) Command[seller.Profile] {
	return Command[seller.Profile]{
		Resource: seller.Stream(),
		Writes:   []domain.Stream{seller.Stream()},
		Decide: func(d *eventstore.Decision) (seller.Profile, error) {
			after, err := apply(d, seller.Stream(), seller.Decide, seller.Command(c))
			return after.Profile(), err
		},
	}
}
