package catalog

import (
	"maps"
	"reflect"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// GuestsPerSeatDefault counts the guests that come with each seat of a product that does not say.
const GuestsPerSeatDefault = 5

const (
	familyDefault    = "main"
	freeSeatsDefault = 12

	tierMax          = 1_000_000
	guestsPerSeatMax = 1_000
	seatsMax         = pricing.SeatsMax
)

// Product is sold or had for free. Its maps must not be written to.
type Product struct {
	Code          string   `json:"code"`
	Name          string   `json:"name"`
	Family        string   `json:"family"`
	Tier          int      `json:"tier"`
	Features      Features `json:"features"`
	Limits        Limits   `json:"limits"`
	Fail          Fail     `json:"fail,omitempty"`
	GuestsPerSeat int64    `json:"guests_per_seat"`
	Free          bool     `json:"free"`
	FreeSeats     int64    `json:"free_seats"`
	Archived      bool     `json:"archived"`
}

// CreateProduct makes a product. Code, Name and Tier are required.
type CreateProduct struct {
	Code          string
	Name          string
	Family        *string
	Tier          *int
	Features      Features
	Limits        map[string]NewLimit
	Fail          map[string]string
	GuestsPerSeat *int64
	Free          bool
	FreeSeats     *int64
}

// ProductCreated adds a product, which can be priced and sold, or had for free.
type ProductCreated struct {
	Product       string   `json:"product"`
	Name          string   `json:"name"`
	Family        string   `json:"family"`
	Tier          int      `json:"tier"`
	Features      Features `json:"features"`
	Limits        Limits   `json:"limits"`
	Fail          Fail     `json:"fail,omitempty"`
	GuestsPerSeat int64    `json:"guests_per_seat"`
	Free          bool     `json:"free"`
	FreeSeats     int64    `json:"free_seats"` // means something only for a free product
}

// EventType gives the stored name.
func (ProductCreated) EventType() string { return "catalog.product_created.v1" }

func (e ProductCreated) evolve(s State) State {
	s.products = s.products.with(e.Product, Product{
		Code: e.Product, Name: e.Name, Family: e.Family, Tier: e.Tier, Features: e.Features, Limits: e.Limits, Fail: e.Fail,
		GuestsPerSeat: e.GuestsPerSeat, Free: e.Free, FreeSeats: e.FreeSeats,
	})
	s.bytes += 300 + sizeOf(e.Features, e.Limits)
	if e.Free {
		s.free = e.Product
	}
	return s
}

// decide refuses with product_exists, free_product_exists, or its fields: name_invalid, display_name_invalid,
// tier_required, tier_invalid, guests_per_seat_invalid, free_seats_invalid and those of features, limits and fail.
func (c CreateProduct) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	event := ProductCreated{
		Product: c.Code, Name: c.Name, Family: domain.Or(c.Family, familyDefault), Tier: domain.Or(c.Tier, 0),
		GuestsPerSeat: domain.Or(c.GuestsPerSeat, GuestsPerSeatDefault), Free: c.Free, FreeSeats: domain.Or(c.FreeSeats, freeSeatsDefault),
	}
	check.Name("/code", event.Product)
	checkDisplayName(&check, event.Name)
	check.Name("/family", event.Family)
	check.Require(c.Tier != nil, "/tier", "tier_required", "tier is required: a higher one is an upgrade")
	requireRange(&check, "/tier", "tier_invalid", int64(event.Tier), 0, tierMax)
	event.Features, event.Limits = checkedFeatures(&check, c.Features), checkedLimits(&check, c.Limits)
	event.Fail = checkedFail(&check, c.Fail)
	s.checkTypes(&check, c.Code, event.Features)
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
	return []Fact{event}, nil
}

// ChangeProduct changes what is given and leaves what is nil. Features, limits and modes are each given whole.
type ChangeProduct struct {
	Code     string
	Name     *string
	Features Features
	Limits   map[string]NewLimit
	Fail     map[string]string
}

// ProductChanged carries all that can change of a product, as it is from now on.
type ProductChanged struct {
	Product  string   `json:"product"`
	Name     string   `json:"name"`
	Features Features `json:"features"`
	Limits   Limits   `json:"limits"`
	Fail     Fail     `json:"fail,omitempty"`
}

// EventType gives the stored name.
func (ProductChanged) EventType() string { return "catalog.product_changed.v1" }

func (e ProductChanged) evolve(s State) State {
	product, _ := s.Product(e.Product)
	s.bytes += sizeOf(e.Features, e.Limits) - sizeOf(product.Features, product.Limits)
	product.Name, product.Features, product.Limits, product.Fail = e.Name, e.Features, e.Limits, e.Fail
	s.products = s.products.with(e.Product, product)
	return s
}

// decide refuses with product_not_found, or its fields: display_name_invalid and those of features, limits and fail. An archived
// product can be changed, since there may be subscriptions to it.
func (c ChangeProduct) decide(s State, _ domain.Meta) ([]Fact, error) {
	product, ok := s.Product(c.Code)
	if !ok {
		return nil, ProductNotFound(c.Code)
	}
	var check domain.Check
	event := ProductChanged{
		Product: c.Code, Name: domain.Or(c.Name, product.Name), Features: product.Features, Limits: product.Limits,
		Fail: product.Fail,
	}
	checkDisplayName(&check, event.Name)
	if c.Features != nil {
		event.Features = checkedFeatures(&check, c.Features)
		s.checkTypes(&check, c.Code, event.Features)
	}
	if c.Limits != nil {
		event.Limits = checkedLimits(&check, c.Limits)
	}
	if c.Fail != nil {
		event.Fail = checkedFail(&check, c.Fail)
	}
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if event.Name == product.Name && maps.EqualFunc(event.Features, product.Features, sameFeature) &&
		reflect.DeepEqual(event.Limits, product.Limits) && maps.Equal(event.Fail, product.Fail) {
		return nil, nil
	}
	return []Fact{event}, nil
}

// ArchiveProduct ends new sales of a product. Once is as good as twice.
type ArchiveProduct struct {
	Code string
}

// ProductArchived ends new sales at all of the product's prices.
type ProductArchived struct {
	Product string `json:"product"`
}

// EventType gives the stored name.
func (ProductArchived) EventType() string { return "catalog.product_archived.v1" }

func (e ProductArchived) evolve(s State) State {
	product, _ := s.Product(e.Product)
	product.Archived = true
	s.products = s.products.with(e.Product, product)
	if s.free == e.Product {
		s.free = ""
	}
	return s
}

// decide refuses with product_not_found. It changes nothing the second time.
func (c ArchiveProduct) decide(s State, _ domain.Meta) ([]Fact, error) {
	product, ok := s.Product(c.Code)
	if !ok {
		return nil, ProductNotFound(c.Code)
	}
	if product.Archived {
		return nil, nil
	}
	return []Fact{ProductArchived{Product: c.Code}}, nil
}

// ProductNotFound refuses what is about a product that there is none of.
func ProductNotFound(code string) error {
	return domain.NotFound("product_not_found", "there is no product %q", code)
}

func productArchived(code string) error {
	return domain.Conflict("product_archived", "product %s is archived: it has no new sales", code)
}
