package seating

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tallystick/tallystick/domain"
)

// snapshot keeps pools. Its Revision is raised with every change of what is kept, of State or of the fold.
var snapshot = domain.NewSnapshot(2, encodePool, decodePool)

// keptPool is a pool as it is kept: in columns, because a pool may have a great many members.
type keptPool struct {
	Limits    Limits           `json:"limits"`
	Members   []string         `json:"members"` // by name
	Seats     string           `json:"seats"`   // a letter for each member
	Since     []int64          `json:"since"`   // of each member, in microseconds
	ExpiresAt map[string]int64 `json:"expires_at"`
}

// seatLetters are capital for active seats and small for invited ones.
var seatLetters = map[Role][2]byte{RoleAdmin: {'A', 'a'}, RoleMember: {'M', 'm'}, RoleGuest: {'G', 'g'}}

func encodePool(s State) ([]byte, error) {
	kept := keptPool{Limits: s.limits, Members: make([]string, 0, s.Len()), Since: make([]int64, 0, s.Len()), ExpiresAt: map[string]int64{}}
	seats := make([]byte, 0, s.Len())
	for member, seat := range s.members.all() {
		letters, known := seatLetters[seat.Role]
		switch {
		case known && seat.State == StatusActive:
			seats = append(seats, letters[0])
		case known && seat.State == StatusInvited:
			seats = append(seats, letters[1])
		default:
			return nil, fmt.Errorf("the seat of %s is neither active nor invited: %+v", member, seat)
		}
		kept.Members = append(kept.Members, member)
		kept.Since = append(kept.Since, seat.Since.UnixMicro())
		if seat.ExpiresAt != nil {
			kept.ExpiresAt[member] = seat.ExpiresAt.UnixMicro()
		}
	}
	kept.Seats = string(seats)
	return json.Marshal(kept)
}

func decodePool(data []byte) (State, error) {
	var kept keptPool
	if err := json.Unmarshal(data, &kept); err != nil {
		return State{}, err
	}
	if len(kept.Seats) != len(kept.Members) || len(kept.Since) != len(kept.Members) {
		return State{}, fmt.Errorf("%d members, %d seats and %d times", len(kept.Members), len(kept.Seats), len(kept.Since))
	}
	seats := map[byte]Seat{}
	for role, letters := range seatLetters {
		seats[letters[0]], seats[letters[1]] = Seat{Role: role, State: StatusActive}, Seat{Role: role, State: StatusInvited}
	}
	for i := range len(kept.Seats) {
		if _, known := seats[kept.Seats[i]]; !known {
			return State{}, fmt.Errorf("the seat of %s is %q", kept.Members[i], kept.Seats[i])
		}
	}
	return State{limits: kept.Limits}.edited(func(s State) State {
		for i, member := range kept.Members {
			seat := seats[kept.Seats[i]]
			seat.Since = time.UnixMicro(kept.Since[i]).UTC()
			if at, expires := kept.ExpiresAt[member]; expires {
				seat.ExpiresAt = new(time.UnixMicro(at).UTC())
			}
			s = s.withSeat(member, seat)
		}
		return s
	}), nil
}
