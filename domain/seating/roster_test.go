package seating

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// A roster does what a map does, every version of it for ever, and its shape depends on nothing but its keys.
func TestRosterIsPersistentMap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		versions, models := []roster[int]{{}}, []map[string]int{{}}
		key := rapid.Custom(func(t *rapid.T) string { return fmt.Sprintf("m%d", rapid.IntRange(0, 30).Draw(t, "key")) })
		for step := range rapid.IntRange(50, 100).Draw(t, "steps") {
			base := len(versions) - 1
			if rapid.IntRange(0, 9).Draw(t, "branch") == 9 {
				base = rapid.IntRange(0, base).Draw(t, "base")
			}
			k, model := key.Draw(t, "key"), maps.Clone(models[base])
			if rapid.IntRange(0, 4).Draw(t, "edit") == 4 {
				versions = append(versions, edited(versions[base], model, rapid.SliceOfN(key, 2, 10).Draw(t, "keys"), step))
				models = append(models, model)
				continue
			}
			if rapid.IntRange(0, 2).Draw(t, "delete") == 2 {
				delete(model, k)
				versions = append(versions, versions[base].without(k))
			} else {
				model[k] = step
				versions = append(versions, versions[base].with(k, step))
			}
			models = append(models, model)
		}
		for i, version := range versions {
			checkRoster(t, version, models[i])
		}
	})
}

// edited takes out what is there of the keys and puts in what is not, in one edit.
func edited(r roster[int], model map[string]int, keys []string, value int) roster[int] {
	r.edit = &edit{}
	for _, k := range keys {
		if _, ok := model[k]; ok {
			delete(model, k)
			r = r.without(k)
		} else {
			model[k] = value
			r = r.with(k, value)
		}
	}
	r.edit = nil
	return r
}

func checkRoster(t *rapid.T, r roster[int], model map[string]int) {
	var keys []string
	for key, value := range r.all() {
		if model[key] != value {
			t.Fatalf("%s is %d, want %d", key, value, model[key])
		}
		keys = append(keys, key)
	}
	if !slices.Equal(keys, slices.Sorted(maps.Keys(model))) || r.Len() != len(model) {
		t.Fatalf("%d keys %v, want %v", r.Len(), keys, model)
	}
	fresh := roster[int]{}
	for key, value := range model { // in an order of chance
		if got, ok := r.get(key); !ok || got != value {
			t.Fatalf("%s is %d, %v, want %d", key, got, ok, value)
		}
		fresh = fresh.with(key, value)
	}
	if _, ok := r.get("absent"); ok {
		t.Fatalf("there is a key that nobody set")
	}
	if !reflect.DeepEqual(r, fresh) {
		t.Fatalf("two shapes for %v", model)
	}
}

func TestRosterStopsEarly(t *testing.T) {
	t.Parallel()
	r := roster[int]{}
	for i := range 100 {
		r = r.with(fmt.Sprintf("m%02d", i), i)
	}
	var seen []int
	for _, value := range r.all() {
		if value == 3 {
			break
		}
		seen = append(seen, value)
	}
	if !slices.Equal(seen, []int{0, 1, 2}) {
		t.Errorf("saw %v", seen)
	}
}

// Names that differ little, which is what names do, make no deep tree.
func TestRosterStaysShallow(t *testing.T) {
	t.Parallel()
	r := roster[int]{}
	for i := range 10_000 {
		r = r.with(fmt.Sprintf("user-%06d", i), i)
	}
	level, depth := []*node[int]{r.root}, 0
	for ; len(level) > 0; depth++ {
		var next []*node[int]
		for _, n := range level {
			for _, child := range []*node[int]{n.left, n.right} {
				if child != nil {
					next = append(next, child)
				}
			}
		}
		level = next
	}
	if depth > 50 {
		t.Errorf("10000 keys are %d deep", depth)
	}
}
