package endpoint

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/google/uuid"
)

const cursorMacLen = 12

// cursors make the cursors of one list: of one ledger, path and set of filters. A cursor holds the key of the last entry
// that was shown, behind a MAC that ties it to the list. The MAC's key is no secret, because whoever makes a cursor up
// sees nothing that they may not see; it keeps a cursor of another list, or a mangled one, from passing for a position.
type cursors struct {
	ledger uuid.UUID
	list   string
}

// cursors are those of the call's list: the path and all filters, but not the place in it.
func (c *Call) cursors() cursors {
	list := c.route.ID
	for _, name := range c.http.ParamNames() {
		list += "\x00" + c.names[name]
	}
	for _, p := range c.route.Parameters {
		if p.Name != parameterLimit.Name && p.Name != parameterCursor.Name {
			list += "\x00" + p.Name + "=" + c.query.Get(p.Name)
		}
	}
	return cursors{ledger: c.Ledger.ID, list: list}
}

func (c cursors) encode(key string) string {
	return base64.RawURLEncoding.EncodeToString(append(c.mac(key), key...))
}

// decode gives the key that a cursor holds, and "" for no cursor, which stands for the list's beginning. It is refused
// with cursor_invalid.
func (c cursors) decode(cursor string) (string, error) {
	if cursor == "" {
		return "", nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(cursor)
	if err != nil || len(raw) < cursorMacLen || !hmac.Equal(raw[:cursorMacLen], c.mac(string(raw[cursorMacLen:]))) {
		return "", malformed(codeCursorInvalid, "the cursor is not one that this list gave")
	}
	return string(raw[cursorMacLen:]), nil
}

func (c cursors) mac(key string) []byte {
	mac := hmac.New(sha256.New, c.ledger[:])
	mac.Write([]byte(c.list))
	mac.Write([]byte{0})
	mac.Write([]byte(key))
	return mac.Sum(nil)[:cursorMacLen]
}
