package api

import (
	_ "embed"
	"fmt"
	"slices"

	"github.com/tallystick/tallystick/handlers/accesslog"
	"github.com/tallystick/tallystick/handlers/api/audit"
	"github.com/tallystick/tallystick/handlers/api/details"
	"github.com/tallystick/tallystick/handlers/api/events"
	exportroutes "github.com/tallystick/tallystick/handlers/api/exports"
	"github.com/tallystick/tallystick/handlers/api/features"
	"github.com/tallystick/tallystick/handlers/api/finance"
	"github.com/tallystick/tallystick/handlers/api/invoices"
	"github.com/tallystick/tallystick/handlers/api/licenses"
	"github.com/tallystick/tallystick/handlers/api/licensing"
	"github.com/tallystick/tallystick/handlers/api/operations"
	"github.com/tallystick/tallystick/handlers/api/payments"
	"github.com/tallystick/tallystick/handlers/api/products"
	"github.com/tallystick/tallystick/handlers/api/seats"
	"github.com/tallystick/tallystick/handlers/api/seller"
	"github.com/tallystick/tallystick/handlers/api/subscriptions"
	"github.com/tallystick/tallystick/handlers/api/view"
	"github.com/tallystick/tallystick/handlers/api/webhooks"
	"github.com/tallystick/tallystick/handlers/courier"
	"github.com/tallystick/tallystick/handlers/endpoint"
	"github.com/tallystick/tallystick/handlers/endpoint/document"
	"github.com/tallystick/tallystick/handlers/exports"
	"github.com/tallystick/tallystick/handlers/gateway"
	"github.com/tallystick/tallystick/handlers/gateway/accounts"
	"github.com/tallystick/tallystick/handlers/licenseserver"
	"github.com/tallystick/tallystick/handlers/portal"
	"github.com/tallystick/tallystick/handlers/process"
	"github.com/tallystick/tallystick/handlers/vault"
	"github.com/tallystick/tallystick/projections"
)

// Options hold what the API works with.
type Options struct {
	endpoint.Options
	// Deadlines advances the clocks of sandboxes.
	Deadlines *process.Deadlines
	// Deliveries tells which webhooks are being sent.
	Deliveries *process.Deliveries
	// Vault keeps the secrets that routes take.
	Vault *vault.Vault
	// Webhooks tells where may be sent to, and Writer writes what is sent.
	Webhooks *courier.Policy
	Writer   *courier.Writer
	// Exports writes what is asked for in files.
	Exports *exports.Exports
	// Installation has licenses from a seller elsewhere.
	Installation licenseserver.Installation
	// Gateways take money.
	Gateways gateway.Set
	// LicenseKeys sign license files.
	LicenseKeys licenses.SigningKeys
	// Accounts keeps what belongs to the ledgers' accounts at gateways.
	Accounts *accounts.Accounts
}

// New makes the API's server. It opens nothing and starts nothing; Prepare of the engine must have been called before the
// first request.
func New(o Options) (*endpoint.Server, error) {
	if o.AccessLog == nil {
		o.AccessLog = accesslog.New(o.Pool)
	}
	served := table(o)
	var err error
	if served.Document, err = document.Of(served, o.Version, o.PublicURL, o.BaseURL()); err != nil {
		return nil, fmt.Errorf("make the OpenAPI document: %w", err)
	}
	if o.Deadlines != nil {
		o.Waiter = o.Deadlines
	}
	s, err := endpoint.New(o.Options, served)
	if err == nil {
		portal.LeadToActions(s, o.Gateways)
	}
	return s, err
}

// Document makes the API's OpenAPI document, as a server of a version serves it.
func Document(version string) ([]byte, error) {
	return document.Of(table(Options{}), version, "", "")
}

// guide sells seats to a workspace, step by step.
//
//go:embed guide.md
var guide string

// names fit the guide and the examples.
var names = map[string]string{"workspace": "acme", "product": "pro", "price": "pro-month", "coupon": "welcome", "number": "INV-000001", "member": "ada", "feature": "sso", "file": "events.ndjson", "size": "1", "position": "1", "level": "0", "tile": "000.p/1", "license": "0197f3a1-52c4-7cde-9d41-3a1d5f0c2b7e", "instance": "berlin", "stream": "subscription:acme", "job": "renewal~subscription:acme"}

// enums are the enumerations of all nouns. A field or a filter of such a type refers to it by itself.
var enums = slices.Concat(
	view.Enums, products.Enums, subscriptions.Enums, invoices.Enums, payments.Enums, features.Enums, licenses.Enums, licensing.Enums, seats.Enums, finance.Enums, events.Enums, audit.Enums, webhooks.Enums, operations.Enums, exportroutes.Enums,
)

// table holds all routes of the API.
func table(o Options) endpoint.Table {
	kept := projections.NewKeptFeatures(o.Engine)
	return endpoint.Table{Foreign: features.Flags(kept), Guide: guide, Names: names, Enums: enums, Pages: portal.Routes(o.Gateways, o.Deadlines), DryRun: invoices.DryRun, Routes: slices.Concat(
		products.Routes(),
		subscriptions.Routes(),
		invoices.Routes(),
		payments.Routes(o.Gateways),
		payments.SyncRoutes(o.Deadlines),
		payments.GatewayRoutes(payments.GatewayServices{
			Gateways: o.Gateways, Accounts: o.Accounts, Vault: o.Vault, Log: o.Log, Hear: o.Deadlines.Hear,
		}),
		seats.Routes(),
		features.Routes(kept),
		licenses.Routes(licenses.Services{Pool: o.Pool, Keys: o.LicenseKeys}),
		licensing.Routes(licensing.Services{Installation: o.Installation, Vault: o.Vault}),
		details.Routes(),
		seller.Routes(),
		finance.Routes(),
		events.Routes(events.Log{Codec: o.Codec, Pool: o.Pool}, o.Engine),
		audit.Routes(audit.Log{Codec: o.Codec, Pool: o.Pool}, events.Tag),
		webhooks.Routes(webhooks.Services{Vault: o.Vault, Policy: o.Webhooks, Writer: o.Writer}),
		exportroutes.Routes(exportroutes.Services{Exports: o.Exports, Reads: o.Pool}),
		operations.Routes(o.Deadlines, o.Deliveries, o.Exports),
		endpoint.ServiceRoutes,
	)}
}
