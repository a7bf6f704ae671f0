package trial

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		started, PriceChanged{From: "pro", To: "business"}, Extended{From: end, To: later, Reason: "nice"}, Reminded{End: end}, ended,
	)
}
