package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/domain/licensefile"
	"github.com/tallystick/tallystick/handlers/access"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type licenseCommand struct {
	Keygen      licenseKeygen      `cmd:"" help:"Draw a key to sign license files with."`
	Inspect     licenseInspect     `cmd:"" help:"Show what a license file says, without verifying it."`
	Verify      licenseVerify      `cmd:"" help:"Verify a license file offline."`
	Fingerprint licenseFingerprint `cmd:"" help:"Print this installation's fingerprint, which a seller needs for its license file."`
}

type licenseKeygen struct {
	Out  string `help:"Directory that the key is written to, as license-signing.pem and license-public.pem." required:"" placeholder:"DIR"`
	JSON bool   `help:"Print JSON."`
}

type licenseKey struct {
	KID     string `json:"kid"`
	Private string `json:"private"`
	Public  string `json:"public"`
}

// Run draws a key and prints its id. It never replaces one.
func (l licenseKeygen) Run(std house.Streams) error {
	if err := os.MkdirAll(l.Out, 0o700); err != nil {
		return err
	}
	made := licenseKey{Private: filepath.Join(l.Out, "license-signing.pem"), Public: filepath.Join(l.Out, "license-public.pem")}
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return err
	}
	made.KID = licensefile.KeyID(public)
	privatePEM, err := licensefile.EncodePrivateKey(private)
	publicPEM, alsoErr := licensefile.EncodePublicKey(public)
	if err := errors.Join(err, alsoErr); err != nil {
		return err
	}
	if err := writeNew(made.Private, privatePEM, 0o600); err != nil {
		return err
	}
	if err := writeNew(made.Public, publicPEM, 0o644); err != nil {
		return err
	}
	if l.JSON {
		return house.PrintJSON(std, made)
	}
	_, err = fmt.Fprintln(std.Out, made.KID)
	return err
}

// writeNew writes a file that does not exist yet.
func writeNew(path string, content []byte, mode os.FileMode) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	return errors.Join(err, file.Close())
}

type licenseInspect struct {
	File string `arg:"" help:"The license file." type:"existingfile"`
	JSON bool   `help:"Print JSON."`
}

type licenseInspected struct {
	KID      string              `json:"kid"`
	Verified bool                `json:"verified"`
	Payload  licensefile.Payload `json:"payload"`
}

// Run shows what a file says.
func (l licenseInspect) Run(std house.Streams) error {
	file, err := os.ReadFile(l.File)
	if err != nil {
		return err
	}
	kid, payload, err := licensefile.Inspect(file)
	if err != nil {
		return err
	}
	if l.JSON {
		return house.PrintJSON(std, licenseInspected{KID: kid, Payload: payload})
	}
	fmt.Fprintf(std.Out, "signed with  %s (not verified)\n", kid)
	return printPayload(std, payload)
}

func printPayload(std house.Streams, p licensefile.Payload) error {
	workspace := "any"
	if p.Workspace != nil {
		workspace = *p.Workspace
	}
	_, err := fmt.Fprintf(std.Out, "license      %s of %s, sequence %d\nlicensee     %s\nproduct      %s with %d seats\nworkspace    %s\ninstance     %s, %s\n"+
		"expires      %s (%s)\nfile         issued %s, to be replaced by %s, no good from %s\n",
		p.ID, p.Issuer, p.Sequence, p.Licensee, p.Product, p.Seats, workspace, p.Instance, p.Fingerprint,
		house.PrintTime(p.ExpiresAt), p.Expiry, house.PrintTime(&p.IssuedAt), house.PrintTime(&p.FileExpiresAt), house.PrintTime(&p.GraceUntil))
	return err
}

type licenseVerify struct {
	File         string `arg:"" help:"The license file." type:"existingfile"`
	Trust        string `help:"File of public keys, in PEM." required:"" type:"existingfile" placeholder:"FILE"`
	Workspace    string `help:"The workspace that it must be for."`
	Instance     string `help:"The instance that it must be for."`
	Fingerprint  string `help:"The fingerprint that it must be for."`
	At           string `help:"The time of the verification, such as 2027-01-31T00:00:00Z (default now)." placeholder:"TIME"`
	LastSequence int64  `help:"The highest sequence that was seen before."`
	LastSeen     string `help:"The time of the last verification." placeholder:"TIME"`
	JSON         bool   `help:"Print JSON."`
}

type licenseVerified struct {
	OK      bool                 `json:"ok"`
	Verdict licensefile.Verdict  `json:"verdict"`
	Detail  string               `json:"detail"`
	Payload *licensefile.Payload `json:"payload"`
}

// Run fails for a file that is not accepted.
func (l licenseVerify) Run(std house.Streams) error {
	file, err := os.ReadFile(l.File)
	keys, alsoErr := os.ReadFile(l.Trust)
	if err := errors.Join(err, alsoErr); err != nil {
		return err
	}
	trust, err := licensefile.ParsePublicKeys(keys)
	if err != nil {
		return fmt.Errorf("%s: %w", l.Trust, err)
	}
	q := licensefile.Query{Workspace: l.Workspace, Instance: l.Instance, Fingerprint: l.Fingerprint, Now: time.Now(), Seen: licensefile.Seen{Sequence: l.LastSequence}}
	if l.At != "" {
		if q.Now, err = domain.ParseTime(l.At); err != nil {
			return fmt.Errorf("--at: %w", err)
		}
	}
	if l.LastSeen != "" {
		if q.Seen.At, err = domain.ParseTime(l.LastSeen); err != nil {
			return fmt.Errorf("--last-seen: %w", err)
		}
	}
	result := trust.Verify(file, q)
	switch {
	case l.JSON:
		err = house.PrintJSON(std, licenseVerified{OK: result.Verdict.Accepted(), Verdict: result.Verdict, Detail: result.Detail, Payload: result.Payload})
	case result.Payload != nil:
		fmt.Fprintf(std.Out, "verdict      %s\n", result.Verdict)
		err = printPayload(std, *result.Payload)
	}
	if err == nil && !result.Verdict.Accepted() {
		err = fmt.Errorf("%s: %s", result.Verdict, result.Detail)
	}
	return err
}

type licenseFingerprint struct {
	house.Config

	JSON bool `help:"Print JSON."`
}

// Run prints the fingerprint, which follows from the random id of the database.
func (l licenseFingerprint) Run(ctx context.Context, std house.Streams) error {
	return house.WithConnection(ctx, &l.Config, l.Logger(std), func(conn *pgx.Conn) error {
		fingerprint, err := access.Fingerprint(ctx, conn)
		if err != nil {
			return err
		}
		if l.JSON {
			return house.PrintJSON(std, map[string]string{"fingerprint": fingerprint})
		}
		_, err = fmt.Fprintln(std.Out, fingerprint)
		return err
	})
}
