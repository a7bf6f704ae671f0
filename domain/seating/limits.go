package seating

// Source tells what gives a workspace its seats.
type Source string

const (
	SourceFree         Source = "free"
	SourceSubscription Source = "subscription"
	SourceTrial        Source = "trial"
	SourceLicense      Source = "license"
)

// Limits hold how many seats a plan has.
type Limits struct {
	Source        Source `json:"source"`
	Product       string `json:"product"`
	Purchased     int64  `json:"purchased"` // of the free plan: the free seats, all roles together
	GuestsPerSeat int64  `json:"guests_per_seat"`
	Closed        bool   `json:"closed,omitempty"` // a paused plan: those who have a seat keep it, and nobody enters
}

// noPlan holds the limit of 0 of a ledger without a free product.
var noPlan = Limits{Source: SourceFree}

// shared reports whether all roles share the purchased seats, as they do on the free plan.
func (l Limits) shared() bool { return l.Source == SourceFree }

// Guests gives the limit of guests; on the free plan it is the one that all roles share.
func (l Limits) Guests() int64 {
	if l.shared() {
		return l.Purchased
	}
	return l.GuestsPerSeat * l.Purchased
}

// InUse counts the purchased seats that are in use: those of admins and members, and on the free plan those of guests too.
func (l Limits) InUse(use Use) int64 {
	if l.shared() {
		return use.Seats() + use.Guests
	}
	return use.Seats()
}

// Admits reports whether so many more admins or members, and so many more guests, could enter at once.
func (l Limits) Admits(use Use, seats, guests int64) bool {
	if l.shared() {
		seats, guests = seats+guests, 0
	}
	return (seats == 0 || seats <= l.SeatsLeft(use)) && (guests == 0 || guests <= l.GuestsLeft(use))
}

// Use counts the seats in use.
type Use struct {
	Allocated int64 `json:"allocated"` // admins and members
	Reserved  int64 `json:"reserved"`  // invited admins and members
	Guests    int64 `json:"guests"`    // guests, invited ones included
}

// Seats counts what admins and members use, allocated and reserved.
func (u Use) Seats() int64 { return u.Allocated + u.Reserved }

// Add counts n more seats of a role and status; n may be negative.
func (u Use) Add(role Role, status Status, n int64) Use {
	switch {
	case role == RoleGuest:
		u.Guests += n
	case status == StatusInvited:
		u.Reserved += n
	default:
		u.Allocated += n
	}
	return u
}

// class names those who share a limit.
type class int

const (
	classSeats  class = iota // admins and members, and on the free plan everybody
	classGuests              // guests on a plan that is not free
)

func (l Limits) classOf(role Role) class {
	if role == RoleGuest && !l.shared() {
		return classGuests
	}
	return classSeats
}

// SeatsLeft tells how many more admins or members there is room for; it is negative where use is above the limit.
func (l Limits) SeatsLeft(use Use) int64 { return l.left(classSeats, use) }

// GuestsLeft tells how many more guests there is room for; on the free plan they are the seats that all roles share.
func (l Limits) GuestsLeft(use Use) int64 { return l.left(l.classOf(RoleGuest), use) }

// OverLimit tells by how many seats use is above the limits, of all classes together.
func (l Limits) OverLimit(use Use) int64 {
	over := max(0, -l.SeatsLeft(use))
	if l.classOf(RoleGuest) == classGuests {
		over += max(0, -l.GuestsLeft(use))
	}
	return over
}

// left tells how many more a class has room for; it is negative where use is above the limit.
func (l Limits) left(c class, use Use) int64 {
	if c == classGuests {
		return l.unlessClosed(l.Guests() - use.Guests)
	}
	return l.unlessClosed(l.Purchased - l.InUse(use))
}

// unlessClosed leaves no room at all in a closed pool, whatever is left; it may still be over its limit.
func (l Limits) unlessClosed(left int64) int64 {
	if l.Closed {
		return min(0, left)
	}
	return left
}
