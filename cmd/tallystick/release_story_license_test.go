package main

import (
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain/license"
)

// licenses issues a license that ends before the story does, a billed one whose plan changes, and one that is revoked.
func (r *recorder) licenses() {
	r.t.Helper()
	now := r.clock()
	issue := func(workspace, product, more string) (id, at string) {
		r.tell("admin", "POST", "/v1/licenses", fmt.Sprintf(`{"licensee":"Acme Ltd","product":%q,"seats":5,"workspace":%q%s}`, product, workspace, more))
		id = r.first("/v1/licenses?workspace=" + workspace)
		return id, "/v1/licenses/" + id
	}
	id, at := issue("installed", "plus", fmt.Sprintf(`,"expires_at":%q,"heartbeat_ttl":60,"features":{"export":true}`, now.AddDate(0, 0, 5).Format(time.RFC3339)))
	r.tell("admin", "POST", at+"/seats", `{"seats":6}`)
	r.tell("admin", "POST", at+"/features", `{"features":{"export":false}}`)
	r.tell("admin", "POST", at+"/suspend", `{"reason":"a question"}`)
	r.tell("admin", "POST", at+"/reinstate", "")
	r.tell("admin", "POST", at+"/renew", fmt.Sprintf(`{"expires_at":%q}`, now.AddDate(0, 0, 6).Format(time.RFC3339)))
	r.tell("admin", "POST", at+"/rotate-key", "")
	r.tell("admin", "POST", at+"/instances", `{"instance":"berlin","fingerprint":"f00d"}`)
	r.write(license.Stream(id), license.FileIssued{Instance: "berlin", Sequence: 6, IssuedAt: now, ExpiresAt: now.AddDate(0, 0, 30), GraceUntil: now.AddDate(0, 0, 44)})
	r.write(license.Stream(id), license.InstanceDied{Instance: "berlin", At: now})
	r.write(license.Stream(id), license.InstanceReturned{Instance: "berlin", At: now})
	r.tell("admin", "DELETE", at+"/instances/berlin", "")
	_, billed := issue("billed", "basic", `,"price":"basic-month"`)
	r.change("billed", "upgrade", `{"price":"plus-month"}`)
	r.tell("admin", "POST", billed+"/seats", `{"seats":7}`)
	_, over := issue("over", "plus", "")
	r.tell("admin", "POST", over+"/revoke", `{"reason":"the contract ended"}`)
}
