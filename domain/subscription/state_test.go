package subscription

import (
	"encoding/json"
	"reflect"
	"testing"
)

func TestState(t *testing.T) {
	t.Parallel()
	waiting := sold(t, CollectionAutomatic).at("06-11").do(Upgrade{Terms: business}, "update_pending upgrade -20.00 40.00").state
	for name, state := range map[string]State{"none": {}, "active": sold(t, CollectionSendInvoice).state, "waiting": waiting} {
		t.Run("as JSON: "+name, func(t *testing.T) {
			t.Parallel()
			data, err := json.Marshal(state)
			if err != nil {
				t.Fatal(err)
			}
			var back State
			if err := json.Unmarshal(data, &back); err != nil || !reflect.DeepEqual(back, state) {
				t.Errorf("%s came back as %+v, %v", data, back, err)
			}
			if state.Size() <= 0 {
				t.Error("no size")
			}
		})
	}
	t.Run("invoices", func(t *testing.T) {
		t.Parallel()
		if got := waiting.Invoices(); !reflect.DeepEqual(got, []string{"i1"}) {
			t.Errorf("invoices %v", got)
		}
	})
	t.Run("actions", func(t *testing.T) {
		t.Parallel()
		sold(t, CollectionSendInvoice).actions(ActionUpgrade, ActionDowngrade, ActionChangeSeats, ActionRemoveUnusedSeats,
			ActionCancel, ActionPause, ActionChangeCollection, ActionApplyDiscount)
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	if Stream("acme") != "subscription:acme" || Type.Name != Stream("acme").Type() {
		t.Errorf("stream %s of type %s", Stream("acme"), Type.Name)
	}
}
