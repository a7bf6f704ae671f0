package paymentlink

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/pricing"
)

// Type tells the store about the streams of this package.
var Type = domain.NewStreamType[Fact]("paymentlink", Evolve, Created{}, Tried{}, Completed{}, Expired{}, Canceled{})

// Stream names one link.
func Stream(id string) domain.Stream { return domain.NewStream("paymentlink", id) }

// Kind tells what a link is for.
type Kind string

const (
	KindSubscription Kind = "subscription" // begins when it is paid
	KindInvoice      Kind = "invoice"
)

// Kinds lists all of them.
var Kinds = []Kind{KindSubscription, KindInvoice}

// Status tells how far a link is.
type Status string

const (
	StatusOpen      Status = "open"
	StatusCompleted Status = "completed"
	StatusExpired   Status = "expired"
	StatusCanceled  Status = "canceled"
)

// Statuses lists all of them.
var Statuses = []Status{StatusOpen, StatusCompleted, StatusExpired, StatusCanceled}

// Sale holds what a link for a subscription sells, as it was when the link was made.
type Sale struct {
	Terms    pricing.Terms     `json:"terms"`
	Seats    int64             `json:"seats"`
	Coupon   string            `json:"coupon,omitempty"`
	Discount *pricing.Discount `json:"discount,omitempty"`
	Tax      *pricing.Tax      `json:"tax,omitempty"` // the workspace's own, in place of that of the terms
	TimeZone string            `json:"time_zone,omitempty"`
}

// Method describes what a person pays by. It is kept for later payments where the try says so.
type Method struct {
	ID       string `json:"id"`
	Gateway  string `json:"gateway"`
	Token    string `json:"token"`
	Kind     string `json:"kind"`
	Brand    string `json:"brand"`
	Last4    string `json:"last4"`
	ExpMonth int    `json:"exp_month"`
	ExpYear  int    `json:"exp_year"`
}

// State describes a link; it has no ID before its creation.
type State struct {
	Created
	Status       Status     `json:"status"`
	Last         *Tried     `json:"last"` // the latest try
	CompletedAt  *time.Time `json:"completed_at"`
	Payment      string     `json:"payment"`      // that completed it
	Subscription string     `json:"subscription"` // that began by it
}

// Kind tells what the link is for.
func (s State) Kind() Kind {
	if s.Sale != nil {
		return KindSubscription
	}
	return KindInvoice
}

// Pays names the invoice that the link pays; it is empty before the first try to pay a subscription's link.
func (s State) Pays() string {
	if s.Invoice == "" && s.Last != nil {
		return s.Last.Invoice
	}
	return s.Invoice
}

// At gives the state as it is at an instant, whether or not its expiry has been written.
func (s State) At(now time.Time) State {
	if s.Status == StatusOpen && !now.Before(s.ExpiresAt) {
		s.Status = StatusExpired
	}
	return s
}

// NextDeadline tells when the link expires; ok is false where it does not any more.
func (s State) NextDeadline() (at time.Time, ok bool) { return s.ExpiresAt, s.Status == StatusOpen }

// Size estimates the bytes of the state.
func (s State) Size() int { return 2500 }

// Fact is an event of a link with its fold.
type Fact interface {
	domain.Event
	evolve(State) State
}

// Evolve folds one event into the state.
func Evolve(s State, event domain.Event) State { return domain.Fold(s, event, Fact.evolve) }

// Created carries all of a new link.
type Created struct {
	ID        string       `json:"id"`
	Workspace string       `json:"workspace"`
	Sale      *Sale        `json:"sale"`    // null for an invoice's link
	Invoice   string       `json:"invoice"` // empty for a subscription's link
	Amount    money.Amount `json:"amount"`
	CreatedAt time.Time    `json:"created_at"`
	ExpiresAt time.Time    `json:"expires_at"`
	Page      *Page        `json:"page,omitempty"` // nil where this program's own page takes the money
}

// Page names a page of a gateway's own on which a link is paid.
type Page struct {
	Gateway   string    `json:"gateway"`
	Reference string    `json:"reference"` // the gateway's name for it
	URL       string    `json:"url"`
	ExpiresAt time.Time `json:"expires_at"` // perhaps before the link
}

// EventType gives the stored name.
func (Created) EventType() string { return "paymentlink.created.v1" }

func (e Created) evolve(State) State { return State{Created: e, Status: StatusOpen} }

// Tried notes that a gateway is asked for the link's amount.
type Tried struct {
	Payment string    `json:"payment"`
	N       int       `json:"n"` // the attempt
	Invoice string    `json:"invoice"`
	Method  Method    `json:"method"`
	Keep    bool      `json:"keep"` // the method pays later invoices too
	TriedAt time.Time `json:"tried_at"`
}

// EventType gives the stored name.
func (Tried) EventType() string { return "paymentlink.tried.v1" }

func (e Tried) evolve(s State) State {
	s.Last = &e
	return s
}

// Completed ends a link that was paid.
type Completed struct {
	Payment      string    `json:"payment"`      // empty where nothing was to be paid
	Subscription string    `json:"subscription"` // empty for an invoice's link
	CompletedAt  time.Time `json:"completed_at"`
}

// EventType gives the stored name.
func (Completed) EventType() string { return "paymentlink.completed.v1" }

func (e Completed) evolve(s State) State {
	s.Status, s.Payment, s.Subscription, s.CompletedAt = StatusCompleted, e.Payment, e.Subscription, &e.CompletedAt
	return s
}

// Expired ends a link that was not paid in time.
type Expired struct {
	ExpiredAt time.Time `json:"expired_at"`
}

// EventType gives the stored name.
func (Expired) EventType() string { return "paymentlink.expired.v1" }

func (Expired) evolve(s State) State {
	s.Status = StatusExpired
	return s
}

// Canceled ends a link that was taken back.
type Canceled struct {
	CanceledAt time.Time `json:"canceled_at"`
}

// EventType gives the stored name.
func (Canceled) EventType() string { return "paymentlink.canceled.v1" }

func (Canceled) evolve(s State) State {
	s.Status = StatusCanceled
	return s
}
