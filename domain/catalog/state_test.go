package catalog

import (
	"errors"
	"reflect"
	"testing"

	"github.com/tallystick/tallystick/domain"
)

func TestState(t *testing.T) {
	t.Parallel()
	var versions []State
	state := State{}
	for _, event := range []domain.Event{
		product("pro", 20), freeProduct("free"), product("business", 30), price("p2", "pro"), price("p1", "pro"), price("b1", "business"),
		ProductChanged{Product: "pro", Name: "Pro!"}, PriceArchived{Price: "p1", Product: "pro"},
		ProductArchived{Product: "business"}, ProductArchived{Product: "free"},
	} {
		versions = append(versions, state)
		state = Evolve(state, event)
	}
	t.Run("order of creation", func(t *testing.T) {
		t.Parallel()
		var codes []string
		for _, p := range state.Products() {
			codes = append(codes, p.Code)
		}
		for _, p := range state.Prices("pro") {
			codes = append(codes, p.Terms.Price)
		}
		if want := []string{"pro", "free", "business", "p2", "p1"}; !reflect.DeepEqual(codes, want) {
			t.Errorf("%v, want %v", codes, want)
		}
	})
	t.Run("as it is now", func(t *testing.T) {
		t.Parallel()
		if p, ok := state.Product("pro"); !ok || p.Name != "Pro!" || p.Tier != 20 {
			t.Errorf("pro is %+v", p)
		}
		if _, ok := state.Free(); ok {
			t.Error("an archived product is free")
		}
		if state.Size() <= versions[1].Size() {
			t.Error("things have no size")
		}
	})
	for code, want := range map[string]string{"p1": "price_archived", "b1": "product_archived", "x": "price_not_found"} {
		t.Run(code+" for sale", func(t *testing.T) {
			t.Parallel()
			var rejection *domain.Rejection
			if _, err := state.ForSale(code); !errors.As(err, &rejection) || rejection.Code != want {
				t.Errorf("%v, want %s", err, want)
			}
		})
	}
	t.Run("p2 for sale", func(t *testing.T) {
		t.Parallel()
		if terms, err := state.ForSale("p2"); err != nil || terms.Price != "p2" {
			t.Errorf("%+v, %v", terms, err)
		}
	})
	t.Run("old states stay what they were", func(t *testing.T) {
		t.Parallel()
		if p, ok := versions[6].Product("pro"); !ok || p.Name != "pro" {
			t.Errorf("pro was %+v", p)
		}
		if p, ok := versions[7].Price("p1"); !ok || p.Archived {
			t.Errorf("p1 was %+v", p)
		}
		if p, ok := versions[9].Free(); !ok || p.Code != "free" || len(versions[4].Products()) != 3 {
			t.Errorf("free was %+v", p)
		}
		if _, ok := versions[4].Price("p1"); ok || len(versions[2].Products()) != 2 {
			t.Error("an old state has what came later")
		}
	})
}

func TestStream(t *testing.T) {
	t.Parallel()
	if Stream() != "catalog:main" || Type.Name != Stream().Type() {
		t.Errorf("stream %s of type %s", Stream(), Type.Name)
	}
}
