package seats

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/projections"
)

// poolView shows a workspace's seats in numbers, and its members page by page.
type poolView struct {
	Purchased  int64                     `json:"purchased" doc:"On the free plan the free seats."`
	Allocated  int64                     `json:"allocated" doc:"Admins and members."`
	Reserved   int64                     `json:"reserved" doc:"Invited admins and members."`
	Available  int64                     `json:"available" doc:"How many more admins or members there is room for."`
	OverLimit  int64                     `json:"over_limit" doc:"By how many use exceeds the limits; nobody enters until it fits."`
	Guests     int64                     `json:"guests" doc:"Guests, invited ones too."`
	GuestLimit int64                     `json:"guest_limit" doc:"On the free plan the free seats, which all roles share."`
	HighWater  int64                     `json:"high_water" doc:"The most seats in use at once on this plan."`
	Members    endpoint.List[memberView] `json:"members" doc:"In the order of their names."`
}

type memberView struct {
	Member    string         `json:"member"`
	Role      seating.Role   `json:"role"`
	State     seating.Status `json:"state"`
	Since     time.Time      `json:"since" doc:"When the state began."`
	ExpiresAt *time.Time     `json:"expires_at" doc:"Of an invitation that lapses."`
}

// checkSeatsBody is the body of POST …/seats/check.
type checkSeatsBody struct {
	Invite []inviteBody `json:"invite" maxItems:"10000" doc:"Who is to be invited."`
}

type inviteBody struct {
	Role seating.Role `json:"role"`
}

// checkView says whether all those could be invited.
type checkView struct {
	Allowed              bool    `json:"allowed"`
	AdminMemberSeatsLeft int64   `json:"admin_member_seats_left"`
	GuestSeatsLeft       int64   `json:"guest_seats_left" doc:"On the free plan the same seats as the others'."`
	Code                 *string `json:"code" example:"no_seat_available" doc:"By which an allocation would be refused, such as license_out_of_sync; null where all are allowed."`
}

func getSeats(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (poolView, error) {
	pool, err := projections.FindSeatPool(ctx, tx, c.Ledger.ID, c.Workspace(), c.Now())
	if err != nil {
		return poolView{}, err
	}
	c.SetVersion(pool.Version)
	shown := viewPool(pool)
	shown.Members, err = endpoint.Page(c, func(after string, limit int) ([]projections.Seat, error) {
		return projections.ListSeats(ctx, tx, c.Ledger.ID, c.Workspace(), c.Now(), after, limit)
	}, func(s projections.Seat) string { return s.Member }, viewMember)
	return shown, err
}

func viewPool(p projections.SeatPool) poolView {
	return poolView{
		Purchased: p.Limits.Purchased, Allocated: p.Use.Allocated, Reserved: p.Use.Reserved, Available: max(0, p.Limits.SeatsLeft(p.Use)),
		OverLimit: p.Limits.OverLimit(p.Use), Guests: p.Use.Guests, GuestLimit: p.Limits.Guests(), HighWater: p.HighWater,
	}
}

func viewMember(s projections.Seat) memberView {
	return memberView{Member: s.Member, Role: s.Role, State: s.State, Since: s.Since, ExpiresAt: s.ExpiresAt}
}

func checkSeats(c *endpoint.Call, asked checkSeatsBody) command.Command[command.Room] {
	seats, guests, err := countInvited(asked.Invite)
	if err != nil {
		return command.Refuse[command.Room](seating.Stream(c.Workspace()), err)
	}
	return command.CheckSeats(c.Workspace(), seats, guests)
}

func viewRoom(_ *endpoint.Call, r command.Room) checkView {
	return checkView{
		Allowed: r.Code == "", AdminMemberSeatsLeft: max(0, r.Limits.SeatsLeft(r.Use)), GuestSeatsLeft: max(0, r.Limits.GuestsLeft(r.Use)),
		Code: endpoint.OrNull(r.Code),
	}
}

// countInvited counts members and guests apart. It is refused with role_invalid.
func countInvited(invited []inviteBody) (seats, guests int64, err error) {
	var check domain.Check
	for i, one := range invited {
		switch one.Role {
		case seating.RoleAdmin, seating.RoleMember:
			seats++
		case seating.RoleGuest:
			guests++
		default:
			check.Require(false, domain.Pointer("invite", i, "role"), "role_invalid", "role must be admin, member or guest")
		}
	}
	return seats, guests, check.Rejection()
}
