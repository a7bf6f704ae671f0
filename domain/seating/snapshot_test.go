package seating

import (
	"os"
	"strings"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What a program keeps of a pool another one reads. Whoever changes it raises the Revision.
func TestSnapshotIsPinned(t *testing.T) {
	t.Parallel()
	domain.CheckSnapshot(t, Type, os.DirFS("testdata/snapshots"),
		LimitsChanged{Source: SourceSubscription, Product: "pro", Purchased: 9, GuestsPerSeat: 3},
		Allocated{Member: "ann", Role: RoleAdmin, Since: before},
		Allocated{Member: "ben", Role: RoleMember, Since: now},
		Reserved{Member: "cat", Role: RoleMember, Since: now, ExpiresAt: &later},
		Reserved{Member: "dan", Role: RoleMember, Since: now},
		Accepted{Member: "dan", Role: RoleMember, Since: now},
		Reserved{Member: "eve", Role: RoleAdmin, Since: now},
		Reserved{Member: "fay", Role: RoleMember, Since: before, ExpiresAt: &now},
		ReservationExpired{Member: "fay", Role: RoleMember, ExpiresAt: now},
		Allocated{Member: "gus", Role: RoleMember, Since: now},
		RoleChanged{Member: "gus", From: RoleMember, To: RoleGuest, State: StatusActive},
		Allocated{Member: "hal", Role: RoleMember, Since: now},
		Released{Member: "hal", Role: RoleMember, State: StatusActive},
		Reserved{Member: "ida", Role: RoleGuest, Since: now, ExpiresAt: &later},
	)
}

func TestWhatCannotBeKeptIsAnError(t *testing.T) {
	t.Parallel()
	if data, err := encodePool(fold(State{}, []Fact{Allocated{Member: "ann", Role: "owner"}})); err == nil {
		t.Errorf("an unknown role was kept as %s", data)
	}
	for name, data := range map[string]string{
		"cut off":          `{"limits":{},"members":["ann"]`,
		"a seat too few":   `{"limits":{},"members":["ann"],"seats":"","since":[1],"expires_at":{}}`,
		"a time too few":   `{"limits":{},"members":["ann"],"seats":"A","since":[],"expires_at":{}}`,
		"an unknown seat":  `{"limits":{},"members":["ann"],"seats":"X","since":[1],"expires_at":{}}`,
		"a member too few": `{"limits":{},"members":[],"seats":"A","since":[1],"expires_at":{}}`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if state, err := decodePool([]byte(data)); err == nil {
				t.Errorf("%s was read as %s", data, strings.TrimSpace(shown(state)))
			}
		})
	}
}
