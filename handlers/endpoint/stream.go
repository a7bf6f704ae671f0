package endpoint

import (
	"cmp"
	"context"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/labstack/echo/v4"
)

const (
	// typeLines is the content type of JSON values, one a line.
	typeLines = "application/x-ndjson"
	// linesTimeout bounds each page of lines, to find and to send. The whole may take as long as it likes.
	linesTimeout = 30 * time.Second
)

// Lines finds the next page of views, and reports whether there are more.
type Lines[V any] func(context.Context) (views []V, more bool, err error)

// LogLines completes a GET that is answered like LogQuery, or with all views up to the tail, one a line, where the client
// asks for that.
func LogLines[V any](r Route, read Reading[List[V]], all func(c *Call, tail int64) (Lines[V], error)) Route {
	r.AnswerAs = typeLines
	return answering[List[V]](r, KindQuery, func(c *Call) error {
		if !accepts(c.http.Request().Header, echo.HeaderAccept, typeLines) {
			return answer(c, c.readLog, read)
		}
		tail, err := c.lookTail()
		if err != nil {
			return err
		}
		next, err := all(c, tail)
		if err != nil {
			return err
		}
		c.header(unversioned, tail)
		return sendLines(c, next)
	})
}

// accepts reports whether a header of the request, such as Accept, names something. Nobody names it who wants something else
// more.
func accepts(header http.Header, name, wanted string) bool {
	for _, value := range header.Values(name) {
		for part := range strings.SplitSeq(value, ",") {
			if named, parameters, err := mime.ParseMediaType(part); err == nil && named == wanted {
				q, err := strconv.ParseFloat(cmp.Or(parameters["q"], "1"), 64)
				return err == nil && q > 0
			}
		}
	}
	return false
}

// sendLines sends page by page. Once the first line is sent an error can only cut the answer short, and the connection is
// broken so that the client can tell.
func sendLines[V any](c *Call, next Lines[V]) error {
	response := c.http.Response()
	sent := c.newStream(typeLines)
	defer sent.release()
	for {
		lines, more, err := nextLines(c, next)
		if err == nil {
			err = sent.out.SetWriteDeadline(time.Now().Add(linesTimeout))
		}
		if err == nil && (len(lines) > 0 || !response.Committed) {
			_, err = sent.writer.Write(lines)
		}
		switch {
		case err != nil:
		case more:
			err = sent.flush()
		default:
			err = sent.end()
		}
		if err != nil && response.Committed {
			c.server.log.WarnContext(c.ctx, "stream was cut short", slog.String("request_id", c.ID), slog.Any("error", err))
			c.aborted = true
			return nil
		}
		if err != nil || !more || c.http.Request().Method == http.MethodHead {
			return err
		}
	}
}

// nextLines finds and encodes one page.
func nextLines[V any](c *Call, next Lines[V]) (lines []byte, more bool, err error) {
	ctx, cancel := context.WithTimeout(c.http.Request().Context(), linesTimeout)
	defer cancel()
	views, more, err := next(ctx)
	for _, view := range views {
		lines = append(append(lines, marshal(view)...), '\n')
	}
	return lines, more, err
}
