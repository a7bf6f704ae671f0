package endpoint

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/labstack/echo/v4"
)

// Limits of a request's body. The largest one that makes sense is a list of ten thousand members.
const (
	BodyBytesMax = 1 << 20
	elementsMax  = 10_000
	membersMax   = 1_000
	textBytesMax = 88 << 10 // a picture of 64 KiB in base64
	// In a body of so few bytes no other limit can be exceeded.
	bodyBytesSmall = 4 << 10
)

// readBody takes the whole body, at most so many bytes. No body at all means {}.
func readBody(r *http.Request, bytesMax int64) ([]byte, error) {
	if r.Header.Get(echo.HeaderContentEncoding) != "" {
		return nil, newProblem(http.StatusUnsupportedMediaType, "encoding_not_supported", "a body must not have a Content-Encoding")
	}
	if r.ContentLength > bytesMax {
		return nil, bodyTooLarge(bytesMax)
	}
	body, err := readAll(r, bytesMax)
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, newProblem(http.StatusRequestTimeout, "body_timeout", "the body did not arrive in time")
	case err != nil:
		return nil, malformed("body_incomplete", "the body ended before its length")
	case int64(len(body)) > bytesMax:
		return nil, bodyTooLarge(bytesMax)
	case len(body) == 0:
		return emptyBody, nil
	}
	return body, checkContentType(r.Header.Values(echo.HeaderContentType))
}

func readAll(r *http.Request, bytesMax int64) ([]byte, error) {
	if r.ContentLength >= 0 {
		body := make([]byte, r.ContentLength)
		_, err := io.ReadFull(r.Body, body)
		return body, err
	}
	return io.ReadAll(io.LimitReader(r.Body, bytesMax+1))
}

// checkContentType takes JSON in UTF-8 only. JSON is in UTF-8 unless the header says otherwise.
func checkContentType(values []string) error {
	if len(values) == 1 {
		if values[0] == echo.MIMEApplicationJSON {
			return nil
		}
		name, parameters, err := mime.ParseMediaType(values[0])
		charset, given := parameters["charset"]
		if err == nil && name == echo.MIMEApplicationJSON && (!given || strings.EqualFold(charset, "utf-8")) {
			return nil
		}
	}
	return newProblem(http.StatusUnsupportedMediaType, "content_type_not_supported", "a body must be application/json in UTF-8")
}

// checkSizes refuses what is too large in a body, wherever it stands: whether a field is known does not matter. What is
// no JSON is left to [decode].
func checkSizes(body []byte) error {
	if len(body) <= bodyBytesSmall {
		return nil
	}
	decoder := jsontext.NewDecoder(bytes.NewBuffer(body))
	for {
		token, err := decoder.ReadToken()
		if err != nil {
			return nil //nolint:nilerr // decode refuses it
		}
		// Of an object names and values are counted alike.
		switch kind, n := decoder.StackIndex(decoder.StackDepth()); {
		case kind == '[' && n > elementsMax:
			return tooLarge(fmt.Sprintf("an array must not have more than %d elements", elementsMax), decoder)
		case kind == '{' && n > 2*membersMax:
			return tooLarge(fmt.Sprintf("an object must not have more than %d members", membersMax), decoder)
		case token.Kind() == '"' && len(token.String()) > textBytesMax:
			return tooLarge(fmt.Sprintf("a string must not have more than %d bytes", textBytesMax), decoder)
		}
	}
}

func bodyTooLarge(bytesMax int64) *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "body_too_large", fmt.Sprintf("a body must not have more than %d bytes", bytesMax))
}

// tooLarge names the object or array, since a name in it may be what is too large.
func tooLarge(detail string, decoder *jsontext.Decoder) *Problem {
	return newProblem(http.StatusRequestEntityTooLarge, "value_too_large", detail).at(string(decoder.StackPointer().Parent()))
}
