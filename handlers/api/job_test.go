package api

import (
	"fmt"
	"slices"
	"testing"
	"time"
)

// TestJobs: nobody carries anything out here, so what is due stays; what is parked waits for an operator.
func TestJobs(t *testing.T) {
	t.Parallel()
	b, c := serve(t)
	c.openShop()
	c.waitForMoney()
	c.get("/v1/jobs").is(200).says(object{"data": []any{}, "page.has_more": false})
	for i := range 4 {
		c.buy(fmt.Sprint("w", i), "pro-month", 1)
	}
	expires := b.now().Add(time.Hour).UTC().Format(time.RFC3339)
	last := c.post("/v1/workspaces/w0/seats", object{"member": "ada", "role": "member", "state": "invited", "expires_at": expires}).is(201)
	b.advance(40 * 24 * time.Hour)
	due := c.get("/v1/jobs", last.position()).is(200)
	due.says(object{"data.0.id": "seating:w0", "data.0.kind": "invitation", "data.0.member": "ada", "data.1.kind": "renewal", "data.1.member": nil, "data.1.status": "due"})
	if paged := c.pages("/v1/jobs", "data", "id", 2); !slices.Equal(paged, []string{
		"seating:w0", "subscription:w0", "subscription:w1", "subscription:w2", "subscription:w3",
	}) {
		t.Errorf("jobs %v", paged)
	}
	b.advance(300 * 24 * time.Hour)
	c.get("/v1/jobs").is(200).says(object{"data.1.id": "subscription:w0", "data.1.status": "parked"})
	c.post("/v1/workspaces/w0/subscription/seats", object{"seats": 2}).refused(409, "too_far_behind")
	done := c.post("/v1/jobs/subscription:w0/retry", nil).is(200).says(object{"id": "subscription:w0", "status": "done"})
	if left := c.pages("/v1/jobs", "data", "id", 9, done.position()); slices.Contains(left, "subscription:w0") {
		t.Errorf("jobs %v", left)
	}
	c.post("/v1/workspaces/w0/subscription/seats", object{"seats": 2}).is(200)
	c.post("/v1/jobs/subscription:w0/retry", nil).refused(404, "job_not_found")
	c.post("/v1/jobs/seating:w0/retry", nil).refused(404, "job_not_found")
	c.post("/v1/jobs/subscription:nobody/retry", nil).refused(404, "job_not_found")
}
