package paymentlink

import (
	"errors"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

const (
	lifeDefault = 24 * time.Hour
	lifeMax     = 30 * 24 * time.Hour
)

var errIncomplete = errors.New("a payment link needs an id, a workspace, an amount and either a sale or an invoice")

// Command asks for something of one link. Ids are made at the edge.
type Command interface {
	decide(State, domain.Meta) ([]Fact, error)
}

// Decide judges a command on a link. It refuses with a *[domain.Rejection] whose codes stand at the rules.
func Decide(s State, c Command, meta domain.Meta) ([]Fact, error) { return c.decide(s, meta) }

// NotFound refuses what there is no link for.
func NotFound() error {
	return domain.NotFound("payment_link_not_found", "there is no such payment link")
}

// Create makes a link for a sale or an invoice.
type Create struct {
	ID        string
	Workspace string
	Sale      *Sale
	Invoice   string
	Amount    money.Amount
	ExpiresAt *time.Time // in a day where it is nil
	// Page asks for Charged; both are nil where this program's own page takes the money.
	Page    *Page
	Charged *money.Amount
}

// decide refuses with expires_at_invalid, or with link_out_of_date where the page asks for another amount.
func (c Create) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.ID != "" || c.ID == "" || c.Workspace == "" || (c.Sale == nil) == (c.Invoice == "") || c.Amount.Sign() < 0 {
		return nil, errIncomplete
	}
	expires := domain.Or(c.ExpiresAt, meta.Now.Add(lifeDefault))
	if !expires.After(meta.Now) || expires.After(meta.Now.Add(lifeMax)) {
		return nil, domain.InvalidField("/expires_at", "expires_at_invalid", "expires_at must be in the future and at most 30 days away")
	}
	if c.Charged != nil && !c.Charged.Equal(c.Amount) {
		return nil, domain.Conflict("link_out_of_date", "what the link is for costs %v by now", c.Amount)
	}
	return []Fact{Created{
		ID: c.ID, Workspace: c.Workspace, Sale: c.Sale, Invoice: c.Invoice, Amount: c.Amount, CreatedAt: meta.Now, ExpiresAt: expires, Page: c.Page,
	}}, nil
}

// CheckOpen refuses what needs an open link with payment_link_not_found, link_completed, link_canceled or link_expired.
func (s State) CheckOpen(now time.Time) error {
	switch s.At(now).Status {
	case StatusOpen:
		return nil
	case StatusCompleted:
		return domain.Conflict("link_completed", "the link was paid")
	case StatusCanceled:
		return &domain.Rejection{Kind: domain.KindGone, Code: "link_canceled", Message: "the link was canceled"}
	case StatusExpired:
		return &domain.Rejection{Kind: domain.KindGone, Code: "link_expired", Message: "the link has expired"}
	}
	return NotFound()
}

// Try notes the attempt that a gateway is asked for.
type Try struct {
	Payment string
	N       int
	Invoice string
	Method  Method
	Keep    bool
}

// decide refuses with the codes of CheckOpen.
func (c Try) decide(s State, meta domain.Meta) ([]Fact, error) {
	if err := s.CheckOpen(meta.Now); err != nil {
		return nil, err
	}
	return []Fact{Tried{Payment: c.Payment, N: c.N, Invoice: c.Invoice, Method: c.Method, Keep: c.Keep, TriedAt: meta.Now}}, nil
}

// Complete ends the link by a payment, or by none where nothing was to be paid.
type Complete struct {
	Payment      string
	Subscription string
}

// decide never refuses: the money is there. A link that was completed or canceled stays as it is.
func (c Complete) decide(s State, meta domain.Meta) ([]Fact, error) {
	if s.Status != StatusOpen && s.Status != StatusExpired {
		return nil, nil
	}
	return []Fact{Completed{Payment: c.Payment, Subscription: c.Subscription, CompletedAt: meta.Now}}, nil
}

// Expire ends the link once its time has come.
type Expire struct{}

// decide never refuses. What ended before, or is not due, does not expire.
func (Expire) decide(s State, meta domain.Meta) ([]Fact, error) {
	if at, ok := s.NextDeadline(); !ok || at.After(meta.Now) {
		return nil, nil
	}
	return []Fact{Expired{ExpiredAt: s.ExpiresAt}}, nil
}

// Cancel takes the link back.
type Cancel struct{}

// decide refuses with payment_link_not_found or link_completed. What expired or was canceled is as if it were canceled now.
func (Cancel) decide(s State, meta domain.Meta) ([]Fact, error) {
	switch s.At(meta.Now).Status {
	case StatusOpen:
		return []Fact{Canceled{CanceledAt: meta.Now}}, nil
	case StatusCanceled, StatusExpired:
		return nil, nil
	default:
		return nil, s.CheckOpen(meta.Now)
	}
}
