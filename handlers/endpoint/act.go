package endpoint

// Act completes a POST with the body B that does something which is harmless to repeat, so that it needs no key. It
// answers with the position that shows what was done.
func Act[B, V any](r Route, act func(*Call, B) (view V, position int64, err error)) Route {
	return taking[B, V](r, kindCheck, func(c *Call, given B) error {
		if _, err := c.lookTail(); err != nil { // Min-Position holds here too
			return err
		}
		view, position, err := act(c, given)
		if err != nil {
			return err
		}
		return c.show(position, view)
	})
}
