package audit

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"
)

// Tiles reads tiles of a log.
type Tiles func(tiles []Tile) (hashes [][]byte, err error)

// tiles makes a reader of tiles that tlog knows.
type tiles struct{ read Tiles }

// Height tells tlog how many levels a tile has.
func (tiles) Height() int { return tileHeight }

// ReadTiles reads for tlog.
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	named := make([]Tile, len(wanted))
	for i, tile := range wanted {
		named[i] = Tile{Level: tile.L, Number: tile.N, Width: tile.W}
	}
	return t.read(named)
}

// SaveTiles keeps nothing.
func (tiles) SaveTiles([]tlog.Tile, [][]byte) {}

// hashes reads hashes of the tree of a checkpoint out of its tiles. Each tile is checked against the root.
func (c Checkpoint) hashes(read Tiles) tlog.HashReader {
	return tlog.TileHashReader(tlog.Tree{N: c.Size, Hash: c.Root}, tiles{read})
}

// Inclusion proves that a leaf is in the tree of a checkpoint.
func (c Checkpoint) Inclusion(index int64, read Tiles) ([]tlog.Hash, error) {
	return tlog.ProveRecord(c.Size, index, c.hashes(read))
}

// Consistency proves that the tree of a checkpoint begins with that of a smaller size, which is more than 0.
func (c Checkpoint) Consistency(size int64, read Tiles) ([]tlog.Hash, error) {
	return tlog.ProveTree(c.Size, size, c.hashes(read))
}

// RootAt gives the root of the tree as it was at a smaller size.
func (c Checkpoint) RootAt(size int64, read Tiles) (tlog.Hash, error) {
	if size == c.Size {
		return c.Root, nil
	}
	return tlog.TreeHash(size, c.hashes(read))
}

// proofHeader begins a proof by c2sp.org/tlog-proof.
const proofHeader = "c2sp.org/tlog-proof@v1"

// FormatProof writes the proof of a leaf in the form of c2sp.org/tlog-proof.
func FormatProof(index int64, hashes []tlog.Hash, signed string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\nindex %d\n", proofHeader, index)
	for _, hash := range hashes {
		fmt.Fprintln(&b, base64.StdEncoding.EncodeToString(hash[:]))
	}
	return b.String() + "\n" + signed
}

// TilePath gives the path of a tile by c2sp.org/tlog-tiles, from below tile/.
func TilePath(t Tile) string { return strconv.Itoa(t.Level) + "/" + NumberPath(t.Number, t.Width) }

// NumberPath gives the end of a tile's path: its number in groups of three digits, and its width where it is not full.
func NumberPath(number int64, width int) string {
	path := fmt.Sprintf("%03d", number%1000)
	for number /= 1000; number > 0; number /= 1000 {
		path = fmt.Sprintf("x%03d/%s", number%1000, path)
	}
	if width < TileWidth {
		path += ".p/" + strconv.Itoa(width)
	}
	return path
}

// ParseNumberPath reads what [NumberPath] writes.
func ParseNumberPath(path string) (number int64, width int, ok bool) {
	digits, part, partial := strings.Cut(path, ".p/")
	width = TileWidth
	if partial {
		var err error
		if width, err = strconv.Atoi(part); err != nil || width < 1 {
			return 0, 0, false
		}
	}
	const numberLenMax = 24
	if len(digits) > numberLenMax {
		return 0, 0, false
	}
	number, err := strconv.ParseInt(strings.NewReplacer("x", "", "/", "").Replace(digits), 10, 64)
	return number, width, err == nil && number >= 0 && NumberPath(number, width) == path
}
