package installation

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
	license := License{
		ID: "lic-1", Issuer: "seller", Product: "pro", Seats: 5, Features: map[string]json.RawMessage{"sso": json.RawMessage(`true`)}, Sequence: 3,
		Instance: "berlin", IssuedAt: now, ExpiresAt: new(now.AddDate(1, 0, 0)), Restricts: true, FileExpiresAt: now.AddDate(0, 0, 30), GraceUntil: now.AddDate(0, 0, 44),
	}
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"),
		LinkBegun{ID: "link-1", Server: "https://seller.example", Instance: "berlin", At: now},
		LinkRefused{ID: "link-1", Code: "license_revoked", Detail: "it was revoked", At: now},
		Confirmed{ID: "link-1", Code: "VALID", License: license, At: now},
		Postponed{ID: "link-1", Code: "VALID", Error: Problem{Code: "subscription_active", Detail: "it runs"}, License: "lic-1", Sequence: 3, At: now},
		Stopped{ID: "link-1", Code: CodeRevoked, Detail: "it was revoked", License: "lic-1", Sequence: 4, At: now},
		TryFailed{ID: "link-1", Code: "server_unreachable", Detail: "refused", At: now},
		SyncAsked{At: now},
		UnlinkBegun{ID: "link-1", At: now},
		Unlinked{ID: "link-1", Code: "VALID", At: now},
		Uploaded{License: license, At: now},
		Checked{Ladder: ReadOnly, At: now.Add(time.Hour)},
	)
	domain.CheckShape(t, os.DirFS("testdata/events"), "installation.confirmed.v1.moved",
		Confirmed{ID: "link-1", Code: "VALID", License: license, Server: "https://moved.example", At: now})
	if Stream("acme") != "installation:acme" || Type.Name != Stream("acme").Type() {
		t.Error(Stream("acme"))
	}
}
