package subscription

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/pricing"
)

// quoteLife bounds how long a quote is worth something; it never is past the period's end.
const quoteLife = time.Hour

// Quote pins a change's price. It is worth what the stream was worth at Version, so the edge only needs to keep it from
// being forged.
type Quote struct {
	Token     string    `json:"-"` // the quote as its client has it, which a change that waits for money keeps
	Change    string    `json:"change"`
	Version   int64     `json:"version"`
	Price     string    `json:"price"`
	Seats     int64     `json:"seats"`
	AsOf      time.Time `json:"as_of"`
	ExpiresAt time.Time `json:"expires_at"`
	// Tax is that of the customer when the quote was made, nil for the prices'.
	Tax *pricing.Tax `json:"tax,omitempty"`
}

// taxedBy gives the state as it prices what was quoted.
func (s State) taxedBy(q *Quote) State {
	if q == nil {
		return s
	}
	return s.Taxed(q.Tax)
}

func (q *Quote) token() string {
	if q == nil {
		return ""
	}
	return q.Token
}

// change gives the id of the quoted change, or without a quote the other one.
func (q *Quote) change(otherwise string) string {
	if q == nil {
		return otherwise
	}
	return q.Change
}

// pinned gives the instant that a change is priced at: that of its quote, or now. The quote's seats and price must be those
// that the stream had, so they only differ from what is asked for when the quote is for another kind of change.
func (s State) pinned(q *Quote, version int64, price string, seats int64, now time.Time) (time.Time, error) {
	mismatch := func() error {
		return domain.InvalidField("/quote", "quote_mismatch", "the quote is for %d seats at price %s", q.Seats, q.Price)
	}
	switch {
	case q == nil:
		return now, nil
	case price != s.Terms.Price && q.Price != price, price == s.Terms.Price && q.Seats != seats:
		return now, mismatch()
	case !now.Before(q.ExpiresAt):
		return now, &domain.Rejection{Kind: domain.KindGone, Code: "quote_expired",
			Message: "the quote expired at " + q.ExpiresAt.Format(time.RFC3339)}
	case q.Version != version:
		return now, s.conflict(now, "quote_stale", "the subscription has changed since the quote was made")
	case q.Price == price && q.Seats != seats:
		return now, s.conflict(now, "quote_stale", "%d seats are to be charged since the quote was made", seats)
	case q.Price != price || q.Seats != seats:
		return now, mismatch()
	}
	return q.AsOf, nil
}
