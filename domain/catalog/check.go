package catalog

import (
	"strings"
	"unicode"

	"github.com/tallystick/tallystick/domain"
)

const displayNameMax = 200

func checkDisplayName(check *domain.Check, name string) {
	ok := domain.HasCharacters(name, 1, displayNameMax) && !strings.ContainsFunc(name, unicode.IsControl)
	check.Require(ok, "/name", "display_name_invalid", "name must be 1 to %d characters without control characters",
		displayNameMax)
}

func requireRange(check *domain.Check, pointer, code string, value, low, high int64) bool {
	return check.Require(value >= low && value <= high, pointer, code, "%s must be %d to %d", pointer[1:], low, high)
}
