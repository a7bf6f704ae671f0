package seating

import "time"

// Command is an intent about a pool. The path of a request gives what is tagged "-" and the catalog gives Free: the
// limits of the ledger's free plan as they are now, nil when it has none, which is a limit of 0.
type Command interface {
	command()
	freePlan() *Limits
}

// SetLimits copies the limits of a plan that begins, changes or ends. It is issued with commands on plans only.
type SetLimits struct {
	Limits Limits
}

// Allocate gives a member a seat, or with the state invited keeps one.
type Allocate struct {
	Member    string     `json:"member"`
	Role      Role       `json:"role"`
	State     *Status    `json:"state"`      // active when nil
	ExpiresAt *time.Time `json:"expires_at"` // of an invitation only; it never lapses when nil
	Free      *Limits    `json:"-"`
}

// Accept turns an invitation into an allocation.
type Accept struct {
	Member string  `json:"-"`
	Free   *Limits `json:"-"`
}

// ChangeRole gives a member another role.
type ChangeRole struct {
	Member string  `json:"-"`
	Role   Role    `json:"role"`
	Free   *Limits `json:"-"`
}

// Release takes a member's seat back; the purchased seats stay as many as they are.
type Release struct {
	Member string  `json:"-"`
	Free   *Limits `json:"-"`
}

// Sync makes the pool equal to a list of at most [SyncMax] members.
type Sync struct {
	Members []SyncMember `json:"members"` // nil is refused; an empty list releases everybody
	Free    *Limits      `json:"-"`
}

// SyncMax is the length of the longest list that [Sync] takes.
const SyncMax = 10_000

// SyncMember is one member as the list wants it.
type SyncMember struct {
	Member string  `json:"member"`
	Role   Role    `json:"role"`
	State  *Status `json:"state"` // active when nil
}

// Expire writes down the invitations that have lapsed.
type Expire struct {
	Free *Limits
}

func (SetLimits) command()  {}
func (Allocate) command()   {}
func (Accept) command()     {}
func (ChangeRole) command() {}
func (Release) command()    {}
func (Sync) command()       {}
func (Expire) command()     {}

func (SetLimits) freePlan() *Limits    { return nil }
func (c Allocate) freePlan() *Limits   { return c.Free }
func (c Accept) freePlan() *Limits     { return c.Free }
func (c ChangeRole) freePlan() *Limits { return c.Free }
func (c Release) freePlan() *Limits    { return c.Free }
func (c Sync) freePlan() *Limits       { return c.Free }
func (c Expire) freePlan() *Limits     { return c.Free }
