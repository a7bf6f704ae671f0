package pdf

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"strings"

	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// embedded is the part of a font that a file uses. A glyph that stands for two texts is in it twice, so that each keeps its
// text.
type embedded struct {
	of     *typeset.Font
	name   string // in the pages' contents
	tables tables
	used   []use
	number map[use]int
}

// use is a glyph with what it stands for.
type use struct {
	glyph uint16
	text  string
}

func newEmbedded(of *typeset.Font, n int) (*embedded, error) {
	parsed, err := parseTables(of.Data())
	if err != nil {
		return nil, fmt.Errorf("read font %s: %w", of.Name, err)
	}
	// The first glyph of each font stands for what is missing.
	return &embedded{of: of, name: fmt.Sprintf("F%d", n), tables: parsed, used: []use{{}}, number: map[use]int{}}, nil
}

// use returns a glyph's number in the file and its width.
func (e *embedded) use(g typeset.Glyph) (number int, width float64) {
	wanted := use{glyph: g.ID, text: g.Text}
	number, known := e.number[wanted]
	if !known {
		number = len(e.used)
		e.number[wanted], e.used = number, append(e.used, wanted)
	}
	return number, e.tables.width(g.ID)
}

// write adds the font's objects and returns the number of the first.
func (e *embedded) write(w *writer) (int, error) {
	glyphs := make([]uint16, len(e.used))
	var widths strings.Builder
	for n, u := range e.used {
		glyphs[n] = u.glyph
		widths.WriteString(decimal(e.tables.width(u.glyph)) + " ")
	}
	part, err := e.tables.subset(glyphs)
	if err != nil {
		return 0, fmt.Errorf("cut font %s: %w", e.of.Name, err)
	}
	name := tag(part) + "+" + e.of.Name
	file := w.stream(fmt.Sprintf("/Length1 %d", len(part)), part)
	t := e.tables
	descriptor := w.add(fmt.Sprintf("<</Type/FontDescriptor/FontName/%s/Flags 4/FontBBox[%s %s %s %s]/ItalicAngle 0/Ascent %s/Descent %s/CapHeight %s/StemV 80/FontFile2 %d 0 R>>",
		name, decimal(t.head(36)), decimal(t.head(38)), decimal(t.head(40)), decimal(t.head(42)),
		decimal(t.hhea(4)), decimal(t.hhea(6)), decimal(t.hhea(4)*0.7), file))
	descendant := w.add(fmt.Sprintf("<</Type/Font/Subtype/CIDFontType2/BaseFont/%s/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>/FontDescriptor %d 0 R/CIDToGIDMap/Identity/W[0[%s]]>>",
		name, descriptor, strings.TrimSpace(widths.String())))
	texts := w.stream("", e.texts())
	return w.add(fmt.Sprintf("<</Type/Font/Subtype/Type0/BaseFont/%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>",
		name, descendant, texts)), nil
}

// tag names the part of a font by six letters, as the format wants.
func tag(part []byte) string {
	hash := sha256.Sum256(part)
	letters := make([]byte, 6)
	for n := range letters {
		letters[n] = 'A' + hash[n]%26
	}
	return string(letters)
}

// texts maps the glyphs to what they stand for.
func (e *embedded) texts() []byte {
	var b bytes.Buffer
	b.WriteString("/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n/CIDSystemInfo<</Registry(Adobe)/Ordering(UCS)/Supplement 0>>def\n" +
		"/CMapName/Adobe-Identity-UCS def\n/CMapType 2 def\n1 begincodespacerange\n<0000><ffff>\nendcodespacerange\n")
	for n, u := range e.used {
		if u.text != "" {
			fmt.Fprintf(&b, "1 beginbfchar\n<%04x><%s>\nendbfchar\n", n, hex16(u.text))
		}
	}
	b.WriteString("endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n")
	return b.Bytes()
}
