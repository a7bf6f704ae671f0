package seating

import "time"

// Command asks a pool for something. The catalog gives Free: the limits of the ledger's free plan as they are now, nil when
// it has none, which is a limit of 0.
type Command interface {
	freePlan() *Limits
	// decide takes the pool as it is stored and as it is now, which differ by what lapsed and by the free plan.
	decide(stored, now State, at time.Time) ([]Fact, error)
}

// SetLimits copies the limits of a plan that begins, changes or ends. It is issued with commands on plans only.
type SetLimits struct {
	Limits Limits
}

// Allocate gives a member a seat, or with the state invited keeps one.
type Allocate struct {
	Member    string
	Role      Role
	State     *Status    // active when nil
	ExpiresAt *time.Time // of an invitation only; it never lapses when nil
	Free      *Limits
}

// Accept turns an invitation into an allocation.
type Accept struct {
	Member string
	Free   *Limits
}

// ChangeRole gives a member another role.
type ChangeRole struct {
	Member string
	Role   Role
	Free   *Limits
}

// Release takes a member's seat back; the purchased seats stay as many as they are.
type Release struct {
	Member string
	Free   *Limits
}

// Sync makes the pool equal to a list of at most [SyncMax] members.
type Sync struct {
	Members []SyncMember // nil is refused; an empty list releases everybody
	Free    *Limits
}

// SyncMax bounds the list that [Sync] takes.
const SyncMax = 10_000

// SyncMember describes one member as the list wants it.
type SyncMember struct {
	Member string
	Role   Role
	State  *Status // active when nil
}

// Expire writes down the invitations that have lapsed.
type Expire struct {
	Free *Limits
}

func (SetLimits) freePlan() *Limits    { return nil }
func (c Allocate) freePlan() *Limits   { return c.Free }
func (c Accept) freePlan() *Limits     { return c.Free }
func (c ChangeRole) freePlan() *Limits { return c.Free }
func (c Release) freePlan() *Limits    { return c.Free }
func (c Sync) freePlan() *Limits       { return c.Free }
func (c Expire) freePlan() *Limits     { return c.Free }
