package audit

import (
	"fmt"

	"golang.org/x/mod/sumdb/tlog"
)

const (
	tileHeight = 8
	// TileWidth is the number of hashes in a full tile.
	TileWidth = 1 << tileHeight
	// levelsMax is more than a ledger's positions can fill.
	levelsMax = 8
)

// Tile names some first hashes of a tile: those of the leaves at level 0, and at each level above those of full tiles below.
type Tile struct {
	Level  int
	Number int64
	Width  int
}

// Tree is a Merkle tree by RFC 6962, of which only the right edge is kept: the hashes that are in no full tile. They are enough
// to extend the tree and to know its root.
type Tree struct {
	size int64
	edge [levelsMax][]byte
}

// EdgeOf names the tiles that are not full in a tree of a size.
func EdgeOf(size int64) (tiles []Tile) {
	for level := 0; level < levelsMax; level++ {
		hashes := size >> (tileHeight * level)
		if width := int(hashes % TileWidth); width > 0 {
			tiles = append(tiles, Tile{Level: level, Number: hashes / TileWidth, Width: width})
		}
	}
	return tiles
}

// NewTree makes a tree of a size with the hashes of [EdgeOf].
func NewTree(size int64, edge [][]byte) (*Tree, error) {
	t := &Tree{size: size}
	for i, tile := range EdgeOf(size) {
		if len(edge) <= i || len(edge[i]) != tile.Width*tlog.HashSize {
			return nil, fmt.Errorf("tile %s of a tree of %d leaves does not have %d hashes", TilePath(tile), size, tile.Width)
		}
		t.edge[tile.Level] = edge[i]
	}
	return t, nil
}

// Size gives the number of leaves.
func (t *Tree) Size() int64 { return t.size }

// Growth holds the hashes that a tile gained behind those that it had.
type Growth struct {
	Level  int
	Number int64
	Had    int
	Hashes []byte
}

// Append adds the hashes of leaves, one behind the other, and gives what each tile gains.
func (t *Tree) Append(leaves []byte) (grown []Growth) {
	size := t.size
	t.size += int64(len(leaves) / tlog.HashSize)
	for level := 0; len(leaves) > 0; level++ {
		var full []byte
		number := size >> (tileHeight * level) / TileWidth
		for len(leaves) > 0 {
			had := len(t.edge[level]) / tlog.HashSize
			gained := leaves[:min(len(leaves), (TileWidth-had)*tlog.HashSize)]
			leaves = leaves[len(gained):]
			grown = append(grown, Growth{Level: level, Number: number, Had: had, Hashes: gained})
			t.edge[level] = append(t.edge[level][:had*tlog.HashSize:had*tlog.HashSize], gained...)
			if len(t.edge[level]) == TileWidth*tlog.HashSize {
				root := rootOfTile(t.edge[level])
				full = append(full, root[:]...)
				t.edge[level] = nil
				number++
			}
		}
		leaves = full
	}
	return grown
}

// rootOfTile gives the hash by which a full tile stands in the level above.
func rootOfTile(hashes []byte) tlog.Hash {
	row := make([]tlog.Hash, TileWidth)
	for i := range row {
		row[i] = tlog.Hash(hashes[i*tlog.HashSize:])
	}
	for len(row) > 1 {
		for i := range len(row) / 2 {
			row[i] = tlog.NodeHash(row[2*i], row[2*i+1])
		}
		row = row[:len(row)/2]
	}
	return row[0]
}

// Root gives the tree's hash.
func (t *Tree) Root() (tlog.Hash, error) {
	return tlog.TreeHash(t.size, tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		hashes := make([]tlog.Hash, len(indexes))
		for i, index := range indexes {
			tile := tlog.TileForIndex(tileHeight, index)
			var err error
			if hashes[i], err = tlog.HashFromTile(tile, t.edge[tile.L][:tile.W*tlog.HashSize], index); err != nil {
				return nil, err
			}
		}
		return hashes, nil
	}))
}
