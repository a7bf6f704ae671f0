package seating

import (
	"iter"
	"strings"
)

// roster is a persistent map in the order of its keys. A change copies the path to it, some 15 nodes of 10 000, and
// shares the rest, so that an old version stays what it was and is thrown away for nothing.
//
// It is a treap: a search tree by key and a heap by rank. The rank is a hash of the key, so that one set of keys has
// one shape, whatever order they came in.
type roster[V any] struct {
	root *node[V]
	len  int
}

type node[V any] struct {
	key         string
	rank        uint64
	value       V
	left, right *node[V]
}

// Len is the number of keys.
func (r roster[V]) Len() int { return r.len }

func (r roster[V]) get(key string) (value V, ok bool) {
	for n := r.root; n != nil; {
		switch order := strings.Compare(key, n.key); {
		case order < 0:
			n = n.left
		case order > 0:
			n = n.right
		default:
			return n.value, true
		}
	}
	return value, false
}

func (r roster[V]) with(key string, value V) roster[V] {
	if _, ok := r.get(key); !ok {
		r.len++
	}
	r.root = put(r.root, &node[V]{key: key, rank: rankOf(key), value: value})
	return r
}

func (r roster[V]) without(key string) roster[V] {
	if _, ok := r.get(key); !ok {
		return r
	}
	return roster[V]{root: remove(r.root, key), len: r.len - 1}
}

// all runs through the map by key.
func (r roster[V]) all() iter.Seq2[string, V] {
	return func(yield func(string, V) bool) { r.root.walk(yield) }
}

// walk goes as deep as the tree, which the ranks keep at a few times the logarithm of its size.
func (n *node[V]) walk(yield func(string, V) bool) bool {
	return n == nil || n.left.walk(yield) && yield(n.key, n.value) && n.right.walk(yield)
}

// put places a fresh node, which may be written to, where its key and rank say. A node of the same key has the same
// rank, so the way down leads to it before added would stand above anything.
func put[V any](n, added *node[V]) *node[V] {
	switch {
	case n == nil || added.above(n):
		added.left, added.right = split(n, added.key)
		return added
	case n.key == added.key:
		added.left, added.right = n.left, n.right
		return added
	}
	path := *n
	if added.key < n.key {
		path.left = put(n.left, added)
	} else {
		path.right = put(n.right, added)
	}
	return &path
}

// remove takes a key out that is in the tree.
func remove[V any](n *node[V], key string) *node[V] {
	if n.key == key {
		return join(n.left, n.right)
	}
	path := *n
	if key < n.key {
		path.left = remove(n.left, key)
	} else {
		path.right = remove(n.right, key)
	}
	return &path
}

// split parts a tree into what is less and what is more than a key.
func split[V any](n *node[V], key string) (less, more *node[V]) {
	if n == nil {
		return nil, nil
	}
	path := *n
	if key < n.key {
		less, path.left = split(n.left, key)
		return less, &path
	}
	path.right, more = split(n.right, key)
	return &path, more
}

// join puts two trees together of which one has only lesser keys than the other.
func join[V any](less, more *node[V]) *node[V] {
	switch {
	case less == nil:
		return more
	case more == nil:
		return less
	case less.above(more):
		path := *less
		path.right = join(less.right, more)
		return &path
	}
	path := *more
	path.left = join(less, more.left)
	return &path
}

// above orders by rank, and by key where two keys have one rank.
func (n *node[V]) above(m *node[V]) bool {
	return n.rank > m.rank || n.rank == m.rank && n.key < m.key
}

// rankOf is FNV-1a, its bits mixed once more because similar keys leave similar high bits.
func rankOf(key string) uint64 {
	hash := uint64(14695981039346656037)
	for i := range len(key) {
		hash = (hash ^ uint64(key[i])) * 1099511628211
	}
	hash = (hash ^ hash>>33) * 0xff51afd7ed558ccd
	hash = (hash ^ hash>>33) * 0xc4ceb9fe1a85ec53
	return hash ^ hash>>33
}
