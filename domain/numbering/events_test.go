package numbering

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		InvoiceNumbered{Invoice: "i", Sequence: 17, Number: "INV-000017"},
		CreditNoteNumbered{CreditNote: "n", Sequence: 17, Number: "CN-000017"},
	)
}

// What a program keeps of the numbers another one reads. Whoever changes it raises the Revision.
func TestSnapshotIsPinned(t *testing.T) {
	t.Parallel()
	domain.CheckSnapshot(t, Type, os.DirFS("testdata/snapshots"),
		InvoiceNumbered{Invoice: "i", Sequence: 16, Number: "INV-000016"},
		InvoiceNumbered{Invoice: "j", Sequence: 17, Number: "INV-000017"},
		CreditNoteNumbered{CreditNote: "n", Sequence: 3, Number: "CN-000003"},
		InvoiceNumbered{Invoice: "k", Sequence: 1, Number: "R-2031-000001"},
		CreditNoteNumbered{CreditNote: "o", Sequence: 2, Number: "R-2031-000002"},
	)
}
