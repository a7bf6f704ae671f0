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
	Cap           Cap    `json:"cap,omitzero"`
}

// Cap bounds the seats by a plan that is decided and has not begun: whoever enters must have a seat in both. The zero Cap
// bounds nothing.
type Cap struct {
	Reason CapReason `json:"reason"`
	Seats  int64     `json:"seats"`  // of admins and members
	Guests int64     `json:"guests"` // of guests, where the reason bounds them
}

// CapReason tells what the plan waits for.
type CapReason string

const (
	CapOfPayment CapReason = "payment" // it begins when it is paid
	CapOfChange  CapReason = "change"  // it begins with the next period; guests are not bound
)

// noPlan holds the limit of 0 of a ledger without a free product.
var noPlan = Limits{Source: SourceFree}

// shared reports whether all roles share the purchased seats, as they do on the free plan.
func (l Limits) shared() bool { return l.Source == SourceFree }

// Seats gives the limit of admins and members: on the free plan the one that all roles share, and no more than the cap.
func (l Limits) Seats() int64 {
	if l.Cap.bounds(classSeats) {
		return min(l.Purchased, l.Cap.Seats)
	}
	return l.Purchased
}

// Guests gives the limit of guests: on the free plan the one that all roles share, and no more than the cap.
func (l Limits) Guests() int64 {
	guests := l.GuestsPerSeat * l.Purchased
	if l.shared() {
		guests = l.Purchased
	}
	if l.Cap.bounds(classGuests) {
		return min(guests, l.Cap.Guests)
	}
	return guests
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
	fits := func(seats, left int64) bool { return seats == 0 || seats <= left }
	if l.shared() && !fits(seats+guests, l.left(classSeats, use)) {
		return false
	}
	return fits(seats, l.SeatsLeft(use)) && fits(guests, l.GuestsLeft(use))
}

// Refusal gives the code by which so many more admins or members, and so many more guests, are refused: no_seat_available,
// no_guest_seat_available, pending_change_conflict, or "" where all could enter at once.
func (l Limits) Refusal(use Use, seats, guests int64) string {
	if l.Admits(use, seats, guests) {
		return ""
	}
	present := l
	if l.Cap.Reason == CapOfChange {
		present.Cap = Cap{}
	}
	switch {
	case present.Admits(use, seats, guests):
		return "pending_change_conflict"
	case !present.Admits(use, seats, 0) || present.shared() && seats > 0:
		return "no_seat_available"
	}
	return "no_guest_seat_available"
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
func (l Limits) SeatsLeft(use Use) int64 {
	return l.Cap.atMost(l.left(classSeats, use), classSeats, use)
}

// GuestsLeft tells how many more guests there is room for; on the free plan they are the seats that all roles share.
func (l Limits) GuestsLeft(use Use) int64 {
	return l.Cap.atMost(l.left(l.classOf(RoleGuest), use), classGuests, use)
}

// OverLimit tells by how many seats use is above the limits of the plan, of all classes together.
func (l Limits) OverLimit(use Use) int64 {
	over := max(0, -l.left(classSeats, use))
	if l.classOf(RoleGuest) == classGuests {
		over += max(0, -l.left(classGuests, use))
	}
	return over
}

// bounds reports whether the cap limits a class. Under a cap guests are a class of their own, as on every plan that is sold.
func (c Cap) bounds(of class) bool {
	return c.Reason == CapOfPayment || c.Reason == CapOfChange && of == classSeats
}

// left tells how many more of a class the cap has room for.
func (c Cap) left(of class, use Use) int64 {
	if of == classGuests {
		return c.Guests - use.Guests
	}
	return c.Seats - use.Seats()
}

// atMost lowers what a plan has left to what the cap leaves of it.
func (c Cap) atMost(left int64, of class, use Use) int64 {
	if c.bounds(of) {
		return min(left, c.left(of, use))
	}
	return left
}

// left tells how many more of a class the plan has room for, whatever the cap; it is negative where use is above the limit.
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
