package process

import (
	"context"
	"errors"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/installation"
	"github.com/tallystick/tallystick/eventstore"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections"
)

// Codes of what the program itself says of a link.
const (
	codeServerMissing = "license_server_missing" // the program was started without one
	codeKeyMissing    = "license_key_missing"
	codeKeySealed     = "license_key_unreadable"
	codeFileMissing   = "license_file_missing"
)

// syncLicense does what is due of a license that comes from elsewhere: it asks the license server to agree, for how the license is, or
// to let it go. Each of these may be asked again, and is the same.
func (d *Deadlines) syncLicense(ctx context.Context, ledger eventstore.Ledger, due projections.Deadline, _ sender) (make command.Command[struct{}], err error) {
	workspace := due.Stream.Entity()
	found, err := observe(ctx, d.store, ledger, command.LookAtInstallation(workspace))
	if err != nil {
		return make, err
	}
	at, ok := found.Installation.NextDeadline()
	if !ok || at.After(found.Now) || !found.Installation.Active() {
		return command.TellLicense(workspace, installation.Check{}), nil
	}
	told, err := d.askServer(ctx, ledger, workspace, found)
	if err == nil && ctx.Err() != nil {
		err = ctx.Err() // this process ends; whoever goes on asks again
	}
	return command.TellLicense(workspace, told), err
}

// askServer asks, and makes the command that records the answer.
func (d *Deadlines) askServer(ctx context.Context, ledger eventstore.Ledger, workspace string, found command.Installed) (installation.Command, error) {
	link := found.Installation.Link
	s := serverAsked{Deadlines: d, name: licenseserver.KeyName(ledger.ID, link.ID), link: link, attempt: installation.Attempt{Link: link.ID, Tries: link.Tries}}
	if d.installation.Server == nil {
		if link.State == installation.Unlinking {
			return s.unlink(ctx, licenseserver.Answer{Code: codeServerMissing, Conclusive: true}) // there is nobody to tell
		}
		return s.fail(licenseserver.Answer{Code: codeServerMissing, Detail: "the program was started without --license-server"}), nil
	}
	s.attempt.Server = d.installation.Server.URL() // a seller that has moved is asked where it is now
	if d.vault.Ready() != nil {
		return s.fail(licenseserver.Answer{Code: codeKeySealed, Detail: "no --secret-key-file opens the license key"}), nil
	}
	key, err := d.vault.Get(ctx, s.name)
	switch {
	case errors.Is(err, vault.ErrNotFound) && link.State == installation.Unlinking:
		return installation.FinishUnlink{ID: link.ID, Code: codeKeyMissing}, nil // the server knows, and this process was cut off
	case errors.Is(err, vault.ErrNotFound):
		return s.fail(licenseserver.Answer{Code: codeKeyMissing, Detail: "the license key is gone: unlink, and link anew", Conclusive: true}), nil
	case errors.Is(err, vault.ErrUnreadable):
		return s.fail(licenseserver.Answer{Code: codeKeySealed, Detail: "no --secret-key-file opens the license key"}), nil
	case err != nil:
		return nil, err
	}
	calling, cancel := context.WithTimeout(ctx, d.gatewayTimeout)
	defer cancel()
	if link.State == installation.Unlinking {
		return s.unlink(ctx, d.installation.Server.Deactivate(calling, string(key), link.Instance))
	}
	if link.State == installation.Linking {
		agreed := d.installation.Server.Activate(calling, string(key), licenseserver.Instance{
			Instance: link.Instance, Fingerprint: d.installation.Fingerprint, Workspace: workspace,
		})
		if !agreed.OK {
			return s.refused(ctx, agreed)
		}
	}
	said := d.installation.Server.Sync(calling, string(key), link.Instance, found.Users)
	if !said.OK || !said.Valid {
		return s.refused(ctx, said)
	}
	if said.File == "" {
		return s.fail(licenseserver.Answer{Code: codeFileMissing, Detail: "the license server gives no license file"}), nil
	}
	return installation.Confirm{Attempt: s.attempt, Code: said.Code, Verify: installation.Verify{
		File: []byte(said.File), Trust: d.installation.Trust, Workspace: workspace, Fingerprint: d.installation.Fingerprint,
	}}, nil
}

// serverAsked is a call to a license server for a link.
type serverAsked struct {
	*Deadlines
	name    vault.Name
	link    *installation.Link
	attempt installation.Attempt
}

func (s serverAsked) fail(a licenseserver.Answer) installation.Command {
	return installation.Fail{Attempt: s.attempt, Code: a.Code, Detail: a.Detail, Conclusive: a.Conclusive}
}

// stops lists the codes by which a license gives nothing any more, as a sync and as a refusal tell them.
var stops = map[string]string{
	installation.CodeRevoked: installation.CodeRevoked, "license_revoked": installation.CodeRevoked,
	installation.CodeSuspended: installation.CodeSuspended, "license_suspended": installation.CodeSuspended,
	installation.CodeExpired: installation.CodeExpired, "license_expired": installation.CodeExpired,
}

// refused follows that the server gives no license. The key of a link that never began is forgotten.
func (s serverAsked) refused(ctx context.Context, a licenseserver.Answer) (installation.Command, error) {
	if !a.Conclusive {
		return s.fail(a), nil
	}
	if s.link.State == installation.Linking {
		if err := s.vault.Delete(ctx, s.name); err != nil {
			return nil, err
		}
	}
	if code, stop := stops[a.Code]; stop {
		return installation.Stop{Attempt: s.attempt, Code: code, Detail: a.Detail, License: a.License, Sequence: a.Sequence}, nil
	}
	return s.fail(a), nil
}

// unlink follows what the server said to the end of a link. The key is forgotten before that is recorded, so that none is left behind.
func (s serverAsked) unlink(ctx context.Context, a licenseserver.Answer) (installation.Command, error) {
	if !a.Conclusive {
		return s.fail(a), nil
	}
	if err := s.vault.Delete(ctx, s.name); err != nil {
		return nil, err
	}
	return installation.FinishUnlink{ID: s.link.ID, Code: a.Code}, nil
}

// waitForLicense has the license server asked. It refuses with license_refused where the server does not agree to a link.
func (d *Deadlines) waitForLicense(ctx context.Context, ledger eventstore.Ledger, workspace string) error {
	due := projections.Deadline{Stream: installation.Stream(workspace), Kind: installation.DeadlineSync}
	if err := d.collect(ctx, ledger, due, d.syncLicense, sender{}, &caller{}); err != nil {
		return err
	}
	found, err := observe(ctx, d.store, ledger, command.LookAtInstallation(workspace))
	if link := found.Installation.Link; err != nil || link == nil || link.State != installation.Free || link.Error == nil {
		return err
	}
	problem := found.Installation.Link.Error
	return domain.InvalidField("/key", "license_refused", "the license server does not agree (%s): %s", problem.Code, problem.Detail).With("server_code", problem.Code)
}
