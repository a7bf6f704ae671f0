package endpoint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"net/url"

	"github.com/go-json-experiment/json/jsontext"
)

const keyLenMax = 255

// parseIdempotencyKey takes 1 to 255 printable ASCII characters.
func parseIdempotencyKey(values []string) (string, error) {
	if len(values) == 0 {
		return "", malformed(CodeKeyMissing, "Idempotency-Key is required, so that a repeat of this request does nothing twice")
	}
	key := values[0]
	ok := len(values) == 1 && len(key) >= 1 && len(key) <= keyLenMax
	for i := range len(key) {
		ok = ok && key[i] >= 0x20 && key[i] <= 0x7e
	}
	if !ok {
		return "", malformed(CodeKeyInvalid, "Idempotency-Key must be given once, as 1 to 255 printable ASCII characters")
	}
	return key, nil
}

// fingerprintAlgorithms counts the algorithms that fingerprints know.
const fingerprintAlgorithms = 2

// fingerprints tell requests apart: method, path, query in the order of its names, and body without regard to white space
// and the order of members. Each part has its length before it, so that no two requests run together to the same bytes.
// Integers keep their digits, because beyond 2^53 the canonical form of RFC 8785 makes different ones equal.
//
// They are kept for ever, and the body may be personal data that is not. So they are keyed with the client's idempotency key,
// of which the store keeps but a hash: whoever has the database can't try guesses of a body against them.
//
// The last one is written, and all are known when a key comes back, whichever release wrote it. From the second on, a
// fingerprint carries the number of its algorithm as its first byte. A release knows an algorithm before the next one writes
// it, so that it can be put back.
func fingerprints(key, method, path string, query url.Values, body []byte) (sums [fingerprintAlgorithms][sha256.Size]byte, err error) {
	canonical := jsontext.Value(body).Clone()
	if err := canonical.Canonicalize(jsontext.CanonicalizeRawInts(false)); err != nil {
		return sums, malformed("json_invalid", "the body must be one JSON value in UTF-8")
	}
	var all []byte
	for _, part := range [][]byte{[]byte(method), []byte(path), []byte(query.Encode()), canonical} {
		all = binary.BigEndian.AppendUint64(all, uint64(len(part)))
		all = append(all, part...)
	}
	for i := range sums {
		mac := hmac.New(sha256.New, []byte(key))
		number := byte(i + 1)
		if number > 1 {
			mac.Write([]byte{number})
		}
		mac.Write(all)
		if mac.Sum(sums[i][:0]); number > 1 {
			sums[i][0] = number
		}
	}
	return sums, nil
}
