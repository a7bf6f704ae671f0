package process

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/uuid"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/billingsync"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// DifferenceKind tells in what a gateway and the ledger differ.
type DifferenceKind string

const (
	ChargeUnknown  DifferenceKind = "charge_unknown"
	PaymentStatus  DifferenceKind = "payment_status"
	AmountDiffers  DifferenceKind = "amount"
	RefundUnknown  DifferenceKind = "refund_unknown"
	RefundStatus   DifferenceKind = "refund_status"
	DisputeUnknown DifferenceKind = "dispute_unknown" // or its end
	MethodGone     DifferenceKind = "method_gone"
)

// DifferenceKinds lists all of them.
var DifferenceKinds = []DifferenceKind{ChargeUnknown, PaymentStatus, AmountDiffers, RefundUnknown, RefundStatus, DisputeUnknown, MethodGone}

// Repair names what is done about a difference.
type Repair string

const (
	AnswerPayment  Repair = "answer_payment"  // what the gateway says of it is recorded
	ReversePayment Repair = "reverse_payment" // its money is owed again
	RecordLinkPaid Repair = "record_link_payment"
	AnswerRefund   Repair = "answer_refund"
	RecordRefund   Repair = "record_refund" // with a credit note
	RecordDispute  Repair = "record_dispute"
	DetachMethod   Repair = "remove_payment_method"
)

// Repairs lists all of them.
var Repairs = []Repair{AnswerPayment, ReversePayment, RecordLinkPaid, AnswerRefund, RecordRefund, RecordDispute, DetachMethod}

// Difference is something that a gateway knows otherwise than the ledger. Its ID follows from all that it says.
type Difference struct {
	ID        string
	Kind      DifferenceKind
	Workspace string
	Object    string // the payment, refund, dispute or payment method; in the gateway's words where the ledger has none
	Ours      string // empty for nothing
	Theirs    string // empty for nothing
	Repair    Repair // empty where a person must decide
	Passing   bool   // the gateway is asked for it anyway
	repair    command.Command[struct{}]
}

// Comparison is what a comparison found.
type Comparison struct {
	Checked     int // the objects that were compared
	Differences []Difference
	Position    int64 // of the ledger's side
}

// Compare compares what gateways know of a ledger, or of one workspace where it is named, with what the ledger knows. What is
// found is looked for twice, so that what happens meanwhile is no difference. It refuses with gateway_unreachable where a gateway that
// the ledger uses can't be asked.
func (d *Deadlines) Compare(ctx context.Context, ledger eventstore.Ledger, workspace string) (Comparison, error) {
	found, err := d.compareOnce(ctx, ledger, workspace)
	if err != nil || len(found.Differences) == 0 {
		return found, err
	}
	first := found.Differences
	found, err = d.compareOnce(ctx, ledger, workspace)
	found.Differences = slices.DeleteFunc(found.Differences, func(difference Difference) bool {
		return !slices.ContainsFunc(first, difference.is)
	})
	return found, err
}

func (d Difference) is(other Difference) bool { return d.ID == other.ID }

func (d *Deadlines) compareOnce(ctx context.Context, ledger eventstore.Ledger, workspace string) (found Comparison, err error) {
	known, closed := map[string][]gateway.KnownCharge{}, map[string]error{}
	for name, books := range d.booksOf(ledger) {
		known[name], err = books.KnownCharges(ctx, ledger, workspace)
		if _, refused := errors.AsType[*domain.Rejection](err); refused || errors.Is(err, gateway.ErrUnreachable) {
			closed[name] = cantBeAsked(name)
		} else if err != nil {
			return found, err
		}
	}
	// The ledger is read after the gateways: whatever they were asked for before, it knows.
	ours, err := d.readBooks(ctx, ledger, workspace)
	if err != nil {
		return found, err
	}
	found.Position = ours.position
	for _, name := range slices.Sorted(maps.Keys(known)) {
		if closed[name] != nil {
			if ours.uses(name) {
				return found, closed[name]
			}
			continue
		}
		c := &comparing{ledger: ledger, ours: ours, gateway: name, seen: map[attemptName]bool{}}
		for _, charge := range known[name] {
			c.charge(charge)
		}
		if err := errors.Join(d.missing(ctx, c), d.methods(ctx, c)); err != nil {
			if errors.Is(err, gateway.ErrUnreachable) {
				err = cantBeAsked(name)
			}
			return found, err
		}
		found.Checked += c.checked
		found.Differences = append(found.Differences, c.found...)
	}
	return found, nil
}

// booksOf gives the gateways of a ledger that show what they know.
func (d *Deadlines) booksOf(ledger eventstore.Ledger) map[string]gateway.Books {
	all := map[string]gateway.Books{}
	for name := range d.gateways {
		if found, err := d.gateways.Find(ledger, name); err == nil {
			if books, ok := found.(gateway.Books); ok {
				all[name] = books
			}
		}
	}
	return all
}

func cantBeAsked(name string) error {
	return domain.Conflict(codeUnreachable, "the gateway %s can't be reached now, or has no key", name)
}

// Repaired tells what became of differences.
type Repaired struct {
	Repaired []string
	Left     []LeftDifference
	Position int64
}

// LeftDifference is a difference that was left, with the code of why.
type LeftDifference struct{ ID, Code string }

// Codes of why a difference is left.
const (
	codeDifferenceGone = "difference_gone" // it is not there any more
	codeNoRepair       = "no_repair"       // a person must decide
)

// Repair does what is to be done about differences, all of them where none is named. It asks the gateways before, so that what has
// changed since it was found is left, and again after what it did, which may let it do more. It refuses as Compare does.
func (d *Deadlines) Repair(ctx context.Context, ledger eventstore.Ledger, by Caller, ids []string) (done Repaired, err error) {
	for all := ids == nil; ; {
		now, err := d.Compare(ctx, ledger, "")
		if err != nil {
			return done, err
		}
		done.Position = max(done.Position, now.Position)
		if all {
			ids, all = identify(now.Differences), false
		}
		before := len(done.Repaired)
		done.Left = nil
		for _, id := range ids {
			if slices.Contains(done.Repaired, id) {
				continue
			}
			position, code, err := d.repairOne(ctx, ledger, by, now.Differences, id)
			switch {
			case err != nil:
				return done, err
			case code != "":
				done.Left = append(done.Left, LeftDifference{id, code})
			default:
				done.Repaired, done.Position = append(done.Repaired, id), max(done.Position, position)
			}
		}
		if len(done.Repaired) > before && len(done.Left) > 0 {
			continue
		}
		now.Differences = slices.DeleteFunc(now.Differences, func(d Difference) bool { return slices.Contains(done.Repaired, d.ID) })
		left := billingsync.Record{Checked: now.Checked, Differences: now.lasting(), Early: true}
		outcome, err := d.store.Execute(ctx, ledger, made(repairBilling, by, command.OnBillingSync(left)))
		done.Position = max(done.Position, outcome.LastPosition)
		return done, err
	}
}

// repairBilling names the commands that repair differences, for traces.
const repairBilling = "repair-billing"

// repairOne does what is to be done about one difference, or gives the code of why it is left.
func (d *Deadlines) repairOne(ctx context.Context, ledger eventstore.Ledger, by Caller, found []Difference, id string) (position int64, code string, err error) {
	at := slices.IndexFunc(found, func(difference Difference) bool { return difference.ID == id })
	switch {
	case at < 0:
		return 0, codeDifferenceGone, nil
	case found[at].Repair == "":
		return 0, codeNoRepair, nil
	}
	outcome, err := d.store.Execute(ctx, ledger, made(repairBilling, by, found[at].repair))
	refused, is := errors.AsType[*domain.Rejection](err)
	switch {
	case is:
		return 0, refused.Code, nil
	case err == nil && outcome.FirstPosition > outcome.LastPosition:
		return 0, codeNoRepair, nil // such as a refund of money that the ledger has sent back already
	}
	return outcome.LastPosition, "", err
}

func identify(differences []Difference) (ids []string) {
	for _, difference := range differences {
		ids = append(ids, difference.ID)
	}
	return ids
}

// differenceID makes the id of a difference of all that it says.
func differenceID(ledger uuid.UUID, d Difference) string {
	said := strings.Join([]string{string(d.Kind), d.Workspace, d.Object, d.Ours, d.Theirs}, "\n")
	return uuid.NewSHA1(ledger, fmt.Append(nil, "difference ", said)).String()
}
