package licensefile

import (
	"cmp"
	"crypto/ed25519"
	"fmt"
	"slices"
	"time"
)

// Verdict tells what a verification came to. The constants stand in the order in which they are tried.
type Verdict string

const (
	FormatForeign     Verdict = "FORMAT_FOREIGN"     // it is another program's
	FormatInvalid     Verdict = "FORMAT_INVALID"     // it is not four lines of the form
	VersionUnknown    Verdict = "VERSION_UNKNOWN"    // a newer program wrote it
	AlgorithmUnknown  Verdict = "ALGORITHM_UNKNOWN"  // it is signed in a way that this package does not know
	KeyUnknown        Verdict = "KEY_UNKNOWN"        // it is signed by a key that is not trusted
	SignatureInvalid  Verdict = "SIGNATURE_INVALID"  // it was changed after it was signed
	PayloadInvalid    Verdict = "PAYLOAD_INVALID"    // what is signed is not a license
	WorkspaceMismatch Verdict = "WORKSPACE_MISMATCH" // it is for another workspace
	InstanceMismatch  Verdict = "INSTANCE_MISMATCH"  // it is for another installation
	ClockBackwards    Verdict = "CLOCK_BACKWARDS"    // the clock was set back
	SequenceOld       Verdict = "SEQUENCE_OLD"       // a newer file was seen
	LicenseExpired    Verdict = "LICENSE_EXPIRED"    // and its installation may only look at what it has
	FileExpired       Verdict = "FILE_EXPIRED"       // a newer file should have come long since
	InGrace           Verdict = "IN_GRACE"           // accepted, and a newer file should come
	OK                Verdict = "OK"                 // accepted
)

// Verdicts lists all of them in the order in which they are tried.
var Verdicts = []Verdict{
	FormatForeign, FormatInvalid, VersionUnknown, AlgorithmUnknown, KeyUnknown, SignatureInvalid, PayloadInvalid,
	WorkspaceMismatch, InstanceMismatch, ClockBackwards, SequenceOld, LicenseExpired, FileExpired, InGrace, OK,
}

// Accepted reports whether the installation may do what the file says.
func (v Verdict) Accepted() bool { return v == OK || v == InGrace }

// clockTolerance bounds how far a clock may be behind without being one that was set back.
const clockTolerance = 5 * time.Minute

// Seen carries what a verification learned to the next one. The zero value has seen nothing.
type Seen struct {
	Sequence int64     // the highest of an authentic file
	At       time.Time // the latest time at which an authentic file was verified
}

// Query says who asks, and when. A name that is empty is not compared.
type Query struct {
	Workspace   string
	Instance    string
	Fingerprint string
	Now         time.Time
	Seen        Seen
}

// Result tells what became of a file. Payload is nil where the file is not authentic. Detail says for people why a file is not
// accepted. Seen is to be kept for the next verification.
type Result struct {
	Verdict Verdict
	Detail  string
	Payload *Payload
	Seen    Seen
}

// Trust lists the public keys whose files are accepted.
type Trust []ed25519.PublicKey

// key finds a key by its kid.
func (t Trust) key(kid string) (ed25519.PublicKey, bool) {
	i := slices.IndexFunc(t, func(key ed25519.PublicKey) bool { return len(key) == ed25519.PublicKeySize && KeyID(key) == kid })
	if i < 0 {
		return nil, false
	}
	return t[i], true
}

// Verify judges a file by the verdicts in their order. It never fails and never panics, whatever the file has.
func (t Trust) Verify(file []byte, q Query) Result {
	payload, verdict, detail := t.authenticate(file)
	if verdict != OK {
		return Result{Verdict: verdict, Detail: detail, Seen: q.Seen}
	}
	verdict, detail = payload.judge(q)
	result := Result{Verdict: verdict, Detail: detail, Payload: &payload, Seen: q.Seen}
	switch verdict {
	case LicenseExpired, FileExpired, InGrace, OK: // it is for this installation, its clock is right, and it is the newest
		result.Seen.Sequence = payload.Sequence
		if q.Now.After(q.Seen.At) {
			result.Seen.At = q.Now
		}
	default: // nothing is learned from a file that is not believed
	}
	return result
}

// authenticate gives what a trusted key has signed.
func (t Trust) authenticate(file []byte) (Payload, Verdict, string) {
	e, verdict, detail := open(file)
	if verdict != OK {
		return Payload{}, verdict, detail
	}
	if e.version != Version {
		return Payload{}, VersionUnknown, fmt.Sprintf("the file is of %.60s, and this program knows %s", e.version, Version)
	}
	if e.algorithm != Algorithm {
		return Payload{}, AlgorithmUnknown, fmt.Sprintf("the file is signed with %.60s, and this program knows %s", e.algorithm, Algorithm)
	}
	key, found := t.key(e.kid)
	if !found {
		return Payload{}, KeyUnknown, fmt.Sprintf("the key %.60s is not one of those that are trusted", e.kid)
	}
	if !ed25519.Verify(key, e.signed, e.signature) {
		return Payload{}, SignatureInvalid, "the signature does not fit: the file was changed after it was signed"
	}
	payload, err := decodePayload(e.payload)
	if err != nil {
		return Payload{}, PayloadInvalid, err.Error()
	}
	return payload, OK, ""
}

// judge holds what an authentic file says against who asks and when.
func (p Payload) judge(q Query) (Verdict, string) {
	latest := p.IssuedAt
	if q.Seen.At.After(latest) {
		latest = q.Seen.At
	}
	switch now := q.Now; {
	case q.Workspace != "" && p.Workspace != nil && *p.Workspace != q.Workspace:
		return WorkspaceMismatch, fmt.Sprintf("the file is for the workspace %s", *p.Workspace)
	case cmp.Or(q.Instance, p.Instance) != p.Instance:
		return InstanceMismatch, fmt.Sprintf("the file is for the installation %s", p.Instance)
	case cmp.Or(q.Fingerprint, p.Fingerprint) != p.Fingerprint:
		return InstanceMismatch, "the file is for an installation with another fingerprint"
	case now.Add(clockTolerance).Before(latest):
		return ClockBackwards, fmt.Sprintf("the clock was set back: it was %s before", latest.UTC().Format(time.RFC3339))
	case p.Sequence < q.Seen.Sequence:
		return SequenceOld, fmt.Sprintf("the file has sequence %d, and one with %d was seen", p.Sequence, q.Seen.Sequence)
	case p.Expiry == ExpiryRestrict && p.ExpiresAt != nil && !now.Before(*p.ExpiresAt):
		return LicenseExpired, fmt.Sprintf("the license has expired at %s", p.ExpiresAt.Format(time.RFC3339))
	case !now.Before(p.GraceUntil):
		return FileExpired, fmt.Sprintf("the file is no good since %s; get a newer one", p.GraceUntil.Format(time.RFC3339))
	case !now.Before(p.FileExpiresAt):
		return InGrace, fmt.Sprintf("the file wants to be replaced by a newer one before %s", p.GraceUntil.Format(time.RFC3339))
	}
	return OK, ""
}
