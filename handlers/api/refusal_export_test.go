package api

var exportRefusals = []refusalCase{
	{"get-stream", "stream_not_found", func(c *client) *answered { return c.get("/v1/streams/nothing:acme") }},
	{"get-stream", "as_of_unknown", func(c *client) *answered { return c.get("/v1/streams/seating:acme?as_of=999999999") }},
}
