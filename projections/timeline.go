package projections

import (
	"context"
	"fmt"
	"slices"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/entitlement"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/item"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/domain/notice"
	"github.com/tallystick/tallystick/domain/payment"
	"github.com/tallystick/tallystick/domain/paymentlink"
	"github.com/tallystick/tallystick/domain/paymentmethod"
	"github.com/tallystick/tallystick/domain/refund"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/tax"
	"github.com/tallystick/tallystick/domain/trial"
	"github.com/tallystick/tallystick/migrations"
	"github.com/tallystick/tallystick/projections/engine"
)

// Timeline finds the events of each workspace. It keeps their positions, and the numbers of invoices; the log has what they say. It skips events that
// only repeat in one stream what another stream's event of the same command says.
var Timeline = engine.Projection{
	Name: "timeline", Revision: 2, Tables: migrations.ReadModel("timeline"), Auditors: true, Apply: applyTimeline,
	Reads: []domain.StreamType{subscription.Type, trial.Type, seating.Type, invoice.Type, account.Type, details.Type, tax.Type, refund.Type, item.Type, payment.Type, paymentmethod.Type, paymentlink.Type,
		entitlement.Type, license.Type, notice.Type, installation.Type},
	Skips: []domain.Event{
		subscription.Billed{}, subscription.LinesCredited{}, subscription.InvoiceSettled{}, subscription.TrialExtended{},
		subscription.TakenBack{}, trial.PriceChanged{}, seating.LimitsChanged{}, invoice.LinesProrated{}, invoice.CreditApplied{},
		account.ReceivableOpened{}, account.ReceivableClosed{}, account.MoneyReceived{}, account.MoneyReturned{}, account.MoneyReversed{}, item.Billed{},
		payment.Asked{}, payment.Hurried{}, invoice.PaymentStarted{}, invoice.PaymentFollowed{}, subscription.UpdateHeld{}, paymentlink.Tried{}, entitlement.Used{}, license.FileIssued{}, entitlement.LicenseConfirmed{}, installation.Confirmed{}, installation.TryFailed{}, installation.SyncAsked{}, notice.InvoiceUpcoming{}, subscription.DunningHeld{}, subscription.DunningReleased{},
	},
}

// ListTimeline lists the positions of at most limit events of a workspace, the newest first, from before the position before; 0
// is the end.
func ListTimeline(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, workspace string, before int64, limit int) ([]int64, error) {
	return engine.List(ctx, tx, "list the timeline of "+workspace, pgx.RowTo[int64], `
		SELECT position
		FROM entries
		WHERE ledger_id = $1 AND workspace = $2 AND position < coalesce(NULLIF($3::bigint, 0), 9223372036854775807)
		ORDER BY position DESC
		LIMIT $4`, [16]byte(ledger), workspace, before, limit)
}

// NumbersOf gives the number of each of these streams that is an issued invoice's.
func NumbersOf(ctx context.Context, tx pgx.Tx, ledger uuid.UUID, streams []domain.Stream) (map[domain.Stream]string, error) {
	found, err := engine.List(ctx, tx, "read the numbers of invoices", pgx.RowToStructByPos[numbered], `
		SELECT stream, number
		FROM numbers
		WHERE ledger_id = $1 AND stream = ANY ($2)`, [16]byte(ledger), streams)
	numbers := map[domain.Stream]string{}
	for _, n := range found {
		numbers[domain.Stream(n.Stream)] = n.Number
	}
	return numbers, err
}

// numbered holds a row of the table numbers.
type numbered struct{ Stream, Number string }

func applyTimeline(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	if err := keepNumbers(ctx, tx, page); err != nil {
		return err
	}
	owners, err := findOwners(ctx, tx, page)
	if err != nil {
		return err
	}
	var workspaces []string
	var positions []int64
	for _, event := range page.Events {
		workspace := workspaceOf(event.Stream)
		if isOwned(event.Stream) {
			workspace = owners[event.Stream]
		}
		switch event.Fact.(type) {
		case invoice.Drafted, payment.Started: // what becomes of it is told
		default:
			if workspace == "" {
				continue // a license that is no workspace's plan
			}
			workspaces, positions = append(workspaces, workspace), append(positions, event.Position)
		}
	}
	if positions == nil {
		return nil
	}
	_, err = tx.Exec(ctx, `
		INSERT INTO entries (ledger_id, workspace, position)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::bigint[]) AS r`, [16]byte(page.Ledger), workspaces, positions)
	if err != nil {
		return fmt.Errorf("write the timeline: %w", err)
	}
	return nil
}

// keepNumbers keeps the numbers of the page's issued invoices.
func keepNumbers(ctx context.Context, tx pgx.Tx, page engine.Page) error {
	var streams, numbers []string
	for _, event := range page.Events {
		if issued, ok := event.Fact.(invoice.Finalized); ok {
			streams, numbers = append(streams, string(event.Stream)), append(numbers, issued.Number)
		}
	}
	if streams == nil {
		return nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO numbers (ledger_id, stream, number)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::text[]) AS r`, [16]byte(page.Ledger), streams, numbers)
	if err != nil {
		return fmt.Errorf("write the numbers of invoices: %w", err)
	}
	return nil
}

// isOwned reports whether a stream's name is an id that does not tell its workspace.
func isOwned(stream domain.Stream) bool {
	return slices.Contains([]string{invoice.Type.Name, refund.Type.Name, payment.Type.Name, paymentlink.Type.Name, license.Type.Name}, stream.Type())
}

// ownerOf gives the workspace that the first event of such a stream names.
func ownerOf(fact domain.Event) (workspace string, first bool) {
	switch e := fact.(type) {
	case invoice.Drafted:
		return e.Workspace, true
	case refund.Created:
		return e.Workspace, true
	case payment.Started:
		return e.Workspace, true
	case paymentlink.Created:
		return e.Workspace, true
	case license.Issued:
		return domain.Or(e.Workspace, ""), true
	}
	return "", false
}

// findOwners gives the workspaces of the page's invoices, refunds, payments and links, and keeps those of its new ones.
func findOwners(ctx context.Context, tx pgx.Tx, page engine.Page) (map[domain.Stream]string, error) {
	owners := map[domain.Stream]string{}
	var begun, workspaces, known []string
	for _, event := range page.Events {
		if workspace, first := ownerOf(event.Fact); first {
			owners[event.Stream] = workspace
			begun, workspaces = append(begun, string(event.Stream)), append(workspaces, workspace)
		} else if _, here := owners[event.Stream]; isOwned(event.Stream) && !here {
			known = append(known, string(event.Stream))
		}
	}
	if known != nil {
		found, err := engine.List(ctx, tx, "read owners", pgx.RowToStructByPos[owner], `
			SELECT stream, workspace
			FROM owners
			WHERE ledger_id = $1 AND stream = ANY ($2)`, [16]byte(page.Ledger), known)
		if err != nil {
			return nil, err
		}
		for _, o := range found {
			owners[domain.Stream(o.Stream)] = o.Workspace
		}
	}
	if begun == nil {
		return owners, nil
	}
	_, err := tx.Exec(ctx, `
		INSERT INTO owners (ledger_id, stream, workspace)
		SELECT $1, r.*
		FROM unnest($2::text[], $3::text[]) AS r`, [16]byte(page.Ledger), begun, workspaces)
	if err != nil {
		return nil, fmt.Errorf("write owners: %w", err)
	}
	return owners, nil
}

// owner holds a row of the table.
type owner struct{ Stream, Workspace string }
