package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"slices"

	"github.com/go-text/typesetting/font/opentype"
)

// tables has the tables of a TrueType font that draw glyphs.
type tables map[string][]byte

var drawing = []string{"glyf", "head", "hhea", "hmtx", "loca", "maxp"}

func parseTables(data []byte) (tables, error) {
	loader, err := opentype.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	found := tables{}
	for _, name := range drawing {
		if found[name], err = loader.RawTable(opentype.MustNewTag(name)); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (t tables) number(table string, at int) int { return int(binary.BigEndian.Uint16(t[table][at:])) }

// head and hhea return a measure of those tables, in thousandths of the letters' size.
func (t tables) head(at int) float64 { return t.thousandths(int(int16(t.number("head", at)))) }

func (t tables) hhea(at int) float64 { return t.thousandths(int(int16(t.number("hhea", at)))) }

func (t tables) thousandths(units int) float64 {
	const unitsPerEm = 18
	return float64(units) * 1000 / float64(t.number("head", unitsPerEm))
}

// metrics returns the entry of a glyph in the table of widths. All glyphs after the last full entry are as wide as that one.
func (t tables) metrics(glyph uint16) (width, bearing int) {
	const full = 34
	count, id := t.number("hhea", full), int(glyph)
	if id < count {
		return t.number("hmtx", 4*id), t.number("hmtx", 4*id+2)
	}
	return t.number("hmtx", 4*(count-1)), t.number("hmtx", 4*count+2*(id-count))
}

func (t tables) width(glyph uint16) float64 {
	width, _ := t.metrics(glyph)
	return t.thousandths(width)
}

// outline returns how a glyph is drawn; a blank has none.
func (t tables) outline(glyph uint16) []byte {
	const longPlaces = 50
	id := int(glyph)
	if t.number("head", longPlaces) == 0 {
		return t["glyf"][2*t.number("loca", 2*id) : 2*t.number("loca", 2*id+2)]
	}
	return t["glyf"][binary.BigEndian.Uint32(t["loca"][4*id:]):binary.BigEndian.Uint32(t["loca"][4*id+4:])]
}

var errOutline = errors.New("the outline of a glyph is cut off")

// subset makes a font of some glyphs, numbered as they stand in the list. Glyphs that others are made of follow.
func (t tables) subset(glyphs []uint16) ([]byte, error) {
	glyphs = slices.Clone(glyphs)
	var outlines, widths bytes.Buffer
	places := []byte{0, 0, 0, 0}
	for n := 0; n < len(glyphs); n++ {
		outline, err := bare(t.outline(glyphs[n]), func(part uint16) int {
			at := slices.Index(glyphs, part)
			if at < 0 {
				at, glyphs = len(glyphs), append(glyphs, part)
			}
			return at
		})
		if err != nil {
			return nil, fmt.Errorf("glyph %d: %w", glyphs[n], err)
		}
		outlines.Write(outline)
		for outlines.Len()%4 != 0 {
			outlines.WriteByte(0)
		}
		places = binary.BigEndian.AppendUint32(places, uint32(outlines.Len()))
		width, bearing := t.metrics(glyphs[n])
		widths.Write(binary.BigEndian.AppendUint16(binary.BigEndian.AppendUint16(nil, uint16(width)), uint16(bearing)))
	}
	head, hhea, maxp := slices.Clone(t["head"]), slices.Clone(t["hhea"]), slices.Clone(t["maxp"])
	binary.BigEndian.PutUint16(head[50:], 1)
	binary.BigEndian.PutUint16(hhea[34:], uint16(len(glyphs)))
	binary.BigEndian.PutUint16(maxp[4:], uint16(len(glyphs)))
	var all []opentype.Table
	for n, content := range [][]byte{outlines.Bytes(), head, hhea, widths.Bytes(), places, maxp} {
		for len(content)%4 != 0 {
			content = append(content, 0)
		}
		all = append(all, opentype.Table{Content: content, Tag: opentype.MustNewTag(drawing[n])})
	}
	return opentype.WriteTTF(all), nil
}

// bare returns an outline without its instructions, which only serve coarse screens, and with the new numbers of the
// glyphs that it is made of.
func bare(outline []byte, renumber func(uint16) int) ([]byte, error) {
	if len(outline) == 0 {
		return nil, nil
	}
	if len(outline) < 10 {
		return nil, errOutline
	}
	if contours := int(int16(binary.BigEndian.Uint16(outline))); contours >= 0 {
		at := 10 + 2*contours
		if len(outline) < at+2 {
			return nil, errOutline
		}
		after := at + 2 + int(binary.BigEndian.Uint16(outline[at:]))
		if len(outline) < after {
			return nil, errOutline
		}
		return slices.Concat(outline[:at], []byte{0, 0}, outline[after:]), nil
	}
	return bareParts(slices.Clone(outline), renumber)
}

// The flags of a glyph's parts.
const (
	wordArguments   = 1 << 0
	oneScale        = 1 << 3
	moreParts       = 1 << 5
	twoScales       = 1 << 6
	fourScales      = 1 << 7
	hasInstructions = 1 << 8
)

func bareParts(outline []byte, renumber func(uint16) int) ([]byte, error) {
	for at := 10; ; {
		if len(outline) < at+4 {
			return nil, errOutline
		}
		flags := binary.BigEndian.Uint16(outline[at:])
		binary.BigEndian.PutUint16(outline[at:], flags&^hasInstructions)
		binary.BigEndian.PutUint16(outline[at+2:], uint16(renumber(binary.BigEndian.Uint16(outline[at+2:]))))
		at += 6
		for flag, more := range map[uint16]int{wordArguments: 2, oneScale: 2, twoScales: 4, fourScales: 8} {
			if flags&flag != 0 {
				at += more
			}
		}
		if flags&moreParts == 0 {
			if len(outline) < at {
				return nil, errOutline
			}
			return outline[:at], nil
		}
	}
}
