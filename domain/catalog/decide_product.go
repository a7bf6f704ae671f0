package catalog

import (
	"maps"
	"reflect"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

const (
	familyDefault        = "main"
	guestsPerSeatDefault = 5
	freeSeatsDefault     = 12

	tierMax          = 1_000_000
	guestsPerSeatMax = 1_000
	seatsMax         = pricing.SeatsMax
)

// createProduct is refused with product_exists, free_product_exists, or its fields: name_invalid,
// display_name_invalid, tier_required, tier_invalid, guests_per_seat_invalid, free_seats_invalid and those of features
// and limits.
func createProduct(s State, c CreateProduct) ([]domain.Event, error) {
	var check domain.Check
	event := ProductCreated{
		Product: c.Code, Name: c.Name, Family: or(c.Family, familyDefault), Tier: or(c.Tier, 0),
		GuestsPerSeat: or(c.GuestsPerSeat, guestsPerSeatDefault), Free: c.Free, FreeSeats: or(c.FreeSeats, freeSeatsDefault),
	}
	check.Name("/code", event.Product)
	checkDisplayName(&check, event.Name)
	check.Name("/family", event.Family)
	check.Require(c.Tier != nil, "/tier", "tier_required", "tier is required: a higher one is an upgrade")
	requireRange(&check, "/tier", "tier_invalid", int64(event.Tier), 0, tierMax)
	event.Features, event.Limits = features(&check, c.Features), limits(&check, c.Limits)
	requireRange(&check, "/guests_per_seat", "guests_per_seat_invalid", event.GuestsPerSeat, 0, guestsPerSeatMax)
	requireRange(&check, "/free_seats", "free_seats_invalid", event.FreeSeats, 0, seatsMax)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if _, exists := s.Product(c.Code); exists {
		return nil, domain.Conflict("product_exists", "product %s exists already", c.Code)
	}
	if free, exists := s.Free(); exists && c.Free {
		return nil, domain.Conflict("free_product_exists", "product %s is the free one already", free.Code)
	}
	return []domain.Event{event}, nil
}

// changeProduct is refused with product_not_found, or its fields: display_name_invalid and those of features and
// limits. An archived product can be changed, since there may be subscriptions to it.
func changeProduct(s State, c ChangeProduct) ([]domain.Event, error) {
	product, ok := s.Product(c.Code)
	if !ok {
		return nil, productNotFound(c.Code)
	}
	var check domain.Check
	event := ProductChanged{
		Product: c.Code, Name: or(c.Name, product.Name), Features: product.Features, Limits: product.Limits,
	}
	checkDisplayName(&check, event.Name)
	if c.Features != nil {
		event.Features = features(&check, c.Features)
	}
	if c.Limits != nil {
		event.Limits = limits(&check, c.Limits)
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if event.Name == product.Name && maps.EqualFunc(event.Features, product.Features, sameFeature) &&
		reflect.DeepEqual(event.Limits, product.Limits) {
		return nil, nil
	}
	return []domain.Event{event}, nil
}

// archiveProduct is refused with product_not_found. Archiving again changes nothing.
func archiveProduct(s State, c ArchiveProduct) ([]domain.Event, error) {
	product, ok := s.Product(c.Code)
	if !ok {
		return nil, productNotFound(c.Code)
	}
	if product.Archived {
		return nil, nil
	}
	return []domain.Event{ProductArchived{Product: c.Code}}, nil
}
