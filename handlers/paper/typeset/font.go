package typeset

import (
	"bytes"
	"compress/gzip"
	"embed"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/go-text/typesetting/font"
	"github.com/go-text/typesetting/language"
)

//go:embed fonts/*.ttf.gz
var files embed.FS

// Font is one font file. There is one value for each file, so that fonts can be compared.
type Font struct {
	Name  string // of the file, without its ending
	Bold  bool
	parse func() (parsed, error)
}

type parsed struct {
	data []byte
	font *font.Font
}

func newFont(name string) *Font {
	return &Font{Name: name, Bold: strings.HasSuffix(name, "-Bold"), parse: sync.OnceValues(func() (parsed, error) { return read(name) })}
}

func read(name string) (parsed, error) {
	packed, err := files.ReadFile("fonts/" + name + ".ttf.gz")
	if err != nil {
		return parsed{}, fmt.Errorf("read font %s: %w", name, err)
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return parsed{}, fmt.Errorf("unpack font %s: %w", name, err)
	}
	data, err := io.ReadAll(unpacked)
	if err != nil {
		return parsed{}, fmt.Errorf("unpack font %s: %w", name, err)
	}
	face, err := font.ParseTTF(bytes.NewReader(data))
	if err != nil {
		return parsed{}, fmt.Errorf("parse font %s: %w", name, err)
	}
	return parsed{data: data, font: face.Font}, nil
}

// must returns the font's content. A font that is part of the program is never broken; a test reads each.
func (f *Font) must() parsed {
	content, err := f.parse()
	if err != nil {
		panic(err)
	}
	return content
}

// Data returns the TrueType file, which must not be written to.
func (f *Font) Data() []byte { return f.must().data }

// family has the fonts for one script. Without a bold font, the regular one is drawn with thicker strokes.
type family struct{ regular, bold *Font }

func (f family) font(bold bool) *Font {
	if bold && f.bold != nil {
		return f.bold
	}
	return f.regular
}

var (
	// latin has Latin, Greek and Cyrillic letters, figures, and the signs of currencies.
	latin = family{newFont("NotoSans-Regular"), newFont("NotoSans-Bold")}
	// ideographs has Chinese and Japanese letters.
	ideographs = family{regular: newFont("DroidSansFallbackFull")}
)

// others lists the fonts of all other scripts.
var others = []struct {
	script language.Script
	family
}{
	{language.Arabic, family{newFont("NotoSansArabic-Regular"), newFont("NotoSansArabic-Bold")}},
	{language.Hebrew, family{newFont("NotoSansHebrew-Regular"), newFont("NotoSansHebrew-Bold")}},
	{language.Devanagari, family{newFont("NotoSansDevanagari-Regular"), newFont("NotoSansDevanagari-Bold")}},
	{language.Thai, family{newFont("NotoSansThai-Regular"), newFont("NotoSansThai-Bold")}},
	{language.Hangul, family{newFont("NanumSquare-Regular"), newFont("NanumSquare-Bold")}},
	{language.Armenian, family{regular: newFont("NotoSansArmenian-Regular")}},
	{language.Bengali, family{regular: newFont("NotoSansBengali-Regular")}},
	{language.Ethiopic, family{regular: newFont("NotoSansEthiopic-Regular")}},
	{language.Georgian, family{regular: newFont("NotoSansGeorgian-Regular")}},
	{language.Gujarati, family{regular: newFont("NotoSansGujarati-Regular")}},
	{language.Gurmukhi, family{regular: newFont("NotoSansGurmukhi-Regular")}},
	{language.Kannada, family{regular: newFont("NotoSansKannada-Regular")}},
	{language.Khmer, family{regular: newFont("NotoSansKhmer-Regular")}},
	{language.Lao, family{regular: newFont("NotoSansLao-Regular")}},
	{language.Malayalam, family{regular: newFont("NotoSansMalayalam-Regular")}},
	{language.Myanmar, family{regular: newFont("NotoSansMyanmar-Regular")}},
	{language.Sinhala, family{regular: newFont("NotoSansSinhala-Regular")}},
	{language.Tamil, family{regular: newFont("NotoSansTamil-Regular")}},
	{language.Telugu, family{regular: newFont("NotoSansTelugu-Regular")}},
}

// best lists the families that are tried first for a text in a script.
func best(script language.Script) []family {
	for _, o := range others {
		if o.script == script {
			return []family{o.family, latin, ideographs}
		}
	}
	switch script {
	case language.Han, language.Hiragana, language.Katakana, language.Bopomofo:
		return []family{ideographs, latin}
	default:
		return []family{latin, ideographs}
	}
}

// find returns the first font that has a character of a text in a script. Signs that no script owns, such as an Arabic comma,
// may be in the fonts of any.
func find(r rune, script language.Script, bold bool) (*Font, bool) {
	own := language.LookupScript(r)
	if own.Strong() {
		script = own
	}
	for _, f := range best(script) {
		if found := f.font(bold); found.has(r) {
			return found, true
		}
	}
	if own.Strong() {
		return latin.font(bold), false
	}
	for _, o := range others {
		if found := o.font(bold); found.has(r) {
			return found, true
		}
	}
	return latin.font(bold), false
}

func (f *Font) has(r rune) bool {
	_, has := f.must().font.NominalGlyph(r)
	return has
}
