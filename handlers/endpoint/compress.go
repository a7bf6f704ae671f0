package endpoint

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/klauspost/compress/gzip"
	"github.com/labstack/echo/v4"
)

// compressMin is the size of the smallest body that is compressed.
const compressMin = 1 << 10

// compressed lists what becomes smaller by it. PDFs and images are compressed already.
var compressed = []string{"json", "text/", "javascript", "svg"}

// packers are used again and again, since each has some hundred kilobytes of its own. BestSpeed makes answers a fiftieth larger
// than the usual level does.
var packers = sync.Pool{New: func() any {
	packer, err := gzip.NewWriterLevel(io.Discard, gzip.BestSpeed)
	if err != nil {
		panic(err) // the level is wrong
	}
	return packer
}}

// compresses reports whether the answer goes out in gzip, and says so in its headers. The length is that of a body, -1 for a
// stream of any.
//
// An ETag stays as it is. RFC 9110 wants another one for each coding, but this one is the version that clients send back in
// If-Match, and it must not depend on what their library asks for. Vary keeps the codings apart in caches.
//
// An answer's size can tell a stranger nothing of what is secret in it, as BREACH does: there is no cookie, so that no page of
// the stranger's can make a browser ask with a credential and with a guess.
func (c *Call) compresses(contentType string, length int) bool {
	if length >= 0 && length < compressMin || !compressible(contentType) {
		return false
	}
	header := c.http.Response().Header()
	header.Set(echo.HeaderVary, echo.HeaderAcceptEncoding)
	if !accepts(c.http.Request().Header, echo.HeaderAcceptEncoding, "gzip") {
		return false
	}
	header.Set(echo.HeaderContentEncoding, "gzip")
	return true
}

func compressible(contentType string) bool {
	for _, part := range compressed {
		if strings.Contains(contentType, part) {
			return true
		}
	}
	return false
}

// pack compresses a body.
func pack(body []byte) []byte {
	var packed bytes.Buffer
	packer := packers.Get().(*gzip.Writer)
	defer packers.Put(packer)
	packer.Reset(&packed)
	_, _ = packer.Write(body) // memory takes everything
	_ = packer.Close()
	return packed.Bytes()
}

// stream writes an answer page by page, compressed or not.
type stream struct {
	out    *http.ResponseController
	writer io.Writer
	packer *gzip.Writer // nil without compression
	now    func() time.Time
	at     time.Time // of what was written last, by the system's clock
}

// write gives the client its time to take lines.
func (s *stream) write(lines []byte) error {
	s.at = s.now()
	if err := s.out.SetWriteDeadline(time.Now().Add(linesTimeout)); err != nil {
		return err
	}
	_, err := s.writer.Write(lines)
	return err
}

func (c *Call) newStream(contentType string) *stream {
	response := c.http.Response()
	response.Header().Set(echo.HeaderContentType, contentType)
	s := &stream{out: http.NewResponseController(response), writer: response, now: c.server.now}
	if c.compresses(contentType, -1) {
		s.packer = packers.Get().(*gzip.Writer)
		s.packer.Reset(response)
		s.writer = s.packer
	}
	return s
}

// flush sends what was written.
func (s *stream) flush() error {
	if s.packer != nil {
		if err := s.packer.Flush(); err != nil {
			return err
		}
	}
	return s.out.Flush()
}

// end completes the answer. Without it a compressed one is seen to be cut short.
func (s *stream) end() error {
	if s.packer == nil {
		return nil
	}
	return s.packer.Close()
}

// release gives back what the stream was written with.
func (s *stream) release() {
	if s.packer != nil {
		packers.Put(s.packer)
	}
}
