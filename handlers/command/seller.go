package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/merchant"
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

// SetGatewayKey has a gateway asked with another secret key. It refuses with gateway_mode_mismatch.
func SetGatewayKey(gateway string, c merchant.SetKey) Command[merchant.State] {
	return onMerchant(gateway, c)
}

// AddGatewayEndpoint adds an address for what a gateway tells unasked. It refuses with endpoints_full.
func AddGatewayEndpoint(gateway, id string) Command[merchant.State] {
	return onMerchant(gateway, merchant.AddEndpoint{ID: id})
}

// RemoveGatewayEndpoint takes such an address away. It refuses with endpoint_unknown.
func RemoveGatewayEndpoint(gateway, id string) Command[merchant.State] {
	return onMerchant(gateway, merchant.RemoveEndpoint{ID: id})
}

func onMerchant(gateway string, c merchant.Command) Command[merchant.State] {
	stream := merchant.Stream(gateway)
	return Command[merchant.State]{
		Resource: stream,
		Writes:   []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (none merchant.State, err error) {
			if _, err := apply(d, stream, merchant.Decide, c); err != nil {
				return none, err
			}
			return eventstore.StateOf[merchant.State](d, stream), nil
		},
	}
}

// LookAtMerchant gives how the ledger takes money at a gateway. It writes nothing.
func LookAtMerchant(gateway string) Command[merchant.State] {
	stream := merchant.Stream(gateway)
	return Command[merchant.State]{
		Resource: stream,
		Reads:    []domain.Stream{stream},
		Decide: func(d *eventstore.Decision) (merchant.State, error) {
			return eventstore.StateOf[merchant.State](d, stream), nil
		},
	}
}
