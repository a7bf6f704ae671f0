package paper

import (
	"bytes"
	"compress/zlib"
	"encoding/hex"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/tallystick/tallystick/handlers/paper/pdf"
)

// drawn is a line of text as a PDF has it: where it begins and ends, in millimetres from the page's upper left corner.
type drawn struct {
	page       int
	x, end, y  float64
	size       float64
	bold       bool
	faint      bool
	colour     string
	text       string
	background bool // a box and not a text; then end is its right edge
}

// reader reads what this package's PDFs consist of, so that the tests compare the file and not what made it.
type reader struct {
	t       *testing.T
	file    []byte
	objects map[int]string
	streams map[int][]byte
	fonts   map[string]readFont // by the name in the pages' contents
}

type readFont struct {
	bold   bool
	texts  map[int]string
	widths []float64
}

func read(t *testing.T, file []byte) []drawn {
	t.Helper()
	r := &reader{t: t, file: file, objects: map[int]string{}, streams: map[int][]byte{}, fonts: map[string]readFont{}}
	r.parse()
	var all []drawn
	for n, page := range regexp.MustCompile(`(\d+) 0 R`).FindAllStringSubmatch(r.find(`/Type/Pages/Kids\[(.*?)\]`), -1) {
		object := r.objects[r.number(page[1])]
		if n == 0 {
			r.readFonts(r.objects[r.number(r.match(`/Resources (\d+) 0 R`, object))])
		}
		content := r.streams[r.number(r.match(`/Contents (\d+) 0 R`, object))]
		all = append(all, r.content(n+1, string(content))...)
	}
	return all
}

// parse finds the objects by the table at the file's end, which so is checked as well.
func (r *reader) parse() {
	start := r.number(r.match(`startxref\n(\d+)\n%%EOF\n$`, string(r.file)))
	for n, place := range regexp.MustCompile(`(\d{10}) 00000 n`).FindAllStringSubmatch(string(r.file[start:]), -1) {
		rest := r.file[r.number(strings.TrimLeft(place[1], "0")):]
		head := fmt.Sprintf("%d 0 obj\n", n+1)
		if !bytes.HasPrefix(rest, []byte(head)) {
			r.t.Fatalf("object %d is not where the table says", n+1)
		}
		rest = rest[len(head):]
		length := regexp.MustCompile(`^<<[^\n]*/Length (\d+)>>\nstream\n`).FindSubmatch(rest)
		if length == nil {
			object, _, _ := bytes.Cut(rest, []byte("\nendobj"))
			r.objects[n+1] = string(object)
			continue
		}
		r.objects[n+1] = string(length[0])
		unpacked, err := zlib.NewReader(bytes.NewReader(rest[len(length[0]):][:r.number(string(length[1]))]))
		if err != nil {
			r.t.Fatal(err)
		}
		if r.streams[n+1], err = io.ReadAll(unpacked); err != nil {
			r.t.Fatal(err)
		}
	}
}

func (r *reader) readFonts(resources string) {
	for _, font := range regexp.MustCompile(`/(F\d+) (\d+) 0 R`).FindAllStringSubmatch(resources, -1) {
		object := r.objects[r.number(font[2])]
		found := readFont{bold: strings.Contains(object, "-Bold/"), texts: map[int]string{}}
		for _, char := range regexp.MustCompile(`<([0-9a-f]{4})><([0-9a-f]+)>`).FindAllStringSubmatch(string(r.streams[r.number(r.match(`/ToUnicode (\d+) 0 R`, object))]), -1) {
			found.texts[r.hex(char[1])] = r.text(char[2])
		}
		descendant := r.objects[r.number(r.match(`/DescendantFonts\[(\d+) 0 R`, object))]
		for _, width := range strings.Fields(r.match(`/W\[0\[(.*?)\]\]`, descendant)) {
			found.widths = append(found.widths, r.float(width))
		}
		r.fonts[font[1]] = found
	}
}

func (r *reader) content(page int, content string) []drawn {
	const millimetre = pdf.Millimetre
	var all []drawn
	var now drawn
	var font readFont
	actual, at := false, 0.0 // where the next glyph begins
	for _, op := range strings.Split(content, "\n") {
		words := strings.Fields(op)
		switch {
		case strings.HasPrefix(op, "BT "):
			now = drawn{page: page, colour: strings.Join(words[1:4], " "), faint: words[5] != "1", x: r.float(words[9]) / millimetre, y: 297 - r.float(words[10])/millimetre}
			now.end, at = now.x, now.x
		case strings.HasSuffix(op, " Tf"):
			font, now.size = r.fonts[words[0][1:]], r.float(words[1])
			now.bold = now.bold || font.bold
		case strings.HasSuffix(op, " w"):
			now.bold = true
		case strings.HasPrefix(op, "/Span"):
			now.text, actual = now.text+r.text(r.match(`<feff([0-9a-f]*)>`, op)), true
		case op == "EMC":
			actual = false
		case strings.HasSuffix(op, "] TJ"):
			for _, part := range regexp.MustCompile(`<([0-9a-f]{4})>|-?[0-9.]+`).FindAllStringSubmatch(op, -1) {
				if part[1] == "" {
					at -= r.float(part[0]) / 1000 * now.size / millimetre
					continue
				}
				glyph := r.hex(part[1])
				at += font.widths[glyph] / 1000 * now.size / millimetre
				if text, known := font.texts[glyph]; !known || strings.TrimSpace(text) != "" {
					now.end = at // blanks at the end of a line take no room
				}
				if !actual {
					now.text += font.texts[glyph]
				}
			}
		case op == "ET":
			all = append(all, now)
		case strings.HasSuffix(op, " re f"):
			x, y, wide, high := r.float(words[4])/millimetre, 297-r.float(words[5])/millimetre, r.float(words[6])/millimetre, r.float(words[7])/millimetre
			all = append(all, drawn{page: page, x: x, y: y - high, end: x + wide, size: high, background: true, colour: strings.Join(words[:3], " ")})
		}
	}
	return all
}

// describe writes what a PDF shows, one line for each text and box.
func describe(all []drawn) string {
	var b strings.Builder
	page := 0
	for _, d := range all {
		if d.page != page {
			page = d.page
			fmt.Fprintf(&b, "page %d\n", page)
		}
		switch {
		case d.background && d.size < 0.5:
			fmt.Fprintf(&b, "%6.1f %6.1f  rule to %.1f\n", d.x, d.y, d.end)
		case d.background:
			fmt.Fprintf(&b, "%6.1f %6.1f  box to %.1f, %.1f high\n", d.x, d.y, d.end, d.size)
		default:
			weight := " "
			if d.bold {
				weight = "b"
			}
			fmt.Fprintf(&b, "%6.1f %6.1f  %s%-4.3g %s\n", d.x, d.y, weight, d.size, d.text)
		}
	}
	return b.String()
}

func (r *reader) match(pattern, text string) string {
	r.t.Helper()
	found := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if found == nil {
		r.t.Fatalf("no %s in %.300q", pattern, text)
	}
	return found[1]
}

func (r *reader) find(pattern string) string {
	r.t.Helper()
	for _, object := range r.objects {
		if regexp.MustCompile(pattern).MatchString(object) {
			return r.match(pattern, object)
		}
	}
	r.t.Fatalf("no object has %s", pattern)
	return ""
}

func (r *reader) number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		r.t.Fatal(err)
	}
	return n
}

func (r *reader) float(text string) float64 {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		r.t.Fatal(err)
	}
	return v
}

func (r *reader) hex(text string) int {
	n, err := strconv.ParseInt(text, 16, 32)
	if err != nil {
		r.t.Fatal(err)
	}
	return int(n)
}

func (r *reader) text(hexed string) string {
	data, err := hex.DecodeString(hexed)
	if err != nil {
		r.t.Fatal(err)
	}
	var units []uint16
	for i := 0; i+1 < len(data); i += 2 {
		units = append(units, uint16(data[i])<<8|uint16(data[i+1]))
	}
	return string(utf16.Decode(units))
}
