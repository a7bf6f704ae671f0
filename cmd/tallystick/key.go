package main

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/domain"
	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/endpoint"

	"github.com/tallystick/tallystick/cmd/tallystick/house"
)

type keyCommand struct {
	house.Config

	Create  keyCreate  `cmd:"" help:"Make an API key. It is printed once and stored nowhere."`
	Replace keyReplace `cmd:"" help:"Make another key of the same ledger, role and name, and let the old one end soon."`
	List    keyList    `cmd:"" help:"List all keys, without their secrets."`
	Revoke  keyRevoke  `cmd:"" help:"End a key. Servers notice within a second."`
	Audit   keyAudit   `cmd:"" help:"List who made, changed and ended keys and secrets, and from where."`
}

type keyCreate struct {
	Ledger  string `help:"The ledger that the key opens." default:"default" predictor:"ledger"`
	Role    string `help:"client, finance, auditor or admin." required:"" enum:"client,finance,auditor,admin"`
	Expires expiry `help:"When the key ends: after so long, such as 90d or 12h, or at a time, such as 2027-01-31T00:00:00Z. Without it the key lasts until it is revoked."`
	Rate    int    `help:"How many requests a second the key may make (default: what the server says)." placeholder:"N"`
	Name    string `arg:"" optional:"" help:"What it is for, such as ci."`
	JSON    bool   `help:"Print JSON."`
}

type keyCreated struct {
	ID        string     `json:"id"`
	Key       string     `json:"key"`
	Ledger    string     `json:"ledger"`
	Role      string     `json:"role"`
	Name      string     `json:"name"`
	ExpiresAt *time.Time `json:"expires_at"`
	Rate      int        `json:"rate,omitzero"`
}

// Validate refuses what is no rate.
func (k keyCreate) Validate() error {
	if k.Rate < 0 {
		return fmt.Errorf("--rate %d is not 1 or more", k.Rate)
	}
	return nil
}

// Run prints the key alone, so that it can be taken into a variable.
func (k keyCreate) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		ledger, err := house.LedgerByName(ctx, conn, k.Ledger)
		if err != nil {
			return err
		}
		now := time.Now()
		expires, err := k.Expires.after(now)
		if err != nil {
			return err
		}
		key, token, err := house.OperatorOn(conn).CreateKey(ctx, access.NewKey{
			Ledger: ledger, Role: endpoint.Role(k.Role), Name: k.Name, ExpiresAt: expires, Rate: k.Rate,
		}, now)
		if err != nil {
			return err
		}
		return printKey(std, k.JSON, key, token, ledger.Name)
	})
}

func printKey(std house.Streams, asJSON bool, key access.Key, token, ledger string) error {
	if !asJSON {
		_, err := fmt.Fprintln(std.Out, token)
		return err
	}
	return house.PrintJSON(std, keyCreated{
		ID: key.ID, Key: token, Ledger: ledger, Role: string(key.Role), Name: key.Name, ExpiresAt: key.ExpiresAt, Rate: key.Rate,
	})
}

type keyReplace struct {
	ID      string        `arg:"" help:"The key's id, the part of twelve characters."`
	Overlap time.Duration `help:"For how long the old key goes on." default:"24h"`
	Expires expiry        `help:"When the new key ends, as with tallystick key create."`
	JSON    bool          `help:"Print JSON."`
}

// Run prints the new key.
func (k keyReplace) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		now := time.Now()
		expires, err := k.Expires.after(now)
		if err != nil {
			return err
		}
		key, token, err := house.OperatorOn(conn).ReplaceKey(ctx, k.ID, k.Overlap, expires, now)
		if err != nil {
			return err
		}
		names, err := house.LedgerNames(ctx, conn)
		if err != nil {
			return err
		}
		return printKey(std, k.JSON, key, token, names[key.Ledger])
	})
}

type keyList struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the keys of all ledgers.
func (k keyList) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		keys, err := access.ListKeys(ctx, conn, uuid.Nil)
		if err != nil {
			return err
		}
		names, err := house.LedgerNames(ctx, conn)
		if err != nil {
			return err
		}
		return house.PrintRows(std, k.JSON, keys, "ID\tROLE\tLEDGER\tNAME\tCREATED\tEXPIRES\tREVOKED", func(key access.Key) string {
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s", key.ID, key.Role, names[key.Ledger], key.Name,
				house.PrintTime(&key.CreatedAt), house.PrintTime(key.ExpiresAt), house.PrintTime(key.RevokedAt))
		})
	})
}

type keyRevoke struct {
	ID string `arg:"" help:"The key's id, the part of twelve characters."`
}

// Run revokes the key.
func (k keyRevoke) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		if err := house.OperatorOn(conn).RevokeKey(ctx, k.ID, time.Now()); err != nil {
			return err
		}
		fmt.Fprintf(std.Out, "%s is revoked\n", k.ID)
		return nil
	})
}

type keyAudit struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the changes of the credentials of all ledgers.
func (k keyAudit) Run(ctx context.Context, c *house.Config, std house.Streams) error {
	return house.WithConnection(ctx, c, c.Logger(std), func(conn *pgx.Conn) error {
		changes, err := access.Changes(ctx, conn, uuid.Nil)
		if err != nil {
			return err
		}
		names, err := house.LedgerNames(ctx, conn)
		if err != nil {
			return err
		}
		return house.PrintRows(std, k.JSON, changes, "AT\tLEDGER\tACTION\tKEY\tROLE\tNAME\tOPERATOR\tDATABASE USER\tFROM\tPROGRAM", func(c access.Change) string {
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s", house.PrintTime(&c.At), names[c.Ledger], c.Action, c.KeyID, c.KeyRole,
				c.KeyName, c.Operator, c.DatabaseUser, c.From, c.Program)
		})
	})
}

// expiry is a time in the future, given by itself or as how long it is till then. The zero value is never.
type expiry struct {
	in time.Duration
	at time.Time
}

// UnmarshalText reads 90d, 12h30m or 2027-01-31T00:00:00Z.
func (e *expiry) UnmarshalText(text []byte) (err error) {
	if days, ok := strings.CutSuffix(string(text), "d"); ok {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil && n > 0 {
			e.in = time.Duration(n) * 24 * time.Hour
			return nil
		}
	}
	if d, err := time.ParseDuration(string(text)); err == nil && d > 0 {
		e.in = d
		return nil
	}
	if e.at, err = domain.ParseTime(string(text)); err != nil {
		return fmt.Errorf("%q is neither how long, such as 90d or 12h, nor a time, such as 2027-01-31T00:00:00Z", text)
	}
	return nil
}

// after gives the time, or nil for never.
func (e expiry) after(now time.Time) (*time.Time, error) {
	switch {
	case e.in > 0:
		return new(now.Add(e.in)), nil
	case e.at.IsZero():
		return nil, nil
	case !e.at.After(now):
		return nil, errors.New("--expires is in the past")
	}
	return new(e.at), nil
}
