package details

import (
	"os"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

// What is stored is stored for ever: the JSON of each type of event is compared byte for byte.
func TestEventsKeepTheirShape(t *testing.T) {
	t.Parallel()
	domain.CheckShapes(t, Type, os.DirFS("testdata/events"), Set{}, Erased{})
}

// The private part is stored for ever too, unless it is erased.
func TestThePrivatePartKeepsItsShape(t *testing.T) {
	t.Parallel()
	domain.CheckShape(t, os.DirFS("testdata/events"), "details.set.v1.private", ada)
	public, part := Type.Events[0].Private.Split(Set{&ada})
	joined, err := Type.Events[0].Private.Join(public, func(into any) error { *into.(*Details) = *part.(*Details); return nil })
	if public != (Set{}) || err != nil || *joined.(Set).Details != ada {
		t.Errorf("split into %+v and %+v, joined to %+v, %v", public, part, joined, err)
	}
	if _, part := Type.Events[0].Private.Split(Set{}); part != nil {
		t.Errorf("nothing has the part %+v", part)
	}
}
