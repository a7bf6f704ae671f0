package serve

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"github.com/tallystick/tallystick/eventstore/sealer"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/process"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

// Running holds what goes on by itself in the role process, and what requests need of it in the role api: both have all of it
// but the sealer, which is nil elsewhere and where there is no key to sign with.
type Running struct {
	roles      house.Roles
	deadlines  *process.Deadlines
	deliveries *process.Deliveries
	exports    *exports.Exports
	sealer     *sealer.Sealer
	// installation has licenses from a seller elsewhere.
	installation licenseserver.Installation
}

// run lets all of it go on until ctx ends.
func (r Running) run(ctx context.Context) error {
	var all errgroup.Group
	switch {
	case r.roles.Has(house.RoleProcess):
		all.Go(func() error { return r.deadlines.Run(ctx) })
		all.Go(func() error { return r.deliveries.Run(ctx) })
		all.Go(func() error { return r.exports.Run(ctx) })
	case r.roles.Has(house.RoleAPI):
		all.Go(func() error { return r.deadlines.Attend(ctx) })
	}
	if r.sealer != nil {
		all.Go(func() error { return r.sealer.Run(ctx) })
	}
	return all.Wait()
}

// appended tells what runs here of an append.
func (r Running) appended(ledger uuid.UUID, tail int64) {
	if r.roles.Has(house.RoleProcess) {
		r.deadlines.Appended(ledger, tail)
		r.deliveries.Appended(ledger, tail)
	}
	if r.sealer != nil {
		r.sealer.Appended(ledger, tail)
	}
}

// processes makes what goes on by itself, with the secrets that it needs, and has it told of each append.
func (s *Command) processes(ctx context.Context, h *house.House, address string, log *slog.Logger) (r Running, err error) {
	r.roles = s.Config.Roles
	if r.roles.Has(house.RoleSealer) {
		if r.sealer, err = s.openSealer(h, log); err != nil {
			return r, err
		}
	}
	if r.roles.Has(house.RoleAPI) || r.roles.Has(house.RoleProcess) {
		if err := s.openProcesses(ctx, h, &r, address, log); err != nil {
			return r, err
		}
	}
	h.Watch = r.appended
	return r, nil
}

// openProcesses makes what carries out deadlines, delivers webhooks and writes exports.
func (s *Command) openProcesses(ctx context.Context, h *house.House, r *Running, address string, log *slog.Logger) (err error) {
	if h.Vault, err = s.openVault(ctx, h, log); err != nil {
		return err
	}
	if r.installation, err = s.openInstallation(ctx, h); err != nil {
		return err
	}
	s.openGateways(h, address)
	r.deadlines = process.NewDeadlines(process.Options{
		Store: h.Store, Engine: h.Engine, Pool: h.Queries, Now: time.Now, Log: log, Gateways: h.Gateways, GatewayTimeout: s.GatewayTimeout,
		CollectTime: s.Limit(process.CollectTime), Accounts: h.Accounts, Installation: r.installation, Vault: h.Vault,
	})
	if r.deliveries, err = s.deliveries(h, log); err != nil {
		return err
	}
	r.deadlines.Settle, r.exports = r.deliveries.Settle, s.exports(h, log)
	return nil
}
