package conformance

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/handlers/gateway"
)

// Ways in which the other side treats the refunds of a charge that succeeds.
const (
	RefundFails    Behaviour = "takes the money, and sends none back"
	RefundVanishes Behaviour = "takes the money, sends it back, and does not answer"
)

// RefundCases lists what an adapter must do that sends money back.
func RefundCases() []Case {
	return []Case{
		{"a refund succeeds", sendsBack},
		{"a refund is repeated, and money goes back once", sendsBackOnce},
		{"many repeats of a refund at once send money back once", sendsBackOnceInACrowd},
		{"a part goes back, and never more than was taken", sendsBackWhatIsLeft},
		{"a refund fails", sendsNothingBack},
		{"a refund without an answer is unknown, and found by asking", sendsBackSilently},
		{"a refund that never arrived is told so", neverSendsBack},
		{"a gateway that is away was not asked for a refund", sendsBackLater},
	}
}

// refund takes money, and makes a refund of all of it.
func (s Subject) refund(ctx context.Context, key string, b Behaviour) (none gateway.Refund, err error) {
	c, err := s.charge(ctx, "refund "+key, b)
	if err != nil {
		return none, err
	}
	taken, err := s.Gateway.Charge(ctx, s.Ledger, c)
	if err != nil {
		return none, err
	}
	return gateway.Refund{
		Key: key + ":1", Refund: key, Payment: c.Payment, Workspace: c.Workspace, Charge: taken.Reference, Amount: c.Amount, Reason: "sorry",
	}, nil
}

// refunded expects that a key sent money back so often.
func (s Subject) refunded(ctx context.Context, key string, want int) error {
	if n, err := s.Refunded(ctx, key); err != nil || n != want {
		return fmt.Errorf("%d refunds of %s, want %d: %w", n, key, want, err)
	}
	return nil
}

func succeeded(a refund.Answer, err error) bool {
	return err == nil && a.Status == refund.AttemptSucceeded && a.Reference != "" && a.Failure == nil
}

func sendsBack(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "back", Succeeds)
	if err != nil {
		return err
	}
	a, err := s.Refunder.Refund(ctx, s.Ledger, r)
	if !succeeded(a, err) {
		return fmt.Errorf("answered %+v, %w", a, err)
	}
	again, err := s.Refunder.AskRefund(ctx, s.Ledger, r)
	if !succeeded(again, err) || again.Reference != a.Reference {
		return fmt.Errorf("asked, it answered %+v, %w", again, err)
	}
	return s.refunded(ctx, r.Key, 1)
}

func sendsBackOnce(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "once", Succeeds)
	if err != nil {
		return err
	}
	first, err := s.Refunder.Refund(ctx, s.Ledger, r)
	if err != nil {
		return err
	}
	again, err := s.Refunder.Refund(ctx, s.Ledger, r)
	if !succeeded(again, err) || again.Reference != first.Reference {
		return fmt.Errorf("first %+v, then %+v, %w", first, again, err)
	}
	return s.refunded(ctx, r.Key, 1)
}

func sendsBackOnceInACrowd(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "crowd", Succeeds)
	if err != nil {
		return err
	}
	var asking sync.WaitGroup
	answers, errs := make([]refund.Answer, crowd), make([]error, crowd)
	for i := range crowd {
		asking.Go(func() { answers[i], errs[i] = s.Refunder.Refund(ctx, s.Ledger, r) })
	}
	asking.Wait()
	for i, a := range answers {
		if !succeeded(a, errs[i]) || a.Reference != answers[0].Reference {
			return fmt.Errorf("one got %+v, another %+v, %w", answers[0], a, errs[i])
		}
	}
	return s.refunded(ctx, r.Key, 1)
}

func sendsBackWhatIsLeft(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "left", Succeeds)
	if err != nil {
		return err
	}
	parts, err := r.Amount.Allocate([]int64{1, 2})
	if err != nil {
		return err
	}
	for i, amount := range append(parts, parts[0]) {
		r.Key, r.Amount = fmt.Sprintf("left:%d", i+1), amount
		a, err := s.Refunder.Refund(ctx, s.Ledger, r)
		if more := i == len(parts); err != nil || more != (a.Status == refund.AttemptFailed) || more != (a.Failure != nil) {
			return fmt.Errorf("part %d: answered %+v, %w", i+1, a, err)
		}
	}
	return s.refunded(ctx, r.Key, 0)
}

func sendsNothingBack(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "nothing", RefundFails)
	if err != nil {
		return err
	}
	a, err := s.Refunder.Refund(ctx, s.Ledger, r)
	if err != nil || a.Status != refund.AttemptFailed || a.Failure == nil || a.Failure.Code == "" {
		return fmt.Errorf("answered %+v, %w", a, err)
	}
	return s.refunded(ctx, r.Key, 0)
}

func sendsBackSilently(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "silent", RefundVanishes)
	if err != nil {
		return err
	}
	if a, err := s.Refunder.Refund(ctx, s.Ledger, r); err == nil || errors.Is(err, gateway.ErrUnreachable) {
		return fmt.Errorf("answered %+v, %w", a, err)
	}
	if a, err := s.Refunder.AskRefund(ctx, s.Ledger, r); !succeeded(a, err) {
		return fmt.Errorf("asked, it answered %+v, %w", a, err)
	}
	return s.refunded(ctx, r.Key, 1)
}

func neverSendsBack(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "never", Succeeds)
	if err != nil {
		return err
	}
	if a, err := s.Refunder.AskRefund(ctx, s.Ledger, r); !errors.Is(err, gateway.ErrNeverArrived) {
		return fmt.Errorf("asked, it answered %+v, %w", a, err)
	}
	return s.refunded(ctx, r.Key, 0)
}

func sendsBackLater(ctx context.Context, s Subject) error {
	r, err := s.refund(ctx, "later", Succeeds)
	if err != nil {
		return err
	}
	if err := s.Script.Reachable(ctx, false); err != nil {
		return err
	}
	_, sent := s.Refunder.Refund(ctx, s.Ledger, r)
	_, asked := s.Refunder.AskRefund(ctx, s.Ledger, r)
	if err := s.Script.Reachable(ctx, true); err != nil {
		return err
	}
	if !errors.Is(sent, gateway.ErrUnreachable) || !errors.Is(asked, gateway.ErrUnreachable) {
		return fmt.Errorf("a gateway that is away gave %w and %w", sent, asked)
	}
	if err := s.refunded(ctx, r.Key, 0); err != nil {
		return err
	}
	if a, err := s.Refunder.Refund(ctx, s.Ledger, r); !succeeded(a, err) {
		return fmt.Errorf("back again, it answered %+v, %w", a, err)
	}
	return nil
}
