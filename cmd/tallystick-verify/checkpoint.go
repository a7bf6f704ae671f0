package main

import (
	"encoding/base64"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/google/uuid"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// checkpoint holds what a signed note says: c2sp.org/tlog-checkpoint.
type checkpoint struct {
	tlog.Tree

	origin string
	note   string
}

// keys verify notes. They are the public keys that somebody trusts, whatever name a log has for them: a log that began
// anew has another name.
type keys []string

// keyFlags hold whom to trust.
type keyFlags struct {
	Key []string `help:"Key that must have signed, as GET /v1/audit/key shows it; get it from somebody you trust. One of several is enough." placeholder:"VKEY"`
}

func (k keyFlags) keys() (all keys, err error) {
	for _, given := range k.Key {
		for vkey := range strings.FieldsSeq(given) {
			if _, err := note.NewVerifier(vkey); err != nil {
				return nil, usage("--key %q is not a key of the form name+hash+key", vkey)
			}
			all = append(all, vkey)
		}
	}
	return all, nil
}

// required gives the keys, of which there must be one.
func (k keyFlags) required() (keys, error) {
	all, err := k.keys()
	if err == nil && len(all) == 0 {
		err = usage("give --key: a signature proves nothing without a key that you trust")
	}
	return all, err
}

// named gives the verifiers of the keys under the name of a log.
func (k keys) named(origin string) (all []note.Verifier) {
	for _, vkey := range k {
		key, err := base64.StdEncoding.DecodeString(vkey[strings.Index(vkey, "+")+len("+01234567+"):])
		if err != nil || len(key) < 1 {
			continue
		}
		if vkey, err = note.NewEd25519VerifierKey(origin, key[1:]); err != nil {
			continue
		}
		if verifier, err := note.NewVerifier(vkey); err == nil {
			all = append(all, verifier)
		}
	}
	return all
}

// parse reads a note without verifying it.
func parse(signed string) (c checkpoint, err error) {
	text, _, found := strings.Cut(signed, "\n\n")
	lines := strings.Split(text, "\n")
	if !found || len(lines) < 3 {
		return c, badAnywhere(whatSignature, "%.80q is not a signed checkpoint", signed)
	}
	c.origin, c.note = lines[0], signed
	if c.N, err = strconv.ParseInt(lines[1], 10, 64); err != nil || c.N < 1 {
		return c, badAnywhere(whatSignature, "a checkpoint covers %q events", lines[1])
	}
	if c.Hash, err = tlog.ParseHash(lines[2]); err != nil {
		return c, badAnywhere(whatSignature, "the root of the checkpoint of %d events can't be read", c.N)
	}
	return c, nil
}

// open reads a note that one of the keys signed.
func (k keys) open(signed string) (checkpoint, error) {
	c, err := parse(signed)
	if err != nil {
		return c, err
	}
	if _, err := note.Open([]byte(signed), note.VerifierList(k.named(c.origin)...)); err != nil {
		return c, bad(c.N, whatSignature, "the checkpoint of %d events is not signed by a key that is trusted: %v", c.N, err)
	}
	return c, nil
}

func (k keys) openFile(path string) (checkpoint, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return checkpoint{}, usage("%v", err)
	}
	c, err := k.open(string(content))
	if err != nil {
		return c, fmt.Errorf("%s: %w", path, err)
	}
	return c, nil
}

// ledger reads the ledger's id out of the name of its log: NAME/ID, or NAME/ID/N after a restart.
func (c checkpoint) ledger() (uuid.UUID, error) {
	parts := strings.Split(c.origin, "/")
	last := parts[len(parts)-1]
	if _, err := strconv.Atoi(last); err == nil && len(parts) > 1 {
		last = parts[len(parts)-2]
	}
	id, err := uuid.Parse(last)
	if err != nil {
		return id, badAnywhere(whatSignature, "the log's name %q does not end with a ledger's id", c.origin)
	}
	return id, nil
}

// splitNotes reads notes, each with a blank line after it.
func splitNotes(content string) (notes []string) {
	var current strings.Builder
	inSignatures := false
	for line := range strings.Lines(content) {
		switch {
		case line == "\n" && inSignatures:
			notes = append(notes, current.String())
			current.Reset()
			inSignatures = false
			continue
		case line == "\n":
			inSignatures = true
		}
		current.WriteString(line)
	}
	if current.Len() > 0 {
		notes = append(notes, current.String())
	}
	return notes
}
