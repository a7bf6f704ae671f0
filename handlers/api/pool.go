package api

import (
	"context"
	"net/http"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/seating"
	"github.com/tallystick/tallystick/projections"
)

// poolView is a workspace's seats in numbers, and its members page by page.
type poolView struct {
	Purchased  int64            `json:"purchased" doc:"On the free plan the free seats."`
	Allocated  int64            `json:"allocated" doc:"Admins and members."`
	Reserved   int64            `json:"reserved" doc:"Invited admins and members."`
	Available  int64            `json:"available" doc:"How many more admins or members there is room for."`
	OverLimit  int64            `json:"over_limit" doc:"By how many use exceeds the limits; nobody enters until it fits."`
	Guests     int64            `json:"guests" doc:"Guests, invited ones too."`
	GuestLimit int64            `json:"guest_limit" doc:"On the free plan the free seats, which all roles share."`
	HighWater  int64            `json:"high_water" doc:"The most seats in use at once on this plan."`
	Members    list[memberView] `json:"members" doc:"In the order of their names."`
}

type memberView struct {
	Member    string     `json:"member"`
	Role      string     `json:"role" enum:"admin,member,guest"`
	State     string     `json:"state" enum:"active,invited"`
	Since     time.Time  `json:"since" doc:"When the state began."`
	ExpiresAt *time.Time `json:"expires_at" doc:"Of an invitation that lapses."`
}

// checkSeatsBody is the body of POST …/seats/check.
type checkSeatsBody struct {
	Invite []inviteBody `json:"invite" maxItems:"10000" doc:"Who is to be invited."`
}

type inviteBody struct {
	Role string `json:"role" enum:"admin,member,guest"`
}

// checkView says whether all those could be invited.
type checkView struct {
	Allowed              bool  `json:"allowed"`
	AdminMemberSeatsLeft int64 `json:"admin_member_seats_left"`
	GuestSeatsLeft       int64 `json:"guest_seats_left" doc:"On the free plan the same seats as the others'."`
}

func poolRoutes() []route {
	return []route{
		queryRoute(route{
			method: http.MethodGet, path: "/v1/workspaces/{workspace}/seats", id: "get-seats", tag: tagSeats, roles: everyRole,
			summary: "A workspace's seats and members", status: http.StatusOK, parameters: listParameters(), versioned: true,
			text: "A workspace in which nothing was ever done has the free plan's seats and no members.",
		}, projections.Seats, getSeats),
		checkRoute(route{
			method: http.MethodPost, path: "/v1/workspaces/{workspace}/seats/check", id: "check-seats", tag: tagSeats,
			roles: roleWorkspaces, summary: "Ask whether there is room for invitations", status: http.StatusOK, versioned: true,
			text:     "Nothing is kept: whoever allocates first has the seat.",
			example:  map[string]any{"invite": []any{map[string]any{"role": "member"}, map[string]any{"role": "guest"}}},
			refusals: []refusal{{http.StatusUnprocessableEntity, "role_invalid", "a role is none of the three"}},
		}, projections.Seats, checkSeats),
	}
}

func getSeats(ctx context.Context, tx pgx.Tx, c *call) (poolView, int64, error) {
	after, err := c.cursors().decode(c.query.Get(parameterCursor.name))
	if err != nil {
		return poolView{}, 0, err
	}
	pool, err := projections.FindSeatPool(ctx, tx, c.ledger.ID, c.workspace(), c.now())
	if err != nil {
		return poolView{}, 0, err
	}
	seats, err := projections.ListSeats(ctx, tx, c.ledger.ID, c.workspace(), c.now(), after, c.limit()+1)
	if err != nil {
		return poolView{}, 0, err
	}
	member := func(s projections.Seat) string { return s.Member }
	view := viewPool(pool)
	view.Members = pageOf(c.cursors(), seats, c.limit(), member, viewMember)
	return view, pool.Version, nil
}

func viewPool(p projections.SeatPool) poolView {
	return poolView{
		Purchased: p.Limits.Purchased, Allocated: p.Use.Allocated, Reserved: p.Use.Reserved, Available: max(0, p.Limits.SeatsLeft(p.Use)),
		OverLimit: p.Limits.OverLimit(p.Use), Guests: p.Use.Guests, GuestLimit: p.Limits.Guests(), HighWater: p.HighWater,
	}
}

func viewMember(s projections.Seat) memberView {
	return memberView{Member: s.Member, Role: string(s.Role), State: string(s.State), Since: s.Since, ExpiresAt: s.ExpiresAt}
}

func checkSeats(asked checkSeatsBody) reading[checkView] {
	return func(ctx context.Context, tx pgx.Tx, c *call) (checkView, int64, error) {
		seats, guests, err := countInvited(asked.Invite)
		if err != nil {
			return checkView{}, 0, err
		}
		pool, err := projections.FindSeatPool(ctx, tx, c.ledger.ID, c.workspace(), c.now())
		if err != nil {
			return checkView{}, 0, err
		}
		return checkView{
			Allowed:              pool.Limits.Admits(pool.Use, seats, guests),
			AdminMemberSeatsLeft: max(0, pool.Limits.SeatsLeft(pool.Use)),
			GuestSeatsLeft:       max(0, pool.Limits.GuestsLeft(pool.Use)),
		}, pool.Version, nil
	}
}

// countInvited is refused with role_invalid.
func countInvited(invited []inviteBody) (seats, guests int64, err error) {
	var check domain.Check
	for i, one := range invited {
		switch seating.Role(one.Role) {
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
