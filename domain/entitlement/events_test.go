package entitlement

import (
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	files := os.DirFS("testdata/events")
	domain.CheckShape(t, files, "entitlement.override_set.v1.removed", OverrideSet{Key: "sso", Override: Override{Removed: true, Reason: "abuse"}})
	domain.CheckShape(t, files, "entitlement.used.v1.ever", Used{Key: "docs", Amount: -1, Used: 4})
	domain.CheckShape(t, files, "entitlement.used.v1.reached", Used{Key: "docs", Amount: 1, Used: 5, Reached: true})
	domain.CheckShape(t, files, "entitlement.licensed.v1.least", Licensed{License: License{ID: "lic-1", Product: "pro", Seats: 3,
		Features: map[string]json.RawMessage{}, StartsAt: now}})
	domain.CheckShape(t, files, "entitlement.licensed.v1.confirmed", Licensed{License: License{ID: "lic-1", Product: "pro", Seats: 3,
		Features: map[string]json.RawMessage{}, StartsAt: now, Stopped: LicenseSuspended, ClosesAt: new(now.Add(time.Hour)), ReadOnlyFrom: new(now.Add(2 * time.Hour))}})
	domain.CheckShapes(t, Type, files,
		OverrideSet{Key: "calls", Override: Override{Value: raw(`{"gib":1.5}`), Limit: &Bound{Most: new(int64(9))}, Until: new(now.Add(time.Hour)), Reason: "a trial of more"}},
		OverrideRemoved{Key: "calls"},
		Used{Key: "calls", Amount: 2, Used: 5, Window: &month},
		Licensed{License: License{ID: "lic-1", Product: "pro", Seats: 3, Features: map[string]json.RawMessage{"sso": raw(`true`)}, StartsAt: now,
			Subscription: new("sub-1"), ExpiresAt: new(now.Add(time.Hour)), Restricts: true, ReadOnly: true}},
		LicenseConfirmed{ID: "lic-1", ClosesAt: &now, ReadOnlyFrom: new(now.Add(time.Hour))},
		Unlicensed{ID: "lic-1"},
	)
	if Stream("acme") != "entitlement:acme" || Type.Name != Stream("acme").Type() {
		t.Error(Stream("acme"))
	}
}
