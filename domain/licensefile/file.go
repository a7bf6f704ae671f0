package licensefile

import (
	"bytes"
	"crypto/ed25519"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	// Version begins every file of this form.
	Version = "tallystick-license-file/v1"
	// Algorithm names the only one.
	Algorithm = "ed25519"
	// SizeMax bounds the bytes of a file.
	SizeMax = 64 << 10

	family = "tallystick-license-file/"
	lines  = 4
)

// base64url refuses whatever is not the one spelling of its bytes, but for line ends, which a file's form has no place for.
var base64url = base64.RawURLEncoding.Strict()

// Sign makes a file. It fails for a payload that no verifier would accept.
func Sign(key ed25519.PrivateKey, p Payload) ([]byte, error) {
	payload, err := p.encode()
	if err != nil {
		return nil, fmt.Errorf("write a license file: %w", err)
	}
	signed := fmt.Appendf(nil, "%s\n%s %s\n%s\n", Version, Algorithm, KeyID(key.Public().(ed25519.PublicKey)), base64url.EncodeToString(payload))
	file := fmt.Appendf(bytes.Clone(signed), "%s\n", base64url.EncodeToString(ed25519.Sign(key, signed)))
	if len(file) > SizeMax {
		return nil, fmt.Errorf("write a license file: it has %d bytes, and at most %d are allowed", len(file), SizeMax)
	}
	return file, nil
}

// envelope holds what a file has in its lines.
type envelope struct {
	version   string
	algorithm string
	kid       string
	payload   []byte
	signature []byte
	signed    []byte // the first three lines
}

// open takes a file apart, and tells by a verdict what it is if it is none of ours.
func open(file []byte) (envelope, Verdict, string) {
	if !bytes.HasPrefix(file, []byte(family)) {
		return envelope{}, FormatForeign, "the first line is not that of a Tallystick license file"
	}
	if len(file) > SizeMax {
		return envelope{}, FormatInvalid, fmt.Sprintf("the file has more than %d bytes", SizeMax)
	}
	if bytes.ContainsFunc(file, func(c rune) bool { return c != '\n' && (c < ' ' || c > '~') }) {
		return envelope{}, FormatInvalid, "the file has characters that are not printable ASCII"
	}
	text := strings.Split(string(file), "\n")
	if len(text) != lines+1 || text[lines] != "" {
		return envelope{}, FormatInvalid, "the file does not have exactly four lines that end with a line feed each"
	}
	algorithm, kid, found := strings.Cut(text[1], " ")
	payload, err := base64url.DecodeString(text[2])
	signature, alsoErr := base64url.DecodeString(text[3])
	if !found || err != nil || alsoErr != nil {
		return envelope{}, FormatInvalid, "the lines are not <algorithm> <kid>, and base64url without padding twice"
	}
	e := envelope{version: text[0], algorithm: algorithm, kid: kid, payload: payload, signature: signature}
	e.signed = file[:len(file)-len(text[3])-1]
	return e, OK, ""
}

// Inspect shows what a file says, without asking whether it is authentic: nothing of it may be relied on.
func Inspect(file []byte) (kid string, p Payload, err error) {
	e, verdict, detail := open(file)
	if verdict != OK {
		return "", Payload{}, fmt.Errorf("%s: %s", verdict, detail)
	}
	p, err = decodePayload(e.payload)
	if err != nil {
		err = fmt.Errorf("%s: %w", PayloadInvalid, err)
	}
	return e.kid, p, err
}
