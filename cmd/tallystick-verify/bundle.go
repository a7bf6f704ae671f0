package main

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// bundle is an export of a whole ledger.
type bundle struct {
	ledger   uuid.UUID
	wanted   []wantedCheckpoint // all checkpoints, by size
	manifest manifest
}

// wantedCheckpoint is a checkpoint that the events must give the root of.
type wantedCheckpoint struct {
	checkpoint

	from string
}

// manifest describes the files of a bundle.
type manifest struct {
	Format        string         `json:"format"`
	Ledger        string         `json:"ledger"`
	Position      int64          `json:"position"`
	Files         []manifestFile `json:"files"`
	ControlTotals []controlTotal `json:"control_totals"`
	Events        struct {
		First int64 `json:"first"`
		Last  int64 `json:"last"`
	} `json:"events"`
	Checkpoint string `json:"checkpoint"`
}

type manifestFile struct {
	Name   string `json:"name"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

type controlTotal struct {
	Currency string `json:"currency"`
	Debit    string `json:"debit"`
	Credit   string `json:"credit"`
}

const (
	manifestName   = "manifest.json"
	manifestFormat = "tallystick-export/v1"
)

// open reads all of a bundle but its events, and verifies the signatures.
func (r *replay) open() (*bundle, error) {
	trusted, err := r.trusted()
	if err != nil {
		return nil, err
	}
	b := &bundle{}
	content, err := os.ReadFile(filepath.Join(r.Dir, manifestName))
	if err == nil {
		err = json.Unmarshal(content, &b.manifest)
	}
	if err != nil || b.manifest.Format != manifestFormat {
		return nil, badAnywhere(whatManifest, "%s can't be read, or is not of the form %s: %v", manifestName, manifestFormat, err)
	}
	notes, err := os.ReadFile(filepath.Join(r.Dir, "checkpoints.txt"))
	if err != nil {
		return nil, badAnywhere(whatManifest, "%v", err)
	}
	var before checkpoint
	for _, signed := range splitNotes(string(notes)) {
		c, err := trusted.open(signed)
		if found, is := errors.AsType[*finding](err); is && found.Position == nil {
			return nil, bad(before.N+1, found.What, "behind the checkpoint of %d events: %s", before.N, found.Detail)
		}
		if err != nil {
			return nil, err
		}
		if before.N > 0 && (c.N <= before.N || c.origin != before.origin) {
			return nil, bad(c.N, whatOrder, "the checkpoint of %d events of %s follows that of %d of %s", c.N, c.origin, before.N, before.origin)
		}
		before = c
		b.wanted = append(b.wanted, wantedCheckpoint{c, "checkpoints.txt"})
	}
	if err := b.addOutside(trusted, r.Checkpoint); err != nil {
		return nil, err
	}
	if len(b.wanted) == 0 {
		return nil, badAnywhere(whatSignature, "there is no checkpoint, so that nothing shows that these are the events")
	}
	b.ledger, err = b.wanted[0].ledger()
	return b, err
}

// addOutside adds the checkpoints that were kept elsewhere. Each of this log must be among those of the bundle, or behind them.
func (b *bundle) addOutside(trusted keys, files []string) error {
	published := len(b.wanted)
	for _, file := range files {
		c, err := trusted.openFile(file)
		if err != nil {
			return err
		}
		among := slices.ContainsFunc(b.wanted[:published], func(w wantedCheckpoint) bool { return w.N == c.N })
		if published > 0 && !among && c.origin == b.wanted[0].origin && c.N < b.wanted[published-1].N {
			return bad(c.N, whatConsistency, "the checkpoint of %d events in %s was published, and is not among checkpoints.txt", c.N, file)
		}
		b.wanted = append(b.wanted, wantedCheckpoint{c, file})
	}
	slices.SortStableFunc(b.wanted, func(one, other wantedCheckpoint) int { return cmp.Compare(one.N, other.N) })
	return nil
}

// trusted gives the keys of the flags, or that of the bundle where it is trusted.
func (r *replay) trusted() (keys, error) {
	if !r.TrustBundleKey {
		return r.required()
	}
	content, err := os.ReadFile(filepath.Join(r.Dir, "key.txt"))
	if err != nil {
		return nil, badAnywhere(whatManifest, "%v", err)
	}
	all, err := keyFlags{Key: []string{string(content)}}.keys()
	if err != nil {
		return nil, badAnywhere(whatSignature, "key.txt holds no key")
	}
	own, err := r.keys()
	return append(all, own...), err
}

// checkManifest compares the files with what the manifest says of them.
func (b *bundle) checkManifest(v *verdict, dir string) error {
	m := b.manifest
	if m.Ledger != v.Ledger {
		return badAnywhere(whatManifest, "the manifest is of the ledger %q", m.Ledger)
	}
	if m.Events.First != 1 || m.Events.Last != v.Last || m.Position != v.Last {
		return badAnywhere(whatManifest, "the manifest is of the events %d to %d at position %d, and there are %d", m.Events.First, m.Events.Last, m.Position, v.Last)
	}
	for _, file := range m.Files {
		if err := file.check(filepath.Join(dir, filepath.Base(file.Name))); err != nil {
			return err
		}
	}
	c, err := parse(m.Checkpoint)
	if err != nil {
		return badAnywhere(whatManifest, "the manifest's checkpoint can't be read")
	}
	for _, known := range b.wanted {
		if known.N == c.N && known.origin == c.origin && known.Hash != c.Hash {
			return bad(c.N, whatManifest, "the manifest's checkpoint of %d events is not that of checkpoints.txt", c.N)
		}
	}
	return nil
}

// check compares a file with what the manifest says of it.
func (f manifestFile) check(path string) error {
	bytes, sum, err := digest(path)
	if err != nil {
		return badAnywhere(whatManifest, "%v", err)
	}
	if bytes != f.Bytes || sum != f.SHA256 {
		return badAnywhere(whatManifest, "%s is not the file that the manifest describes", f.Name)
	}
	return nil
}

func digest(path string) (bytes int64, sum string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	hash := sha256.New()
	if bytes, err = io.Copy(hash, file); err != nil {
		return 0, "", fmt.Errorf("read %s: %w", path, err)
	}
	return bytes, hex.EncodeToString(hash.Sum(nil)), nil
}
