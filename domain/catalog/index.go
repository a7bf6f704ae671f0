package catalog

import (
	"slices"
	"strings"
)

// index holds values by their codes and remembers the order in which they came. It is persistent: with copies one
// slice of pointers and shares every entry that it does not replace, which for the size of a catalog is cheaper than a
// tree.
type index[T any] struct {
	entries []*entry[T] // sorted by code
}

type entry[T any] struct {
	code  string
	order int
	value T
}

func (x index[T]) get(code string) (value T, ok bool) {
	i, ok := x.find(code)
	if !ok {
		return value, false
	}
	return x.entries[i].value, true
}

// with replaces the value of a code, or adds it as the newest.
func (x index[T]) with(code string, value T) index[T] {
	i, found := x.find(code)
	if found {
		entries := slices.Clone(x.entries)
		entries[i] = &entry[T]{code: code, order: entries[i].order, value: value}
		return index[T]{entries: entries}
	}
	// Clipped, so that Insert can't write into an array that an older state reads.
	added := &entry[T]{code: code, order: len(x.entries), value: value}
	return index[T]{entries: slices.Insert(slices.Clip(x.entries), i, added)}
}

func (x index[T]) inOrder() []T {
	values := make([]T, len(x.entries))
	for _, e := range x.entries {
		values[e.order] = e.value
	}
	return values
}

func (x index[T]) find(code string) (int, bool) {
	return slices.BinarySearchFunc(x.entries, code, func(e *entry[T], code string) int {
		return strings.Compare(e.code, code)
	})
}
