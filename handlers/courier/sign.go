package courier

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// NewSecret draws a secret, in the form of Standard Webhooks.
func NewSecret() string {
	drawn := make([]byte, secretBytes)
	// Read never fails: without randomness the program ends.
	_, _ = rand.Read(drawn)
	return secretPrefix + base64.StdEncoding.EncodeToString(drawn)
}

// Sign sets the headers of Standard Webhooks: one signature for each secret.
func Sign(header http.Header, id string, at time.Time, body []byte, secrets []string) error {
	seconds := strconv.FormatInt(at.Unix(), 10)
	var signatures []string
	for _, secret := range secrets {
		text, ok := strings.CutPrefix(secret, secretPrefix)
		key, err := base64.StdEncoding.DecodeString(text)
		if !ok || err != nil {
			return errors.New("a webhook secret is not whsec_ and base64")
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%s.", id, seconds)
		mac.Write(body)
		signatures = append(signatures, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	header.Set("webhook-id", id)
	header.Set("webhook-timestamp", seconds)
	header.Set("webhook-signature", strings.Join(signatures, " "))
	return nil
}
