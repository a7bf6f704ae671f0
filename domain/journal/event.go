package journal

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/tallystick/tallystick/domain/money"
)

// Event is a stored event, as far as the books need it.
type Event struct {
	Position    int64
	ID          string
	Stream      string
	Type        string
	EffectiveAt time.Time
	RecordedAt  time.Time
	Data        json.RawMessage
}

// entity gives the stream's name without its type.
func (e Event) entity() string {
	_, name, _ := strings.Cut(e.Stream, ":")
	return name
}

// These have the members of stored events that the books need.
type (
	drafted struct {
		ID        string `json:"id"`
		Workspace string `json:"workspace"`
		TimeZone  string `json:"time_zone"`
		Bill      struct {
			Currency money.Currency `json:"currency"`
			Lines    []billed       `json:"lines"`
			Total    money.Amount   `json:"total"`
		} `json:"bill"`
	}
	billed struct {
		Key           string       `json:"key"`
		Kind          string       `json:"kind"`
		Product       string       `json:"product"`
		Amount        money.Amount `json:"amount"`
		Discount      money.Amount `json:"discount"`
		Tax           money.Amount `json:"tax"`
		TaxRate       string       `json:"tax_rate"`
		TaxBehavior   string       `json:"tax_behavior"`
		Period        span         `json:"period"`
		SourceLine    *string      `json:"source_line"`
		SourceInvoice string       `json:"source_invoice"`
	}
	span struct {
		Start time.Time `json:"start"`
		End   time.Time `json:"end"`
	}
	opened struct {
		CreditApplied money.Amount `json:"credit_applied"`
	}
	settled struct {
		Invoice    string       `json:"invoice"`
		Amount     money.Amount `json:"amount"`
		WrittenOff money.Amount `json:"written_off"`
	}
	finalized struct {
		Number         string       `json:"number"`
		IssuedAt       time.Time    `json:"issued_at"`
		CreditApplied  money.Amount `json:"credit_applied"`
		SettledAgainst []settled    `json:"settled_against"`
	}
	paymentRecorded struct {
		Amount    money.Amount `json:"amount"`
		Applied   money.Amount `json:"applied"`
		Credit    money.Amount `json:"credit"`
		PaidAt    time.Time    `json:"paid_at"`
		Recovered []taken      `json:"recovered"`
		Payment   string       `json:"payment"`
		Gateway   string       `json:"gateway"`
	}
	taken struct {
		Key     string       `json:"key"`
		Amount  money.Amount `json:"amount"`
		Tax     money.Amount `json:"tax"`
		Invoice string       `json:"invoice"`
	}
	credited struct {
		CreditNote     string       `json:"credit_note"`
		Number         string       `json:"number"`
		Lines          []taken      `json:"lines"`
		Total          money.Amount `json:"total"`
		Reduced        money.Amount `json:"reduced"`
		Credit         money.Amount `json:"credit"`
		Refund         money.Amount `json:"refund"`
		From           *time.Time   `json:"from"`
		SettledAgainst []settled    `json:"settled_against"`
	}
	voided struct {
		CreditReturned money.Amount `json:"credit_returned"`
	}
	writtenOff struct {
		Amount money.Amount `json:"amount"`
		Lines  []taken      `json:"lines"`
	}
	creditChanged struct {
		Amount money.Amount `json:"amount"`
	}
	creditGranted struct {
		Source string       `json:"source"`
		Amount money.Amount `json:"amount"`
		Reason string       `json:"reason"`
	}
	moneyReversed struct {
		Payment   string       `json:"payment"`
		Amount    money.Amount `json:"amount"`
		Owed      money.Amount `json:"owed"`
		Withdrawn []struct {
			Invoice string       `json:"invoice"`
			Amount  money.Amount `json:"amount"`
		} `json:"withdrawn"`
	}
	paymentStarted struct {
		ID        string `json:"id"`
		Workspace string `json:"workspace"`
		Invoice   string `json:"invoice"`
	}
	answered struct {
		N         int           `json:"n"`
		Status    string        `json:"status"`
		Fee       *money.Amount `json:"fee"`
		SettlesAt *time.Time    `json:"settles_at"`
		At        time.Time     `json:"answered_at"`
	}
	costed struct {
		N         int           `json:"n"`
		Fee       *money.Amount `json:"fee"`
		SettlesAt *time.Time    `json:"settles_at"`
	}
	disputed struct {
		ID     string        `json:"id"`
		N      int           `json:"n"`
		Amount money.Amount  `json:"amount"`
		Fee    *money.Amount `json:"fee"`
	}
	disputeClosed struct {
		ID      string        `json:"id"`
		Outcome string        `json:"outcome"`
		Fee     *money.Amount `json:"fee"`
	}
	paymentReversed struct {
		N         int          `json:"n"`
		Reference string       `json:"reference"`
		Amount    money.Amount `json:"amount"`
		Reason    string       `json:"reason"`
	}
	refundCreated struct {
		ID        string       `json:"id"`
		Workspace string       `json:"workspace"`
		Invoice   *string      `json:"invoice"`
		Amount    money.Amount `json:"amount"`
	}
	refundRecorded struct {
		PaidAt time.Time `json:"paid_at"`
	}
	policySet struct {
		TimeZone          string `json:"time_zone"`
		Recognition       Method `json:"recognition"`
		WriteOffTaxRelief bool   `json:"write_off_tax_relief"`
	}
	monthMarked struct {
		Month Month `json:"month"`
	}
)

// base gives what the tax is calculated of: the amount less the discount.
func (b billed) base() money.Amount { return b.Amount.Minus(b.Discount) }

// net gives the line without any tax.
func (b billed) net() money.Amount {
	if b.inclusive() {
		return b.base().Minus(b.Tax)
	}
	return b.base()
}

func (b billed) inclusive() bool { return b.TaxBehavior == "inclusive" }

// read decodes an event's data.
func read[F any](e Event) (fact F, err error) {
	err = json.Unmarshal(e.Data, &fact)
	return fact, err
}
