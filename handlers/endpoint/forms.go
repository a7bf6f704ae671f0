package endpoint

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/labstack/echo/v4"

	"github.com/tallystick/tallystick/projections/engine"
)

// codeNotAcceptable refuses a form that an answer does not have.
const codeNotAcceptable = "not_acceptable"

// Form is a form beside JSON that an answer has for whoever asks for it. It is sent part by part, however large it is.
type Form struct {
	Type string
	// Open begins an answer. What it shows must be of the position that the call was told of by [Call.ShowsUpTo].
	Open func(ctx context.Context, tx pgx.Tx, c *Call) (Part, error)
}

// Part writes the next part of an answer, read in a snapshot of its own, and reports whether there are more.
type Part func(ctx context.Context, tx pgx.Tx, w io.Writer) (more bool, err error)

// FormsQuery completes a GET that is answered from a read model as JSON, or in one of some forms, as Accept says. Its ETag is of the
// position that it shows, and of the query. It is refused with not_acceptable.
func FormsQuery[V any](r Route, model engine.Projection, read Reading[V], forms ...Form) Route {
	r.Tagged = true
	r.Refusals = append(r.Refusals, refusals(http.StatusNotAcceptable, codeNotAcceptable, "the answer has no form that Accept names")...)
	for _, form := range forms {
		r.Forms = append(r.Forms, form.Type)
	}
	return answering[V](r, KindQuery, func(c *Call) error {
		header := c.http.Request().Header
		if takes(header, echo.MIMEApplicationJSON) {
			return answerOf(c, model, read)
		}
		for _, form := range forms {
			if accepts(header, echo.HeaderAccept, form.Type) {
				return sendForm(c, model, form)
			}
		}
		return newProblem(http.StatusNotAcceptable, codeNotAcceptable, "there are "+strings.Join(append([]string{echo.MIMEApplicationJSON}, r.Forms...), ", "))
	})
}

// takes reports whether a type is asked for, or anything, or nothing.
func takes(header http.Header, contentType string) bool {
	any, _, _ := strings.Cut(contentType, "/")
	return len(header.Values(echo.HeaderAccept)) == 0 || accepts(header, echo.HeaderAccept, contentType) ||
		accepts(header, echo.HeaderAccept, any+"/*") || accepts(header, echo.HeaderAccept, "*/*")
}

// ShowsUpTo tells up to which position a query's answer goes, where that is not all that the read model has.
func (c *Call) ShowsUpTo(position int64) { c.shown = &position }

// answerOf answers as JSON.
func answerOf[V any](c *Call, model engine.Projection, read Reading[V]) error {
	view, position, err := look(c, c.readModel(model), read)
	if err != nil {
		return err
	}
	if c.sameAs(echo.MIMEApplicationJSON, position) {
		return nil
	}
	return c.send(c.route.Status, echo.MIMEApplicationJSON, marshal(view))
}

// sameAs writes the headers of an answer of a position, and the whole answer where the client has it.
func (c *Call) sameAs(form string, position int64) bool {
	if c.shown != nil {
		position = *c.shown
	}
	c.header(unversioned, position)
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s\x00%s", form, position, c.http.Request().URL.Path, c.query.Encode()))
	tag := `"` + base64.RawURLEncoding.EncodeToString(sum[:16]) + `"`
	c.http.Response().Header().Set("ETag", tag)
	if !hasTag(c.http.Request().Header.Values("If-None-Match"), tag) {
		return false
	}
	c.leave()
	c.http.Response().WriteHeader(http.StatusNotModified)
	return true
}

// sendForm answers in another form. Once the first part is sent an error can only cut the answer short, and the connection is broken
// so that the client can tell.
func sendForm(c *Call, model engine.Projection, form Form) error {
	part, position, err := look(c, c.readModel(model), form.Open)
	if err != nil || c.sameAs(withCharset(form.Type), position) {
		return err
	}
	response := c.http.Response()
	sent := c.newStream(withCharset(form.Type))
	defer sent.release()
	for {
		written, more, err := nextPart(c, model, position, part)
		if err == nil {
			err = sent.out.SetWriteDeadline(time.Now().Add(linesTimeout))
		}
		if err == nil {
			_, err = sent.writer.Write(written)
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

// nextPart reads and writes one part.
func nextPart(c *Call, model engine.Projection, position int64, part Part) (written []byte, more bool, err error) {
	ctx, cancel := context.WithTimeout(c.http.Request().Context(), linesTimeout)
	defer cancel()
	var out bytes.Buffer
	_, err = c.server.engine.Query(ctx, model.Name, c.Ledger.ID, position, func(ctx context.Context, tx pgx.Tx, _ int64) (err error) {
		out.Reset()
		more, err = part(ctx, tx, &out)
		return err
	})
	return out.Bytes(), more, err
}
