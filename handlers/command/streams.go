package command

import (
	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/account"
	"github.com/tallystick/tallystick/domain/catalog"
	"github.com/tallystick/tallystick/domain/details"
	"github.com/tallystick/tallystick/domain/invoice"
	"github.com/tallystick/tallystick/domain/numbering"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/domain/trial"
)

// StreamTypes lists the types of all streams that commands write. Without its type here, no event of a stream can be
// written or read.
func StreamTypes() []domain.StreamType {
	return []domain.StreamType{
		catalog.Type, seating.Type, subscription.Type, trial.Type, invoice.Type, account.Type, numbering.Type, details.Type,
	}
}
