package endpoint

import (
	"fmt"
	"strconv"
)

// List is a page of a list.
type List[V any] struct {
	Data []V  `json:"data"`
	Page page `json:"page"`
}

type page struct {
	Next    *string `json:"next" doc:"The cursor of the next page, null on the last one."`
	HasMore bool    `json:"has_more"`
}

// Page reads the page that the call asks for. Entries have keys, in whose order they are listed: find gives so many
// entries behind a key, and the first ones behind the key "" or 0.
func Page[K string | int64, E, V any](
	c *Call, find func(after K, limit int) ([]E, error), key func(E) K, view func(E) V,
) (List[V], error) {
	limit := c.limit()
	after, err := After[K](c)
	if err != nil {
		return List[V]{}, err
	}
	// One entry more than the page shows tells whether there is another page.
	entries, err := find(after, limit+1)
	if err != nil {
		return List[V]{}, err
	}
	shown := List[V]{Data: make([]V, 0, min(len(entries), limit))}
	if len(entries) > limit {
		entries = entries[:limit]
		shown.Page = page{Next: new(c.cursors().encode(fmt.Sprint(key(entries[limit-1])))), HasMore: true}
	}
	for _, entry := range entries {
		shown.Data = append(shown.Data, view(entry))
	}
	return shown, nil
}

// After gives the key behind which the call's page begins, and "" or 0 for the first page. It is refused with
// cursor_invalid. A cursor of ours holds a number where the list's keys are numbers.
func After[K string | int64](c *Call) (after K, err error) {
	text, err := c.cursors().decode(c.Parameter(parameterCursor.Name))
	switch after := any(&after).(type) {
	case *string:
		*after = text
	case *int64:
		*after, _ = strconv.ParseInt(text, 10, 64)
	}
	return after, err
}
