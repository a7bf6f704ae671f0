package endpoint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"strings"

	"github.com/google/uuid"
)

// cursors make the cursors of one list: of one ledger, path and set of filters. A cursor holds the key of the last entry
// that was shown, behind a MAC that ties it to the list.
//
// There are two forms. The MAC of the first is under the ledger's id, which is no secret; so its keys are checked like
// anything else that a client sends. The second is under the ledger's secret. Both are read; the second is written, and the
// first by releases that may run beside this one.
type cursors struct {
	ledger  uuid.UUID
	secrets [][]byte
	list    string
}

const (
	firstMacLen  = 12
	secondMacLen = 16
	secondPrefix = "s." // base64url has no dot
)

// cursors are those of the call's list: the path and all filters, but not the place in it.
func (c *Call) cursors() cursors {
	list := c.route.ID
	for _, name := range c.http.ParamNames() {
		list += "\x00" + c.names[name]
	}
	for _, p := range c.route.Parameters {
		if p.Name != ParameterLimit.Name && p.Name != ParameterCursor.Name {
			list += "\x00" + p.Name + "=" + c.query.Get(p.Name)
		}
	}
	return cursors{ledger: c.Ledger.ID, secrets: c.Secrets, list: list}
}

func (c cursors) encode(key string) string {
	return secondPrefix + base64.RawURLEncoding.EncodeToString(append(c.secondMac(c.secrets[0], key), key...))
}

// decode gives the key that a cursor holds, in either form.
func (c cursors) decode(cursor string) (key string, ok bool) {
	text, second := strings.CutPrefix(cursor, secondPrefix)
	macLen := firstMacLen
	if second {
		macLen = secondMacLen
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(text)
	if err != nil || len(raw) < macLen {
		return "", false
	}
	mac, key := raw[:macLen], string(raw[macLen:])
	if !second {
		return key, hmac.Equal(mac, c.firstMac(key))
	}
	return key, slices.ContainsFunc(c.secrets, func(secret []byte) bool { return hmac.Equal(mac, c.secondMac(secret, key)) })
}

func (c cursors) firstMac(key string) []byte {
	mac := hmac.New(sha256.New, c.ledger[:])
	mac.Write([]byte(c.list))
	mac.Write([]byte{0})
	mac.Write([]byte(key))
	return mac.Sum(nil)[:firstMacLen]
}

// secondMac begins with what it is for, since the secret signs other things, and has the list's length before it.
func (c cursors) secondMac(secret []byte, key string) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("tallystick/cursor/v1"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(c.list))))
	mac.Write([]byte(c.list))
	mac.Write([]byte(key))
	return mac.Sum(nil)[:secondMacLen]
}
