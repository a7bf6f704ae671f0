package api

import (
	"encoding/base64"
	"flag"
	"net/http"
	"testing"
	"time"

	"github.com/tallystick/tallystick/domain/licensefile"
)

// flips tells how many bytes apart TestFilesThatWereChanged flips one.
var flips = flag.Int("flips", 67, "how many bytes apart TestFilesThatWereChanged flips one; 1 flips each")

func (i *installed) upload(file string) *answered {
	i.t.Helper()
	return i.post(acmesLicense+"/upload", object{"file": file})
}

// foreignFile is of Keygen's form: PEM armour around base64 of JSON with what is encrypted and its signature.
func foreignFile() string {
	body := base64.StdEncoding.EncodeToString([]byte(`{"enc":"8VGeVPuxagOyfUPy.OMl6Kog6asnQAJ2u.3kKiJRP9nAy","sig":"IJRU5b2dyYQ==","alg":"aes-256-gcm+ed25519"}`))
	return "-----BEGIN LICENSE FILE-----\n" + body + "\n-----END LICENSE FILE-----\n"
}

// TestFilesThatWereChanged uploads a file with one byte flipped, at many places: each is refused with a reason, and nothing changes.
func TestFilesThatWereChanged(t *testing.T) {
	t.Parallel()
	i := install(t)
	good := i.seller.File("berlin", "f00d", nil)
	before := len(i.b.events())
	for n := 0; n < len(good); n += *flips {
		changed := []byte(good)
		changed[n] ^= 1
		if good[n] == '\n' {
			changed[n] = '*' // no JSON has a control character, and this is as far from it
		}
		if reason := i.upload(string(changed)).refused(422, "license_file_refused").text("reason"); reason == "" || reason == string(licensefile.OK) {
			t.Errorf("byte %d: %q", n, reason)
		}
	}
	if n := len(i.b.events()) - before; n != 0 {
		t.Errorf("%d events of refused files", n)
	}
	i.upload(good).is(200).says(object{"source": "license", "seats": 5})
}

// TestFilesThatAreNotForHere uploads authentic files that are not for this workspace, installation and time.
func TestFilesThatAreNotForHere(t *testing.T) {
	t.Parallel()
	i := install(t)
	now := at(i.get("/v1/clock").is(200).text("now"))
	for reason, change := range map[licensefile.Verdict]func(*licensefile.Payload){
		licensefile.WorkspaceMismatch: func(p *licensefile.Payload) { p.Workspace = new("umbrella") },
		licensefile.InstanceMismatch:  func(p *licensefile.Payload) { p.Fingerprint = "beef" },
		licensefile.ClockBackwards:    func(p *licensefile.Payload) { p.IssuedAt = now.Add(6 * time.Minute) },
		licensefile.LicenseExpired:    func(p *licensefile.Payload) { p.ExpiresAt = &now },
		licensefile.FileExpired: func(p *licensefile.Payload) {
			p.IssuedAt = now.AddDate(0, 0, -44)
			p.FileExpiresAt, p.GraceUntil = now.AddDate(0, 0, -14), now
		},
	} {
		i.upload(i.seller.File("berlin", "f00d", change)).refused(422, "license_file_refused").says(object{"reason": string(reason)})
	}
	i.upload(i.seller.File("hamburg", "f00d", nil)).refused(422, "license_file_refused").says(object{"reason": "INSTANCE_MISMATCH"})
	i.upload(foreignFile()).refused(422, "license_file_refused").says(object{"reason": "FORMAT_FOREIGN"})
	i.seller.SignAsStranger(true)
	i.upload(i.seller.File("berlin", "f00d", nil)).refused(422, "license_file_refused").says(object{"reason": "KEY_UNKNOWN"})
	i.license().says(object{"source": "free", "link": nil})
}

// TestAnOldFileAfterARevocation revokes a license that is linked: no file from before is believed any more, not even without the link.
func TestAnOldFileAfterARevocation(t *testing.T) {
	t.Parallel()
	i := install(t)
	old := i.seller.File("berlin", "f00d", nil)
	i.link().is(200)
	i.seller.Stop("REVOKED")
	i.post(acmesLicense+"/sync", nil).is(200).says(object{"status": "revoked", "access": "read_only", "link.sequence": 2})
	i.post(acmesLicense+"/unlink", nil).is(200)
	i.upload(old).refused(422, "license_file_refused").says(object{"reason": "SEQUENCE_OLD"})
	i.license().says(object{"source": "free"})
}

// TestTheLadderOfAFile lets an uploaded file grow old, and replaces it.
func TestTheLadderOfAFile(t *testing.T) {
	t.Parallel()
	i := install(t)
	i.upload(i.seller.File("berlin", "f00d", nil)).is(200).says(object{"source": "license", "link.state": "unlinked", "link.server": nil, "link.ladder": "in_sync",
		"link.sequence": 1, "link.instance": "berlin", "link.last_success_at": "2026-01-01T00:00:00Z"})
	for _, step := range []struct{ to, ladder, access string }{
		{"2026-01-30T23:59:59Z", "in_sync", "full"}, {"2026-01-31T00:00:00Z", "warning", "full"},
		{"2026-02-13T23:59:59Z", "warning", "full"}, {"2026-02-14T00:00:00Z", "read_only", "read_only"},
	} {
		i.advance(step.to)
		i.license().says(object{"link.ladder": step.ladder, "access": step.access})
		status := map[bool]int{true: http.StatusCreated, false: http.StatusConflict}[step.access == "full"]
		i.post("/v1/workspaces/acme/seats", object{"member": "m" + step.to[:10] + step.to[11:13], "role": "member"}).is(status)
	}
	i.post(acmesLicense+"/sync", nil).refused(409, "license_not_linked")
	i.upload(i.seller.File("berlin", "f00d", nil)).is(200).says(object{"link.ladder": "in_sync", "access": "full"})
	i.post(acmesLicense+"/unlink", nil).is(200).says(object{"source": "free"})
}
