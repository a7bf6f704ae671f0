package endpoint

import (
	"cmp"
	"context"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"slices"
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

// Lines finds the next page of views, and reports whether there are more. Where a client follows it is asked again after it had
// no more.
type Lines[V any] func(context.Context) (views []V, more bool, err error)

// ParameterFollow keeps an answer of lines open for what comes.
var ParameterFollow = BooleanParameter("follow", "With true and Accept: application/x-ndjson the answer stays open: each new event is "+
	"sent as it comes, and an empty line after 15 seconds without one. It ends when the credential does, or the server.")

const (
	// followBeat spaces the empty lines that show a client that the line stands.
	followBeat = 15 * time.Second
	// followLook spaces looks at the credential, and at the log for what no signal told of.
	followLook = time.Second
)

// LogLines completes a GET that is answered like LogQuery, or with all views up to the tail, one a line, where the client
// asks for that.
func LogLines[V any](r Route, read Reading[List[V]], all func(c *Call, tail int64) (Lines[V], error)) Route {
	r.AnswerAs = typeLines
	return answering[List[V]](r, KindQuery, func(c *Call) error {
		if !accepts(c.http.Request().Header, echo.HeaderAccept, typeLines) {
			if c.Following() {
				return ParameterInvalid("follow goes with Accept: " + typeLines)
			}
			return answer(c, c.readLog, read)
		}
		if c.Following() && c.Given(ParameterLimit.Name) {
			return ParameterInvalid("follow and limit can't go together")
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
		if !c.Following() {
			return sendLines(c, next, nil)
		}
		news, stop := c.server.engine.Watch(c.Ledger.ID)
		defer stop()
		// Nobody reads from the connection but to see its end.
		_ = http.NewResponseController(c.http.Response()).SetReadDeadline(time.Time{})
		return sendLines(c, next, func(sent *stream) (bool, error) { return c.awaitLines(sent, news) })
	})
}

// Following reports whether the client wants what comes, too.
func (c *Call) Following() bool { return c.Parameter(ParameterFollow.Name) == "true" }

// awaitLines waits until there may be more lines. It reports that there are none when the server stops, and fails when the
// credential has ended.
func (c *Call) awaitLines(sent *stream, news <-chan struct{}) (more bool, err error) {
	look := time.NewTimer(followLook)
	defer look.Stop()
	ctx := c.http.Request().Context()
	select {
	case <-news:
	case <-look.C:
	case <-c.server.stopping:
		return false, nil
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if _, err := c.server.authenticator.Authenticate(ctx, c.http.Request()); err != nil {
		return false, err
	}
	if sent.now().Sub(sent.at) < followBeat {
		return true, nil
	}
	return true, sent.write([]byte("\n"))
}

// File is handed out as it is. Its tag, an ETag without quotes, is of its content.
type File struct {
	Content io.ReadSeekCloser
	Name    string
	Tag     string
}

// FileQuery completes a GET that hands out a file beside the log, or the ranges of it that the client asks for. The whole may take as
// long as it likes.
func FileQuery(r Route, open func(*Call) (File, error)) Route {
	r = answering[NoBody](r, KindQuery, func(c *Call) error {
		tail, err := c.lookTail()
		if err != nil {
			return err
		}
		file, err := open(c)
		if err != nil {
			return err
		}
		defer file.Content.Close()
		c.leave()
		header := c.http.Response().Header()
		c.header(unversioned, tail)
		header.Set(echo.HeaderContentType, c.route.AnswerAs)
		header.Set(echo.HeaderContentDisposition, mime.FormatMediaType("attachment", map[string]string{"filename": file.Name}))
		header.Set("ETag", strconv.Quote(file.Tag))
		sent := &patient{ResponseWriter: c.http.Response(), controller: http.NewResponseController(c.http.Response()), record: c.record}
		http.ServeContent(sent, c.http.Request(), "", time.Time{}, file.Content)
		if sent.refused != nil {
			for _, name := range []string{"Ledger-Position", "ETag", echo.HeaderContentDisposition, echo.HeaderContentLength, "Content-Range"} {
				header.Del(name)
			}
		}
		return sent.refused
	})
	r.answer, r.Tagged, r.Ranged = nil, true, true
	r.Refusals = slices.Concat(r.Refusals, refusals(http.StatusRequestedRangeNotSatisfiable, codeRangeInvalid, "the file has no such part"))
	return r
}

// codeRangeInvalid refuses a Range outside of the content.
const codeRangeInvalid = "range_invalid"

// patient gives each part of a long answer its time. It keeps back the text that refuses a Range, and all of an answer that can't be
// recorded, so that a problem can be sent.
type patient struct {
	http.ResponseWriter
	controller *http.ResponseController
	record     func(status int) error
	refused    error
}

// WriteHeader sends the status.
func (p *patient) WriteHeader(status int) {
	if status == http.StatusRequestedRangeNotSatisfiable {
		p.refused = newProblem(http.StatusRequestedRangeNotSatisfiable, codeRangeInvalid, "the file has no bytes in the Range that is asked for")
		return
	}
	if p.refused = p.record(status); p.refused == nil {
		p.ResponseWriter.WriteHeader(status)
	}
}

// Write sends a part.
func (p *patient) Write(part []byte) (int, error) {
	if p.refused != nil {
		return len(part), nil //nolint:nilerr // the refusal is answered in its place
	}
	if err := p.controller.SetWriteDeadline(time.Now().Add(linesTimeout)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	return p.ResponseWriter.Write(part)
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

// sendLines sends page by page. Where there are no more it ends, or asks wait whether there will be. Once the first line is sent
// an error can only cut the answer short, and the connection is broken so that the client can tell.
func sendLines[V any](c *Call, next Lines[V], wait func(*stream) (more bool, err error)) error {
	response := c.http.Response()
	sent := c.newStream(typeLines)
	defer sent.release()
	if c.http.Request().Method == http.MethodHead {
		wait = nil
	}
	for {
		lines, more, err := nextLines(c, next)
		if err == nil {
			err = c.record(http.StatusOK)
		}
		if err == nil && (len(lines) > 0 || !response.Committed) {
			err = sent.write(lines)
		}
		if err == nil && (more || wait != nil) {
			err = sent.flush()
		}
		if err == nil && !more && wait != nil {
			more, err = wait(sent)
		}
		if err == nil && !more {
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
