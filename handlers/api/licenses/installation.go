package licenses

import (
	"time"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/heartbeat"
)

// seen tells what was heard of the instances of the license that the call's key opens.
func (s Services) seen(c *endpoint.Call) (license.Seen, error) {
	return heartbeat.Seen(c.Context(), s.Pool, c.Ledger.ID, c.License)
}

// heard notes that an instance was heard of.
func (s Services) heard(c *endpoint.Call, seen license.Seen, l command.License, users *int64) error {
	name := l.Instance.Instance
	if users == nil {
		users = seen[name].Users
	}
	seen[name] = license.Sighting{At: l.Now, Users: users}
	return heartbeat.Hear(c.Context(), s.Pool, c.Ledger.ID, l.State, name, l.Now, users)
}

func (s Services) activate(c *endpoint.Call, b activateBody) (instanceAnswer, int64, error) {
	seen, err := s.seen(c)
	if err != nil {
		return instanceAnswer{}, 0, err
	}
	done, position, err := endpoint.Perform(c, command.ActivateInstance(c.License, c.Actor, license.Activate{
		Instance: b.Instance, Fingerprint: b.Fingerprint, Workspace: b.Workspace, Seen: seen,
	}))
	if err != nil {
		return instanceAnswer{}, 0, err
	}
	err = s.heard(c, seen, done, nil)
	return viewActivated(done, seen), position, err
}

// instanceBody is the body of what is about an instance alone.
type instanceBody struct {
	Instance string `json:"instance" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"berlin"`
}

func (s Services) deactivate(c *endpoint.Call, b instanceBody) (none emptyAnswer, position int64, err error) {
	if _, position, err = endpoint.Perform(c, command.DeactivateInstance(c.License, c.Actor, b.Instance)); err != nil {
		return none, 0, err
	}
	return none, position, heartbeat.Forget(c.Context(), s.Pool, c.Ledger.ID, c.License, b.Instance)
}

// heartbeatAnswer answers a heartbeat.
type heartbeatAnswer struct {
	Instance        instanceView `json:"instance"`
	LicenseSequence int64        `json:"license_sequence" doc:"One that the installation does not know is a reason to sync."`
}

func (s Services) heartbeat(c *endpoint.Call, b instanceBody) (shown heartbeatAnswer, position int64, err error) {
	seen, err := s.seen(c)
	if err != nil {
		return shown, 0, err
	}
	done, position, err := endpoint.Perform(c, command.HearInstance(c.License, c.Actor, b.Instance, seen))
	if err != nil {
		return shown, 0, err
	}
	err = s.heard(c, seen, done, nil)
	return heartbeatAnswer{Instance: viewInstance(done.Instance, seen), LicenseSequence: done.State.Sequence}, position, err
}

// syncBody is the body of a sync.
type syncLicenseBody struct {
	Instance string `json:"instance" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"berlin"`
	Users    int64  `json:"users" minimum:"0" maximum:"1000000000" example:"42" doc:"That the installation has."`
}

// syncAnswer answers a sync.
type syncAnswer struct {
	Valid    bool          `json:"valid"`
	Code     license.Code  `json:"code"`
	License  licenseView   `json:"license"`
	Instance *instanceView `json:"instance" doc:"null where a license that is not valid has none of that name."`
	File     *string       `json:"file" doc:"The signed file; null where the license is revoked, suspended or expired."`
}

func (s Services) sync(c *endpoint.Call, b syncLicenseBody) (shown syncAnswer, position int64, err error) {
	if err := s.Keys.ready(); err != nil {
		return shown, 0, err
	}
	var check domain.Check
	check.Require(b.Users >= 0 && b.Users <= 1_000_000_000, "/users", "users_invalid", "users must be 0 to 1000000000")
	if err := check.Rejection(); err != nil {
		return shown, 0, err
	}
	seen, err := s.seen(c)
	if err != nil {
		return shown, 0, err
	}
	reported := license.Seen{}
	for name, sighting := range seen {
		reported[name] = sighting
	}
	reported[b.Instance] = license.Sighting{At: seen[b.Instance].At, Users: &b.Users}
	done, position, err := endpoint.Perform(c, command.SyncInstance(c.License, c.Actor, b.Instance, reported))
	if err != nil {
		return shown, 0, err
	}
	shown = syncAnswer{Valid: done.Valid, Code: done.Code, License: viewLicense(done.State, done.Version, done.Now)}
	if done.Instance.Instance != "" {
		if err := s.heard(c, seen, done.License, &b.Users); err != nil {
			return shown, 0, err
		}
		shown.Instance = new(viewInstance(done.Instance, seen))
	}
	if done.Made {
		file, err := s.Keys.sign(c, done.License)
		if err != nil {
			return shown, 0, err
		}
		shown.File = new(string(file))
	}
	return shown, position, nil
}

func (s Services) file(c *endpoint.Call, b licenseFileBody) (endpoint.Text, int64, error) {
	if err := s.Keys.ready(); err != nil {
		return nil, 0, err
	}
	done, position, err := endpoint.Perform(c, command.IssueLicenseFile(c.License, c.Actor, license.IssueFile{Instance: b.Instance, TTLDays: b.TTLDays}))
	if err != nil {
		return nil, 0, err
	}
	file, err := s.Keys.sign(c, done)
	return file, position, err
}

// validateBody is the body of a validation.
type validateLicenseBody struct {
	Nonce       string   `json:"nonce" minLength:"1" maxLength:"128" example:"7c1e0a52" doc:"Drawn for this question, so that no other answer can stand for this one."`
	Instance    string   `json:"instance,omitempty" example:"berlin"`
	Fingerprint string   `json:"fingerprint,omitempty" maxLength:"255"`
	Features    []string `json:"features,omitempty" maxItems:"200" example:"[\"sso\"]" doc:"That the license must have."`
}

// validationView answers a validation.
type validationView struct {
	Valid     bool         `json:"valid"`
	Code      license.Code `json:"code" doc:"The first that holds. TOO_MANY_USERS, and EXPIRED where the license maintains, are valid."`
	Detail    string       `json:"detail"`
	At        time.Time    `json:"at" doc:"By the ledger's clock."`
	Nonce     string       `json:"nonce"`
	License   string       `json:"license"`
	Sequence  int64        `json:"sequence"`
	Kid       string       `json:"kid"`
	Signature string       `json:"signature" doc:"base64url of Ed25519 over tallystick-license-validation/v1, a line feed, kid, a line feed and the RFC 8785 form of this answer without signature."`
}

func (s Services) validate(c *endpoint.Call, b validateLicenseBody) command.Command[validationView] {
	ask, err := s.validation(c, b)
	if err != nil {
		return refuse[validationView](c.License, err)
	}
	return ask
}

func (s Services) validation(c *endpoint.Call, b validateLicenseBody) (none command.Command[validationView], err error) {
	if err := s.Keys.ready(); err != nil {
		return none, err
	}
	var check domain.Check
	check.Text("/nonce", "nonce_invalid", b.Nonce, 1, 128)
	if err := check.Rejection(); err != nil {
		return none, err
	}
	seen, err := s.seen(c)
	if err != nil {
		return none, err
	}
	q := license.Question{Instance: b.Instance, Fingerprint: b.Fingerprint}
	return command.Show(command.ValidateLicense(c.License, c.Actor, q, b.Features, seen), func(v command.Validation) (validationView, error) {
		return s.Keys.signed(validationView{
			Valid: v.Valid, Code: v.Code, Detail: v.Detail, At: v.Now.UTC(), Nonce: b.Nonce, License: v.State.ID, Sequence: v.State.Sequence,
		})
	}), nil
}
