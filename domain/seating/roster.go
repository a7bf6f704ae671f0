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
//
// While many events are folded, of which nobody sees the states between, the nodes of the edit are written to and not
// copied.
type roster[V any] struct {
	root *node[V]
	len  int
	edit *edit // nil outside of any
}

type node[V any] struct {
	key         string
	rank        uint64
	value       V
	left, right *node[V]
	edit        *edit // in which the node was made
}

// edit is a time in which only its owner sees a roster. Nodes that it made are its own; all others are shared.
type edit struct{ _ byte } // of a size, so that no two have one address

// over is the edit of nodes that were made outside of one.
var over = &edit{}

// own gives a node that may be written to: a copy of one that is shared.
func (n *node[V]) own(e *edit) *node[V] {
	if n.edit == e && e != over {
		return n
	}
	fresh := *n
	fresh.edit = e
	return &fresh
}

// Len counts the keys.
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
	var replaced bool
	r.root, replaced = put(r.root, &node[V]{key: key, rank: rankOf(key), value: value, edit: r.by()})
	if !replaced {
		r.len++
	}
	return r
}

func (r roster[V]) without(key string) roster[V] {
	if _, ok := r.get(key); !ok {
		return r
	}
	r.root = remove(r.root, key, r.by())
	r.len--
	return r
}

func (r roster[V]) by() *edit {
	if r.edit == nil {
		return over
	}
	return r.edit
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
func put[V any](n, added *node[V]) (root *node[V], replaced bool) {
	switch {
	case n == nil || added.above(n):
		added.left, added.right = split(n, added.key, added.edit)
		return added, false
	case n.key == added.key:
		added.left, added.right = n.left, n.right
		return added, true
	}
	path := n.own(added.edit)
	if added.key < n.key {
		path.left, replaced = put(n.left, added)
	} else {
		path.right, replaced = put(n.right, added)
	}
	return path, replaced
}

// remove takes a key out that is in the tree.
func remove[V any](n *node[V], key string, e *edit) *node[V] {
	if n.key == key {
		return join(n.left, n.right, e)
	}
	path := n.own(e)
	if key < n.key {
		path.left = remove(n.left, key, e)
	} else {
		path.right = remove(n.right, key, e)
	}
	return path
}

// split parts a tree into what is less and what is more than a key.
func split[V any](n *node[V], key string, e *edit) (less, more *node[V]) {
	if n == nil {
		return nil, nil
	}
	path := n.own(e)
	if key < n.key {
		less, path.left = split(n.left, key, e)
		return less, path
	}
	path.right, more = split(n.right, key, e)
	return path, more
}

// join puts two trees together of which one has only lesser keys than the other.
func join[V any](less, more *node[V], e *edit) *node[V] {
	switch {
	case less == nil:
		return more
	case more == nil:
		return less
	case less.above(more):
		path := less.own(e)
		path.right = join(path.right, more, e)
		return path
	}
	path := more.own(e)
	path.left = join(less, path.left, e)
	return path
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
