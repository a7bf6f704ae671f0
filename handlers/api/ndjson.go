package api

import (
	"context"
	"log/slog"
	"mime"
	"net/http"
	"strings"
	"time"

	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	typeNDJSON = "application/x-ndjson"
	// streamPage is how many events are read at once, and hence how many are held in memory.
	streamPage = 1_000
	// streamPageTimeout is what each page may take, to read and to send; the whole may take as long as it likes.
	streamPageTimeout = 30 * time.Second
)

// wantsNDJSON reports whether Accept names it. Nobody names it who wants something else more.
func wantsNDJSON(header http.Header) bool {
	for _, value := range header.Values(echo.HeaderAccept) {
		for part := range strings.SplitSeq(value, ",") {
			if name, _, err := mime.ParseMediaType(part); err == nil && name == typeNDJSON {
				return true
			}
		}
	}
	return false
}

// streamEvents sends all events behind a position up to another, page by page, with no transaction open between pages.
// Once the first line is sent an error can only cut the answer short, and the connection is broken so that the client
// can tell.
func (s *Server) streamEvents(c *call, filter eventstore.Filter, after, tail int64) error {
	response := c.http.Response()
	controller := http.NewResponseController(response)
	response.Header().Set(echo.HeaderContentType, typeNDJSON)
	for {
		lines, last, err := s.eventLines(c, filter, after, tail)
		if err == nil {
			err = controller.SetWriteDeadline(time.Now().Add(streamPageTimeout))
		}
		if err == nil && (len(lines) > 0 || !response.Committed) {
			_, err = response.Write(lines)
		}
		if err != nil && response.Committed {
			s.log.WarnContext(c.ctx, "stream of events was cut short", slog.String("request_id", c.id), slog.Any("error", err))
			c.aborted = true
			return nil
		}
		if err != nil || last == 0 {
			return err
		}
		after = last
	}
}

// eventLines reads and encodes one page; last is 0 when there is no more.
func (s *Server) eventLines(c *call, filter eventstore.Filter, after, tail int64) (lines []byte, last int64, err error) {
	ctx, cancel := context.WithTimeout(c.http.Request().Context(), streamPageTimeout)
	defer cancel()
	events, err := s.codec.After(ctx, s.pool, c.ledger.ID, after, filter, streamPage)
	if err != nil {
		return nil, 0, err
	}
	full := len(events) == streamPage
	events = upTo(events, tail)
	for _, event := range events {
		lines = append(append(lines, marshal(viewEvent(event))...), '\n')
		last = event.Position
	}
	if !full || last >= tail {
		last = 0
	}
	return lines, last, nil
}
