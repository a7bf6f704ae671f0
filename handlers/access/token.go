package access

import (
	"crypto/rand"
	"strings"

	"github.com/tallystick/tallystick/eventstore"
)

const (
	keyIDLen  = 12
	secretLen = 43 // of 62 characters each: 256 bits
	base62    = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

// token is an API key as its owner has it: tally_<mode>_<key id>_<secret>.
type token struct {
	mode   eventstore.Mode
	id     string
	secret string
}

func newToken(mode eventstore.Mode) token {
	return token{mode: mode, id: randomBase62(keyIDLen), secret: randomBase62(secretLen)}
}

func (t token) String() string {
	return strings.Join([]string{"tally", string(t.mode), t.id, t.secret}, "_")
}

// parseToken reads "Bearer tally_<mode>_<key id>_<secret>". Of one that is malformed it gives the key's id where that much
// can be read.
func parseToken(values []string) (t token, ok bool) {
	if len(values) != 1 {
		return token{}, false
	}
	scheme, text, _ := strings.Cut(values[0], " ")
	rest, named := strings.CutPrefix(text, "tally_")
	mode, rest, _ := strings.Cut(rest, "_")
	id, secret, _ := strings.Cut(rest, "_")
	if !named || len(id) != keyIDLen || !isBase62(id) {
		return token{}, false
	}
	t = token{mode: eventstore.Mode(mode), id: id, secret: secret}
	return t, strings.EqualFold(scheme, "Bearer") && len(secret) == secretLen && isBase62(secret)
}

// randomBase62 draws characters that are all equally likely.
func randomBase62(length int) string {
	const fair = 256 / len(base62) * len(base62)
	text := make([]byte, 0, length)
	for drawn := [64]byte{}; len(text) < length; {
		// Read never fails: without randomness the program ends.
		_, _ = rand.Read(drawn[:])
		for _, b := range drawn {
			if int(b) < fair && len(text) < length {
				text = append(text, base62[int(b)%len(base62)])
			}
		}
	}
	return string(text)
}

func isBase62(text string) bool { return strings.Trim(text, base62) == "" }
