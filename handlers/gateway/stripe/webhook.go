package stripe

import (
	"bytes"
	"crypto/hmac"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85/webhook"

	"github.com/tallystick/tallystick/handlers/gateway"
)

// signaturesMax bounds what is compared; Stripe sends one for each secret of an endpoint.
const signaturesMax = 16

// Verify reports whether one of the secrets signed a body within five minutes of now, by Stripe's scheme v1.
func (*Gateway) Verify(signature string, body []byte, secrets [][]byte, now time.Time) bool {
	at, signatures, ok := readSignature(signature)
	if !ok || now.Sub(at).Abs() > webhook.DefaultTolerance {
		return false
	}
	matches := false
	for _, secret := range secrets {
		want := webhook.ComputeSignature(at, body, string(secret))
		for _, given := range signatures {
			matches = hmac.Equal(want, given) || matches
		}
	}
	return matches
}

// readSignature takes a header such as "t=1495999758,v1=5257a8…,v1=6ffbb5…,v0=…" apart.
func readSignature(header string) (at time.Time, signatures [][]byte, ok bool) {
	dated := false
	for part := range strings.SplitSeq(header, ",") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch name {
		case "t":
			seconds, err := strconv.ParseInt(value, 10, 64)
			if err != nil || dated {
				return at, nil, false
			}
			at, dated = time.Unix(seconds, 0), true
		case "v1":
			given, err := hex.DecodeString(value)
			if err != nil || len(signatures) == signaturesMax {
				return at, nil, false
			}
			signatures = append(signatures, given)
		}
	}
	return at, signatures, dated && len(signatures) > 0
}

// event is a message as Stripe sends it, in any version of its API.
type event struct {
	ID   string `json:"id"`
	Type string `json:"type"`
	Data struct {
		Object json.RawMessage `json:"object"`
	} `json:"data"`
}

// withoutNUL leaves the character NUL out of JSON, which no text of the database can hold.
func withoutNUL(text []byte) []byte {
	const escaped = `\u0000`
	if !bytes.Contains(text, []byte(escaped)) {
		return text
	}
	var kept []byte
	for at := 0; at < len(text); {
		switch n := min(2, len(text)-at); {
		case bytes.HasPrefix(text[at:], []byte(escaped)):
			at += len(escaped)
		case text[at] == '\\':
			kept, at = append(kept, text[at:at+n]...), at+n
		default:
			kept, at = append(kept, text[at]), at+1
		}
	}
	return kept
}

// Read reads a message. What it does not know, or can't read, says nothing but its id and type.
func (*Gateway) Read(body []byte) gateway.Notice {
	var e event
	if err := json.Unmarshal(withoutNUL(body), &e); err != nil {
		return gateway.Notice{Gateway: gateway.Stripe}
	}
	n := gateway.Notice{Gateway: gateway.Stripe, ID: e.ID, Type: e.Type}
	read, known := readers[e.Type]
	if !known {
		return n
	}
	told := n
	if err := read(e.Data.Object, &told); err != nil {
		return n
	}
	return told
}
