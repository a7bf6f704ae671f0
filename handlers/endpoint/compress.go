package endpoint

import (
	"compress/gzip"
	"net/http"
	"strings"

	"github.com/klauspost/compress/gzhttp"
)

// compressMin is the size of the smallest body that is compressed.
const compressMin = 1 << 10

// compressed lists what becomes smaller by it. PDFs and images are compressed already.
var compressed = []string{"json", "text/", "javascript", "svg"}

// newCompressor gives the answers of a handler in gzip to those who ask for it.
//
// An ETag stays as it is. RFC 9110 wants another one for each coding, but this one is the version that clients send back in
// If-Match, and it must not depend on what their library asks for. Vary keeps the codings apart in caches.
//
// An answer's size can tell a stranger nothing of what is secret in it, as BREACH does: there is no cookie, so that no page of
// the stranger's can make a browser ask with a credential and with a guess.
func newCompressor() (func(http.Handler) http.HandlerFunc, error) {
	return gzhttp.NewWrapper(
		gzhttp.MinSize(compressMin),
		gzhttp.CompressionLevel(gzip.BestSpeed), // a fiftieth larger than by default
		gzhttp.EnableZstd(false),
		gzhttp.ContentTypeFilter(func(contentType string) bool {
			for _, part := range compressed {
				if strings.Contains(contentType, part) {
					return true
				}
			}
			return false
		}),
	)
}

// ServeHTTP serves the whole table. HEAD is compressed like GET, so that its headers are the same; net/http leaves the body
// out.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodHead {
		s.compressed.ServeHTTP(w, r)
		return
	}
	get := r.WithContext(r.Context())
	get.Method = http.MethodGet
	s.compress(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { s.route(w, r) }))(w, get)
}
