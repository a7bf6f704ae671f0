package seats

import (
	"time"

	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// allocateSeatBody is the body of POST …/seats.
type allocateSeatBody struct {
	Member    string          `json:"member" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"ada" doc:"An opaque id, never an e-mail address."`
	Role      seating.Role    `json:"role"`
	State     *seating.Status `json:"state,omitempty" default:"active"`
	ExpiresAt *time.Time      `json:"expires_at,omitempty" doc:"Of an invitation, which lapses then and holds no seat any more."`
}

// changeRoleBody is the body of PUT …/seats/{member}.
type changeRoleBody struct {
	Role seating.Role `json:"role"`
}

// syncSeatsBody is the body of PUT …/seats.
type syncSeatsBody struct {
	Members []syncMemberBody `json:"members" maxItems:"10000" doc:"Everybody who is to have a seat. An empty list releases everybody."`
}

type syncMemberBody struct {
	Member string          `json:"member" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$"`
	Role   seating.Role    `json:"role"`
	State  *seating.Status `json:"state,omitempty" default:"active"`
}

// seatOutcome tells what a command made of a seat.
type seatOutcome seating.Status

func seatOutcomes() []seatOutcome {
	all := []seatOutcome{seatOutcome(command.StatusReleased)}
	for _, status := range seating.Statuses {
		all = append(all, seatOutcome(status))
	}
	return all
}

// seatView shows a member's seat as a command leaves it.
type seatView struct {
	Member string       `json:"member"`
	Role   seating.Role `json:"role"`
	State  seatOutcome  `json:"state"`
	Since  time.Time    `json:"since" doc:"When the state began."`
}

// syncView says what a list changed.
type syncView struct {
	Added   int `json:"added"`
	Changed int `json:"changed"`
	Removed int `json:"removed"`
}

func viewSeat(s command.Seat) seatView {
	return seatView{Member: s.Member, Role: s.Role, State: seatOutcome(s.State), Since: s.Since.UTC()}
}

func viewSync(c command.SeatChanges) syncView {
	return syncView{Added: c.Added, Changed: c.Changed, Removed: c.Removed}
}

func allocateSeat(c *endpoint.Call, b allocateSeatBody) command.Command[command.Seat] {
	return command.AllocateSeat(c.Workspace(), seating.Allocate{
		Member: b.Member, Role: b.Role, State: b.State, ExpiresAt: b.ExpiresAt,
	})
}

func acceptSeat(c *endpoint.Call) command.Command[command.Seat] {
	return command.AcceptSeat(c.Workspace(), c.Name("member"))
}

func changeRole(c *endpoint.Call, b changeRoleBody) command.Command[command.Seat] {
	return command.ChangeSeatRole(c.Workspace(), seating.ChangeRole{Member: c.Name("member"), Role: b.Role})
}

func releaseSeat(c *endpoint.Call) command.Command[command.Seat] {
	return command.ReleaseSeat(c.Workspace(), c.Name("member"))
}

func syncSeats(c *endpoint.Call, b syncSeatsBody) command.Command[command.SeatChanges] {
	members := make([]seating.SyncMember, len(b.Members))
	for i, m := range b.Members {
		members[i] = seating.SyncMember{Member: m.Member, Role: m.Role, State: m.State}
	}
	return command.SyncSeats(c.Workspace(), seating.Sync{Members: members})
}
