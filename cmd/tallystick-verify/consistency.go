package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/go-json-experiment/json"
	"golang.org/x/mod/sumdb/tlog"
)

// consistency verifies two checkpoints.
type consistency struct {
	common
	keyFlags

	Old   string `help:"File with the checkpoint of before." required:"" type:"existingfile" placeholder:"FILE"`
	New   string `help:"File with the checkpoint of today." required:"" type:"existingfile" placeholder:"FILE"`
	Proof string `help:"File with the proof, as GET /v1/audit/consistency shows it, or one hash a line." xor:"by" type:"existingfile" placeholder:"FILE"`
	Tiles string `help:"Directory with tiles, as they are below /v1/audit/tile/." xor:"by" type:"existingdir" placeholder:"DIR"`
}

func (c *consistency) verify(v *verdict) error {
	if (c.Proof == "") == (c.Tiles == "") {
		return usage("give --proof or --tiles")
	}
	trusted, err := c.required()
	if err != nil {
		return err
	}
	before, err := trusted.openFile(c.Old)
	if err != nil {
		return err
	}
	after, err := trusted.openFile(c.New)
	if err != nil {
		return err
	}
	ledger, err := after.ledger()
	if err != nil {
		return err
	}
	v.Ledger, v.Checkpoints, v.Sealed = ledger.String(), 2, after.N
	switch {
	case before.origin != after.origin:
		return badAnywhere(whatConsistency, "the checkpoints are of the logs %s and %s", before.origin, after.origin)
	case before.N > after.N:
		return bad(after.N+1, whatConsistency, "the history became shorter: from %d events to %d", before.N, after.N)
	case before.N == after.N && before.Hash != after.Hash:
		return bad(after.N, whatConsistency, "there are two histories of %d events", after.N)
	case before.N == after.N:
		return nil
	case c.Tiles != "":
		root, err := tlog.TreeHash(before.N, tlog.TileHashReader(after.Tree, tiles(c.Tiles)))
		if err != nil {
			return badAnywhere(whatConsistency, "the tiles do not lead to the root of %d events: %v", after.N, err)
		}
		if root != before.Hash {
			return bad(before.N, whatConsistency, "the first %d events are not what they were", before.N)
		}
		return nil
	}
	hashes, err := readHashes(c.Proof)
	if err != nil {
		return err
	}
	if err := tlog.CheckTree(hashes, after.N, after.Hash, before.N, before.Hash); err != nil {
		return bad(before.N, whatConsistency, "the proof does not lead from %d events to %d: %v", before.N, after.N, err)
	}
	return nil
}

// readHashes reads a proof.
func readHashes(path string) ([]tlog.Hash, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, usage("%v", err)
	}
	if strings.HasPrefix(strings.TrimSpace(string(content)), "{") {
		var shown struct {
			Hashes []string `json:"hashes"`
		}
		if err := json.Unmarshal(content, &shown); err != nil {
			return nil, badAnywhere(whatConsistency, "the proof can't be read: %v", err)
		}
		return parseHashes(shown.Hashes)
	}
	return parseHashes(strings.Fields(string(content)))
}

// tiles is a directory of tiles by c2sp.org/tlog-tiles.
type tiles string

// Height gives the number of levels in a tile.
func (tiles) Height() int { return 8 }

// SaveTiles keeps nothing.
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// ReadTiles reads tiles, or the beginnings of wider ones.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, len(wanted))
	for i, tile := range wanted {
		content, err := t.read(tile.L, tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		found[i] = content
	}
	return found, nil
}

const tileWidth = 256

// read reads the first hashes of a tile.
func (t tiles) read(level int, number int64, width int) ([]byte, error) {
	name := fmt.Sprintf("%03d", number%1000)
	for rest := number / 1000; rest > 0; rest /= 1000 {
		name = fmt.Sprintf("x%03d/%s", rest%1000, name)
	}
	path := filepath.Join(string(t), fmt.Sprint(level), filepath.FromSlash(name))
	names := []string{path}
	for w := width; w < tileWidth; w++ {
		names = append(names, filepath.Join(path+".p", fmt.Sprint(w)))
	}
	for _, name := range names {
		content, err := os.ReadFile(name)
		if err == nil && len(content) >= width*tlog.HashSize {
			return content[:width*tlog.HashSize], nil
		}
	}
	return nil, fmt.Errorf("tile %d/%d with %d hashes is not there", level, number, width)
}
