package pdf

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"testing"

	"github.com/tallystick/tallystick/handlers/paper/typeset"
)

// A part of a font has the glyphs that it was asked for and those they are made of, and nothing else.
func TestSubset(t *testing.T) {
	t.Parallel()
	run := typeset.New().Wrap("é ﬁ Ω", false, typeset.Widest)[0].Runs[0]
	whole, err := parseTables(run.Font.Data())
	if err != nil {
		t.Fatal(err)
	}
	asked := []uint16{0}
	for _, g := range run.Glyphs {
		asked = append(asked, g.ID)
	}
	file, err := whole.subset(asked)
	if err != nil {
		t.Fatal(err)
	}
	if len(file) > 10_000 {
		t.Errorf("%d bytes", len(file))
	}
	part, err := parseTables(file)
	if err != nil {
		t.Fatal(err)
	}
	count := part.number("maxp", 4)
	if count < len(asked) || count > len(asked)+4 {
		t.Errorf("%d glyphs of %d", count, len(asked))
	}
	for n := range count {
		outline := part.outline(uint16(n))
		if n < len(asked) && part.width(uint16(n)) != whole.width(asked[n]) {
			t.Errorf("glyph %d is another's width", n)
		}
		if len(outline) > 0 && int16(binary.BigEndian.Uint16(outline)) < 0 {
			if _, err := bare(outline, func(of uint16) int {
				if int(of) >= count {
					t.Errorf("glyph %d is made of %d, which is not there", n, of)
				}
				return int(of)
			}); err != nil {
				t.Error(err)
			}
		}
	}
	for cut := 1; cut < 14; cut++ {
		if _, err := bare(make([]byte, cut), func(uint16) int { return 0 }); cut < 12 && !errors.Is(err, errOutline) {
			t.Errorf("an outline of %d bytes: %v", cut, err)
		}
	}
}

func TestNewImage(t *testing.T) {
	t.Parallel()
	picture := image.NewNRGBA(image.Rect(0, 0, 3, 2))
	for n := range 6 {
		picture.Set(n%3, n/3, color.NRGBA{200, 10, 20, 255})
	}
	encode := func(with func(*bytes.Buffer) error) []byte {
		var b bytes.Buffer
		if err := with(&b); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	solid := encode(func(b *bytes.Buffer) error { return png.Encode(b, picture) })
	photo := encode(func(b *bytes.Buffer) error { return jpeg.Encode(b, picture, nil) })
	picture.Set(0, 0, color.NRGBA{200, 10, 20, 100})
	holed := encode(func(b *bytes.Buffer) error { return png.Encode(b, picture) })
	for name, c := range map[string]struct {
		data  []byte
		cover bool
	}{"PNG": {solid, false}, "JPEG": {photo, false}, "PNG with a hole": {holed, true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i, err := NewImage(c.data)
			if err != nil || i.Width != 3 || i.Height != 2 || len(i.colours) != 18 || (i.cover != nil) != c.cover {
				t.Errorf("%+v, %v", i, err)
			}
			f := &File{}
			f.AddPage(10, 10).Image(i, 1, 1, 3, 2)
			if file, err := f.Bytes(); err != nil || bytes.Contains(file, []byte("/SMask")) != c.cover {
				t.Errorf("%v", err)
			}
		})
	}
	huge := bytes.Clone(solid)
	binary.BigEndian.PutUint32(huge[16:], 60_000)
	binary.BigEndian.PutUint32(huge[20:], 60_000)
	binary.BigEndian.PutUint32(huge[29:], 0x0b_ad_c0_de)
	for name, data := range map[string][]byte{"nothing": nil, "no picture": []byte("GIF"), "cut off": solid[:40], "huge": huge} {
		if i, err := NewImage(data); err == nil {
			t.Errorf("%s gives %+v", name, i)
		}
	}
	if _, err := NewImage(encode(func(b *bytes.Buffer) error { return png.Encode(b, image.NewGray(image.Rect(0, 0, 2001, 2000))) })); !errors.Is(err, ErrTooLarge) {
		t.Errorf("a large picture: %v", err)
	}
}
