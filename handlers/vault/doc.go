// Package vault keeps the secrets that a ledger was given and must be able to show again: those of gateways, of webhook
// endpoints, and licence keys.
//
// A secret stands sealed in the table tallystick.secrets, by AES-256-GCM with a key that the operator keeps in a file. The seal
// covers the ledger, the kind and the id, so that nobody who can write the table can put one secret in another's place. Without
// a key nothing is taken and nothing is shown: secret_key_missing.
//
// A key is rotated by naming the new file before the old one: the first key seals, every key opens. [Vault.Reseal] seals all anew.
//
// Secrets never stand in events, in logs, or in answers after the first.
package vault
