package api

// list is a page of a list.
type list[T any] struct {
	Data []T  `json:"data"`
	Page page `json:"page"`
}

type page struct {
	Next    *string `json:"next" doc:"The cursor of the next page, null on the last one."`
	HasMore bool    `json:"has_more"`
}

// listParameters are those of every list.
func listParameters(filters ...parameter) []parameter {
	return append(filters, parameterLimit, parameterCursor)
}

// pageOf makes a page of entries, of which there is one more than it shows if there are more; key is an entry's place in
// the list.
func pageOf[E, T any](cursors cursors, entries []E, limit int, key func(E) string, view func(E) T) list[T] {
	shown := list[T]{Data: make([]T, 0, min(len(entries), limit))}
	if len(entries) > limit {
		entries = entries[:limit]
		next := cursors.encode(key(entries[limit-1]))
		shown.Page = page{Next: &next, HasMore: true}
	}
	for _, entry := range entries {
		shown.Data = append(shown.Data, view(entry))
	}
	return shown
}
