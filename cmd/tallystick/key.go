package main

import (
	"context"
	"fmt"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/tallystick/tallystick/handlers/access"
	"github.com/tallystick/tallystick/handlers/endpoint"
)

const defaultLedger = "default"

type keyCommand struct {
	Create keyCreate `cmd:"" help:"Make an API key. It is printed once and stored nowhere."`
	List   keyList   `cmd:"" help:"List all keys, without their secrets."`
	Revoke keyRevoke `cmd:"" help:"End a key. Servers notice within five seconds."`
}

type keyCreate struct {
	Ledger string `help:"The ledger that the key opens." default:"default"`
	Role   string `help:"client, finance, auditor or admin." required:"" enum:"client,finance,auditor,admin"`
	Name   string `arg:"" optional:"" help:"What it is for, such as ci."`
	JSON   bool   `help:"Print JSON."`
}

type keyCreated struct {
	ID     string `json:"id"`
	Key    string `json:"key"`
	Ledger string `json:"ledger"`
	Role   string `json:"role"`
	Name   string `json:"name"`
}

// Run makes the key and prints nothing else, so that a shell can take it into a variable.
func (k keyCreate) Run(ctx context.Context, c *Config, std streams) error {
	return withConnection(ctx, c, c.logger(std), func(conn *pgx.Conn) error {
		ledger, err := ledgerByName(ctx, conn, k.Ledger)
		if err != nil {
			return err
		}
		key, token, err := new(access.Keys).Create(ctx, conn, ledger, endpoint.Role(k.Role), k.Name, time.Now())
		if err != nil {
			return err
		}
		if !k.JSON {
			fmt.Fprintln(std.out, token)
			return nil
		}
		return printJSON(std, keyCreated{ID: key.ID, Key: token, Ledger: ledger.Name, Role: k.Role, Name: k.Name})
	})
}

type keyList struct {
	JSON bool `help:"Print JSON."`
}

// Run lists the keys of all ledgers.
func (k keyList) Run(ctx context.Context, c *Config, std streams) error {
	return withConnection(ctx, c, c.logger(std), func(conn *pgx.Conn) error {
		keys, err := new(access.Keys).List(ctx, conn, uuid.Nil)
		if err != nil {
			return err
		}
		names, err := ledgerNames(ctx, conn)
		if err != nil {
			return err
		}
		return printRows(std, k.JSON, keys, "ID\tROLE\tLEDGER\tNAME\tCREATED\tREVOKED", func(key access.Key) string {
			revoked := "-"
			if key.RevokedAt != nil {
				revoked = key.RevokedAt.UTC().Format(time.RFC3339)
			}
			return fmt.Sprintf("%s\t%s\t%s\t%s\t%s\t%s", key.ID, key.Role, names[key.Ledger], key.Name, key.CreatedAt.Format(time.RFC3339), revoked)
		})
	})
}

type keyRevoke struct {
	ID string `arg:"" help:"The key's id, the part of twelve characters."`
}

// Run revokes the key.
func (k keyRevoke) Run(ctx context.Context, c *Config, std streams) error {
	return withConnection(ctx, c, c.logger(std), func(conn *pgx.Conn) error {
		if err := new(access.Keys).Revoke(ctx, conn, k.ID, time.Now()); err != nil {
			return err
		}
		fmt.Fprintf(std.out, "%s is revoked\n", k.ID)
		return nil
	})
}
