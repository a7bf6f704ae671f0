package api

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"

	"github.com/google/uuid"
)

const cursorMacLen = 12

// cursors make the cursors of one list: of one ledger, path and set of filters. A cursor is the key of the last entry
// that was shown, behind a MAC that ties it to the list. The MAC's key is no secret, because whoever makes a cursor up
// sees nothing that they may not see; it keeps a cursor of another list, or a mangled one, from passing for a position.
type cursors struct {
	ledger uuid.UUID
	list   string
}

func (c cursors) encode(key string) string {
	return base64.RawURLEncoding.EncodeToString(append(c.mac(key), key...))
}

// decode refuses with cursor_invalid. No cursor is the list's beginning, the key "".
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
