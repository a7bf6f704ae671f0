package endpoint

import (
	"fmt"
	"strconv"

	"github.com/tallystick/tallystick/domain"
)

// List is a page of a list.
type List[V any] struct {
	Data []V  `json:"data"`
	Page page `json:"page"`
}

// Paging tells where the next page is.
type Paging = page

type page struct {
	Next    *string `json:"next" doc:"The cursor of the next page, null on the last one."`
	HasMore bool    `json:"has_more"`
}

// Page reads the page that the call asks for. Entries have keys, names or positions, in whose order they are listed: find
// gives so many entries behind a key, and the first ones behind the key "" or 0.
func Page[K string | int64, E, V any](
	c *Call, find func(after K, limit int) ([]E, error), key func(E) K, view func(E) V,
) (List[V], error) {
	return PageBy(c, parseKey[K], find, func(e E) string { return fmt.Sprint(key(e)) }, view)
}

// PageBy does what [Page] does, where keys have a form of their own. What parse does not take is no key of the list.
func PageBy[K, E, V any](
	c *Call, parse func(string) (K, bool), find func(after K, limit int) ([]E, error), key func(E) string, view func(E) V,
) (List[V], error) {
	limit := c.limit()
	after, err := afterBy(c, parse)
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
		shown.Page = page{Next: new(c.cursors().encode(key(entries[limit-1]))), HasMore: true}
	}
	for _, entry := range entries {
		shown.Data = append(shown.Data, view(entry))
	}
	return shown, nil
}

// After gives the key behind which the call's page begins, and "" or 0 for the first page. It is refused with
// cursor_invalid.
func After[K string | int64](c *Call) (K, error) { return afterBy(c, parseKey[K]) }

func afterBy[K any](c *Call, parse func(string) (K, bool)) (after K, err error) {
	if !c.Given(ParameterCursor.Name) {
		return after, nil
	}
	if key, ok := c.cursors().decode(c.Parameter(ParameterCursor.Name)); ok {
		if after, ok = parse(key); ok {
			return after, nil
		}
	}
	return after, malformed(CodeCursorInvalid, "the cursor is not one that this list gave")
}

// parseKey takes a key as Page wrote it: a name, or a position.
func parseKey[K string | int64](text string) (key K, ok bool) {
	switch key := any(&key).(type) {
	case *string:
		*key, ok = text, domain.ValidName(text)
	case *int64:
		n, err := strconv.ParseInt(text, 10, 64)
		*key, ok = n, err == nil && n > 0 && n < 1<<62 && strconv.FormatInt(n, 10) == text
	}
	return key, ok
}
