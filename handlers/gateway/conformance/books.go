package conformance

import (
	"context"
	"errors"
	"fmt"

	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Hands do at the other side what nobody here asked for.
type Hands interface {
	// SendBack sends money of a charge back.
	SendBack(ctx context.Context, charge string, amount money.Amount) error
	// Dispute has the customer dispute a charge.
	Dispute(ctx context.Context, charge string) error
	// Lose takes a payment method away.
	Lose(ctx context.Context, m paymentmethod.Method) error
}

// BookCases lists what an adapter must do that shows what its gateway knows.
func BookCases() []Case {
	return []Case{
		{"charges are listed as they stand", listsCharges},
		{"a charge without an answer is listed, and one that never arrived is not", listsArrived},
		{"the charges of one workspace are listed", listsWorkspace},
		{"refunds are listed with their charge", listsRefunds},
		{"what others send back is listed, the earliest first", listsForeignRefunds},
		{"a dispute is listed with its charge", listsDispute},
		{"a payment method that is gone is told so", missesMethod},
		{"a gateway that is away lists nothing", listsLater},
	}
}

// known finds the charge of a payment among those that are listed; ok is false where it is not.
func (s Subject) known(ctx context.Context, name string) (found gateway.KnownCharge, ok bool, err error) {
	all, err := s.Books.KnownCharges(ctx, s.Ledger, "")
	for _, charge := range all {
		if charge.Payment == name {
			found, ok = charge, true
		}
	}
	return found, ok, err
}

func listsCharges(ctx context.Context, s Subject) error {
	for behaviour, want := range map[Behaviour]payment.Status{
		Succeeds: payment.StatusSucceeded, DeclinesSoft: payment.StatusFailed, DeclinesHard: payment.StatusFailed, Processes: payment.StatusProcessing,
	} {
		c, err := s.charge(ctx, "listed "+string(behaviour), behaviour)
		if err != nil {
			return err
		}
		told, err := s.Gateway.Charge(ctx, s.Ledger, c)
		if err != nil {
			return err
		}
		known, ok, err := s.known(ctx, c.Payment)
		if err != nil || !ok || known.Answer.Status != want || known.Answer.N != 1 || known.Answer.Reference != told.Reference ||
			known.Workspace != workspace || !known.Amount.Equal(c.Amount) || known.Gone != nil || len(known.Refunds)+len(known.Disputes) > 0 {
			return fmt.Errorf("a charge that %s is listed as %+v, %v, %w", behaviour, known, ok, err)
		}
	}
	return nil
}

func listsArrived(ctx context.Context, s Subject) error {
	for behaviour, want := range map[Behaviour]bool{Vanishes: true, Loses: false} {
		c, err := s.charge(ctx, "listed "+string(behaviour), behaviour)
		if err != nil {
			return err
		}
		if told, err := s.Gateway.Charge(ctx, s.Ledger, c); err == nil {
			return fmt.Errorf("a charge that %s is answered %+v", behaviour, told)
		}
		known, ok, err := s.known(ctx, c.Payment)
		if err != nil || ok != want || ok && known.Answer.Status != payment.StatusSucceeded {
			return fmt.Errorf("a charge that %s is listed as %+v, %v, %w", behaviour, known, ok, err)
		}
	}
	return nil
}

func listsWorkspace(ctx context.Context, s Subject) error {
	c, err := s.charge(ctx, "of a workspace", Succeeds)
	if err != nil {
		return err
	}
	if _, err := s.Gateway.Charge(ctx, s.Ledger, c); err != nil {
		return err
	}
	all, err := s.Books.KnownCharges(ctx, s.Ledger, workspace)
	if err != nil || len(all) == 0 {
		return fmt.Errorf("of %s are listed %d, %w", workspace, len(all), err)
	}
	for _, charge := range all {
		if charge.Workspace != workspace {
			return fmt.Errorf("of %s is listed %+v", workspace, charge)
		}
	}
	if none, err := s.Books.KnownCharges(ctx, s.Ledger, "nobody"); err != nil || len(none) > 0 {
		return fmt.Errorf("of nobody are listed %+v, %w", none, err)
	}
	return nil
}

func listsRefunds(ctx context.Context, s Subject) error {
	for behaviour, want := range map[Behaviour]refund.AttemptStatus{Succeeds: refund.AttemptSucceeded, RefundFails: refund.AttemptFailed} {
		r, err := s.refund(ctx, "listed "+string(want), behaviour)
		if err != nil {
			return err
		}
		told, err := s.Refunder.Refund(ctx, s.Ledger, r)
		if err != nil {
			return err
		}
		known, ok, err := s.known(ctx, r.Payment)
		if err != nil || !ok || len(known.Refunds) != 1 {
			return fmt.Errorf("the charge is listed as %+v, %v, %w", known, ok, err)
		}
		if back := known.Refunds[0]; back.Refund != r.Refund || back.Answer.N != 1 || back.Answer.Status != want || !back.Amount.Equal(r.Amount) ||
			back.Answer.Reference != told.Reference || (back.Answer.Failure == nil) != (want == refund.AttemptSucceeded) {
			return fmt.Errorf("the refund is listed as %+v", back)
		}
	}
	return nil
}

// taken makes a charge that succeeded, and gives the gateway's name for it.
func (s Subject) taken(ctx context.Context, name string) (c gateway.Charge, reference string, err error) {
	if c, err = s.charge(ctx, name, Succeeds); err != nil {
		return c, "", err
	}
	told, err := s.Gateway.Charge(ctx, s.Ledger, c)
	return c, told.Reference, err
}

func listsForeignRefunds(ctx context.Context, s Subject) error {
	c, reference, err := s.taken(ctx, "sent back by others")
	if err != nil {
		return err
	}
	parts, err := c.Amount.Allocate([]int64{1, 2, 3})
	if err != nil {
		return err
	}
	for _, part := range parts {
		if err := s.Hands.SendBack(ctx, reference, part); err != nil {
			return err
		}
	}
	known, ok, err := s.known(ctx, c.Payment)
	if err != nil || !ok || len(known.Refunds) != len(parts) {
		return fmt.Errorf("the charge is listed as %+v, %v, %w", known, ok, err)
	}
	references := map[string]bool{}
	for i, back := range known.Refunds {
		if references[back.Answer.Reference] = true; back.Refund != "" || back.Answer.Status != refund.AttemptSucceeded || !back.Amount.Equal(parts[i]) {
			return fmt.Errorf("the refund %d is listed as %+v", i+1, back)
		}
	}
	if len(references) != len(parts) {
		return fmt.Errorf("the refunds have the names %v", references)
	}
	return nil
}

func listsDispute(ctx context.Context, s Subject) error {
	c, reference, err := s.taken(ctx, "disputed")
	if err != nil {
		return err
	}
	if err := s.Hands.Dispute(ctx, reference); err != nil {
		return err
	}
	known, ok, err := s.known(ctx, c.Payment)
	if err != nil || !ok || len(known.Disputes) != 1 {
		return fmt.Errorf("the charge is listed as %+v, %v, %w", known, ok, err)
	}
	if d := known.Disputes[0]; d.ID == "" || d.Status != payment.DisputeOpen || !d.Amount.Equal(c.Amount) || d.OpenedAt.IsZero() {
		return fmt.Errorf("the dispute is listed as %+v", d)
	}
	return nil
}

func missesMethod(ctx context.Context, s Subject) error {
	described, err := s.Gateway.Attach(ctx, s.Ledger, workspace, s.Script.Token(Succeeds))
	if err != nil {
		return err
	}
	m := paymentmethod.Method{ID: "method that is lost", Description: described}
	if has, err := s.Books.HasMethod(ctx, s.Ledger, m); err != nil || !has {
		return fmt.Errorf("before it was lost: %v, %w", has, err)
	}
	if err := s.Hands.Lose(ctx, m); err != nil {
		return err
	}
	if has, err := s.Books.HasMethod(ctx, s.Ledger, m); err != nil || has {
		return fmt.Errorf("after it was lost: %v, %w", has, err)
	}
	return nil
}

func listsLater(ctx context.Context, s Subject) error {
	if err := s.Script.Reachable(ctx, false); err != nil {
		return err
	}
	_, listed := s.Books.KnownCharges(ctx, s.Ledger, "")
	if err := s.Script.Reachable(ctx, true); err != nil {
		return err
	}
	if !errors.Is(listed, gateway.ErrUnreachable) {
		return fmt.Errorf("a gateway that is away gave %w", listed)
	}
	return nil
}
