package licensefile

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Expiry tells what becomes of an installation when its license has expired.
type Expiry string

const (
	ExpiryRestrict Expiry = "restrict" // it may only look at what it has
	ExpiryMaintain Expiry = "maintain" // it goes on with what it has
)

// Payload says what a license allows one installation, and for how long the file stands for that. All times are in UTC and
// whole seconds.
type Payload struct {
	ID          string                     `json:"id"`     // of the license
	Issuer      string                     `json:"issuer"` // the seller's ledger
	Licensee    string                     `json:"licensee"`
	Product     string                     `json:"product"`
	Seats       int64                      `json:"seats"`
	Features    map[string]json.RawMessage `json:"features"` // a boolean, number, string or object each
	Workspace   *string                    `json:"workspace"`
	Instance    string                     `json:"instance"`
	Fingerprint string                     `json:"fingerprint"`
	Sequence    int64                      `json:"sequence"` // rises with each change of the license
	IssuedAt    time.Time                  `json:"issued_at"`
	ExpiresAt   *time.Time                 `json:"expires_at"` // of the license; nil for never
	Expiry      Expiry                     `json:"expiry"`
	// FileExpiresAt is when the file wants to be replaced by a newer one, and GraceUntil when it stops to be accepted.
	FileExpiresAt time.Time `json:"file_expires_at"`
	GraceUntil    time.Time `json:"grace_until"`
}

const textMax = 1000

// encode writes the payload in its one form.
func (p Payload) encode() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	written, err := json.Marshal(p)
	if err != nil {
		return nil, err
	}
	return Canonical(written)
}

// decodePayload reads a payload and refuses every form but the one that it would be written in, and every member beside its own.
func decodePayload(text []byte) (Payload, error) {
	var p Payload
	if err := json.Unmarshal(text, &p); err != nil {
		return Payload{}, errors.New("the payload is not the JSON of a license")
	}
	written, err := p.encode()
	if err != nil {
		return Payload{}, err
	}
	if !bytes.Equal(written, text) {
		return Payload{}, errors.New("the payload has other members than a license has, or is not written as RFC 8785 says")
	}
	return p, nil
}

func (p Payload) check() error {
	for _, named := range []struct{ name, text string }{
		{"id", p.ID}, {"issuer", p.Issuer}, {"licensee", p.Licensee}, {"product", p.Product}, {"instance", p.Instance},
		{"fingerprint", p.Fingerprint},
	} {
		if !isText(named.text) {
			return fmt.Errorf("%s must be a line of 1 to %d characters", named.name, textMax)
		}
	}
	if p.Workspace != nil && !isText(*p.Workspace) {
		return fmt.Errorf("workspace must be null or a line of 1 to %d characters", textMax)
	}
	if p.Seats < 0 || p.Sequence < 1 {
		return errors.New("seats must not be negative, and sequence must be 1 or more")
	}
	if p.Expiry != ExpiryRestrict && p.Expiry != ExpiryMaintain {
		return errors.New("expiry must be restrict or maintain")
	}
	if p.Features == nil {
		return errors.New("features must be an object")
	}
	for key, value := range p.Features {
		if trimmed := bytes.TrimSpace(value); len(trimmed) == 0 || trimmed[0] == '[' || trimmed[0] == 'n' {
			return fmt.Errorf("the feature %q must be a boolean, number, string or object", key)
		}
	}
	return p.checkTimes()
}

func (p Payload) checkTimes() error {
	times := []time.Time{p.IssuedAt, p.FileExpiresAt, p.GraceUntil}
	if p.ExpiresAt != nil {
		times = append(times, *p.ExpiresAt)
	}
	for _, t := range times {
		if t.Location() != time.UTC || t.Nanosecond() != 0 || t.Year() < 1970 || t.Year() > 9999 {
			return errors.New("times must be in UTC and whole seconds, of the years 1970 to 9999")
		}
	}
	if p.FileExpiresAt.Before(p.IssuedAt) || p.GraceUntil.Before(p.FileExpiresAt) {
		return errors.New("file_expires_at must not be before issued_at, nor grace_until before file_expires_at")
	}
	return nil
}

func isText(text string) bool {
	return text != "" && utf8.ValidString(text) && utf8.RuneCountInString(text) <= textMax && !strings.ContainsFunc(text, unicode.IsControl)
}
