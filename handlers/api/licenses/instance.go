package licenses

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain/license"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/command"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/heartbeat"
)

// instanceStatus tells whether an instance is heard of.
type instanceStatus string

const (
	statusAlive instanceStatus = "alive"
	statusDead  instanceStatus = "dead"
)

var instanceStatuses = []instanceStatus{statusAlive, statusDead}

// instanceView shows an installation that uses a license.
type instanceView struct {
	Instance    string            `json:"instance"`
	Fingerprint string            `json:"fingerprint"`
	Workspace   *string           `json:"workspace" doc:"The installation's own."`
	Status      instanceStatus    `json:"status" doc:"dead 30 s after heartbeat_ttl without a heartbeat or sync."`
	ActivatedAt time.Time         `json:"activated_at"`
	LastSeenAt  time.Time         `json:"last_seen_at"`
	Users       *int64            `json:"users" doc:"As it reported last; null for never."`
	File        *instanceFileView `json:"file" doc:"The latest that was made for it."`
}

type instanceFileView struct {
	Sequence  int64     `json:"sequence"`
	IssuedAt  time.Time `json:"issued_at"`
	ExpiresAt time.Time `json:"expires_at"`
}

func viewInstance(i license.Instance, seen license.Seen) instanceView {
	shown := instanceView{
		Instance: i.Instance, Fingerprint: i.Fingerprint, Workspace: i.Workspace, Status: statusAlive, ActivatedAt: i.ActivatedAt.UTC(),
		LastSeenAt: i.LastSeen(seen).UTC(), Users: seen[i.Instance].Users,
	}
	if i.Dead {
		shown.Status = statusDead
	}
	if i.File != nil {
		shown.File = &instanceFileView{Sequence: i.File.Sequence, IssuedAt: i.File.IssuedAt.UTC(), ExpiresAt: i.File.ExpiresAt.UTC()}
	}
	return shown
}

// activateBody is the body of an activation.
type activateBody struct {
	Instance    string  `json:"instance" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"berlin"`
	Fingerprint string  `json:"fingerprint" minLength:"1" maxLength:"255" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08" doc:"Of the installation; one that is there keeps its first name."`
	Workspace   *string `json:"workspace,omitempty" null:"unset" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" doc:"Of the installation, which its files name."`
}

// instanceAnswer shows a license and the instance that was asked about.
type instanceAnswer struct {
	License  licenseView  `json:"license"`
	Instance instanceView `json:"instance"`
	again    bool
}

// Again reports whether the instance was there already.
func (a instanceAnswer) Again() bool { return a.again }

func viewActivated(l command.License, seen license.Seen) instanceAnswer {
	return instanceAnswer{License: viewLicense(l.State, l.Version, l.Now), Instance: viewInstance(l.Instance, seen), again: l.Again()}
}

// addInstance activates an installation for its owner.
func (s Services) addInstance(c *endpoint.Call, b activateBody) command.Command[command.License] {
	id := c.Name("license")
	seen, err := heartbeat.Seen(c.Context(), s.Pool, c.Ledger.ID, id)
	if err != nil {
		return refuse[command.License](id, err)
	}
	return command.ActivateInstance(id, "", license.Activate{Instance: b.Instance, Fingerprint: b.Fingerprint, Workspace: b.Workspace, Seen: seen})
}

// beginInstances has the deaths of a license's instances waited for. Where it fails, a repeat of the request does the same again, and so
// does the first that is heard of the instance.
func (s Services) beginInstances(c *endpoint.Call) {
	found, _, err := endpoint.Perform(c, command.LookAtInstances(c.Name("license")))
	if err == nil && found.State.ID != "" {
		_ = heartbeat.Begin(c.Context(), s.Pool, c.Ledger.ID, found.State, found.Now)
	}
}

func removeInstance(c *endpoint.Call) command.Command[command.License] {
	return command.DeactivateInstance(c.Name("license"), "", c.Name("instance"))
}

// forgetInstance forgets when a removed instance was heard of. One of the same name that comes later is heard of at its activation
// anyway, so that nothing is lost where this fails.
func (s Services) forgetInstance(c *endpoint.Call) {
	_ = heartbeat.Forget(context.WithoutCancel(c.Context()), s.Pool, c.Ledger.ID, c.Name("license"), c.Name("instance"))
}

func (s Services) listInstances(ctx context.Context, tx pgx.Tx, c *endpoint.Call) (list endpoint.List[instanceView], err error) {
	if _, err := endpoint.After[int64](c); err != nil {
		return list, err
	}
	found, err := find(ctx, tx, c)
	if err != nil {
		return list, err
	}
	seen, err := heartbeat.Seen(ctx, tx, c.Ledger.ID, found.State.ID)
	if err != nil {
		return list, err
	}
	instances := found.State.At(seen, c.Now()).Instances
	return endpoint.Page(c, func(after int64, limit int) ([]numbered, error) {
		var page []numbered
		for n := after; n < int64(len(instances)) && len(page) < limit; n++ {
			page = append(page, numbered{n + 1, instances[n]})
		}
		return page, nil
	}, func(i numbered) int64 { return i.n }, func(i numbered) instanceView { return viewInstance(i.Instance, seen) })
}

// numbered is an instance with its place in the order of activations.
type numbered struct {
	n int64
	license.Instance
}

// fileBody is the body of what makes a file.
type licenseFileBody struct {
	Instance string `json:"instance" pattern:"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$" example:"berlin"`
	TTLDays  *int64 `json:"ttl_days,omitempty" null:"unset" minimum:"1" maximum:"365" doc:"The license's file_ttl_days where it is not given."`
}

// addFile makes a file for an installation without a network.
func (s Services) addFile(c *endpoint.Call, b licenseFileBody) command.Command[command.License] {
	id := c.Name("license")
	if err := s.Keys.ready(); err != nil {
		return refuse[command.License](id, err)
	}
	return command.IssueLicenseFile(id, "", license.IssueFile{Instance: b.Instance, TTLDays: b.TTLDays})
}

func (s Services) viewFile(c *endpoint.Call, l command.License) (endpoint.Text, error) {
	return s.Keys.sign(c, l)
}

// emptyAnswer answers with nothing.
type emptyAnswer struct{}

func empty[R any](R) emptyAnswer { return emptyAnswer{} }

// viewPreview shows what another number of seats would cost.
func viewPreview(_ *endpoint.Call, p command.Preview) view.Preview {
	return view.PreviewOf(p.Preview, p.Version, nil)
}
