package invoice

import (
	"slices"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
)

// PaymentStatus tells how far the money is.
type PaymentStatus string

const (
	PaymentNotRequired   PaymentStatus = "not_required"
	PaymentPending       PaymentStatus = "pending"
	PaymentSucceeded     PaymentStatus = "succeeded"
	PaymentUncollectible PaymentStatus = "uncollectible"

	// What is pending is shown as one of these where a gateway was asked.
	PaymentProcessing     PaymentStatus = "processing"
	PaymentRequiresAction PaymentStatus = "requires_action"
	PaymentFailed         PaymentStatus = "failed"
	PaymentUnknown        PaymentStatus = "unknown"
)

// followed lists how far a gateway's payment may be of an invoice that expects money.
var followed = []PaymentStatus{PaymentProcessing, PaymentRequiresAction, PaymentFailed, PaymentUnknown}

// PaymentStatuses lists all of them.
var PaymentStatuses = []PaymentStatus{PaymentNotRequired, PaymentPending, PaymentSucceeded, PaymentUncollectible, PaymentProcessing, PaymentRequiresAction, PaymentFailed, PaymentUnknown}

// RecordPayment takes money received outside into account.
type RecordPayment struct {
	Payment   string
	Amount    money.Amount
	Reference string
	Gateway   string     // that took the money; empty for money recorded by hand
	PaidAt    *time.Time // now when nil
	Number    string     // where [State.Completes] says that the payment issues the invoice
	Seller    *int64     // of the number, as in [Finalize]
}

// PaymentRecorded takes money that came into account. What is more than was owed, or came after the invoice was void, is the
// workspace's credit.
type PaymentRecorded struct {
	ID            string        `json:"id"`
	Amount        money.Amount  `json:"amount"`
	Applied       money.Amount  `json:"applied"` // to this invoice
	Credit        money.Amount  `json:"credit"`  // the rest
	Reference     string        `json:"reference"`
	PaidAt        time.Time     `json:"paid_at"`
	AmountPaid    money.Amount  `json:"amount_paid"` // all payments applied
	PaymentStatus PaymentStatus `json:"payment_status"`
	Late          bool          `json:"late"` // after the invoice was void
	// Recovered tells what of each line had been written off and is paid after all.
	Recovered []CreditedLine `json:"recovered,omitempty"`
	Payment   string         `json:"payment,omitempty"`
	Gateway   string         `json:"gateway,omitempty"` // that took the money; null for money recorded by hand
}

// EventType gives the stored name.
func (PaymentRecorded) EventType() string { return "invoice.payment_recorded.v1" }

func (e PaymentRecorded) evolve(s State) State {
	s.AmountPaid, s.PaymentStatus = e.AmountPaid, e.PaymentStatus
	if s.WrittenOff.Sign() > 0 {
		s.WrittenOff = s.WrittenOff.Minus(lesser(e.Applied, s.WrittenOff))
	}
	if e.Payment == "" {
		s.Unnamed.Applied, s.Unnamed.Credit = s.Unnamed.Applied.Plus(e.Applied), s.Unnamed.Credit.Plus(e.Credit)
	}
	return s
}

// Unnamed sums up payments without a name.
type Unnamed struct {
	Applied money.Amount `json:"applied"` // to the invoice
	Credit  money.Amount `json:"credit"`  // the rest
}

// decide refuses with invoice_not_finalized (a draft), or its fields: amount_invalid, currency_mismatch, reference_invalid,
// paid_at_invalid. Money that came is never refused: it pays what is outstanding, then what was written off, and the rest is
// credit. The payment of a void invoice is late.
func (c RecordPayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Payment == "" {
		return nil, errIncomplete
	}
	var check domain.Check
	s.checkAmount(&check, "/amount", c.Amount)
	checkText(&check, "/reference", "reference_invalid", c.Reference)
	check.Require(c.PaidAt == nil || !c.PaidAt.After(meta.Now), "/paid_at", "paid_at_invalid", "paid_at must not be in the future")
	if err := check.Rejection(); err != nil {
		return nil, err
	}
	if s.Status == StatusDraft {
		return nil, s.withActions(domain.Conflict("invoice_not_finalized", "the invoice is a draft"))
	}
	applied := lesser(c.Amount, s.Owed())
	event := PaymentRecorded{
		ID: s.ID, Amount: c.Amount, Applied: applied, Credit: c.Amount.Minus(applied), Reference: c.Reference,
		PaidAt: domain.Or(c.PaidAt, meta.Now), AmountPaid: s.AmountPaid.Plus(applied), PaymentStatus: s.PaymentStatus, Late: s.Status == StatusVoided,
		Payment: c.Payment, Gateway: c.Gateway,
	}
	if s.WrittenOff.Sign() > 0 {
		var err error
		if event.Recovered, err = s.spread(applied, s.owed); err != nil {
			return nil, err
		}
	}
	if !event.Late {
		event.PaymentStatus = event.evolve(s).standing()
	}
	if !s.Completes(c.Amount) {
		return []Fact{event}, nil
	}
	issued, err := s.issuedEvent(Finalized{
		Number: c.Number, Seller: c.Seller, IssuedAt: meta.Now, CreditApplied: s.CreditApplied, PaymentStatus: PaymentSucceeded,
	})
	return []Fact{event, issued}, err
}

// StartPayment lets a gateway be asked for what the invoice expects.
type StartPayment struct{ Payment string }

// PaymentStarted names the payment that a gateway is asked for.
type PaymentStarted struct {
	ID        string    `json:"id"`
	Payment   string    `json:"payment"`
	StartedAt time.Time `json:"started_at"`
}

// EventType gives the stored name.
func (PaymentStarted) EventType() string { return "invoice.payment_started.v1" }

func (e PaymentStarted) evolve(s State) State {
	s.Payment, s.Payments, s.Following = e.Payment, s.Payments+1, ""
	return s
}

// decide refuses with the codes of CheckPayable. That no other payment is open is for the caller to see to.
func (c StartPayment) decide(s State, meta domain.Meta) ([]Fact, error) {
	if c.Payment == "" {
		return nil, errIncomplete
	}
	if err := s.CheckPayable(); err != nil {
		return nil, err
	}
	return []Fact{PaymentStarted{ID: s.ID, Payment: c.Payment, StartedAt: meta.Now}}, nil
}

// FollowPayment tells how far the latest payment is; a status of none while its gateway has not answered.
type FollowPayment struct {
	Payment string
	Status  PaymentStatus
}

// PaymentFollowed notes how far the latest payment is.
type PaymentFollowed struct {
	ID      string        `json:"id"`
	Payment string        `json:"payment"`
	Status  PaymentStatus `json:"status"`
}

// EventType gives the stored name.
func (PaymentFollowed) EventType() string { return "invoice.payment_followed.v1" }

func (e PaymentFollowed) evolve(s State) State {
	if s.Payment == e.Payment {
		s.Following = e.Status
	}
	return s
}

// decide never refuses. Of an earlier payment, and of one that succeeded, the amounts tell enough.
func (c FollowPayment) decide(s State, _ domain.Meta) ([]Fact, error) {
	if c.Status != "" && !slices.Contains(followed, c.Status) {
		c.Status = ""
	}
	if c.Payment != s.Payment || c.Status == s.Following {
		return nil, nil
	}
	return []Fact{PaymentFollowed{ID: s.ID, Payment: s.Payment, Status: c.Status}}, nil
}

// Shown tells how far the money is, as the gateway's payment has it where money is expected.
func (s State) Shown() PaymentStatus {
	if s.PaymentStatus == PaymentPending && s.Following != "" {
		return s.Following
	}
	return s.PaymentStatus
}

// CheckPayable refuses with invoice_voided, or with invoice_paid where nothing is to be paid.
func (s State) CheckPayable() error {
	switch {
	case s.Status == StatusVoided:
		return s.withActions(domain.Conflict("invoice_voided", "the invoice is void"))
	case s.Outstanding().Sign() <= 0:
		return s.withActions(domain.Conflict("invoice_paid", "nothing of the invoice is to be paid"))
	}
	return nil
}

// checkExpected refuses to ask for money that is not owed.
func (s State) checkExpected() error {
	if s.Owed().Sign() <= 0 {
		return domain.Conflict("nothing_due", "nothing is to be paid")
	}
	return nil
}

// checkAmount checks amount_invalid and currency_mismatch.
func (s State) checkAmount(check *domain.Check, pointer string, amount money.Amount) {
	if check.Require(amount.Currency() == s.Bill.Currency, pointer, "currency_mismatch", "the invoice is in %s", s.Bill.Currency) {
		check.Require(amount.Sign() > 0, pointer, "amount_invalid", "amount must be more than 0")
	}
}
