package subscriptions

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"

	"github.com/go-json-experiment/json"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/subscription"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

// quotes make the quotes of one workspace. A quote holds all that it pins, behind a MAC under the ledger's secret: nothing is
// stored, and nobody can make one up, take one elsewhere, or move its price to another moment.
type quotes struct {
	secrets   [][]byte // the ledger's, which no other ledger has; the first signs
	workspace string
}

func quotesOf(c *endpoint.Call) quotes {
	return quotes{secrets: c.Secrets, workspace: c.Workspace()}
}

// QuoteText gives the text of a preview's quote; it is empty for none.
func QuoteText(c *endpoint.Call, quote *subscription.Quote) string {
	if text := quotesOf(c).encode(quote); text != nil {
		return *text
	}
	return ""
}

// encode gives nil for no quote.
func (q quotes) encode(quote *subscription.Quote) *string {
	if quote == nil {
		return nil
	}
	content, err := json.Marshal(quote, json.Deterministic(true))
	if err != nil {
		panic(err) // a quote that was decided can't fail
	}
	return new(base64.RawURLEncoding.EncodeToString(append(q.mac(q.secrets[0], content), content...)))
}

// decode is refused with quote_not_found. No token is no quote.
func (q quotes) decode(token *string) (*subscription.Quote, error) {
	if token == nil {
		return nil, nil
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(*token)
	if err != nil || len(raw) < sha256.Size || !q.signed(raw[:sha256.Size], raw[sha256.Size:]) {
		return nil, domain.InvalidField("/quote", "quote_not_found", "the quote is not one that this workspace was given")
	}
	quote := subscription.Quote{Token: *token}
	return &quote, json.Unmarshal(raw[sha256.Size:], &quote)
}

// signed reports whether a MAC is of a secret that the ledger has or lately had.
func (q quotes) signed(mac, content []byte) bool {
	return slices.ContainsFunc(q.secrets, func(secret []byte) bool { return hmac.Equal(mac, q.mac(secret, content)) })
}

// mac begins with what it is for, since the secret may sign other things, and has the workspace's length before it.
func (q quotes) mac(secret, content []byte) []byte {
	mac := hmac.New(sha256.New, secret)
	mac.Write([]byte("tallystick/quote/v1"))
	mac.Write(binary.BigEndian.AppendUint64(nil, uint64(len(q.workspace))))
	mac.Write([]byte(q.workspace))
	mac.Write(content)
	return mac.Sum(nil)
}
