package catalog

import (
	"fmt"

	"github.com/tallystick/tallystick/domain"
)

// Decide judges a command of the catalog. A refusal is a *[domain.Rejection] with a code named at the leaf; a command
// that would change nothing succeeds without events.
func Decide(s State, command Command, _ domain.Meta) ([]domain.Event, error) {
	switch c := command.(type) {
	case CreateProduct:
		return createProduct(s, c)
	case ChangeProduct:
		return changeProduct(s, c)
	case ArchiveProduct:
		return archiveProduct(s, c)
	case CreatePrice:
		return createPrice(s, c)
	case ArchivePrice:
		return archivePrice(s, c)
	case CreateCoupon:
		return createCoupon(s, c)
	}
	return nil, fmt.Errorf("catalog has no command %T", command)
}

func productNotFound(code string) error {
	return domain.NotFound("product_not_found", "there is no product %q", code)
}

func productArchived(code string) error {
	return domain.Conflict("product_archived", "product %s is archived: it has no new sales", code)
}
