package sandbox

import (
	"context"
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/money"
	"github.com/tallystick/tallystick/eventstore"
)

// Settings say how the gateway behaves for a ledger.
type Settings struct {
	LatencyMS  int
	Available  bool
	FeeRate    string // a part of each amount, such as "0.029"
	FeeFixed   string // an amount in each charge's currency
	SettleDays int
}

var defaults = Settings{Available: true, FeeRate: "0", FeeFixed: "0.00"}

const (
	latencyMax    = 60_000
	settleDaysMax = 90
)

var (
	decimalRate   = regexp.MustCompile(`^0(\.[0-9]{1,6})?$`)
	decimalAmount = regexp.MustCompile(`^[0-9]{1,9}(\.[0-9]{1,4})?$`)
)

// Check refuses with latency_invalid, fee_invalid or settle_days_invalid.
func (s Settings) Check() error {
	var check domain.Check
	check.Require(s.LatencyMS >= 0 && s.LatencyMS <= latencyMax, "/latency_ms", "latency_invalid", "latency_ms must be 0 to %d", latencyMax)
	check.Require(decimalRate.MatchString(s.FeeRate), "/fee_rate", "fee_invalid", "fee_rate must be a decimal from 0 to below 1, with at most 6 digits")
	check.Require(decimalAmount.MatchString(s.FeeFixed), "/fee_fixed", "fee_invalid", "fee_fixed must be a decimal that is not negative")
	check.Require(s.SettleDays >= 0 && s.SettleDays <= settleDaysMax, "/settle_days", "settle_days_invalid", "settle_days must be 0 to %d", settleDaysMax)
	return check.Rejection()
}

// fee computes what the gateway keeps of an amount.
func (s Settings) fee(amount money.Amount) (money.Amount, error) {
	rate, ok := new(big.Rat).SetString(s.FeeRate)
	fixed, also := new(big.Rat).SetString(s.FeeFixed)
	gross, and := new(big.Rat).SetString(amount.Plain())
	if !ok || !also || !and {
		return money.Amount{}, fmt.Errorf("a fee of %q and %q of %v", s.FeeRate, s.FeeFixed, amount)
	}
	return money.RoundHalfAwayFromZero(amount.Currency(), new(big.Rat).Add(new(big.Rat).Mul(gross, rate), fixed))
}

// settled tells when money that is taken at an instant is in the bank.
func (s Settings) settled(at time.Time) time.Time { return at.AddDate(0, 0, s.SettleDays) }

// Settings gives how the gateway behaves for a ledger.
func (g *Gateway) Settings(ctx context.Context, ledger uuid.UUID) (Settings, error) {
	return readSettings(ctx, g.pool, ledger)
}

func readSettings(ctx context.Context, db eventstore.Querier, ledger uuid.UUID) (s Settings, err error) {
	err = db.QueryRow(ctx, `
		SELECT latency_ms, available, fee_rate, fee_fixed, settle_days
		FROM tallystick.sandbox_settings
		WHERE ledger_id = $1`, [16]byte(ledger)).Scan(&s.LatencyMS, &s.Available, &s.FeeRate, &s.FeeFixed, &s.SettleDays)
	if errors.Is(err, pgx.ErrNoRows) {
		return defaults, nil
	}
	if err != nil {
		return s, fmt.Errorf("read the sandbox gateway's settings: %w", err)
	}
	return s, nil
}

// Set changes how the gateway behaves for a ledger. It refuses with latency_invalid, fee_invalid or settle_days_invalid.
func (g *Gateway) Set(ctx context.Context, ledger uuid.UUID, s Settings) error {
	if err := s.Check(); err != nil {
		return err
	}
	_, err := g.pool.Exec(ctx, `
		INSERT INTO tallystick.sandbox_settings (ledger_id, latency_ms, available, fee_rate, fee_fixed, settle_days)
		VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (ledger_id) DO UPDATE
		SET latency_ms  = excluded.latency_ms,
		    available   = excluded.available,
		    fee_rate    = excluded.fee_rate,
		    fee_fixed   = excluded.fee_fixed,
		    settle_days = excluded.settle_days`, [16]byte(ledger), s.LatencyMS, s.Available, s.FeeRate, s.FeeFixed, s.SettleDays)
	if err != nil {
		return fmt.Errorf("write the sandbox gateway's settings: %w", err)
	}
	return nil
}
