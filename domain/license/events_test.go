package license

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
	domain.CheckShape(t, files, "license.issued.v1.least", Issued{
		ID: "lic-1", KeyID: "AAAAAAAAAAAA", Licensee: "Acme Ltd", Product: "pro", Seats: 5, IssuedAt: now, Expiry: ExpiryMaintain,
		Features: map[string]json.RawMessage{}, MaxInstances: 1, DeadInstances: DeadKeep, FileTTLDays: 30,
	})
	domain.CheckShape(t, files, "license.renewed.v1.forever", Renewed{Sequence: 3})
	domain.CheckShape(t, files, "license.suspended.v1.unpaid", Suspended{Reason: "unpaid", Unpaid: true, Sequence: 2})
	domain.CheckShapes(t, Type, files,
		Issued{
			ID: "lic-1", KeyID: "AAAAAAAAAAAA", Licensee: "Acme Ltd", Product: "pro", Seats: 5, Workspace: new("acme"), Subscription: new("sub-1"),
			Price: new("pro-month"), IssuedAt: now, ExpiresAt: new(now.AddDate(1, 0, 0)), Expiry: ExpiryRestrict,
			Features: map[string]json.RawMessage{"sso": json.RawMessage("true")}, MaxInstances: 3, DeadInstances: DeadRelease,
			HeartbeatTTL: new(int64(60)), FileTTLDays: 30, GraceDays: 14,
		},
		SeatsChanged{From: 5, To: 6, Sequence: 2},
		FeaturesChanged{Features: map[string]json.RawMessage{"sso": json.RawMessage("false")}, Sequence: 3},
		PlanChanged{Product: "team", Price: "team-month", Sequence: 4},
		Suspended{Reason: "abuse", Sequence: 5},
		Reinstated{Sequence: 6},
		Renewed{ExpiresAt: new(now.AddDate(2, 0, 0)), Sequence: 7},
		Revoked{Reason: "over", Sequence: 8},
		KeyRotated{KeyID: "BBBBBBBBBBBB"},
		Activated{Instance: "berlin", Fingerprint: "f00d", Workspace: new("main"), ActivatedAt: now},
		Deactivated{Instance: "berlin"},
		InstanceDied{Instance: "berlin", At: now.Add(time.Hour)},
		InstanceReturned{Instance: "berlin", At: now.Add(time.Hour)},
		FileIssued{Instance: "berlin", Sequence: 1, IssuedAt: now, ExpiresAt: now.AddDate(0, 0, 30), GraceUntil: now.AddDate(0, 0, 44)},
		Expiring{ExpiresAt: now.AddDate(1, 0, 0)},
		Expired{ExpiresAt: now.AddDate(1, 0, 0)},
	)
	if Stream("lic-1") != "license:lic-1" || Type.Name != Stream("lic-1").Type() {
		t.Error(Stream("lic-1"))
	}
}
