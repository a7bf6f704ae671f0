package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Behaviour names one way in which the other side treats charges.
type Behaviour string

const (
	Succeeds     Behaviour = "succeeds"
	DeclinesSoft Behaviour = "declines, and may succeed later"
	DeclinesHard Behaviour = "declines for good"
	Processes    Behaviour = "takes days"
	Vanishes     Behaviour = "charges, and does not answer"
	Loses        Behaviour = "never gets the charge, and does not answer"
	Refuses      Behaviour = "does not take the payment method"
)

// Script lets the other side behave.
type Script interface {
	// Token gives a token whose charges behave so.
	Token(Behaviour) string
	// Reachable lets connections succeed or fail.
	Reachable(ctx context.Context, reachable bool) error
	// Charged counts the charges with a key that took money.
	Charged(ctx context.Context, key string) (int, error)
}

// Subject is an adapter with what is needed to try it.
type Subject struct {
	Gateway gateway.Gateway
	Ledger  eventstore.Ledger
	Script  Script
	// Refunder and Refunded are of an adapter that also sends money back.
	Refunder gateway.Refunder
	Refunded func(ctx context.Context, key string) (int, error) // counts the refunds with a key that sent money back
	// Books and Hands are of an adapter that also shows what its gateway knows.
	Books gateway.Books
	Hands Hands
}

// Case is something that an adapter must do. Check gives an error that tells what it did instead.
type Case struct {
	Name  string
	Check func(context.Context, Subject) error
}

// Cases lists all of them. They leave charges behind and need no order, but not two at once on one other side: one of them
// takes it away.
func Cases() []Case {
	return []Case{
		{"a charge succeeds", answers(Succeeds, payment.StatusSucceeded, "")},
		{"a charge is declined softly", answers(DeclinesSoft, payment.StatusFailed, payment.Soft)},
		{"a charge is declined for good", answers(DeclinesHard, payment.StatusFailed, payment.Hard)},
		{"a charge takes days", answers(Processes, payment.StatusProcessing, "")},
		{"a repeat charges once and is answered as before", repeats},
		{"many repeats at once charge once", crowds},
		{"a charge without an answer is unknown, and found by asking", vanishes},
		{"a charge that never arrived is told so", loses},
		{"a gateway that is away was not asked", away},
		{"a token is looked up", attaches},
	}
}

// workspace names whose money is taken.
const workspace = "acme"

// at is the ledger's time in all cases.
var at = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// charge makes the first charge of a payment, by a method that was attached.
func (s Subject) charge(ctx context.Context, name string, b Behaviour) (c gateway.Charge, err error) {
	attached, err := s.Gateway.Attach(ctx, s.Ledger, workspace, s.Script.Token(b))
	if err != nil {
		return c, err
	}
	c = gateway.Charge{
		Key: name + ":1", Payment: name, Attempt: 1, Workspace: workspace, Method: "method of " + name, Token: attached.Token, RequestedAt: at, Now: at,
	}
	c.Amount, err = money.FromMinor("USD", 3600)
	return c, err
}

func answers(b Behaviour, status payment.Status, kind payment.FailureKind) func(context.Context, Subject) error {
	return func(ctx context.Context, s Subject) error {
		c, err := s.charge(ctx, "answers "+string(b), b)
		if err != nil {
			return err
		}
		a, err := s.Gateway.Charge(ctx, s.Ledger, c)
		if err != nil || a.Status != status || a.Reference == "" || (a.Failure == nil) != (kind == "") || a.Failure != nil && (a.Failure.Kind != kind || a.Failure.Code == "") {
			return fmt.Errorf("answered %+v, %w", a, err)
		}
		again, err := s.Gateway.AskCharge(ctx, s.Ledger, c)
		if err != nil || again.Status != status || again.Reference != a.Reference {
			return fmt.Errorf("asked, it answered %+v, %w", again, err)
		}
		return nil
	}
}

// charged expects that a key took money so often.
func (s Subject) charged(ctx context.Context, key string, want int) error {
	if n, err := s.Script.Charged(ctx, key); err != nil || n != want {
		return fmt.Errorf("%d charges of %s, want %d: %w", n, key, want, err)
	}
	return nil
}

func repeats(ctx context.Context, s Subject) error {
	c, err := s.charge(ctx, "repeats", Succeeds)
	if err != nil {
		return err
	}
	first, err := s.Gateway.Charge(ctx, s.Ledger, c)
	if err != nil {
		return err
	}
	again, err := s.Gateway.Charge(ctx, s.Ledger, c)
	if err != nil || again.Status != first.Status || again.Reference != first.Reference {
		return fmt.Errorf("first %+v, then %+v, %w", first, again, err)
	}
	return s.charged(ctx, c.Key, 1)
}

// crowd is the number of those who ask at once.
const crowd = 50

func crowds(ctx context.Context, s Subject) error {
	c, err := s.charge(ctx, "crowds", Succeeds)
	if err != nil {
		return err
	}
	var asking sync.WaitGroup
	references, errs := make([]string, crowd), make([]error, crowd)
	for i := range crowd {
		asking.Go(func() {
			a, err := s.Gateway.Charge(ctx, s.Ledger, c)
			references[i], errs[i] = a.Reference, err
		})
	}
	asking.Wait()
	for i, reference := range references {
		if errs[i] != nil || reference != references[0] {
			return fmt.Errorf("one got %q, another %q, %w", references[0], reference, errs[i])
		}
	}
	return s.charged(ctx, c.Key, 1)
}

func vanishes(ctx context.Context, s Subject) error {
	c, err := s.charge(ctx, "vanishes", Vanishes)
	if err != nil {
		return err
	}
	if a, err := s.Gateway.Charge(ctx, s.Ledger, c); err == nil || errors.Is(err, gateway.ErrUnreachable) {
		return fmt.Errorf("answered %+v, %w", a, err)
	}
	if a, err := s.Gateway.AskCharge(ctx, s.Ledger, c); err != nil || a.Status != payment.StatusSucceeded {
		return fmt.Errorf("asked, it answered %+v, %w", a, err)
	}
	return s.charged(ctx, c.Key, 1)
}

func loses(ctx context.Context, s Subject) error {
	c, err := s.charge(ctx, "loses", Loses)
	if err != nil {
		return err
	}
	if a, err := s.Gateway.Charge(ctx, s.Ledger, c); err == nil || errors.Is(err, gateway.ErrUnreachable) {
		return fmt.Errorf("answered %+v, %w", a, err)
	}
	other := c
	other.Key, other.Payment = "nobody:1", "nobody"
	for _, asked := range []gateway.Charge{c, other} {
		if a, err := s.Gateway.AskCharge(ctx, s.Ledger, asked); !errors.Is(err, gateway.ErrNeverArrived) {
			return fmt.Errorf("asked of %s, it answered %+v, %w", asked.Key, a, err)
		}
	}
	return s.charged(ctx, c.Key, 0)
}

func away(ctx context.Context, s Subject) error {
	c, err := s.charge(ctx, "away", Succeeds)
	if err != nil {
		return err
	}
	if err := s.Script.Reachable(ctx, false); err != nil {
		return err
	}
	_, charged := s.Gateway.Charge(ctx, s.Ledger, c)
	_, asked := s.Gateway.AskCharge(ctx, s.Ledger, c)
	_, attached := s.Gateway.Attach(ctx, s.Ledger, workspace, s.Script.Token(Succeeds))
	if err := s.Script.Reachable(ctx, true); err != nil {
		return err
	}
	for _, err := range []error{charged, asked, attached} {
		if !errors.Is(err, gateway.ErrUnreachable) {
			return fmt.Errorf("a gateway that is away gave %w", err)
		}
	}
	if err := s.charged(ctx, c.Key, 0); err != nil {
		return err
	}
	if a, err := s.Gateway.Charge(ctx, s.Ledger, c); err != nil || a.Status != payment.StatusSucceeded {
		return fmt.Errorf("back again, it answered %+v, %w", a, err)
	}
	return nil
}

func attaches(ctx context.Context, s Subject) error {
	d, err := s.Gateway.Attach(ctx, s.Ledger, workspace, s.Script.Token(Succeeds))
	if err != nil || d.Gateway != s.Gateway.Name() || d.Token == "" || d.Kind == "" || d.Brand == "" || d.Last4 == "" {
		return fmt.Errorf("described as %+v, %w", d, err)
	}
	for token, code := range map[string]string{"nonsense": "token_unknown", s.Script.Token(Refuses): "payment_method_declined"} {
		_, err := s.Gateway.Attach(ctx, s.Ledger, workspace, token)
		if refused, ok := errors.AsType[*domain.Rejection](err); !ok || refused.Code != code {
			return fmt.Errorf("%s gave %w, want %s", token, err, code)
		}
	}
	return nil
}
