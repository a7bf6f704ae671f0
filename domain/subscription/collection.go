package subscription

import "github.com/tallystick/tallystick/domain"

const (
	daysUntilDueDefault = 30
	daysUntilDueMax     = 365
)

// Collection tells how an invoice is paid.
type Collection string

const (
	CollectionAutomatic   Collection = "automatic"    // charged to a payment method
	CollectionSendInvoice Collection = "send_invoice" // sent, and never waited for
)

// Collections lists all of them.
var Collections = []Collection{CollectionAutomatic, CollectionSendInvoice}

// ChangeCollection changes how invoices are paid.
type ChangeCollection struct {
	Collection    Collection
	PaymentMethod *string
	DaysUntilDue  *int
}

// CollectionChanged lets invoices be paid in another way from now on.
type CollectionChanged struct {
	ID           string     `json:"id"`
	Collection   Collection `json:"collection"`
	DaysUntilDue int        `json:"days_until_due"`
}

// EventType gives the stored name.
func (CollectionChanged) EventType() string { return "subscription.collection_changed.v1" }

func (e CollectionChanged) evolve(s State) State {
	s.Collection, s.DaysUntilDue = e.Collection, e.DaysUntilDue
	return s
}

func (ChangeCollection) action() string { return ActionChangeCollection }

// decide refuses with its fields: collection_invalid, payment_method_not_found, days_until_due_invalid.
func (c ChangeCollection) decide(s State, _ domain.Meta) ([]Fact, error) {
	var check domain.Check
	checkPayment(&check, c.Collection, c.PaymentMethod, c.DaysUntilDue)
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	event := CollectionChanged{ID: s.ID, Collection: c.Collection, DaysUntilDue: daysUntilDue(c.Collection, c.DaysUntilDue)}
	if event.Collection == s.Collection && event.DaysUntilDue == s.DaysUntilDue {
		return nil, nil
	}
	return []Fact{event}, nil
}

// checkPayment checks collection_invalid, days_until_due_invalid and payment_method_not_found: without a payment
// gateway there are no payment methods.
func checkPayment(check *domain.Check, collection Collection, method *string, days *int) {
	check.Require(collection == CollectionAutomatic || collection == CollectionSendInvoice, "/collection",
		"collection_invalid", "collection must be automatic or send_invoice")
	check.Require(method == nil, "/payment_method", "payment_method_not_found", "there is no such payment method")
	check.Require(days == nil || *days >= 0 && *days <= daysUntilDueMax, "/days_until_due", "days_until_due_invalid",
		"days_until_due must be 0 to %d", daysUntilDueMax)
}

// PaymentTerms tells how an invoice beside the subscription is paid: by the terms of a running one where nothing else is
// given, else it is sent. It refuses with collection_invalid or days_until_due_invalid.
func (s State) PaymentTerms(collection *string, days *int) (Collection, int, error) {
	own := CollectionSendInvoice
	if s.Live() {
		own = s.Collection
	}
	wanted := Collection(domain.Or(collection, string(own)))
	var check domain.Check
	checkPayment(&check, wanted, nil, days)
	if err := check.Rejection(); err != nil {
		return wanted, 0, err
	}
	if days == nil && s.Live() && wanted == s.Collection {
		return wanted, s.DaysUntilDue, nil
	}
	return wanted, daysUntilDue(wanted, days), nil
}

// daysUntilDue lets money that is collected be due at once, and an invoice that is sent in a month.
func daysUntilDue(collection Collection, days *int) int {
	if collection == CollectionAutomatic {
		return domain.Or(days, 0)
	}
	return domain.Or(days, daysUntilDueDefault)
}
